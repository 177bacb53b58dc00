"""Metadata under the names that other tools use: dates, summaries and other names of a document."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

from index.documents.inline import MARK, inline
from index.documents.yaml_nodes import List, Mapping, Scalar
from index.text.months import MONTH_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.documents.yaml_nodes import Node

SUMMARIES = ("description", "abstract", "excerpt", "subtitle")
ALIASES = ("aliases", "alias")
AUTHORS = ("author", "authors", "by", "byline", "creator")
TAGS = ("tags", "tag", "keywords", "keyword", "categories", "category", "topics")
DATES = (
    *("date", "created", "createdat", "datecreated", "published", "publishedat", "publishdate", "pubdate"),
    *("updated", "updatedat", "lastupdated", "lastupdate", "dateupdated", "modified", "datemodified"),
    *("lastmod", "lastmodified", "lastmodifiedat", "lastreviewed", "revised", "revdate"),
)

_ISO = re.compile(r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?!\d)")  # "2026-03-02", "2026/3/2T10:00Z"
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?\.?\s+([A-Za-z]{3,9})\.?,?\s+(\d{4})")  # "3 March 2026"
_MONTH_FIRST = re.compile(r"([A-Za-z]{3,9})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")  # "March 3, 2026"
_GERMAN = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})")  # "3.3.2026"
_BETWEEN_AUTHORS = re.compile(r"\s*(?:[,;]|\band\b|&)\s*")  # "Ann Lee, Bo Ray and Cy Orr"
_BETWEEN_TAGS = re.compile(r"\s*[,;]\s*|\s+(?=#)")  # "power, data centers", "#power #grid"
_WEEKDAY = re.compile(r"^[A-Za-z]{3,9},?\s+(?=\d)")  # the "Tue, " of "Tue, 3 March 2026"


def normal_key(key: str) -> str:
    """Return a key without case and separators.

    >>> normal_key("Last-Modified_at")
    'lastmodifiedat'
    """
    return re.sub(r"[\W_]", "", key).lower()


def day_of(text: str) -> date | None:
    """Return the day of a date as people and tools write it, or None if the text is not an unambiguous date.

    >>> day_of("March 3rd, 2026"), day_of("2026-03-02T10:00:00Z")
    (datetime.date(2026, 3, 3), datetime.date(2026, 3, 2))
    >>> day_of("03/04/2026") is None
    True
    """
    text = text.strip()
    if found := _ISO.match(text):
        return _day(found[1], found[2], found[3])
    if found := _GERMAN.fullmatch(text):
        return _day(found[3], found[2], found[1])
    if found := _MONTH_FIRST.match(text):
        return _day(found[3], _month(found[1]), found[2])
    if found := _DAY_FIRST.match(_WEEKDAY.sub("", text, count=1)):
        return _day(found[3], _month(found[2]), found[1])
    return None


def _month(name: str) -> int:
    """Return the number of a month by its English name; 0 if the word is not a month."""
    return MONTH_NUMBERS.get(name[:3].lower(), 0)


def _day(year: str, month: str | int, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def newest_day(values: dict[str, Node]) -> date | None:
    """Return the newest day under a usual name of a date. `values` are nodes by `normal_key`."""
    days = (day_of(text) for name in DATES if name in values for text in _texts(values[name]))
    return max(filter(None, days), default=None)


def summary(values: dict[str, Node]) -> str:
    """Return the text under a usual name of a summary, on one line; "" if there is none."""
    found = (text for name in SUMMARIES if name in values for text in _texts(values[name]))
    return next(filter(None, found), "")


def aliases(values: dict[str, Node]) -> tuple[str, ...]:
    """Return the other names of a document, from a list or a text with commas, without the old addresses of a page."""
    names: dict[str, None] = {}
    for key in ALIASES:
        node = values.get(key)
        separator = "," if isinstance(node, Scalar) else None
        for text in _texts(node) if node is not None else ():
            for name in text.split(separator) if separator else [text]:
                name = name.strip()  # noqa: PLW2901
                # Hugo and Jekyll list the old addresses of a page here: "/guides/old/", "old.html".
                if name and not name.endswith((".html", "/")) and not name.startswith(("/", "http")):
                    names[name] = None
    return tuple(names)


def authors(values: dict[str, Node]) -> tuple[str, ...]:
    """Return the authors of a document: a list, or a text with commas, semicolons or "and"."""
    return _listed(values, AUTHORS, _BETWEEN_AUTHORS)


def tags(values: dict[str, Node]) -> tuple[str, ...]:
    """Return the tags of a document without "#", from lists or texts with commas or spaces."""
    return tuple(
        dict.fromkeys(tag.lstrip("#") for tag in _listed(values, TAGS, _BETWEEN_TAGS) if tag.lstrip("#"))
    )


def _listed(values: dict[str, Node], keys: tuple[str, ...], separator: re.Pattern[str]) -> tuple[str, ...]:
    """Return the texts under some keys, each once; a text that is no part of a list is split."""
    found: dict[str, None] = {}
    for node in (values[key] for key in keys if key in values):
        for text in _texts(node):
            parts = separator.split(text) if isinstance(node, Scalar) else [text]
            found.update(dict.fromkeys(filter(None, map(str.strip, parts))))
    return tuple(found)


def _texts(node: Node) -> Iterator[str]:
    """Yield the texts of a value, a list or the values of a mapping, each on one line."""
    match node:
        case Scalar(text=text):
            if words := inline(text.replace(MARK, "")).text:
                yield words
        case List(items=items):
            for item in items:
                if isinstance(item, Mapping):  # authors: [{name: Ann Lee, url: ...}]
                    names = [value for key, value in item.pairs if normal_key(key.text) == "name"]
                    yield from _texts(List(tuple(names), item.line))
                elif isinstance(item, Scalar):
                    yield from _texts(item)
        case Mapping(pairs=pairs):  # last_update: {date: 2026-03-02, author: Ann}
            for _, value in pairs:
                if isinstance(value, Scalar):
                    yield from _texts(value)
