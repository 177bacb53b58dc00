"""The front matter of a Markdown file: YAML between two lines of `---`, checked key by key with line numbers.

Only the title is required. The methods of `_Reader` check the value of each key.
"""

from __future__ import annotations

import calendar
import math
import re
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, cast, get_args
from urllib.parse import urlsplit

from index.documents.inline import MARK, inline
from index.documents.yaml_nodes import List, Mapping, Scalar, UnreadableError, compose
from index.types import Document, Group, Point, Series, Source, SourceKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from index.documents.yaml_nodes import Node

KEYS = (
    *("title", "layer", "summary", "reviewed", "review_by", "facts_to"),
    *("aliases", "related", "sources", "figures", "members"),
)
SOURCE_KEYS = ("id", "publisher", "title", "url", "published", "accessed", "kind")
KINDS = tuple(kind for kind in get_args(SourceKind) if kind)
SERIES_KEYS = ("entity", "metric", "unit", "points")
POINT_KEYS = ("as_of", "value", "source")

_OPENING = re.compile(r"---[ \t]*\n[a-z_]+:")  # "---", then "title:"
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # "nvidia-2026-05"
_NUMBER = re.compile(
    r"[-+]?(\d+(\.\d*)?"  # "30", "-4.5", "5."
    r"|\.\d+)"  # ".5"
    r"([eE][-+]?\d{1,3})?"  # the end of "1.5e9"
)
_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")  # "2026", "2026-04", "2026-04-06"
_PERIOD = re.compile(
    r"\d{4}-(Q[1-4]"  # "2026-Q3"
    r"|H[12])"  # "2026-H1"
)
_NULL = {"", "~", "null", "Null", "NULL"}


@dataclass(frozen=True, slots=True)
class Fault:
    """An error on a line of the file (from 1), with a message that ends with the next step."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Matter:
    """A document with the values of its front matter, and the line of each value."""

    document: Document
    lines: dict[str, int]
    """The line by key, and by "related ID", "source ID" and "figure N M" (series and point, from 0)."""
    faults: tuple[Fault, ...]


def split(text: str) -> tuple[str | None, int]:
    r"""Return the YAML of a Markdown file, or None, and the index of the line at which its body begins.

    A `---` with a blank line below it or without a closing `---` is a horizontal rule, not a front matter.

    >>> split("---\ntitle: A\n---\nText.")
    ('title: A\n', 3)
    >>> split("Text.")
    (None, 0)
    """
    lines = text.split("\n")
    if lines[0].rstrip() != "---" or len(lines) < 3 or not lines[1].strip():
        return None, 0
    for number, line in enumerate(lines[1:], 1):
        if line.rstrip() in {"---", "..."}:
            return "".join(f"{line}\n" for line in lines[1:number]), number + 1
    return None, 0


def is_open(text: str) -> bool:
    r"""Return whether a Markdown file begins a front matter and never closes it.

    >>> is_open("---\ntitle: A\n\nText.")
    True
    """
    return bool(_OPENING.match(text)) and split(text)[0] is None


def read(yaml_text: str, document: Document, first_line: int = 2) -> Matter:
    r"""Return a document with the values of its front matter; an invalid value becomes a fault and is left out.

    >>> matter = read("title: A\ncolour: red\n", Document("a", "a.md", "a"))
    >>> matter.document.title, matter.faults[0].line
    ('A', 3)
    """
    try:
        root = compose(yaml_text, first_line)
    except UnreadableError as fault:
        return Matter(document, {}, (Fault(fault.line, f"the front matter {fault}"),))
    reader = _Reader(document.id)
    return Matter(reader.document(root, document, first_line), reader.lines, tuple(reader.faults))


class _Reader:
    """Reads YAML nodes into values and collects a fault for each invalid value.

    In the methods, `name` is how a fault names the value. An invalid value is returned as empty.
    """

    def __init__(self, id: str) -> None:
        self.id = id
        self.faults: list[Fault] = []
        self.lines: dict[str, int] = {}

    def fault(self, line: int, message: str) -> None:
        """Add a fault on a line of the file."""
        self.faults.append(Fault(line, message))

    def document(self, root: Node, document: Document, first_line: int) -> Document:
        """Return the document with all values of the front matter."""
        if isinstance(root, Scalar) and root.plain and root.text in _NULL:
            root = Mapping((), root.line)
        values = self.mapping(root, "the front matter", KEYS)
        self.lines = {key: value.line for key, value in values.items()}
        title = self.text(values.get("title"), "title")
        if "title" not in values:
            self.fault(first_line, "the front matter has no title; add title: ...")
        sources = self.sources(values.get("sources"))
        return replace(
            document,
            title=title or document.title,
            layer=self.text(values.get("layer"), "layer"),
            summary=self.text(values.get("summary"), "summary"),
            reviewed=self.day(values.get("reviewed"), "reviewed"),
            review_by=self.day(values.get("review_by"), "review_by"),
            facts_to=self.day(values.get("facts_to"), "facts_to"),
            aliases=tuple(
                self.text(node, "an alias") for node in self.list(values.get("aliases"), "aliases")
            ),
            related=self.related(values.get("related")),
            sources=sources,
            figures=self.figures(values.get("figures"), {source.id for source in sources}),
            members=self.members(values.get("members")),
        )

    def mapping(self, node: Node, name: str, keys: tuple[str, ...]) -> dict[str, Node]:
        """Return the known keys of a mapping with their nodes; keys without a value are left out."""
        if not isinstance(node, Mapping):
            self.fault(node.line, f"{name} is not a list of keys; write {keys[0]}: ... and so on")
            return {}
        values: dict[str, Node] = {}
        seen = set()
        for key, value in node.pairs:
            if key.text not in keys:
                self.fault(
                    key.line,
                    f'{name} has an unknown key "{_brief(key.text)}"; the keys are {", ".join(keys)}',
                )
            elif key.text in seen:
                self.fault(key.line, f"{name} has {key.text} twice; keep one")
            elif not (isinstance(value, Scalar) and value.plain and value.text in _NULL):
                values[key.text] = value
            seen.add(key.text)
        return values

    def list(self, node: Node | None, name: str) -> tuple[Node, ...]:
        """Return the items of a list."""
        if node is None:
            return ()
        if not isinstance(node, List):
            self.fault(
                node.line, f"{name} is not a list; write {name}: [one, two], or one a line after a dash"
            )
            return ()
        return node.items

    def text(self, node: Node | None, name: str) -> str:
        """Return a text on one line; an empty text is a fault."""
        if node is None:
            return ""
        words = inline(node.text.replace(MARK, "")).text if isinstance(node, Scalar) else ""
        if not words:
            self.fault(node.line, f"{name} is not a text; write words after the colon")
        return words

    def day(self, node: Node | None, name: str) -> date | None:
        """Return a date with its day."""
        text = self.text(node, name)
        if node is None or not text:
            return None
        if len(text) == len("YYYY-MM-DD") and _is_date(text):
            return date.fromisoformat(text)
        self.fault(node.line, f'{name} is not a day: "{_brief(text)}"; write {name}: YYYY-MM-DD')
        return None

    def date_text(
        self, node: Node | None, name: str, key: str, is_valid: Callable[[str], bool], form: str
    ) -> str:
        """Return a date or period as it is written.

        Args:
            node: The node of the date, or None if the key is missing.
            name: The name of the source or point that has the date.
            key: The key of the date.
            is_valid: Returns whether a text is a date that the key accepts.
            form: The accepted forms, for the fault.
        """
        text = self.text(node, f"{key} of {name}")
        if node is None or not text or is_valid(text):
            return text
        self.fault(node.line, f'{name} has the date "{_brief(text)}"; write {key}: {form}')
        return ""

    def related(self, node: Node | None) -> tuple[str, ...]:
        """Return the ids of related documents."""
        found: list[str] = []
        for item in self.list(node, "related"):
            id = self.text(item, "a related id")
            if id in found:
                self.fault(item.line, f'related has "{_brief(id)}" twice; keep one')
            elif id == self.id:
                self.fault(item.line, f'related has the document itself, "{_brief(id)}"; delete it')
            elif id:
                found.append(id)
                self.lines[f"related {id}"] = item.line
        return tuple(found)

    def sources(self, node: Node | None) -> tuple[Source, ...]:
        """Return the sources, each with an id of its own."""
        found: dict[str, Source] = {}
        for item in self.list(node, "sources"):
            values = self.mapping(item, "a source", SOURCE_KEYS)
            if not isinstance(item, Mapping):
                continue
            id = self.text(values.get("id"), "id of a source")
            if not id:
                if "id" not in values:
                    self.fault(item.line, "a source has no id; add id: publisher-yyyy-mm")
                continue
            name = f'source "{_brief(id)}"'
            if not _ID.fullmatch(id):
                self.fault(
                    values["id"].line,
                    f"{name} has a character that a footnote cannot hold; use letters, digits, . _ -",
                )
            if id in found:
                self.fault(values["id"].line, f"{name} is listed twice; change one id or delete one source")
                continue
            self.lines[f"source {id}"] = item.line
            found[id] = self.source(id, values, item.line)
        return tuple(found.values())

    def source(self, id: str, values: dict[str, Node], line: int) -> Source:
        """Return a source, which needs a publisher, a title, an https address and a date.

        Args:
            id: The id of the source.
            values: The node of each key.
            line: The line of the source, for keys that are missing.
        """
        name = f'source "{_brief(id)}"'
        for key in ("publisher", "title", "url"):
            if key not in values:
                self.fault(line, f"{name} has no {key}; add {key}: ...")
        url = self.text(values.get("url"), f"url of {name}")
        if url and not _is_https(url):
            self.fault(
                values["url"].line,
                f'{name} has the url "{_brief(url)}"; write a whole address, https://...',
            )
        if "published" not in values and "accessed" not in values:
            self.fault(line, f"{name} has no date; add published: YYYY-MM-DD")
        dates = {
            key: self.date_text(values.get(key), name, key, _is_date, "YYYY-MM-DD, YYYY-MM or YYYY")
            for key in ("published", "accessed")
        }
        publisher = self.text(values.get("publisher"), f"publisher of {name}")
        title = self.text(values.get("title"), f"title of {name}")
        return Source(id, publisher, title, url, **dates, kind=self.kind(values.get("kind"), name))

    def kind(self, node: Node | None, name: str) -> SourceKind:
        """Return the kind of a source, or "" after a fault for a kind that is not in `KINDS`."""
        text = self.text(node, f"kind of {name}")
        if node is None or not text:
            return ""
        if text in KINDS:
            return cast("SourceKind", text)
        self.fault(node.line, f'{name} has the kind "{_brief(text)}"; use one of {", ".join(KINDS)}')
        return ""

    def figures(self, node: Node | None, sources: set[str]) -> tuple[Series, ...]:
        """Return the series of figures. `sources` are the ids that their points may name."""
        found = []
        for number, item in enumerate(self.list(node, "figures")):
            values = self.mapping(item, "a figure", SERIES_KEYS)
            if not isinstance(item, Mapping):
                continue
            entity, metric, unit = (
                self.text(values.get(key), f"{key} of a figure") for key in SERIES_KEYS[:3]
            )
            name = f'figure "{_brief(f"{entity} {metric}".strip())}"'
            for key in SERIES_KEYS:
                if key not in values:
                    self.fault(item.line, f"{name} has no {key}; add {key}: ...")
            points = []
            for place, point in enumerate(self.list(values.get("points"), "points")):
                self.lines[f"figure {number} {place}"] = point.line
                points.append(self.point(point, name, sources))
            if "points" in values and not points:
                self.fault(values["points"].line, f"{name} has no points; add one or delete the figure")
            self.lines[f"figure {number}"] = item.line
            found.append(Series(entity, metric, unit, tuple(points)))
        return tuple(found)

    def members(self, node: Node | None) -> tuple[Group, ...]:
        """Return the groups of entities, each with at least two members."""
        if node is None:
            return ()
        if not isinstance(node, Mapping):
            self.fault(node.line, "members is not a mapping; write members: {group name: [one, two]}")
            return ()
        found: dict[str, Group] = {}
        for key, value in node.pairs:
            name = f'group "{_brief(key.text)}"'
            listed = (self.text(item, f"a member of {name}") for item in self.list(value, name))
            members = tuple(dict.fromkeys(filter(None, listed)))
            if key.text.lower() in found:
                self.fault(key.line, f"members has {name} twice; keep one")
            elif not key.text.strip() or len(members) < 2:
                self.fault(key.line, f"{name} has fewer than two members; add some or delete the group")
            else:
                found[key.text.lower()] = Group(" ".join(key.text.split()), members)
        return tuple(found.values())

    def point(self, node: Node, name: str, sources: set[str]) -> Point:
        """Return one value of a series. `sources` are the ids that it may name."""
        values = self.mapping(node, f"a point of {name}", POINT_KEYS)
        for key in POINT_KEYS if isinstance(node, Mapping) else ():
            if key not in values:
                self.fault(node.line, f"a point of {name} has no {key}; add {key}: ...")
        form = "YYYY, YYYY-MM, YYYY-MM-DD, YYYY-Qn or YYYY-Hn"
        as_of = self.date_text(values.get("as_of"), f"a point of {name}", "as_of", _is_period, form)
        value = self.text(values.get("value"), f"value of {name}")
        value_node = values.get("value")
        is_number = isinstance(value_node, Scalar) and value_node.plain and _NUMBER.fullmatch(value)
        if value and not (is_number and math.isfinite(float(value))):
            self.fault(
                node.line, f'{name} has the value "{_brief(value)}"; write a plain number, such as 1234.5'
            )
            value = ""
        source = self.text(values.get("source"), f"source of {name}")
        if source and source not in sources:
            self.fault(
                node.line,
                f'{name} names the source "{_brief(source)}", which sources does not list; add it there',
            )
        return Point(as_of, float(value or 0), source)


def _is_date(text: str) -> bool:
    """Return whether a text is YYYY, YYYY-MM or YYYY-MM-DD with a real year, month and day."""
    found = _DATE.fullmatch(text)
    if not found or not text.isascii():
        return False
    year, month, day = int(found[1]), int(found[2] or 1), int(found[3] or 1)
    return year >= 1 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def _is_period(text: str) -> bool:
    return bool(_PERIOD.fullmatch(text)) or _is_date(text)


def _is_https(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme == "https" and "." in (parts.hostname or "") and " " not in url and ">" not in url


def _brief(text: str) -> str:
    """Return at most 60 characters of a text, for a message."""
    return text if len(text) <= 60 else text[:59] + "…"
