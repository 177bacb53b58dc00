"""The way from a file to a document, for all formats; each file is parsed from its path and bytes alone.

The formats are Markdown (see `frontmatter` for its metadata), plain text, HTML, light markup (reStructuredText, AsciiDoc,
Org), tables (CSV), Jupyter notebooks and, with the extra `convert`, PDF and Word. Errors become Problems with a file and a line; a
fatal problem keeps only its own file out of the index. Every word of a file is in its sections, their headings or the title.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from index.documents.decoding import Decoded, NotTextError, decode
from index.documents.folder import (
    LINK_OUT,
    MARKDOWN,
    MARKUP,
    MAX_FILE_BYTES,
    TABLES,
    assign_ids,
    document_id,
    is_inside,
    too_large,
    unreadable,
)
from index.documents.formats import plain_text
from index.documents.formats.html import parser as html
from index.documents.formats.markdown import parser as markdown
from index.documents.formats.pdf_word.sandbox import TooSlowError, is_converted, reader_of, to_html
from index.documents.frontmatter import fields, syntax
from index.documents.outline import Body, Definition, Head, Place, outline
from index.errors import ContentError
from index.types import PAGE_ANCHOR, PENDING, Block, Document, Heading, Problem, Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Convert = Callable[[bytes, str], str]
    """Returns the HTML of a file's bytes with a suffix, or raises ContentError."""


_CONVERTER_WARNING = re.compile(r"<!--(.*?)-->\n")  # "<!--2 pages of 9 without text: ...-->"


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file as a document with its sections and problems, and the places that index.lint checks."""

    document: Document
    sections: tuple[Section, ...] = ()
    problems: tuple[Problem, ...] = ()
    uses_schema: bool = False
    """True if the front matter has sources or figures in Strata's form, whose rules then apply."""
    lines: Mapping[str, int] = field(default_factory=dict)
    """The line of each value in the front matter (see fields.Matter)."""
    links: tuple[Place, ...] = ()
    references: tuple[Place, ...] = ()
    definitions: tuple[Definition, ...] = ()
    reader: str = ""
    """The converter that read the file (see FileStamp)."""

    @property
    def is_fatal(self) -> bool:
        """Return whether a problem keeps the file out of the index."""
        return any(problem.fatal for problem in self.problems)


def read(root: Path, path: str, convert: Convert = to_html) -> Parsed:
    """Read the file at `path` below the library's folder. Errors of the system become problems of the file."""
    base = root.resolve()
    file = base / path
    try:
        if not is_inside(file, base):
            return unread(path, LINK_OUT)
        with file.open("rb") as stream:
            data = stream.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        return unread(path, unreadable(error))
    return parse(path, data, convert)


def parse(path: str, data: bytes, convert: Convert = to_html) -> Parsed:
    """Parse a file.

    Args:
        path: The path below the library's folder, from which the id and the format follow.
        data: The bytes of the file.
        convert: Converts PDF and Word files to HTML.
    """
    if len(data) > MAX_FILE_BYTES:
        return unread(path, too_large(len(data)))
    suffix = PurePosixPath(path).suffix.lower()
    try:
        if is_converted(suffix):
            converted = convert(data, suffix)
            remark = _CONVERTER_WARNING.match(converted)
            decoded = Decoded(converted, remark[1] if remark else "")
        else:
            decoded = decode(data, is_html=suffix in {".html", ".htm"})
    except NotTextError as error:
        return unread(path, str(error))
    except TooSlowError:
        return unread(path, "is not converted yet; run: strata build", reader=PENDING)
    except ContentError as error:
        return unread(path, str(error))
    text = decoded.text.replace("\r\n", "\n").replace("\r", "\n")
    if decoded.warning:
        warning = Problem(path, decoded.line, decoded.warning, fatal=False)
        parsed = _parse_text(path, text, data)
        return replace(parsed, problems=(warning, *parsed.problems))
    return _parse_text(path, text, data)


def _parse_text(path: str, text: str, data: bytes) -> Parsed:
    """Parse the decoded text of a file; `data` are its bytes."""
    warning = ""
    suffix = PurePosixPath(path).suffix.lower()
    document = Document(document_id(path), path, title_of_path(path), sha256=hashlib.sha256(data).hexdigest())
    if suffix in MARKDOWN:
        header = syntax.find(text)
        matter = None if header is None else fields.read(header, document)
        start = 0 if header is None else header.body
        sources = {} if matter is None else {source.id: source for source in matter.document.sources}
        body = markdown.parse(
            text.split("\n", start)[-1] if start else text, start + 1, sources, is_mdx=suffix == ".mdx"
        )
        if matter is not None:
            return _with_matter(matter, body, path)
    elif suffix in MARKUP:
        from index.documents.formats import light_markup

        body = light_markup.parse(text, suffix)
    elif suffix in TABLES:
        from index.documents.formats import tabular

        body, warning = tabular.parse(text, suffix)
        body = replace(body, title=document.title if body.items else "")
    elif suffix == ".ipynb":
        from index.documents.formats import notebook

        try:
            body = notebook.parse(text)
        except ContentError as error:
            return unread(path, str(error))
    elif suffix in {".txt", ".text", ""}:
        body = plain_text.parse(text)
    else:
        body = html.parse(text)
    parsed = replace(_without_matter(document, body, path), reader=reader_of(suffix))
    if warning:
        parsed = replace(parsed, problems=(*parsed.problems, Problem(path, 1, warning, fatal=False)))
    return parsed


def title_of_path(path: str) -> str:
    """Return the title that the name of a file gives; dates keep their hyphens.

    >>> title_of_path("notes/2026-06-14_osan-visit.md")
    '2026-06-14 osan visit'
    """
    stem = re.sub(
        r"(?<!\d)[-_]|[-_](?!\d)", " ", PurePosixPath(path).stem
    ).strip()  # "2026-04-06_board-notes": the date keeps its hyphens
    return stem[:1].upper() + stem[1:]


def _with_matter(matter: fields.Matter, body: Body, path: str) -> Parsed:
    """Return the parsed file of a body with a header.

    The title is that of the header, else the first heading, else the name of the file. If the document uses Strata's
    schema, its footnotes must name sources.
    """
    document = matter.document
    if "title" not in matter.lines:
        document = replace(document, title=_first_heading(body) or document.title)
    problems = [Problem(path, fault.line, fault.message, fatal=False) for fault in matter.faults]
    known = {source.id for source in document.sources}
    for reference in body.references if matter.uses_schema else ():
        if reference.name not in known:
            message = f'the footnote "{reference.name}" has no source; add it to sources in the front matter'
            problems.append(Problem(path, reference.line, message, fatal=False))
    parsed = _parsed(document, body, path, problems)
    return replace(parsed, uses_schema=matter.uses_schema, lines=matter.lines)


def _first_heading(body: Body) -> str:
    """Return the first heading of level 1, else the first heading; "" for a body without headings."""
    heads = [item for item in body.items if isinstance(item, Head)]
    return next((head.text for head in heads if head.level == 1), heads[0].text if heads else "")


def _without_matter(document: Document, body: Body, path: str) -> Parsed:
    """Return the parsed file of a body alone, which also gives the title."""
    if body.title and not body.items:
        body = replace(body, items=(Head(1, body.title, 1),))
    return _parsed(replace(document, title=body.name() or document.title), body, path, [])


def _parsed(document: Document, body: Body, path: str, problems: list[Problem]) -> Parsed:
    """Return the parsed file of a document and its body.

    Args:
        document: The document without its headings.
        body: The headings and blocks of the file, and its links and footnotes.
        path: The path of the file.
        problems: The problems found so far.
    """
    sections = outline(body.items, document.title)
    if not any(section.blocks for section in sections):
        problems.append(_problem(path, "the file has no text; write some or delete it"))
    known = {source.id for source in document.sources}
    sections = tuple(
        replace(section, blocks=tuple(_with_known_marks(block, known) for block in section.blocks))
        for section in sections
    )
    headings: dict[tuple[str, int], Heading] = {}
    above: tuple[str, ...] | None = None
    for heading in (section.heading for section in sections):
        is_next_page = heading.path == above and PAGE_ANCHOR.fullmatch(heading.anchor)
        if (heading.anchor or heading.path) and not is_next_page:
            headings.setdefault((heading.anchor, heading.line), heading)
        above = heading.path
    problems.sort(key=lambda problem: problem.line)
    return Parsed(
        replace(document, headings=tuple(headings.values())),
        sections,
        tuple(problems),
        links=body.links,
        references=body.references,
        definitions=body.definitions,
    )


def _with_known_marks(block: Block, known: set[str]) -> Block:
    """Return a block without the footnote marks that name no source in `known`."""
    if all(mark.source in known for mark in block.marks):
        return block
    return replace(block, marks=tuple(mark for mark in block.marks if mark.source in known))


def with_ids(parsed: Iterable[Parsed], known: Mapping[str, str] | None = None) -> list[Parsed]:
    """Return parsed files with unique document ids. `known` has the ids of documents in the index, by path."""
    files = list(parsed)
    ids = assign_ids([file.document.path for file in files if not file.is_fatal], known or {})
    return [
        replace(file, document=replace(file.document, id=ids.get(file.document.path, file.document.path)))
        for file in files
    ]


def check_links(root: Path, documents: Iterable[Document]) -> tuple[Problem, ...]:
    """Return a problem, not fatal, for each related id that no document has.

    Only files with such an id are read again, to find the line.
    """
    documents = tuple(documents)
    ids = {document.id for document in documents}
    problems = []
    for document in documents:
        missing = [id for id in document.related if id not in ids]
        lines = read(root, document.path).lines if missing else {}
        for id in missing:
            message = (
                f'related has "{id}", which is no document of the library; add {id}.md or delete the line'
            )
            problems.append(Problem(document.path, lines.get(f"related {id}", 1), message, fatal=False))
    return tuple(problems)


def _problem(path: str, message: str) -> Problem:
    return Problem(path, 1, message)


def unread(path: str, message: str, line: int = 1, reader: str | None = None) -> Parsed:
    """Return the parsed file of a file that cannot be read.

    Args:
        path: The path of the file, which is also its id.
        message: The message of its problem.
        line: The line of its problem.
        reader: The converter, if it is not the installed converter for the suffix.
    """
    suffix = PurePosixPath(path).suffix.lower()
    return Parsed(
        Document(path, path, PurePosixPath(path).stem),
        problems=(Problem(path, line, message),),
        reader=reader_of(suffix) if reader is None else reader,
    )
