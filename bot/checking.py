"""The library's lint: every rule that its documents keep, and the one thing that can be mended by program."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.settings import Settings
    from index.types import Problem


def check(settings: Settings, today: date | None = None) -> tuple[Problem, ...]:
    """All problems of the library, by path and line.

    Passages that the encoder would cut are looked for where the encoder is compiled on this machine.
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
    """Write the footnotes' texts from the front matter into each document; yields the paths that changed."""
    from index.documents import read
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
            _replace(file, fixed)
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
