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

    Raises WriteError for a file that cannot be written; it then stays as it is, and the files before it stay changed.
    """
    from index.documents import read
    from index.files import atomic_write
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
            atomic_write(file, fixed.encode())
            yield found.path
