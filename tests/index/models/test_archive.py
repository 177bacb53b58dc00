from __future__ import annotations

import io
import json
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.errors import EncoderError
from index.models import archive
from index.models.bundle import GRAPH, MANIFEST, TOKENIZER, WEIGHTS, Description, sha256
from index.models.encoder import CompiledEncoder, load

if TYPE_CHECKING:
    from collections.abc import Callable

Entry = tuple[tarfile.TarInfo, bytes]


@pytest.fixture(scope="module")
def exported(compiled_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The archive of the default encoder."""
    file = tmp_path_factory.mktemp("export") / "encoder.tar"
    archive.write(compiled_folder, file)
    return file


def entries() -> list[Entry]:
    """Return the entries of a small, well-formed archive with an invalid graph."""
    files = {GRAPH: b"graph", WEIGHTS: b"weights" * 200, TOKENIZER: b"{}"}
    hashes = {name: [len(data), _sha256(data)] for name, data in files.items()}
    manifest = {
        "format": 1, "name": "small", "dimension": 8, "max_tokens": 16, "pad": 0, "query_prompt": "",
        "document_prompt": "", "weights": "", "license": "", "created": "", "made_with": {}, "parity": 1.0,
        "files": hashes, "kind": "encoder",
    }  # fmt: skip
    return [
        entry(MANIFEST, json.dumps(manifest).encode()),
        *(entry(name, data) for name, data in files.items()),
    ]


def _sha256(data: bytes) -> str:
    import hashlib

    return hashlib.sha256(data).hexdigest()


def entry(name: str, data: bytes = b"", **attributes: Any) -> Entry:
    """Return an entry with these attributes in its header."""
    info = tarfile.TarInfo(name)
    info.size = len(data)
    for attribute, value in attributes.items():
        setattr(info, attribute, value)
    return info, data


def write(file: Path, members: list[Entry]) -> Path:
    """Write entries into an archive, and return its path."""
    with tarfile.open(file, "w") as stream:
        for info, data in members:
            stream.addfile(info, io.BytesIO(data))
    return file


def test_an_imported_encoder_equals_the_exported_one(
    exported: Path, compiled: CompiledEncoder, tmp_path: Path
) -> None:
    folder = archive.install(exported, tmp_path / "encoders")
    moved = load(folder)
    assert moved.description == compiled.description
    assert (moved.encode(["capex rose"]) == compiled.encode(["capex rose"])).all()
    assert [path.name for path in (tmp_path / "encoders").iterdir()] == [folder.name]


def test_importing_again_replaces_the_folder(exported: Path, tmp_path: Path) -> None:
    """This repairs a damaged installation."""
    folder = archive.install(exported, tmp_path)
    (folder / TOKENIZER).write_text("{}")
    assert archive.install(exported, tmp_path) == folder
    assert load(folder).count("power") == 3
    assert list(tmp_path.iterdir()) == [folder]


def test_two_exports_are_the_same_bytes(exported: Path, compiled_folder: Path, tmp_path: Path) -> None:
    """The file has no machine name and no time."""
    archive.write(compiled_folder, tmp_path / "again.tar")
    assert sha256(tmp_path / "again.tar") == sha256(exported)
    assert [path.name for path in tmp_path.iterdir()] == ["again.tar"]


def test_a_file_that_cannot_be_written_is_an_error(compiled_folder: Path, tmp_path: Path) -> None:
    """No temporary file is left behind."""
    (tmp_path / "folder").mkdir()
    for file in (tmp_path / "missing" / "e.tar", tmp_path / "folder"):
        with pytest.raises(EncoderError, match="cannot be written"):
            archive.write(compiled_folder, file)
    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]


HOSTILE: dict[str, Callable[[list[Entry]], list[Entry]]] = {
    "a path that leaves the folder": lambda entries: [*entries, entry("../outside", b"x")],
    "an absolute path": lambda entries: [*entries, entry("/outside", b"x")],
    "a file that is not in the manifest": lambda entries: [*entries, entry("verified.json", b"{}")],
    "the same file twice": lambda entries: [*entries, entries[-1]],
    "a symbolic link": lambda entries: [*entries[:-1], entry(TOKENIZER, type=tarfile.SYMTYPE, linkname="/etc/passwd")],
    "a hard link": lambda entries: [*entries[:-1], entry(TOKENIZER, type=tarfile.LNKTYPE, linkname=GRAPH)],
    "a device": lambda entries: [*entries[:-1], entry(TOKENIZER, type=tarfile.CHRTYPE)],
    "a folder": lambda entries: [*entries[:-1], entry(TOKENIZER, type=tarfile.DIRTYPE)],
    "another size": lambda entries: [*entries[:-1], entry(TOKENIZER, b"{...}")],
    "other bytes": lambda entries: [*entries[:-1], entry(TOKENIZER, b"[]")],
    "a missing file": lambda entries: entries[:-1],
    "no manifest": lambda entries: entries[1:],
    "the manifest at the end": lambda entries: [*entries[1:], entries[0]],
    "a manifest that is a link": lambda entries: [entry(MANIFEST, type=tarfile.SYMTYPE, linkname="/etc/passwd"), *entries[1:]],
    "a manifest above the size limit": lambda entries: [entry(MANIFEST, b" " * 200_000), *entries[1:]],
    "a manifest that is not an object": lambda entries: [entry(MANIFEST, b"[1]"), *entries[1:]],
    "nothing": lambda _: [],
    "files that are larger than the archive": lambda entries: [
        entry(MANIFEST, entries[0][1].replace(b"[2, ", b"[9000000000, ")), *entries[1:]
    ],
    "a reranker": lambda entries: [entry(MANIFEST, entries[0][1].replace(b'"encoder"', b'"reranker"')), *entries[1:]],
    "a name that is a path": lambda entries: [entry(MANIFEST, entries[0][1].replace(b'"small"', b'"../../small"')), *entries[1:]],
    "a graph that does not load": lambda entries: entries,
}  # fmt: skip


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_damaged_or_hostile_archive_raises_one_error(tmp_path: Path, kind: str) -> None:
    """Nothing is written outside the folder, and no folder is left behind."""
    file = write(tmp_path / "e.tar", HOSTILE[kind](entries()))
    with pytest.raises(EncoderError) as raised:
        archive.install(file, tmp_path / "encoders")
    assert "\n" not in str(raised.value)
    assert list((tmp_path / "encoders").glob("*")) == []
    assert {path.name for path in tmp_path.iterdir()} <= {"e.tar", "encoders"}


@pytest.mark.parametrize("data", [b"", b"not an archive" * 99, b"PK\x03\x04" + bytes(600), bytes(10_240)])
def test_a_file_of_another_kind_is_an_error(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "e.tar").write_bytes(data)
    with pytest.raises(EncoderError, match=r"not a file of strata compile --export"):
        archive.install(tmp_path / "e.tar", tmp_path / "encoders")
    with pytest.raises(EncoderError, match="cannot be read"):
        archive.install(tmp_path / "missing.tar", tmp_path / "encoders")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(position=st.integers(0, 8000), byte=st.integers(0, 255), cut=st.integers(0, 9000))
def test_a_changed_byte_or_a_truncated_archive_raises_an_encoder_error(
    tmp_path: Path, position: int, byte: int, cut: int
) -> None:
    file = write(tmp_path / "e.tar", entries())
    data = bytearray(file.read_bytes())
    data[min(position, len(data) - 1)] = byte
    file.write_bytes(data[: cut + 100])
    with pytest.raises(EncoderError):
        archive.install(file, tmp_path / "encoders")
    assert list((tmp_path / "encoders").glob("*")) == []


def test_an_archive_with_forged_weights_of_the_default_model_is_rejected(
    compiled_folder: Path, tmp_path: Path
) -> None:
    """An archive of the default model must give its embeddings, even if its hashes are consistent."""
    import numpy as np

    folder = tmp_path / "forged"
    folder.mkdir()
    for path in compiled_folder.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    weights = np.fromfile(folder / WEIGHTS, np.float32)
    weights[: weights.size // 2] *= -1
    weights.tofile(folder / WEIGHTS)
    description = Description.read(folder)
    files = description.files | {WEIGHTS: (description.files[WEIGHTS][0], sha256(folder / WEIGHTS))}
    values = json.loads((folder / MANIFEST).read_text()) | {"files": files}
    (folder / MANIFEST).write_text(json.dumps(values))
    archive.write(folder, tmp_path / "forged.tar")
    with pytest.raises(EncoderError, match="a row has a cosine of"):
        archive.install(tmp_path / "forged.tar", tmp_path / "encoders")
