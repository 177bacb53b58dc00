"""The reader of front matter values: keys, lists, texts and dates, with a fault for each invalid value."""

from __future__ import annotations

import calendar
import re
from datetime import date
from typing import TYPE_CHECKING

from index.documents.frontmatter import common_keys, syntax
from index.documents.frontmatter.syntax import Fault
from index.documents.inline import MARK, inline
from index.documents.yaml_nodes import List, Mapping, Scalar
from index.text.months import MONTH_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Callable

    from index.documents.yaml_nodes import Node

COMMON_NAMES = frozenset(map(common_keys.normal_key, syntax.COMMON_KEYS)).union(
    common_keys.DATES, common_keys.SUMMARIES, common_keys.ALIASES, common_keys.AUTHORS, common_keys.TAGS
)
"""Keys of other tools, which are no fault beside Strata's own."""

_DATE = re.compile(r"(\d{4})(?:-(\d\d)(?:-(\d\d))?)?")  # "2026", "2026-04", "2026-04-06"
_NULL = {"", "~", "null", "Null", "NULL"}


class ValueReader:
    """A reader of values from YAML nodes, which collects a fault for each invalid value.

    In the methods, `name` is how a fault names the value. An invalid value is returned as empty.
    """

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.lines: dict[str, int] = {}

    def fault(self, line: int, message: str) -> None:
        """Add a fault on a line of the file."""
        self.faults.append(Fault(line, message))

    def mapping(self, node: Node, name: str, keys: tuple[str, ...]) -> dict[str, Node]:
        """Return the known keys of a mapping with their nodes; keys without a value are left out."""
        if not isinstance(node, Mapping):
            self.fault(node.line, f"{name} is not a list of keys; write {keys[0]}: ... and so on")
            return {}
        values: dict[str, Node] = {}
        seen = set()
        for key, value in node.pairs:
            if key.text not in keys:
                if common_keys.normal_key(key.text) in COMMON_NAMES:
                    continue
                self.fault(
                    key.line,
                    f'{name} has an unknown key "{brief(key.text)}"; the keys are {", ".join(keys)}',
                )
            elif key.text in seen:
                self.fault(key.line, f"{name} has {key.text} twice; keep one")
            elif not is_null(value):
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

    def month(self, node: Node | None, name: str) -> int:
        """Return the month of a value, from 1: "June" is 6; December without a value."""
        text = self.text(node, name)
        if node is None or not text:
            return 12
        if (month := MONTH_NUMBERS.get(text.lower())) is None:
            self.fault(node.line, f"{name} is {text!r}; write the name of a month, such as {name}: June")
            return 12
        return month

    def day(self, node: Node | None, name: str) -> date | None:
        """Return a date with its day."""
        text = self.text(node, name)
        if node is None or not text:
            return None
        if len(text) == len("YYYY-MM-DD") and is_date(text):
            return date.fromisoformat(text)
        self.fault(node.line, f'{name} is not a day: "{brief(text)}"; write {name}: YYYY-MM-DD')
        return common_keys.day_of(text)

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
        self.fault(node.line, f'{name} has the date "{brief(text)}"; write {key}: {form}')
        return ""


def is_null(node: Node) -> bool:
    """Return whether a node is YAML's null: "title:", "title: ~", "title: null"."""
    return isinstance(node, Scalar) and node.plain and node.text in _NULL


def is_date(text: str) -> bool:
    """Return whether a text is YYYY, YYYY-MM or YYYY-MM-DD with a real year, month and day."""
    found = _DATE.fullmatch(text)
    if not found or not text.isascii():
        return False
    year, month, day = int(found[1]), int(found[2] or 1), int(found[3] or 1)
    return year >= 1 and 1 <= month <= 12 and 1 <= day <= calendar.monthrange(year, month)[1]


def brief(text: str) -> str:
    """Return at most 60 characters of a text, for a message."""
    return text if len(text) <= 60 else text[:59] + "…"
