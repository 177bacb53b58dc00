"""The rules for the documents of a library, within each file and between files.

`index.documents.loader` reports the files that cannot be read. The rules check what a reader of quotations relies
on: figures have sources, sources are used, links have targets, and reviews are up to date. The rules for figures and
sources apply to files whose front matter has sources or figures in Strata's form.
"""

from __future__ import annotations

import posixpath
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from index import chunker
from index.documents import loader
from index.documents.folder import scan
from index.documents.formats.markdown import parser as markdown
from index.documents.frontmatter.syntax import find
from index.text.months import written_date
from index.types import Document, Problem, Source

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from index.documents.loader import Parsed
    from index.documents.outline import Definition

MIN_DUPLICATE_WORDS = 6
"""The length of the shortest text that may not occur twice."""

FIGURE = re.compile(
    r"[$€£¥]\s?\d"  # "$30", "€ 5"
    r"|(?<![A-Za-z\d.])(?<![A-Za-z]-)(?:"  # not in a name: "H100", "GPT-5.2", "v2.0"
    r"\d[\d,.]*\s?(?:%"  # "45%"
    r"|(?:percent|billion|million|trillion|thousand"  # "5 percent", "3 billion"
    r"|[GMk]W|[TGM]Wh|[GT]B"  # "3.5 GW", "415 TWh", "16 GB"
    r"|x|times|basis points|cents|tokens|employees|people"  # "10x", "40 basis points", "800 people"
    r"|years|months|weeks|days|hours)\b)"  # "12 months"
    r"|\d{1,3}(?:,\d{3})+"  # "8,000"
    r"|\d+\.\d+)",  # "2.5"
    re.IGNORECASE,
)
"""A figure that needs a source: money, a share, a quantity with its unit, thousands or a decimal; not a year."""

_NUMBER = re.compile(
    r"(?<![\w.,])(?:\d{1,3}(?:,\d{3})+"  # "1,234"
    r"|\d+)(?:\.\d+)?(?![.,]?\d)"  # "30", "30.5"
)


def lint(
    root: Path, today: date, count: Callable[[str], int] | None = None, max_tokens: int = 0
) -> tuple[Problem, ...]:
    """Return all problems of the library below `root`, by path and line; only unreadable files are fatal.

    Args:
        root: The library's folder.
        today: The date that `reviewed`, `review_by`, `facts_to` and the dates of sources are compared with.
        count: Returns the number of tokens of a text for the encoder; without it, texts too long for the encoder
            are not reported.
        max_tokens: The most tokens that the encoder reads.

    Raises:
        ContentError: The folder is missing or cannot be listed.
    """
    listing = scan(root)
    files = loader.with_ids([loader.read(root, file.path) for file in listing.files])
    problems = [*listing.problems, *(problem for parsed in files for problem in parsed.problems)]
    problems += loader.check_links(root, [parsed.document for parsed in files])
    problems += _one_way_relations(files)
    problems += _ambiguous_aliases(files)
    problems += _duplicate_texts(files)
    by_path = {parsed.document.path: parsed for parsed in files}
    for parsed in files:
        problems += _broken_links(parsed, by_path, root)
        problems += _review_dates(parsed, today)
        if parsed.uses_schema:
            problems += _fact_dates(parsed, today)
            problems += _sources(parsed, today)
            problems += _unstated_points(parsed)
            problems += _unsourced_figures(parsed)
        if parsed.uses_schema and not parsed.is_fatal:
            problems += _footnote_definitions(parsed)
        if count and not parsed.is_fatal:
            problems += _over_long_texts(parsed, count, max_tokens)
    return tuple(sorted(problems, key=lambda problem: (problem.path, problem.line, problem.message)))


def definitions(document: Document) -> str:
    r"""Return the footnote definitions of a document's sources, one on each line.

    >>> source = Source("a-2026", "A", "Results", "https://a.example/r", published="2026-04")
    >>> definitions(Document("d", "d.md", "D", sources=(source,)))
    '[^a-2026]: A, "Results", published April 2026. <https://a.example/r>\n'
    """
    return "".join(f"[^{source.id}]: {_definition(source)}\n" for source in document.sources)


def with_definitions(text: str, document: Document) -> str:
    """Return the text of a document's file with its footnote definitions at the end and nowhere else.

    Line ends (CRLF or LF) stay as they are. The text is returned unchanged if its definitions are right, if the
    document has no sources, and if an open code fence or comment would hide the definitions.
    """
    if not document.sources:
        return text
    plain = text.replace("\r\n", "\n")
    header = find(plain)
    start = header.body if header else 0
    lines = plain.split("\n")
    ids = {source.id for source in document.sources}
    dropped = {
        line - 1
        for found in _parse_definitions(lines[start:], start + 1)
        if found.id in ids
        for line in range(found.line, found.last_line + 1)
    }
    kept = "\n".join(line for number, line in enumerate(lines) if number not in dropped).rstrip()
    whole = f"{kept}\n\n{definitions(document)}"
    if not ids <= {found.id for found in _parse_definitions(whole.split("\n")[start:], 1)}:
        return text
    return whole.replace("\n", "\r\n") if "\r\n" in text else whole


def _parse_definitions(lines: Sequence[str], first_line: int) -> tuple[Definition, ...]:
    return markdown.parse("\n".join(lines), first_line).definitions


def _definition(source: Source) -> str:
    """Return the text of a source's footnote, with Markdown escaped."""
    title = re.sub(r"([\\`*\[\]<])", r"\\\1", source.title)
    publisher = re.sub(r"([\\`*\[\]<])", r"\\\1", source.publisher)
    if source.published:
        date_text = f"published {written_date(source.published)}"
    else:
        date_text = f"accessed {written_date(source.accessed)}"
    return f'{publisher}, "{title}", {date_text}. <{source.url}>'


def _problem(parsed: Parsed, line: int, message: str) -> Problem:
    return Problem(parsed.document.path, line, message, fatal=False)


def _one_way_relations(files: Sequence[Parsed]) -> Iterator[Problem]:
    """Yield a problem for each related document that does not list the document in return."""
    by_id = {parsed.document.id: parsed for parsed in files}
    for parsed in files:
        id = parsed.document.id
        for other in parsed.document.related:
            if other in by_id and id not in by_id[other].document.related:
                message = f"{id} lists {other} as related, but {other} does not list {id}; add it there"
                yield _problem(parsed, parsed.lines.get(f"related {other}", 1), message)


def _ambiguous_aliases(files: Sequence[Parsed]) -> Iterator[Problem]:
    """Yield a problem for each short form ("NVDA = Nvidia") with two meanings."""
    known: dict[str, tuple[str, str]] = {}
    for parsed in files:
        path = parsed.document.path
        for short, long in (
            map(str.strip, alias.split(" = ", 1)) for alias in parsed.document.aliases if " = " in alias
        ):
            meaning, where = known.setdefault(short.lower(), (long, path))
            if meaning != long:
                message = (
                    f'"{short}" means "{long}" here and "{meaning}" in {where}, so it is not expanded in '
                    "questions; give it one meaning"
                )
                yield _problem(parsed, parsed.lines.get("aliases", 1), message)


def _broken_links(parsed: Parsed, by_path: dict[str, Parsed], root: Path) -> Iterator[Problem]:
    """Yield a problem for each link to a missing file or heading of the library."""
    document = parsed.document
    for link in parsed.links:
        try:
            parts = urlsplit(link.name)
        except ValueError:
            yield _problem(parsed, link.line, f'the link "{link.name}" is not a valid address; correct it')
            continue
        if parts.scheme or parts.netloc:
            continue
        target = document.path
        if parts.path:
            target = posixpath.normpath(posixpath.join(posixpath.dirname(document.path), unquote(parts.path)))
        if parts.path.startswith("/") or (target not in by_path and not _exists(root, target)):
            message = f'the link "{link.name}" points to a missing file; write a path from this file'
            yield _problem(parsed, link.line, message)
        elif parts.fragment and target in by_path:
            anchors = {heading.anchor for heading in by_path[target].document.headings}
            if unquote(parts.fragment) not in anchors:
                message = f'the link "{link.name}" points to a missing heading of {target}; correct the part after #'
                yield _problem(parsed, link.line, message)


def _exists(root: Path, target: str) -> bool:
    try:
        return (root / target).exists()
    except (OSError, ValueError):
        return False


def _review_dates(parsed: Parsed, today: date) -> Iterator[Problem]:
    """Yield a problem for a review that is overdue, in the future or in the wrong order."""
    document, lines = parsed.document, parsed.lines
    if document.reviewed and document.reviewed > today:
        message = f"reviewed is {document.reviewed}, after today ({today}); correct the date"
        yield _problem(parsed, lines["reviewed"], message)
    if document.review_by and document.reviewed and document.review_by < document.reviewed:
        message = (
            f"review_by is {document.review_by}, before reviewed ({document.reviewed}); correct one date"
        )
        yield _problem(parsed, lines["review_by"], message)
    elif document.review_by and document.review_by < today:
        message = f"review_by was {document.review_by}; review the document, then set reviewed and review_by"
        yield _problem(parsed, lines["review_by"], message)


def _fact_dates(parsed: Parsed, today: date) -> Iterator[Problem]:
    """Yield a problem for a `facts_to` after today, after the review, or before the newest source."""
    document = parsed.document
    facts_to = document.facts_to
    if facts_to is None or "facts_to" not in parsed.lines:
        return
    line = parsed.lines["facts_to"]
    if facts_to > today:
        yield _problem(parsed, line, f"facts_to is {facts_to}, after today ({today}); correct the date")
    elif document.reviewed and facts_to > document.reviewed:
        message = f"facts_to is {facts_to}, after reviewed ({document.reviewed}); set reviewed to the day of the new facts"
        yield _problem(parsed, line, message)
    newest = max((source.published for source in document.sources if source.published), default="")
    if facts_to.isoformat()[: len(newest)] < newest:
        message = (
            f"facts_to is {facts_to}, but a source was published {newest}; set facts_to to the newest fact"
        )
        yield _problem(parsed, line, message)


def _sources(parsed: Parsed, today: date) -> Iterator[Problem]:
    """Yield a problem for each source that is unused or dated after today."""
    document = parsed.document
    used = {place.name for place in parsed.references}
    used |= {point.source for series in document.figures for point in series.points}
    for source in document.sources:
        line = parsed.lines.get(f"source {source.id}", 1)
        if source.id not in used:
            message = f'source "{source.id}" is never used; cite it with [^{source.id}] or delete it'
            yield _problem(parsed, line, message)
        for key, day in (("published", source.published), ("accessed", source.accessed)):
            if day and day > today.isoformat()[: len(day)]:
                message = f'source "{source.id}" has {key}: {day}, after today ({today}); correct the date'
                yield _problem(parsed, line, message)


def _unstated_points(parsed: Parsed) -> Iterator[Problem]:
    """Yield a problem for each point of a series whose value is not in the text."""
    blocks = [block for section in parsed.sections for block in section.blocks]
    numbers = {
        float(number.replace(",", ""))
        for text in {text for block in blocks for text in (block.text, block.lead)}
        for number in _NUMBER.findall(text)
    }
    for number, series in enumerate(parsed.document.figures):
        for place, point in enumerate(series.points):
            if abs(point.value) not in numbers:
                line = parsed.lines.get(f"figure {number} {place}", 1)
                name = f"{series.entity} {series.metric} {point.as_of}".strip()
                message = f'figure "{name}" is {point.value:g}, which is not in the text; write it there'
                yield _problem(parsed, line, message)


def _unsourced_figures(parsed: Parsed) -> Iterator[Problem]:
    """Yield a problem for each paragraph, list item or table row that states a figure without a source."""
    for section in parsed.sections:
        for block in section.blocks:
            found = FIGURE.search(block.text)
            if found and not block.marks and block.kind != "code":
                part = {"row": "table row", "item": "list item"}.get(block.kind, "paragraph")
                message = f'"{found[0].strip()}" has no source; add a footnote [^id] to this {part}'
                yield _problem(parsed, block.first_line, message)


def _footnote_definitions(parsed: Parsed) -> Iterator[Problem]:
    """Yield a problem for each footnote definition that differs from the sources in the front matter."""
    document = parsed.document
    ids = {source.id for source in document.sources}
    for found in parsed.definitions:
        if found.id not in ids:
            message = f'the footnote "{found.id}" is not a source; add it to sources in the front matter or delete it'
            yield _problem(parsed, found.line, message)
    written = [(found.id, found.text) for found in parsed.definitions if found.id in ids]
    if written != [(source.id, _definition(source)) for source in document.sources]:
        line = min((found.line for found in parsed.definitions), default=1)
        yield _problem(parsed, line, "footnotes differ from the front matter; run: strata check --fix")


def _duplicate_texts(files: Iterable[Parsed]) -> Iterator[Problem]:
    """Yield a problem for each paragraph or list item of `MIN_DUPLICATE_WORDS` or more that occurs before."""
    places: dict[str, str] = {}
    for parsed in files:
        for section in parsed.sections:
            for block in section.blocks:
                if block.kind not in {"prose", "item"} or len(block.text.split()) < MIN_DUPLICATE_WORDS:
                    continue
                here = f"{parsed.document.path}:{block.first_line}"
                first = places.setdefault(block.text, here)
                if first != here:
                    message = f"the same text is in {first}; delete one of the two"
                    yield _problem(parsed, block.first_line, message)


def _over_long_texts(parsed: Parsed, count: Callable[[str], int], max_tokens: int) -> Iterator[Problem]:
    """Yield a problem for each heading path that the encoder shortens and each sentence that it cuts."""
    passages = chunker.chunk(parsed.document, parsed.sections, count, max_tokens)
    shortened = {passage.headings: passage.header for passage in passages if passage.header}
    for section in parsed.sections:
        if section.blocks and section.heading.path in shortened:
            encoded = shortened[section.heading.path]
            message = (
                f'title and headings are too long for the encoder, which reads "{encoded}"; shorten them'
            )
            yield _problem(parsed, section.heading.line, message)
    whole = {passage.quote(sentence) for passage in passages for sentence in passage.sentences}
    for section in parsed.sections:
        for block in section.blocks:
            spans = chunker.sentence_spans(block)
            if any(block.text[start:end] not in whole for start, end in spans):
                message = f"a sentence has more than the {max_tokens} tokens that the encoder reads; split it"
                yield _problem(parsed, block.first_line, message)
