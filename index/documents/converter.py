"""Convert one PDF or Word file into HTML: the program of a process of its own (see index.documents.conversion).

It reads the file from standard input and writes JSON to standard output: {"html": ...} or {"fault": ...}. Before
it imports a converter it limits its own memory, processor time and output, because both formats can hold a few
kilobytes that take hours or gigabytes to read. It imports nothing of Strata.
"""

from __future__ import annotations

import contextlib
import html
import io
import json
import re
import sys
import zipfile
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

LONGEST_HEADING = 150
LONGEST_CELL = 40
"""Characters of the longest line that can be the cell of a table without rules; a longer one is a column's."""
LARGER = 1.1
"""Size of a heading, in sizes of the running text."""
MOST_LEVELS = 6

_WORD_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"
_OLE = b"\xd0\xcf\x11\xe0"
"""How an encrypted Word file begins, and one of a version before 2007."""


class FaultError(Exception):
    """The file cannot be converted; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a PDF page; `x` and `y` are its left edge and its middle, in points from the lower left corner."""

    text: str
    x: float
    y: float
    height: float
    size: float
    bold: bool
    box: int
    """The paragraph or column that it belongs to, in reading order."""


def pdf(data: bytes) -> str:
    """Return the HTML of a PDF file: headings by size and weight, tables row by row, the page as a heading's id."""
    from pdfminer.high_level import extract_pages
    from pdfminer.pdfdocument import PDFPasswordIncorrect

    pages: list[list[Line]] = []
    pictures = False
    try:
        for page in extract_pages(io.BytesIO(data)):
            pages.append(list(_lines(page)))
            pictures = pictures or _has_picture(page)
    except PDFPasswordIncorrect:
        raise FaultError(
            "the .pdf file is locked with a password; save a copy without the password"
        ) from None
    lines = [line for page in pages for line in page]
    if not lines:
        if pictures:
            raise FaultError(
                "the .pdf file is a scan: its pages are pictures without text; run text recognition (OCR) on it"
            )
        raise FaultError("the .pdf file has no text; delete it, or save it again with its text")
    levels = _levels(lines)
    return "\n".join(
        element for number, page in enumerate(pages, 1) for element in _elements(page, levels, number)
    )


def _lines(page: Any) -> Iterator[Line]:
    from pdfminer.layout import LTChar, LTTextContainer, LTTextLine

    for number, box in enumerate(part for part in page if isinstance(part, LTTextContainer)):
        for line in box:
            text = " ".join(line.get_text().split()) if isinstance(line, LTTextLine) else ""
            chars = [char for char in line if isinstance(char, LTChar) and not char.get_text().isspace()]
            if text and chars:
                sizes = Counter(round(char.size, 1) for char in chars)
                bold = sum(
                    bool(re.search("bold|black|heavy", char.fontname, re.IGNORECASE)) for char in chars
                )
                yield Line(
                    text,
                    line.x0,
                    (line.y0 + line.y1) / 2,
                    line.height,
                    sizes.most_common(1)[0][0],
                    2 * bold > len(chars),
                    number,
                )


def _has_picture(element: Any) -> bool:
    from pdfminer.layout import LTFigure, LTImage

    parts: Iterable[Any] = element
    return any(
        isinstance(part, LTImage) or (isinstance(part, LTFigure) and _has_picture(part)) for part in parts
    )


def _levels(lines: Sequence[Line]) -> dict[tuple[float, bool], int]:
    """Return the heading level of each size and weight that headings have, 1 for the largest."""
    written: Counter[tuple[float, bool]] = Counter()
    for line in lines:
        written[line.size, line.bold] += len(line.text)
    (body, heavy), _ = written.most_common(1)[0]
    styles = [
        (size, bold)
        for size, bold in written
        if size >= LARGER * body or (bold and not heavy and size >= body)
    ]
    return {style: min(level, MOST_LEVELS) for level, style in enumerate(sorted(styles, reverse=True), 1)}


def _elements(lines: Sequence[Line], levels: dict[tuple[float, bool], int], page: int) -> Iterator[str]:
    """Yield the HTML elements of a page, one a line."""
    tables = {id(line): table for table in _tables(lines) for row in table for line in row}
    done: set[int] = set()
    at = 0
    while at < len(lines):
        line = lines[at]
        table = tables.get(id(line))
        if table is not None:
            if id(table) not in done:
                done.add(id(table))
                yield _table(table)
            at += 1
            continue
        level = _level(line, levels)
        end = at + 1
        while (
            end < len(lines)
            and lines[end].box == line.box
            and id(lines[end]) not in tables
            and _level(lines[end], levels) == level
        ):
            end += 1
        text = html.escape(" ".join(part.text for part in lines[at:end]))
        yield f'<h{level} id="page={page}">{text}</h{level}>' if level else f"<p>{text}</p>"
        at = end


def _level(line: Line, levels: dict[tuple[float, bool], int]) -> int:
    """Return the heading level of a line; 0 for text."""
    is_heading = (
        len(line.text) <= LONGEST_HEADING and line.text[-1] not in ".,;" and re.search(r"[^\W\d]", line.text)
    )
    return levels.get((line.size, line.bold), 0) if is_heading else 0


def _tables(lines: Sequence[Line]) -> list[list[list[Line]]]:
    """Return the tables of a page: runs of rows with several short lines side by side."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (-line.y, line.x)):
        if rows and abs(rows[-1][0].y - line.y) < 0.4 * line.height:
            rows[-1].append(line)
        else:
            rows.append([line])
    tables: list[list[list[Line]]] = [[]]
    for row in rows:
        if len(row) > 1 and all(len(line.text) <= LONGEST_CELL for line in row):
            tables[-1].append(sorted(row, key=lambda line: line.x))
        else:
            tables.append([])
    return [table for table in tables if len(table) > 1]


def _table(rows: Sequence[Sequence[Line]]) -> str:
    """Return a table; its first row is the header if only the rows below it have figures."""
    figures = [any(re.search(r"\d", line.text) for line in row[1:]) for row in rows]
    has_header = not figures[0] and any(figures[1:])
    written = []
    for number, row in enumerate(rows):
        tag = "th" if has_header and number == 0 else "td"
        written.append("<tr>" + "".join(f"<{tag}>{html.escape(line.text)}</{tag}>" for line in row) + "</tr>")
    return f"<table>{''.join(written)}</table>"


def docx(data: bytes, unpacked: int) -> str:
    """Return the HTML of a Word file whose parts unpack to at most so many bytes."""
    if data.startswith(_OLE):
        raise FaultError(
            "the .docx file is locked with a password, or is an old .doc; save it again as .docx without a password"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile:
        raise FaultError("the .docx file is damaged; save it again from the word processor") from None
    if size > unpacked:
        raise FaultError(f"the .docx file unpacks to {size:,} bytes, more than {unpacked:,}; split it")
    import mammoth

    picture = mammoth.images.img_element(lambda _: {"src": ""})
    converted = mammoth.convert_to_html(io.BytesIO(data), style_map=_WORD_STYLES, convert_image=picture)
    return re.sub(r"(</(?:p|h\d|tr|li)>)", r"\1\n", str(converted.value))


def limit(memory: int, seconds: int, output: int) -> None:
    """Limit this process, where the system can: bytes of memory, seconds of processor time, bytes written."""
    with contextlib.suppress(ImportError):  # Windows has no such limits; the time limit of the parent holds
        import resource

        for kind, most in (
            (resource.RLIMIT_AS, memory),
            (resource.RLIMIT_CPU, seconds),
            (resource.RLIMIT_FSIZE, output),
            (resource.RLIMIT_CORE, 0),
        ):
            with contextlib.suppress(ValueError, OSError):  # a lower limit is in force already
                resource.setrlimit(kind, (most, most))


def main() -> None:
    """Convert standard input; the arguments are the suffix and the four limits."""
    suffix = sys.argv[1]
    memory, seconds, output, unpacked = map(int, sys.argv[2:])
    limit(memory, seconds, output)
    try:
        data = sys.stdin.buffer.read()
        answer = {"html": pdf(data) if suffix == ".pdf" else docx(data, unpacked)}
    except FaultError as fault:
        answer = {"fault": str(fault)}
    except MemoryError:
        answer = {"fault": f"the {suffix} file takes more than {memory >> 20:,} MB to read; split it"}
    except Exception as error:  # noqa: BLE001 - whatever a converter makes of a broken file
        reason = type(error).__name__
        answer = {"fault": f"the {suffix} file is damaged ({reason}); save it again, or as text"}
    written = json.dumps(answer).encode()
    if len(written) > output:
        reason = f"the {suffix} file has more than {output:,} bytes of text; split it"
        written = json.dumps({"fault": reason}).encode()
    sys.stdout.buffer.write(written)


if __name__ == "__main__":
    main()
