"""YAML as a tree of what is written, with line numbers.

Only YAML's events are read, by its safe loader, and every scalar is kept as it is written: `NO`, `2026` and
`2026-04-06` stay what the author typed, nothing is ever constructed, and an alias cannot unfold into a bomb.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

MOST_NODES = 20_000
"""Values in one text; the library's longest front matter has about 300."""
DEEPEST = 8
"""Levels of lists and mappings; a front matter needs 5."""
TOO_DEEP = f"has lists nested more than {DEEPEST} deep; write them flat"

# YAML counts lines at characters that no editor shows as line ends.
_ONE_LINE = dict.fromkeys((0x85, 0x2028, 0x2029), " ")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value as it is written; `plain` without quotation marks."""

    text: str
    plain: bool
    line: int


@dataclass(frozen=True, slots=True)
class List:
    """The values of a list."""

    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys with their values, in order, repeated keys included."""

    pairs: tuple[tuple[Scalar, Node], ...]
    line: int


Node = Scalar | List | Mapping


class UnreadableError(Exception):
    """The YAML cannot be read beyond a line; the message goes on from its name ("the front matter ...")."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def compose(text: str, first_line: int = 1) -> Node:
    """The tree of a YAML text whose first line is `first_line` of its file; an empty text is a mapping.

    Raises:
        UnreadableError: it is no YAML, is enormous, or has aliases, tags or keys that are not words.

    >>> compose("[NO, 2026-04]").items[1]
    Scalar(text='2026-04', plain=True, line=1)
    """
    import yaml

    events = _Events(text, first_line)
    root: Node = Mapping((), first_line)
    while not isinstance(event := events.following(), yaml.StreamEndEvent):
        if not isinstance(event, (yaml.StreamStartEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent)):
            root = events.node(event, 0)
    return root


class _Events:
    """YAML's events, one by one."""

    def __init__(self, text: str, first_line: int) -> None:
        import yaml

        self.text = text.translate(_ONE_LINE)
        self.first = first_line
        self.last = self.text.rstrip().count("\n")
        self.left = MOST_NODES
        self.events: Iterator[Any] = iter(
            yaml.parse(self.text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        )

    def following(self) -> Any:
        """The next event."""
        import yaml

        try:
            return next(self.events)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = self.line(mark.line if mark else 0)
            problem = str(error.problem or error.context)
            # The parser reads some way ahead and has a depth of its own, far beyond DEEPEST.
            message = TOO_DEEP if "nesting depth" in problem else f"is not YAML: {problem}; mend this line"
        except yaml.reader.ReaderError as error:
            position = error.position if isinstance(error.position, int) else 0
            line = self.line(self.text.count("\n", 0, position))
            message = f"has a character that YAML forbids ({error.reason}); delete it"
        raise UnreadableError(line, message)

    def line(self, number: int) -> int:
        """The file's line of a line from 0; the end is on the last line that has words."""
        return min(number, self.last) + self.first

    def node(self, event: Any, depth: int) -> Node:
        """The node that begins with this event."""
        import yaml

        line = self.line(event.start_mark.line)
        self.left -= 1
        if self.left < 0:
            raise UnreadableError(
                line, f"has more than {MOST_NODES:,} values; leave out what no key asks for"
            )
        if depth > DEEPEST:
            raise UnreadableError(line, TOO_DEEP)
        if isinstance(event, yaml.AliasEvent):
            raise UnreadableError(line, f"repeats a value by *{event.anchor}; write the value out")
        if event.tag not in {None, "!"}:
            raise UnreadableError(line, f"has the tag {event.tag}; write a plain value")
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(str(event.value), not event.style, line)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(event := self.following(), yaml.SequenceEndEvent):
                items.append(self.node(event, depth + 1))
            return List(tuple(items), line)
        pairs = []
        while not isinstance(event := self.following(), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            if not isinstance(key, Scalar):
                raise UnreadableError(key.line, "has a list or mapping as a key; write a word")
            pairs.append((key, self.node(self.following(), depth + 1)))
        return Mapping(tuple(pairs), line)
