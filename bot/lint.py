"""The checks of `strata check`: problems of the documents, repaired footnotes, and the shares of source kinds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from bot.settings.settings import Settings
    from index.types import Block, Document, Problem


def check(settings: Settings, today: date | None = None) -> tuple[Problem, ...]:
    """Return all problems of the library, by path and line.

    Texts that are too long for the encoder are found only if the encoder is compiled on this machine.
    """
    from bot.build import open_encoder
    from index.errors import EncoderError
    from index.lint import lint

    try:
        encoder = open_encoder(settings)
    except EncoderError:
        return lint(settings.content, today or date.today())
    return lint(settings.content, today or date.today(), encoder.count, encoder.id.max_tokens)


@dataclass(frozen=True, slots=True)
class SourceShares:
    """The number of citations of each kind of source by the figures of one document."""

    path: str
    kinds: Counter[str] = field(default_factory=Counter)
    """The number of citations of each kind of source in sentences that state a figure."""

    def __str__(self) -> str:
        """Return one line: the path, the number of citations, and each kind with its share.

        >>> str(SourceShares("models/xai.md", Counter({"filing": 3, "blog": 1})))
        'models/xai.md: 4 citations, filing 75%, blog 25%'
        """
        total = self.kinds.total()
        shares = [f"{kind} {count / total:.0%}" for kind, count in self.kinds.most_common()]
        return ", ".join([f"{self.path}: {total} citation{'s' if total != 1 else ''}", *shares])


def source_shares(content: Path) -> Iterator[SourceShares]:
    """Yield the shares of each document whose figures cite a source, then their sum as "all documents".

    A table row, a list item or a sentence with a figure counts once for each source that it cites. A source
    without a `kind` counts as "no kind".
    """
    from index.documents.folder import scan
    from index.documents.loader import read

    total = SourceShares("all documents")
    for found in scan(content).files:
        parsed = read(content, found.path)
        shares = SourceShares(found.path)
        for section in parsed.sections:
            for block in section.blocks:
                shares.kinds.update(_kinds(block, parsed.document))
        if shares.kinds:
            total.kinds.update(shares.kinds)
            yield shares
    yield total


def _kinds(block: Block, document: Document) -> Iterator[str]:
    """Yield the kind of each source that a figure of the block cites."""
    from index.lint import FIGURE
    from index.text.sentences import split

    spans = split(block.text) if block.kind == "prose" else ((0, len(block.text)),)
    for start, end in spans:
        if FIGURE.search(block.text[start:end]):
            for id in {mark.source for mark in block.marks if start < mark.offset <= end}:
                yield document.source(id).kind or "no kind"


def fix(content: Path) -> Iterator[str]:
    """Write the footnote definitions of each document from its front matter, and yield the paths that changed.

    Raises:
        WriteError: A file cannot be written. That file is unchanged; the files before it keep their changes.
    """
    from index.documents.folder import scan
    from index.documents.loader import read
    from index.files import atomic_write
    from index.lint import with_definitions

    for found in scan(content).files:
        if not found.path.endswith((".md", ".markdown")):
            continue
        parsed = read(content, found.path)
        if parsed.is_fatal:
            continue
        file = content / found.path
        text = file.read_bytes().decode()  # read_text would change CRLF line ends
        fixed = with_definitions(text, parsed.document)
        if fixed != text:
            atomic_write(file, fixed.encode())
            yield found.path
