"""Export and import of a compiled encoder as one file, for machines that cannot compile it.

The file is an uncompressed tar archive with the encoder's manifest first, then the files that the manifest
lists, without folders. Nothing in it is trusted: names, types and sizes are checked against the manifest
before anything is written, and hashes before the encoder is installed.
"""

from __future__ import annotations

import contextlib
import io
import os
import tarfile
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from index.errors import EncoderError
from index.models import bundle, default_encoder
from index.models.bundle import MANIFEST, Description, model_name, verified
from index.models.encoder import load

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_MANIFEST_BYTES = 100_000
_CHUNK_BYTES = 1 << 20


def write(folder: Path, file: Path) -> None:
    """Write the compiled encoder in a folder to an archive, atomically.

    Raises EncoderError if the encoder is damaged or the file cannot be written.
    """
    description = verified(folder, "encoder")
    try:
        descriptor, temporary = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.absolute().parent)
        try:
            with os.fdopen(descriptor, "wb") as stream:
                _add_all(folder, [MANIFEST, *sorted(description.files)], stream)
                stream.flush()
                os.fsync(stream.fileno())
            Path(temporary).chmod(0o644)
            Path(temporary).replace(file)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise EncoderError(f"{file} cannot be written ({error.strerror or error})") from error


def install(file: Path, home: Path) -> Path:
    """Install the encoder of an archive below `home`, the folder of all compiled encoders, and return its folder.

    Raises EncoderError if the file is not the archive of an encoder, is damaged, or does not run on this
    machine.
    """
    try:
        with file.open("rb") as stream, _opened(stream, file) as archive:
            description, manifest = _read_manifest(archive, file)

            def fill(folder: Path) -> Description:
                (folder / MANIFEST).write_bytes(manifest)
                _extract(archive, description, folder, file)
                _check_encoder(folder, description, file)
                return description

            return bundle.publish(description.name, home, fill)
    except OSError as error:
        raise EncoderError(f"{file} cannot be read ({error.strerror or error})") from error


def _add_all(folder: Path, names: list[str], stream: BinaryIO) -> None:
    """Write files of a folder into a tar stream, without owner, time and mode."""
    with tarfile.open(fileobj=stream, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name in names:
            with (folder / name).open("rb") as content:
                entry = tarfile.TarInfo(name)
                entry.size = os.fstat(content.fileno()).st_size
                archive.addfile(entry, content)


@contextlib.contextmanager
def _opened(stream: BinaryIO, file: Path) -> Iterator[tarfile.TarFile]:
    """Open a tar stream; raises EncoderError if tarfile finds it damaged, now or while it is read."""
    try:
        with tarfile.open(fileobj=stream, mode="r:") as archive:
            yield archive
    except (
        tarfile.TarError,
        ValueError,
        OverflowError,
        EOFError,
    ) as error:  # what tarfile raises for bad headers
        raise EncoderError(
            f"{file} is not a file of strata compile --export, or it is damaged ({error}); export it again"
        ) from error


def _read_manifest(archive: tarfile.TarFile, file: Path) -> tuple[Description, bytes]:
    """Return the manifest of an encoder, parsed and as bytes, from the first entry; raises EncoderError."""
    entry = archive.next()
    if entry is None or entry.name != MANIFEST or not entry.isreg() or entry.size > MAX_MANIFEST_BYTES:
        raise EncoderError(f"{file} is not a file of strata compile --export; export the encoder again")
    data = _stream(archive, entry).read(MAX_MANIFEST_BYTES)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / MANIFEST).write_bytes(data)
        try:
            description = Description.read(Path(folder))
        except EncoderError:
            raise EncoderError(
                f"{file} holds no encoder of this version of Strata; export it again there"
            ) from None
    if description.kind != "encoder" or description.name != model_name(description.name):
        raise EncoderError(f"{file} holds no encoder, but a {description.kind} {description.name!r}")
    sizes = [size for size, _ in description.files.values()]
    if (
        min(sizes) < 0 or sum(sizes) > file.stat().st_size
    ):  # truncated, or an archive that would grow when unpacked
        raise EncoderError(
            f"{file} is damaged: it is too short for the files of its manifest; export it again"
        )
    return description, data


def _extract(archive: tarfile.TarFile, description: Description, folder: Path, file: Path) -> None:
    """Write the files of the manifest into a folder; raises EncoderError for any other entry.

    Args:
        archive: The archive, open behind its first entry.
        description: The manifest.
        folder: The folder to write to.
        file: The archive's file, for messages.
    """
    missing = dict(description.files)
    while (entry := archive.next()) is not None:
        size, _ = missing.pop(entry.name, (-1, ""))
        if not entry.isreg() or entry.issparse() or entry.size != size:
            raise EncoderError(
                f"{file} is damaged: {entry.name[:80]!r} is not a file of its manifest, or has another size; export it again"
            )
        content = _stream(archive, entry)
        with (folder / entry.name).open("xb") as target:
            while chunk := content.read(_CHUNK_BYTES):
                target.write(chunk)
    if missing:
        raise EncoderError(f"{file} is damaged: {', '.join(sorted(missing))} is missing; export it again")


def _check_encoder(folder: Path, description: Description, file: Path) -> None:
    """Check the hashes of an encoder, and that it runs on this machine; raises EncoderError.

    The default model must give the embeddings of sentence-transformers.
    """
    import numpy as np

    try:
        row = load(folder).encode_question("")
    except EncoderError as error:
        raise EncoderError(f"{file} is damaged ({error}); export it again") from None
    except Exception as error:  # ONNX Runtime's errors share no narrower root
        raise EncoderError(f"the encoder in {file} does not run here: {str(error)[:200]!r}") from error
    if row.shape != (description.dimension,) or not np.isfinite(row).all():
        raise EncoderError(
            f"the encoder in {file} gives no rows of {description.dimension} numbers; export it again"
        )
    if description.weights == default_encoder.PUBLISHED:
        default_encoder.check(folder, description)


def _stream(archive: tarfile.TarFile, entry: tarfile.TarInfo) -> io.BufferedIOBase:
    """Return the content of a regular file in an archive."""
    content = archive.extractfile(entry)
    assert content is not None, "a regular file has content"
    return content  # type: ignore[return-value]  # typeshed says IO[bytes]
