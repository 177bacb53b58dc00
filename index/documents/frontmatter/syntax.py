"""The metadata at the head of a Markdown file, in the forms of common tools.

`find` tells the metadata from the text and `read` turns it into YAML nodes with line numbers:

- YAML between two lines of `---` (Jekyll, Docusaurus, Obsidian), also below blank lines
- TOML between two lines of `+++` (Hugo)
- JSON: an object at the start of the file (Hugo)
- MultiMarkdown: lines of `Key: value` up to a blank line, with a title among them
- Pandoc: up to three lines that begin with `%`, for title, authors and date

Metadata that cannot be parsed costs the metadata alone: the text below it is read in any case.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from index.documents.yaml_nodes import List, Mapping, Scalar, UnreadableError, compose

if TYPE_CHECKING:
    from index.documents.yaml_nodes import Node

    Form = Literal["yaml", "toml", "json", "multimarkdown", "pandoc"]

MAX_REPAIRED_CHARS = 100_000
"""The longest YAML that is read again key by key after an error."""

COMMON_KEYS = frozenset(
    [
        *("title", "date", "tags", "aliases", "author", "authors", "description", "layout", "categories"),
        *("category", "keywords", "draft", "slug", "id", "summary", "updated", "created", "lastmod"),
        *("permalink", "weight", "type", "status", "sources", "figures", "layer", "reviewed", "related"),
    ]
)
"""Keys that front matter usually has."""

_KEY = re.compile(
    r"(?P<quote>[\"']?)(?P<name>[^\W\d][\w .\-]{0,60})(?P=quote)[ \t]*:"  # "title:", "'cover image':"
    r"(?:[ \t]+(?P<value>.*))?$"  # " A dagger"
)
_FIELD = re.compile(r"(?P<name>[A-Za-z][\w \-]{0,40}?)[ \t]*:[ \t]+(?P<value>\S.*)$")  # "Date: 2026-02-02"
_TOML_LINE = re.compile(r"at line (\d+)")  # "Invalid value (at line 3, column 5)"
_PANDOC = re.compile(r"%(?:[ \t]+(?P<value>.*))?$")  # "% A title"


@dataclass(frozen=True, slots=True)
class Fault:
    """An error on a line of the file (from 1), with a message that ends with the next step."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Header:
    """The metadata of a file before it is parsed."""

    form: Form
    text: str
    """The lines of the metadata, without the lines that enclose them."""
    first_line: int
    """The line of the file at which `text` begins, from 1."""
    body: int
    """The index of the line at which the text of the file begins, from 0."""
    is_closed: bool = True


def find(text: str) -> Header | None:
    r"""Return the metadata of a Markdown file, or None if the file begins with its text.

    A `---` with a blank line below it is a horizontal rule, and lines between two rules that are no metadata, such as
    a letterhead, are text.

    >>> find("---\ntitle: A\n---\nText.")
    Header(form='yaml', text='title: A\n', first_line=2, body=3, is_closed=True)
    >>> find("---\n**Oakes & Partners**\n---\nText.") is None
    True
    """
    lines = text.split("\n")
    start = next((number for number, line in enumerate(lines) if line.strip()), len(lines))
    if start == len(lines):
        return None
    first = lines[start].rstrip()
    if first == "---":
        return _yaml(lines, start)
    if first == "+++":
        return _toml(lines, start)
    if first.startswith("{"):
        return _json(text, lines, start)
    if start == 0 and first.startswith("%"):
        return _pandoc(lines)
    return _multimarkdown(lines) if start == 0 else None


def read(header: Header) -> tuple[Node, tuple[Fault, ...]]:
    """Return the metadata as nodes, and a fault for each part that cannot be parsed."""
    match header.form:
        case "toml":
            return _read_toml(header)
        case "multimarkdown":
            return _read_fields(header), ()
        case "pandoc":
            return _read_pandoc(header), ()
        case _:
            return _read_yaml(header)


def _between(lines: list[str], start: int, end: int) -> str:
    return "".join(f"{line}\n" for line in lines[start:end])


def _yaml(lines: list[str], start: int) -> Header | None:
    """Return the YAML below the line `---` at an index."""
    if start + 1 >= len(lines) or not lines[start + 1].strip():
        return None
    for number in range(start + 1, len(lines)):
        if lines[number].rstrip() in {"---", "..."}:
            text = _between(lines, start + 1, number)
            return Header("yaml", text, start + 2, number + 1) if _is_metadata(text) else None
    if not _KEY.match(lines[start + 1]):
        return None
    # Never closed: the metadata ends at the first line that is neither a key nor part of a value.
    end = start + 1
    while end < len(lines) and (_KEY.match(lines[end]) or re.match(r"[ \t]+\S|- ", lines[end])):
        end += 1
    return Header("yaml", _between(lines, start + 1, end), start + 2, end, is_closed=False)


def _is_metadata(text: str) -> bool:
    """Return whether lines between two `---` are metadata: mostly keys, of which at least one is usual or in lower case."""
    top = [line for line in text.split("\n") if line.strip() and line[0] not in " \t#-]})"]
    keys = [found["name"] for line in top if (found := _KEY.match(line))]
    if not top:
        return not text.strip() or all(line.lstrip()[:1] in {"#", ""} for line in text.split("\n"))
    if not keys or 2 * len(keys) < len(top) or not _KEY.match(top[0]):
        return top[0].startswith(("{", "?", "%YAML"))
    return any(key.lower() in COMMON_KEYS or (key == key.lower() and " " not in key) for key in keys)


def _toml(lines: list[str], start: int) -> Header | None:
    """Return the TOML below the line `+++` at an index."""
    for number in range(start + 1, len(lines)):
        if lines[number].rstrip() == "+++":
            return Header("toml", _between(lines, start + 1, number), start + 2, number + 1)
    return None


def _json(text: str, lines: list[str], start: int) -> Header | None:
    """Return the JSON object that begins on a line and ends with its line, if text follows."""
    offset = sum(len(line) + 1 for line in lines[:start])
    try:
        value, end = json.JSONDecoder().raw_decode(text, offset)
    except (ValueError, RecursionError):
        return None
    rest = text[end:]
    if not value or not rest.strip() or rest.split("\n", 1)[0].strip():
        return None
    body = text.count("\n", 0, end) + 1
    return Header("json", text[offset:end], start + 1, body)


def _multimarkdown(lines: list[str]) -> Header | None:
    """Return the lines of `Key: value` at the start of a file, if they end at a blank line and have a title."""
    names: list[str] = []
    for number, line in enumerate(lines):
        if not line.strip():
            if "title" in names and any(map(str.strip, lines[number:])):
                return Header("multimarkdown", _between(lines, 0, number), 1, number)
            return None
        if found := _FIELD.match(line):
            names.append(found["name"].lower())
        elif not (names and line[:1].isspace()):
            return None
    return None


def _pandoc(lines: list[str]) -> Header | None:
    """Return the title block of Pandoc: title, authors and date, each after `%` and continued by indented lines."""
    end = blocks = 0
    while end < len(lines):
        if _PANDOC.match(lines[end]) and blocks < 3:
            blocks += 1
        elif not (lines[end][:1].isspace() and lines[end].strip()):
            break
        end += 1
    if (end < len(lines) and lines[end].strip()) or not any(map(str.strip, lines[end:])):
        return None
    return Header("pandoc", _between(lines, 0, end), 1, end) if blocks else None


def _read_yaml(header: Header) -> tuple[Node, tuple[Fault, ...]]:
    """Return the nodes of YAML or JSON; after an error, of every key that can be read alone."""
    try:
        return compose(header.text, header.first_line), ()
    except UnreadableError as error:
        first = Fault(error.line, f"the front matter {error}")
    if len(header.text) > MAX_REPAIRED_CHARS or header.form == "json":
        return Mapping((), header.first_line), (first,)
    pairs: list[tuple[Scalar, Node]] = []
    faults: list[Fault] = []
    for line, block in _blocks(header):
        try:
            node = compose(block, line)
            pairs.extend(node.pairs if isinstance(node, Mapping) else ())
        except UnreadableError as error:
            faults.append(Fault(error.line, f"the front matter {error}"))
            found = _KEY.match(block.rstrip("\n"))
            # "title: Dagger: the hub" is not YAML, but there is only one way to read it.
            if found and found["value"] and "is not YAML" in str(error):
                value = Scalar(found["value"].strip().strip("\"'"), plain=True, line=line)
                pairs.append((Scalar(found["name"], plain=True, line=line), value))
    return Mapping(tuple(pairs), header.first_line), tuple(faults) or (first,)


def _blocks(header: Header) -> list[tuple[int, str]]:
    """Return each key of YAML with its value as text, and its line in the file."""
    blocks: list[tuple[int, str]] = []
    for number, line in enumerate(header.text.split("\n")[:-1], header.first_line):
        if blocks and (not line.strip() or line[0] in " \t#-]}"):
            blocks[-1] = (blocks[-1][0], f"{blocks[-1][1]}{line}\n")
        else:
            blocks.append((number, f"{line}\n"))
    return blocks


def _read_toml(header: Header) -> tuple[Node, tuple[Fault, ...]]:
    """Return the nodes of TOML."""
    import tomllib

    try:
        values = tomllib.loads(header.text)
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        found = _TOML_LINE.search(str(error))
        last = max(header.text.rstrip("\n").count("\n") + 1, 1)
        line = header.first_line + min(int(found[1]) if found else last, last) - 1
        problem = _TOML_LINE.sub("", str(error)).split(" (")[0]
        return Mapping((), header.first_line), (
            Fault(line, f"the front matter is not TOML: {problem}; fix this line"),
        )
    lines = header.text.split("\n")

    def node(value: Any, line: int) -> Node:
        """Return a value as a node on a line."""
        if isinstance(value, dict):
            pairs = []
            for key, inner in value.items():
                at = next((n for n, text in enumerate(lines) if key in text.split("=")[0]), None)
                place = line if at is None else header.first_line + at
                pairs.append((Scalar(key, plain=True, line=place), node(inner, place)))
            return Mapping(tuple(pairs), line)
        if isinstance(value, list):
            return List(tuple(node(inner, line) for inner in value), line)
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return Scalar(text, not isinstance(value, str), line)

    return node(values, header.first_line), ()


def _read_fields(header: Header) -> Node:
    """Return the nodes of MultiMarkdown fields; an indented line continues the value above it."""
    fields: list[tuple[str, str, int]] = []
    for number, line in enumerate(header.text.split("\n")[:-1], header.first_line):
        found = _FIELD.match(line)
        if found and not line[:1].isspace():
            fields.append((found["name"], found["value"].strip(), number))
        else:
            name, value, first = fields[-1]
            fields[-1] = (name, f"{value} {line.strip()}", first)
    return _scalars(fields, header.first_line)


def _read_pandoc(header: Header) -> Node:
    """Return the title, the authors and the date of Pandoc as nodes."""
    values: list[tuple[str, int]] = []
    for number, line in enumerate(header.text.split("\n")[:-1], header.first_line):
        if found := _PANDOC.match(line):
            values.append(((found["value"] or "").strip(), number))
        else:
            values[-1] = (f"{values[-1][0]} {line.strip()}".strip(), values[-1][1])
    names = ("title", "author", "date")
    return _scalars(
        [(name, *value) for name, value in zip(names, values, strict=False) if value[0]], header.first_line
    )


def _scalars(fields: list[tuple[str, str, int]], line: int) -> Node:
    """Return names, values and lines as a mapping."""
    pairs = ((Scalar(n, plain=True, line=at), Scalar(v, plain=False, line=at)) for n, v, at in fields)
    return Mapping(tuple(pairs), line)
