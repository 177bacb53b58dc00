"""The program that converts one PDF or Word file to HTML in a separate process (see index.documents.formats.pdf_word.sandbox).

It reads the file from standard input and writes JSON to standard output: {"html": ...} or {"fault": ...}. It
limits its own memory, processor time and output before it imports a converter, because a few kilobytes in either
format can take hours or gigabytes to read. It imports nothing of Strata, so that it starts quickly.
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

MAX_HEADING_CHARS = 150
MAX_HEADING_WORDS = 12
"""The most words of a heading that looks like text and ends early."""
MAX_CELL_CHARS = 40
"""The longest line that can be a table cell; a longer line beside another line belongs to a column of text."""
HEADING_SIZE = 1.1
"""The least font size of a heading that is not bold, as a multiple of the size of the running text."""
MAX_HEADING_LEVEL = 6

_WORD_STYLES = "p[style-name='Title'] => h1:fresh\np[style-name='Subtitle'] => p:fresh"
_BOLD_FONT = re.compile(
    "bold"  # "Arial-BoldMT"
    "|black"  # "Lato-Black"
    "|heavy",  # "Avenir-Heavy"
    re.IGNORECASE,
)
_BLOCK_END = re.compile(r"(</(?:p|h\d|tr|li)>)")
"""A tag after which the HTML of a Word file gets a line end, so that citations can name a line: "</p>", "</h2>"."""
_PAGE_NUMBER = re.compile(
    r"[-–— ]*(?:page )?\d{1,4}(?: (?:of|/) \d{1,4})?[-–— ]*", re.IGNORECASE
)  # "- 12 -", "Page 3 of 9"
_OLE_SIGNATURE = b"\xd0\xcf\x11\xe0"
"""The first bytes of encrypted Word files and of Word files from before 2007."""


class FaultError(Exception):
    """The file cannot be converted; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text on a PDF page, measured in points from the lower left corner."""

    text: str
    x: float
    """The left edge."""
    y: float
    """The middle."""
    width: float
    height: float
    size: float
    """The most frequent font size."""
    bold: bool
    box: int
    """The number of the paragraph or column that has the line, in reading order."""


def pdf(data: bytes) -> str:
    """Return the HTML of a PDF file: a `div` for each page, whose id is that of its headings: "page=2".

    Font size and weight decide which lines are headings, and so does a first line that ends early; short lines side by side are
    the rows of tables. Page numbers are left out, and so are lines that most pages repeat at the top or the bottom.

    A comment on the first line is a warning about the file.

    Raises:
        FaultError: The file is locked, is a scan, or has no text.
    """
    from pdfminer.high_level import extract_pages
    from pdfminer.pdfdocument import PDFPasswordIncorrect

    pages: list[list[Line]] = []
    scanned = 0
    try:
        for page in extract_pages(io.BytesIO(data)):
            pages.append(list(_lines(page)))
            scanned += not pages[-1] and _has_picture(page)
    except PDFPasswordIncorrect:
        raise FaultError(
            "the .pdf file is locked with a password; save a copy without the password"
        ) from None
    lines = [line for page in pages for line in page]
    if not lines:
        if scanned:
            count = "1 page is a picture" if len(pages) == 1 else f"{len(pages)} pages are pictures"
            raise FaultError(
                f"the .pdf file is a scan: {count} without text; run text recognition (OCR) on it"
            )
        raise FaultError("the .pdf file has no text; delete it, or save it again with its text")
    levels = _levels(lines)
    parts: list[list[str]] = []
    for number, page in enumerate(_without_running_lines(pages), 1):
        elements = list(_elements(page, levels, number))
        if parts and elements and (joined := _joined(parts[-1][-1], elements[0])):
            parts[-1][-1] = joined
            elements.pop(0)
        if elements:
            parts.append([f'<div id="page={number}">', *elements])
    body = "\n".join("\n".join(part) + "\n</div>" for part in parts)
    if not scanned:
        return body
    count = f"{scanned} page{'s' if scanned > 1 else ''} of {len(pages)}"
    return f"<!--{count} without text: run text recognition (OCR) on the file-->\n{body}"


def _joined(before: str, after: str) -> str:
    """Return a paragraph that goes on at the top of the next page as one element; "" for other elements.

    >>> _joined("<p>Prices</p>", "<p>rose.</p>"), _joined("<p>Prices rose.</p>", "<p>xAI fell.</p>")
    ('<p>Prices rose.</p>', '')
    """
    are_paragraphs = before.startswith("<p>") and after.startswith("<p>")
    if are_paragraphs and after[3:4].islower() and not re.search(r"[.!?:;]</p>$", before):
        return f"{before.removesuffix('</p>')} {after.removeprefix('<p>')}"
    return ""


def _without_running_lines(pages: Sequence[Sequence[Line]]) -> Iterator[list[Line]]:
    """Yield the lines of each page without its number, and without a line at its edge that an earlier page has.

    Such a line is on more than half of the pages, and on three or more, its digits aside.
    """
    edges = [{_without_digits(line.text) for line in _edge(page)} for page in pages]
    counts = Counter(text for edge in edges for text in edge)
    repeated = {text for text, count in counts.items() if count >= 3 and 2 * count > len(pages)}
    shown: set[str] = set()
    for page in pages:
        edge = {id(line) for line in _edge(page)}
        kept = []
        for line in page:
            text = _without_digits(line.text)
            is_page_number = id(line) in edge and _PAGE_NUMBER.fullmatch(line.text)
            if not is_page_number and not (id(line) in edge and text in repeated & shown):
                kept.append(line)
        shown.update(_without_digits(line.text) for line in page)
        yield kept


def _edge(page: Sequence[Line]) -> list[Line]:
    """Return the highest and the lowest line of a page."""
    return [max(page, key=lambda line: line.y), min(page, key=lambda line: line.y)] if len(page) > 1 else []


def _without_digits(text: str) -> str:
    return re.sub(r"\d+", "", text)


def _lines(page: Any) -> Iterator[Line]:
    """Yield the lines of a page that have visible text, in reading order."""
    from pdfminer.layout import LTChar, LTTextContainer, LTTextLine

    for number, box in enumerate(part for part in page if isinstance(part, LTTextContainer)):
        for line in box:
            text = " ".join(line.get_text().split()) if isinstance(line, LTTextLine) else ""
            chars = [char for char in line if isinstance(char, LTChar) and not char.get_text().isspace()]
            if text and chars:
                sizes = Counter(round(char.size, 1) for char in chars)
                bold = sum(bool(_BOLD_FONT.search(char.fontname)) for char in chars)
                yield Line(
                    text,
                    line.x0,
                    (line.y0 + line.y1) / 2,
                    line.width,
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
    """Return the heading level of each font size and weight of headings, 1 for the largest.

    The size and weight with the most characters are those of the running text.
    """
    chars: Counter[tuple[float, bool]] = Counter()
    for line in lines:
        chars[line.size, line.bold] += len(line.text)
    (text_size, text_is_bold), _ = chars.most_common(1)[0]
    styles = [
        (size, bold)
        for size, bold in chars
        if size >= HEADING_SIZE * text_size or (bold and not text_is_bold and size >= text_size)
    ]
    return {
        style: min(level, MAX_HEADING_LEVEL) for level, style in enumerate(sorted(styles, reverse=True), 1)
    }


def _elements(lines: Sequence[Line], levels: dict[tuple[float, bool], int], page: int) -> Iterator[str]:
    """Yield the HTML elements of a page. `levels` is the heading level of each font size and weight."""
    tables = {id(line): table for table in _tables(lines) for row in table for line in row}
    done: set[int] = set()
    room = {
        line.box: max(other.x + other.width for other in lines if other.box == line.box) for line in lines
    }
    own_level = 1 if page == 1 and not levels else min(len(levels) + 1, MAX_HEADING_LEVEL)
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
            and (level or not _ends_early(lines[end - 1], lines[end], room[line.box]))
        ):
            end += 1
        if not level and end == at + 1 and end < len(lines) and _is_heading_above(line, lines[end]):
            level = own_level
        text = html.escape(" ".join(part.text for part in lines[at:end]))
        yield f'<h{level} id="page={page}">{text}</h{level}>' if level else f"<p>{text}</p>"
        at = end


def _ends_early(line: Line, following: Line, room: float) -> bool:
    """Return whether a line ends a paragraph: the first word of the next line would have fitted behind it.

    Args:
        line: The line.
        following: The line below it in the same column.
        room: The right edge of the column.
    """
    word = following.text.split(" ", 1)[0]
    width = line.width / len(line.text) * (len(word) + 1)
    return not following.text[0].islower() and line.x + line.width + 1.1 * width < room


def _is_heading_above(line: Line, following: Line) -> bool:
    """Return whether a line that ends early is the heading of the line below it in its column."""
    is_short = len(line.text.split()) <= MAX_HEADING_WORDS and not re.search(r"[.!?:;,]$", line.text)
    return is_short and following.box == line.box and line.text[0].isupper() and following.width > line.width


def _level(line: Line, levels: dict[tuple[float, bool], int]) -> int:
    """Return the heading level of a line, or 0 for text."""
    is_heading = (
        len(line.text) <= MAX_HEADING_CHARS
        and line.text[-1] not in ".,;"
        and re.search(r"[^\W\d]", line.text)  # has a letter, unlike "2.1" or "***"
    )
    return levels.get((line.size, line.bold), 0) if is_heading else 0


def _tables(lines: Sequence[Line]) -> list[list[list[Line]]]:
    """Return the tables of a page: two or more adjacent rows of short lines side by side, but not columns of running text."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (-line.y, line.x)):
        if rows and abs(rows[-1][0].y - line.y) < 0.4 * line.height:
            rows[-1].append(line)
        else:
            rows.append([line])
    tables: list[list[list[Line]]] = [[]]
    for row in rows:
        if len(row) > 1 and all(len(line.text) <= MAX_CELL_CHARS for line in row):
            tables[-1].append(sorted(row, key=lambda line: line.x))
        else:
            tables.append([])
    return [table for table in tables if len(table) > 1 and not _is_running_text(table)]


def _is_running_text(table: Sequence[Sequence[Line]]) -> bool:
    """Return whether the lines side by side are columns of text: most lines of each column have four or more words."""
    columns = range(max(map(len, table)))
    cells = [[row[column].text for row in table if column < len(row)] for column in columns]
    return all(2 * sum(text.count(" ") >= 3 for text in column) > len(column) for column in cells)


def _table(rows: Sequence[Sequence[Line]]) -> str:
    """Return the HTML of a table. Its first row is the header if only other rows have digits after the first cell."""
    figures = [any(re.search(r"\d", line.text) for line in row[1:]) for row in rows]
    has_header = not figures[0] and any(figures[1:])
    written = []
    for number, row in enumerate(rows):
        tag = "th" if has_header and number == 0 else "td"
        written.append("<tr>" + "".join(f"<{tag}>{html.escape(line.text)}</{tag}>" for line in row) + "</tr>")
    return f"<table>{''.join(written)}</table>"


def docx(data: bytes, unpacked: int) -> str:
    """Return the HTML of a Word file.

    Raises:
        FaultError: The file is locked or damaged, or its parts unpack to more than `unpacked` bytes.
    """
    if data.startswith(_OLE_SIGNATURE):
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
    return _BLOCK_END.sub(r"\1\n", str(converted.value))


def limit(memory: int, seconds: int, output: int) -> None:
    """Limit the bytes of memory, the seconds of processor time and the bytes of output of this process.

    Windows has no such limits; there, only the time limit of the parent process applies.
    """
    with contextlib.suppress(ImportError):
        import resource

        for kind, value in (
            (resource.RLIMIT_AS, memory),
            (resource.RLIMIT_CPU, seconds),
            (resource.RLIMIT_FSIZE, output),
            (resource.RLIMIT_CORE, 0),
        ):
            with contextlib.suppress(ValueError, OSError):  # a lower limit is already in force
                resource.setrlimit(kind, (value, value))


def main() -> None:
    """Convert standard input. The arguments are the suffix and the limits of memory, time, output and unpacking."""
    suffix = sys.argv[1]
    memory, seconds, output, unpacked = map(int, sys.argv[2:])
    limit(memory, seconds, output)
    try:
        data = sys.stdin.buffer.read()
        result = {"html": pdf(data) if suffix == ".pdf" else docx(data, unpacked)}
    except FaultError as fault:
        result = {"fault": str(fault)}
    except MemoryError:
        result = {"fault": f"the {suffix} file takes more than {memory >> 20:,} MB to read; split it"}
    except Exception as error:  # noqa: BLE001 - converters raise errors of any kind on broken files
        reason = type(error).__name__
        result = {"fault": f"the {suffix} file is damaged ({reason}); save it again, or as text"}
    written = json.dumps(result).encode()
    if len(written) > output:
        reason = f"the {suffix} file has more than {output:,} bytes of text; split it"
        written = json.dumps({"fault": reason}).encode()
    sys.stdout.buffer.write(written)


if __name__ == "__main__":
    main()
