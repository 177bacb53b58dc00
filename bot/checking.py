"""The check of the library: every rule for documents, and the repair of footnotes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.settings import Settings
    from index.types import Problem


def check(settings: Settings, today: date | None = None) -> tuple[Problem, ...]:
    """Return all problems of the library, by path and line.

    Passages that are too long for the encoder are found only if the encoder is compiled on this machine.
    """
    from bot.building import open_encoder
    from index.errors import EncoderError
    from index.linting import lint

    try:
        encoder = open_encoder(settings)
    except EncoderError:
        return lint(settings.content, today or date.today())
    return lint(settings.content, today or date.today(), encoder.count, encoder.id.max_tokens)


def fix(content: Path) -> Iterator[str]:
    """Write the footnotes' texts from the front matter into each document. Yields the paths that changed.

    Raises ContentError for a file that cannot be written; the files before it stay changed.
    """
    from index.documents import read
    from index.errors import ContentError
    from index.linting import with_definitions
    from index.listing import scan

    for found in scan(content).files:
        if not found.path.endswith((".md", ".markdown")):
            continue
        parsed = read(content, found.path)
        if parsed.is_fatal:
            continue
        file = content / found.path
        text = file.read_bytes().decode()  # as it is: read_text would change the ends of its lines
        fixed = with_definitions(text, parsed.document)
        if fixed != text:
            try:
                _replace(file, fixed)
            except OSError as fault:
                raise ContentError(
                    f"{found.path}: cannot be written ({fault.strerror}); free the disk or check its permissions"
                ) from None
            yield found.path


def _replace(file: Path, text: str) -> None:
    """Write a file whole or not at all."""
    import os
    import tempfile

    with tempfile.NamedTemporaryFile(
        "w", dir=file.parent, prefix=".strata-", delete=False, encoding="utf-8", newline=""
    ) as draft:
        draft.write(text)
        draft.flush()
        os.fsync(draft.fileno())
    written = Path(draft.name)
    written.chmod(file.stat().st_mode & 0o777)
    written.replace(file)
