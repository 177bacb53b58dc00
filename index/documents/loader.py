"""The way from a file to a document, for all formats; each file is parsed from its path and bytes alone.

The formats are Markdown (.md, .markdown; a front matter is checked), plain text (.txt), HTML (.html, .htm) and,
with the extra `convert`, PDF and Word (.pdf, .docx). Errors become Problems with a file and a line; a fatal problem
keeps only its own file out of the index. Every word of a file is in its sections, their headings or the title.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from index.documents import conversion, frontmatter, html, markdown
from index.documents import text as plain
from index.documents.conversion import is_converted, to_html
from index.documents.folder import (
    LINK_OUT,
    MARKDOWN,
    MAX_FILE_BYTES,
    assign_ids,
    document_id,
    is_inside,
    too_large,
    unreadable,
)
from index.documents.outline import Body, Definition, Head, Place, outline
from index.errors import ContentError
from index.types import PENDING, Block, Document, Problem, Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    Convert = Callable[[bytes, str], str]
    """Returns the HTML of a file's bytes with a suffix, or raises ContentError."""

_CHARSET = re.compile(rb"<meta[^>]{1,200}charset=[\"']?([A-Za-z0-9_-]{1,40})", re.IGNORECASE)
"""The encoding that an HTML page declares: `<meta charset="windows-1252">`."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file as a document with its sections and problems, and the places that index.lint checks."""

    document: Document
    sections: tuple[Section, ...] = ()
    problems: tuple[Problem, ...] = ()
    has_front_matter: bool = False
    lines: Mapping[str, int] = field(default_factory=dict)
    """The line of each value in the front matter (see frontmatter.Matter)."""
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
        text = convert(data, suffix) if is_converted(suffix) else _decode(data, suffix)
    except _NotTextError as error:
        return unread(path, str(error), error.line)
    except conversion.TooSlowError:
        return unread(path, "is not converted yet; run: strata build", reader=PENDING)
    except ContentError as error:
        return unread(path, str(error))
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    stem = PurePosixPath(path).stem.replace("-", " ").replace("_", " ").strip()
    document = Document(
        document_id(path), path, stem[:1].upper() + stem[1:], sha256=hashlib.sha256(data).hexdigest()
    )
    if suffix in MARKDOWN:
        if frontmatter.is_open(text):
            return unread(path, "the front matter is never closed; add a line --- below it")
        yaml_text, start = frontmatter.split(text)
        matter = None if yaml_text is None else frontmatter.read(yaml_text, document)
        sources = {} if matter is None else {source.id: source for source in matter.document.sources}
        body = markdown.parse(text.split("\n", start)[-1] if start else text, start + 1, sources)
        if matter is not None:
            return _with_matter(matter, body, path)
    elif suffix == ".txt":
        body = plain.parse(text)
    else:
        body = html.parse(text)
    return replace(_without_matter(document, body, path), reader=conversion.reader(suffix))


def _with_matter(matter: frontmatter.Matter, body: Body, path: str) -> Parsed:
    """Return the parsed file of a body with a front matter; its footnotes must name sources."""
    document = matter.document
    problems = [Problem(path, fault.line, fault.message) for fault in matter.faults]
    known = {source.id for source in document.sources}
    for reference in body.references:
        if reference.name not in known:
            message = f'the footnote "{reference.name}" has no source; add it to sources in the front matter'
            problems.append(Problem(path, reference.line, message))
    parsed = _parsed(document, body, path, problems)
    return replace(parsed, has_front_matter=True, lines=matter.lines)


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
    headings = {
        (heading.anchor, heading.line): heading
        for heading in reversed([section.heading for section in sections])
        if heading.anchor or heading.path
    }
    problems.sort(key=lambda problem: problem.line)
    return Parsed(
        replace(document, headings=tuple(reversed(headings.values()))),
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


class _NotTextError(Exception):
    """The bytes of a file are not text in a supported encoding."""

    def __init__(self, message: str, line: int = 1) -> None:
        super().__init__(message)
        self.line = line


def _decode(data: bytes, suffix: str) -> str:
    """Return the text of a file in UTF-8, UTF-16 with a byte order mark, or an HTML page's declared encoding."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        encoding = "utf-16"
    else:
        encoding = "utf-8-sig"
        if b"\0" in data:
            raise _NotTextError("the file is binary, not text; delete it or convert it to Markdown")
        declared = _CHARSET.search(data[:2048]) if suffix in {".html", ".htm"} else None
        if declared and declared[1].lower() in {b"iso-8859-1", b"windows-1252", b"latin1"}:
            encoding = "cp1252"
    try:
        return data.decode(encoding, errors="replace" if encoding == "cp1252" else "strict")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise _NotTextError("the file is not UTF-8 text; save it as UTF-8", line) from None


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
        reader=conversion.reader(suffix) if reader is None else reader,
    )
