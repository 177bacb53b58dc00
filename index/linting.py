"""The library's rules: everything that is wrong in its documents, file by file and between them.

Problems of reading come from `index.documents`; these rules ask what a reader of quotations relies on:
figures have sources, sources are used, links lead somewhere, reviews are kept. Those about figures, sources
and reviews are for files with front matter.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from index import chunking, documents, markdown, sentences
from index.frontmatter import split
from index.listing import scan
from index.types import Document, Problem, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from index.documents import Parsed
    from index.outline import Definition

SHORTEST_DUPLICATE = 6
"""Words of the shortest text that may not stand in two places."""

FIGURE = re.compile(
    r"[$€£¥]\s?\d"
    r"|(?<![A-Za-z\d.])(?<![A-Za-z]-)(?:"
    r"\d[\d,.]*\s?(?:%|(?:percent|billion|million|trillion|thousand|[GMk]W|[TGM]Wh|[GT]B|x|times|basis points"
    r"|cents|tokens|employees|people|years|months|weeks|days|hours)\b)"
    r"|\d{1,3}(?:,\d{3})+|\d+\.\d+)",
    re.IGNORECASE,
)
"""A figure that needs a source: money, a share, a quantity with its unit, thousands, a decimal. No year, and
no number of a name that letters lead to: H100, GPT-5.2."""

_NUMBER = re.compile(r"(?<![\w.,])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?![.,]?\d)")
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October"),
    *("November", "December"),
)


def lint(
    root: Path, today: date, count: Callable[[str], int] | None = None, max_tokens: int = 0
) -> tuple[Problem, ...]:
    """All problems of the library below `root`, by path and line; only those of reading can be fatal.

    Args:
        root: The library's folder.
        today: The date that `reviewed`, `review_by`, `facts_to` and the dates of sources are compared with.
        count: The encoder's count of tokens; without it nothing is said of what the encoder would cut.
        max_tokens: The most that the encoder reads.

    Raises:
        ContentError: the folder is missing or cannot be listed.
    """
    listing = scan(root)
    read = [documents.read(root, file.path) for file in listing.files]
    problems = [*listing.problems, *(problem for parsed in read for problem in parsed.problems)]
    problems += documents.check_links(root, [parsed.document for parsed in read])
    problems += _one_way(read)
    problems += _two_meanings(read)
    problems += _duplicates(read)
    by_path = {parsed.document.path: parsed for parsed in read}
    for parsed in read:
        problems += _broken_links(parsed, by_path, root)
        if parsed.has_front_matter:
            problems += _reviews(parsed, today)
            problems += _facts_to(parsed, today)
            problems += _sources(parsed, today)
            problems += _figures(parsed)
            problems += _unsourced(parsed)
        if parsed.has_front_matter and not parsed.is_fatal:
            problems += _definitions(parsed)
        if count and not parsed.is_fatal:
            problems += _cuts(parsed, count, max_tokens)
    return tuple(sorted(problems, key=lambda problem: (problem.path, problem.line, problem.message)))


def definitions(document: Document) -> str:
    r"""The definitions of a document's footnotes as its front matter gives them, one a line.

    >>> source = Source("a-2026", "A", "Results", "https://a.example/r", published="2026-04")
    >>> definitions(Document("d", "d.md", "D", sources=(source,)))
    '[^a-2026]: A, "Results", published April 2026. <https://a.example/r>\n'
    """
    return "".join(f"[^{source.id}]: {_definition(source)}\n" for source in document.sources)


def with_definitions(text: str, document: Document) -> str:
    """The text of a document's file with its definitions at the end, and no other definitions of its sources.

    The line ends of the file (CRLF or LF) stay as they are. The text comes back unchanged where nothing is
    wrong, where the document has no sources, and where an open code fence or comment would swallow them.
    """
    if not document.sources:
        return text
    plain = text.replace("\r\n", "\n")
    _, start = split(plain)
    lines = plain.split("\n")
    ours = {source.id for source in document.sources}
    dropped = {
        line - 1
        for found in _defined(lines[start:], start + 1)
        if found.id in ours
        for line in range(found.line, found.last_line + 1)
    }
    kept = "\n".join(line for number, line in enumerate(lines) if number not in dropped).rstrip()
    whole = f"{kept}\n\n{definitions(document)}"
    if not ours <= {found.id for found in _defined(whole.split("\n")[start:], 1)}:
        return text
    return whole.replace("\n", "\r\n") if "\r\n" in text else whole


def _defined(lines: Sequence[str], first_line: int) -> tuple[Definition, ...]:
    return markdown.parse("\n".join(lines), first_line).definitions


def _definition(source: Source) -> str:
    """What a footnote says of a source, with what Markdown would read as its own escaped."""
    title = re.sub(r"([\\`*\[\]<])", r"\\\1", source.title)
    publisher = re.sub(r"([\\`*\[\]<])", r"\\\1", source.publisher)
    dated = (
        f"published {_spoken(source.published)}"
        if source.published
        else f"accessed {_spoken(source.accessed)}"
    )
    return f'{publisher}, "{title}", {dated}. <{source.url}>'


def _spoken(day: str) -> str:
    """A date as it is said: "6 April 2026", "April 2026" or "2026"."""
    year, *rest = day.split("-")
    month = [_MONTHS[int(rest[0]) - 1]] if rest else []
    return " ".join([*(str(int(part)) for part in rest[1:]), *month, year])


def _note(parsed: Parsed, line: int, message: str) -> Problem:
    return Problem(parsed.document.path, line, message, fatal=False)


def _one_way(read: Sequence[Parsed]) -> Iterator[Problem]:
    """Related documents that do not say so themselves."""
    by_id = {parsed.document.id: parsed for parsed in read}
    for parsed in read:
        id = parsed.document.id
        for other in parsed.document.related:
            if other in by_id and id not in by_id[other].document.related:
                message = f"{id} lists {other} as related, but {other} does not list {id}; add it there"
                yield _note(parsed, parsed.lines.get(f"related {other}", 1), message)


def _two_meanings(read: Sequence[Parsed]) -> Iterator[Problem]:
    """Short forms among the aliases ("NVDA = Nvidia") that stand for two things."""
    known: dict[str, tuple[str, str]] = {}
    for parsed in read:
        path = parsed.document.path
        for short, long in (
            map(str.strip, alias.split(" = ", 1)) for alias in parsed.document.aliases if " = " in alias
        ):
            meaning, where = known.setdefault(short.lower(), (long, path))
            if meaning != long:
                message = (
                    f'"{short}" means "{long}" here and "{meaning}" in {where}, so that a question is read '
                    "with neither; give it one meaning"
                )
                yield _note(parsed, parsed.lines.get("aliases", 1), message)


def _broken_links(parsed: Parsed, by_path: dict[str, Parsed], root: Path) -> Iterator[Problem]:
    """Links in a body to files or headings that are not there."""
    document = parsed.document
    for link in parsed.links:
        try:
            parts = urlsplit(link.name)
        except ValueError:
            yield _note(parsed, link.line, f'the link "{link.name}" is no address; mend it')
            continue
        if parts.scheme or parts.netloc:
            continue
        target = document.path
        if parts.path:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(document.path), unquote(parts.path)))
        if parts.path.startswith("/") or (target not in by_path and not _exists(root, target)):
            yield _note(
                parsed, link.line, f'the link "{link.name}" leads to no file; write a path from this file'
            )
        elif parts.fragment and target in by_path:
            anchors = {heading.anchor for heading in by_path[target].document.headings}
            if unquote(parts.fragment) not in anchors:
                yield _note(
                    parsed,
                    link.line,
                    f'the link "{link.name}" leads to no heading of {target}; mend the part after #',
                )


def _exists(root: Path, target: str) -> bool:
    try:
        return (root / target).exists()
    except (OSError, ValueError):
        return False


def _reviews(parsed: Parsed, today: date) -> Iterator[Problem]:
    """Reviews that are overdue or cannot be."""
    document, lines = parsed.document, parsed.lines
    if document.reviewed and document.reviewed > today:
        yield _note(
            parsed,
            lines["reviewed"],
            f"reviewed is {document.reviewed}, after today ({today}); mend the date",
        )
    if document.review_by and document.reviewed and document.review_by < document.reviewed:
        message = (
            f"review_by is {document.review_by}, before reviewed ({document.reviewed}); mend one of them"
        )
        yield _note(parsed, lines["review_by"], message)
    elif document.review_by and document.review_by < today:
        message = f"review_by was {document.review_by}; review the document, then set reviewed and review_by"
        yield _note(parsed, lines["review_by"], message)


def _facts_to(parsed: Parsed, today: date) -> Iterator[Problem]:
    """Report a `facts_to` that lies after today, after the review, or before the newest source."""
    document = parsed.document
    reached = document.facts_to
    if reached is None:
        return
    line = parsed.lines["facts_to"]
    if reached > today:
        yield _note(parsed, line, f"facts_to is {reached}, after today ({today}); correct the date")
    elif document.reviewed and reached > document.reviewed:
        message = f"facts_to is {reached}, after reviewed ({document.reviewed}); set reviewed to the day of the new facts"
        yield _note(parsed, line, message)
    newest = max((source.published for source in document.sources if source.published), default="")
    if reached.isoformat()[: len(newest)] < newest:
        message = (
            f"facts_to is {reached}, but a source was published {newest}; set facts_to to the newest fact"
        )
        yield _note(parsed, line, message)


def _sources(parsed: Parsed, today: date) -> Iterator[Problem]:
    """Sources that nothing uses, or that are not there yet."""
    document = parsed.document
    used = {place.name for place in parsed.references}
    used |= {point.source for series in document.figures for point in series.points}
    for source in document.sources:
        line = parsed.lines.get(f"source {source.id}", 1)
        if source.id not in used:
            yield _note(
                parsed, line, f'source "{source.id}" is never used; cite it with [^{source.id}] or delete it'
            )
        for key, day in (("published", source.published), ("accessed", source.accessed)):
            if day and day > today.isoformat()[: len(day)]:
                yield _note(
                    parsed,
                    line,
                    f'source "{source.id}" has {key}: {day}, after today ({today}); mend the date',
                )


def _figures(parsed: Parsed) -> Iterator[Problem]:
    """Points of a series whose number does not stand in the text."""
    blocks = [block for section in parsed.sections for block in section.blocks]
    said = {
        float(number.replace(",", ""))
        for text in {text for block in blocks for text in (block.text, block.lead)}
        for number in _NUMBER.findall(text)
    }
    for number, series in enumerate(parsed.document.figures):
        for place, point in enumerate(series.points):
            if abs(point.value) not in said:
                line = parsed.lines.get(f"figure {number} {place}", 1)
                name = f"{series.entity} {series.metric} {point.as_of}".strip()
                yield _note(
                    parsed,
                    line,
                    f'figure "{name}" is {point.value:g}, which the text does not say; write it there',
                )


def _unsourced(parsed: Parsed) -> Iterator[Problem]:
    """Paragraphs, list items and table rows that state a figure and cite nothing."""
    for section in parsed.sections:
        for block in section.blocks:
            found = FIGURE.search(block.text)
            if found and not block.marks and block.kind != "code":
                what = {"row": "row of the table", "item": "item of the list"}.get(block.kind, "paragraph")
                message = f'"{found[0].strip()}" has no source; add a footnote [^id] to this {what}'
                yield _note(parsed, block.first_line, message)


def _definitions(parsed: Parsed) -> Iterator[Problem]:
    """Footnote definitions that are not those of the front matter."""
    document = parsed.document
    ours = {source.id for source in document.sources}
    for found in parsed.definitions:
        if found.id not in ours:
            message = f'the footnote "{found.id}" is defined but is no source; add it to sources at the top'
            yield _note(parsed, found.line, message)
    written = [(found.id, found.text) for found in parsed.definitions if found.id in ours]
    if written != [(source.id, _definition(source)) for source in document.sources]:
        line = min((found.line for found in parsed.definitions), default=1)
        yield _note(parsed, line, "footnotes differ from the front matter; run: strata check --fix")


def _duplicates(read: Iterable[Parsed]) -> Iterator[Problem]:
    """Texts that stand in two places; short ones and rows of tables may."""
    places: dict[str, str] = {}
    for parsed in read:
        for section in parsed.sections:
            for block in section.blocks:
                if block.kind not in {"prose", "item"} or len(block.text.split()) < SHORTEST_DUPLICATE:
                    continue
                here = f"{parsed.document.path}:{block.first_line}"
                first = places.setdefault(block.text, here)
                if first != here:
                    yield _note(
                        parsed, block.first_line, f"the same text stands in {first}; keep one of the two"
                    )


def _cuts(parsed: Parsed, count: Callable[[str], int], max_tokens: int) -> Iterator[Problem]:
    """Headings and sentences that are longer than the encoder reads."""
    passages = chunking.chunk(parsed.document, parsed.sections, count, max_tokens)
    shortened = {passage.headings: passage.header for passage in passages if passage.header}
    for section in parsed.sections:
        if section.blocks and section.heading.path in shortened:
            encoded = shortened[section.heading.path]
            message = (
                f'title and headings are too long for the encoder, which reads "{encoded}"; shorten them'
            )
            yield _note(parsed, section.heading.line, message)
    whole = {passage.quote(sentence) for passage in passages for sentence in passage.sentences}
    for section in parsed.sections:
        for block in section.blocks:
            spans = ((0, len(block.text)),) if block.kind in {"row", "code"} else sentences.split(block.text)
            if any(block.text[start:end] not in whole for start, end in spans):
                message = (
                    f"a sentence is longer than the {max_tokens} tokens that the encoder reads; cut it in two"
                )
                yield _note(parsed, block.first_line, message)
