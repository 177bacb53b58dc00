"""The metadata of a document, read from the nodes of its header and checked with line numbers.

Nothing is required and no fault costs the text: a value that cannot be understood is left out with a warning. Keys of
other tools are read under their usual names (see `metadata`) or ignored. Strata's own keys `sources` and `figures`
have a schema; the methods of `_Reader` check each of its values.
"""

from __future__ import annotations

import calendar
import math
import re
from calendar import month_name
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, cast, get_args
from urllib.parse import urlsplit

from index.documents import header as headers
from index.documents import metadata
from index.documents.header import Fault, Header
from index.documents.inline import MARK, inline
from index.documents.yaml_nodes import List, Mapping, Scalar
from index.types import Document, Group, Point, Series, Source, SourceKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from index.documents.yaml_nodes import Node

KEYS = (
    *("title", "layer", "summary", "reviewed", "review_by", "facts_to"),
    *("aliases", "related", "sources", "figures", "members", "fiscal_year_ends"),
)
COMMON_NAMES = frozenset(map(metadata.normal_key, headers.COMMON_KEYS)).union(
    metadata.DATES, metadata.SUMMARIES, metadata.ALIASES
)
"""Keys of other tools that are no fault beside Strata's own."""
SOURCE_KEYS = ("id", "publisher", "title", "url", "published", "accessed", "kind")
KINDS = tuple(kind for kind in get_args(SourceKind) if kind)
SERIES_KEYS = ("entity", "metric", "unit", "points")
POINT_KEYS = ("as_of", "value", "source")

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
class Matter:
    """A document with the values of its front matter, and the line of each value."""

    document: Document
    lines: dict[str, int]
    """The line by key, and by "related ID", "source ID" and "figure N M" (series and point, from 0)."""
    faults: tuple[Fault, ...]
    uses_schema: bool = False
    """True if the document has sources or figures in Strata's own form."""


def read(header: Header, document: Document) -> Matter:
    r"""Return a document with the values of its header; an invalid value becomes a fault and is left out.

    >>> matter = read(Header("yaml", "title: A\nreviewed: soon\n", 2, 4), Document("a", "a.md", "a"))
    >>> matter.document.title, matter.faults[0].line
    ('A', 3)
    """
    root, faults = headers.read(header)
    reader = _Reader(document.id)
    reader.faults.extend(faults)
    if not header.is_closed:
        reader.fault(header.first_line - 1, "the front matter is never closed; add a line --- below it")
    found = reader.document(root, document)
    return Matter(found, reader.lines, tuple(reader.faults), reader.uses_schema)


class _Reader:
    """Reads YAML nodes into values and collects a fault for each invalid value.

    In the methods, `name` is how a fault names the value. An invalid value is returned as empty.
    """

    def __init__(self, id: str) -> None:
        self.id = id
        self.faults: list[Fault] = []
        self.lines: dict[str, int] = {}
        self.uses_schema = False

    def fault(self, line: int, message: str) -> None:
        """Add a fault on a line of the file."""
        self.faults.append(Fault(line, message))

    def document(self, root: Node, document: Document) -> Document:
        """Return the document with all values of the header that are understood."""
        if isinstance(root, Scalar) and root.plain and root.text in _NULL:
            root = Mapping((), root.line)
        self.uses_schema = _uses_schema(root)
        values, usual = self.top(root)
        self.lines = {key: value.line for key, value in values.items()}
        if self.uses_schema and "title" not in values:
            self.fault(root.line, "the front matter has no title; add title: ...")
        sources = self.sources(values.get("sources"))
        reviewed = self.day(values.get("reviewed"), "reviewed")
        facts_to = self.day(values.get("facts_to"), "facts_to")
        return replace(
            document,
            title=self.text(values.get("title"), "title") or document.title,
            layer=self.text(values.get("layer"), "layer"),
            summary=self.text(values.get("summary"), "summary") or metadata.summary(usual),
            reviewed=reviewed,
            review_by=self.day(values.get("review_by"), "review_by"),
            # What a dated note says was known on its day, so its facts reach no further.
            facts_to=facts_to if facts_to or reviewed else metadata.newest_day(usual),
            aliases=metadata.aliases(usual),
            related=self.related(values.get("related")),
            sources=sources,
            figures=self.figures(values.get("figures"), {source.id for source in sources}),
            members=self.members(values.get("members")),
            fiscal_year_ends=self.month(values.get("fiscal_year_ends"), "fiscal_year_ends"),
        )

    def top(self, root: Node) -> tuple[dict[str, Node], dict[str, Node]]:
        """Return the nodes of Strata's keys, and of all keys by their name without case and separators."""
        if not isinstance(root, Mapping):
            self.fault(root.line, f"the front matter is not a list of keys; write {KEYS[0]}: ... and so on")
            return {}, {}
        pairs = [(Scalar(_strata_key(key.text), key.plain, key.line), value) for key, value in root.pairs]
        own = Mapping(tuple(pair for pair in pairs if self.uses_schema or pair[0].text in KEYS), root.line)
        usual: dict[str, Node] = {}
        for key, value in pairs:
            if not (isinstance(value, Scalar) and value.plain and value.text in _NULL):
                usual.setdefault(metadata.normal_key(key.text), value)
        return self.mapping(own, "the front matter", KEYS), usual

    def mapping(self, node: Node, name: str, keys: tuple[str, ...]) -> dict[str, Node]:
        """Return the known keys of a mapping with their nodes; keys without a value are left out."""
        if not isinstance(node, Mapping):
            self.fault(node.line, f"{name} is not a list of keys; write {keys[0]}: ... and so on")
            return {}
        values: dict[str, Node] = {}
        seen = set()
        for key, value in node.pairs:
            if key.text not in keys:
                if metadata.normal_key(key.text) in COMMON_NAMES:
                    continue
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
        return metadata.day_of(text)

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
        """Return a source, which should have a publisher, a title, an https address and a date.

        The host of the address takes the place of a missing publisher, and the address that of a missing title. An
        address that is not of the web is left out, because replies show it as a link.

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
        host = _host(url)
        if url and not (host and url.startswith("https:")):
            self.fault(
                values["url"].line,
                f'{name} has the url "{_brief(url)}"; write a whole address, https://...',
            )
        url = url if host else ""
        if "published" not in values and "accessed" not in values:
            self.fault(line, f"{name} has no date; add published: YYYY-MM-DD")
        dates = {
            key: self.date_text(values.get(key), name, key, _is_date, "YYYY-MM-DD, YYYY-MM or YYYY")
            for key in ("published", "accessed")
        }
        publisher = self.text(values.get("publisher"), f"publisher of {name}") or host or id
        title = self.text(values.get("title"), f"title of {name}") or url or id
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
            complete = tuple(point for point in points if point is not None)
            if "points" in values and not points:
                self.fault(values["points"].line, f"{name} has no points; add one or delete the figure")
            self.lines[f"figure {number}"] = item.line
            if entity and metric and complete:
                found.append(Series(entity, metric, unit, complete))
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

    def month(self, node: Node | None, key: str) -> int:
        """Return the month of a value, from 1: "June" is 6; December without a value."""
        name = self.text(node, key)
        if node is None or not name:
            return 12
        for number in range(1, 13):
            if name.lower() == month_name[number].lower():
                return number
        self.fault(node.line, f"{key} is {name!r}; write the name of a month, such as {key}: June")
        return 12

    def point(self, node: Node, name: str, sources: set[str]) -> Point | None:
        """Return one value of a series, or None if its date, value or source is invalid.

        `sources` are the ids that it may name.
        """
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
        return Point(as_of, float(value), source) if as_of and value and source in sources else None


def _is_date(text: str) -> bool:
    """Return whether a text is YYYY, YYYY-MM or YYYY-MM-DD with a real year, month and day."""
    found = _DATE.fullmatch(text)
    if not found or not text.isascii():
        return False
    year, month, day = int(found[1]), int(found[2] or 1), int(found[3] or 1)
    return year >= 1 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def _is_period(text: str) -> bool:
    return bool(_PERIOD.fullmatch(text)) or _is_date(text)


def _strata_key(key: str) -> str:
    """Return the key of Strata that a key names in other letters ("Title"), or the key itself."""
    return key.lower() if key.lower() in KEYS else key


def _uses_schema(root: Node) -> bool:
    """Return whether a header has sources or figures in Strata's form, and not, for example, plain addresses."""
    return isinstance(root, Mapping) and any(
        key.text in {"sources", "figures"}
        and isinstance(value, List)
        and any(isinstance(item, Mapping) for item in value.items)
        for key, value in root.pairs
    )


def _host(url: str) -> str:
    """Return the host of a web address, or "" if the text is no such address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    is_address = parts.scheme in {"http", "https"} and not {" ", ">", "<"} & set(url)
    return (parts.hostname or "") if is_address else ""


def _brief(text: str) -> str:
    """Return at most 60 characters of a text, for a message."""
    return text if len(text) <= 60 else text[:59] + "…"
