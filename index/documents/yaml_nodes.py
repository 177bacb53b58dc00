"""A safe YAML parser that returns nodes with line numbers and every scalar as it is written.

`compose` returns a tree of `Scalar`, `List` and `Mapping`. It reads only the parser events of PyYAML's safe loader:
no Python object is constructed, `NO`, `2026` and `2026-04-06` stay text, and aliases, which can expand into gigabytes,
are refused. The front matter of documents and the files of gold questions are read with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_NODES = 20_000
"""The most values in one text; the longest front matter in `content/` has about 800."""
MAX_DEPTH = 8
"""The most levels of lists and mappings; a front matter needs 5."""
TOO_DEEP = f"has lists nested more than {MAX_DEPTH} deep; write them flat"

# YAML ends lines at characters that editors don't show as line ends.
_UNUSUAL_LINE_ENDS = dict.fromkeys((0x85, 0x2028, 0x2029), " ")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A value as it is written; `plain` if it has no quotation marks."""

    text: str
    plain: bool
    line: int


@dataclass(frozen=True, slots=True)
class List:
    """A list of values."""

    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True, slots=True)
class Mapping:
    """Pairs of a key and a value in their order; a repeated key has several pairs."""

    pairs: tuple[tuple[Scalar, Node], ...]
    line: int


Node = Scalar | List | Mapping


class UnreadableError(Exception):
    """The YAML cannot be read beyond a line. The message continues the name of the text ("the front matter ...")."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def compose(text: str, first_line: int = 1) -> Node:
    """Return the tree of a YAML text whose first line is `first_line` of its file; an empty text is a mapping.

    Raises:
        UnreadableError: The text is not YAML, is too large or too deep, or has aliases, tags or keys that are
            lists or mappings.

    >>> compose("[NO, 2026-04]").items[1]
    Scalar(text='2026-04', plain=True, line=1)
    """
    import yaml

    composer = _Composer(text, first_line)
    root: Node = Mapping((), first_line)
    while not isinstance(event := composer.next_event(), yaml.StreamEndEvent):
        if not isinstance(event, (yaml.StreamStartEvent, yaml.DocumentStartEvent, yaml.DocumentEndEvent)):
            root = composer.node(event, 0)
    return root


class _Composer:
    """Builds nodes from the parser events of a YAML text."""

    def __init__(self, text: str, first_line: int) -> None:
        import yaml

        self.text = text.translate(_UNUSUAL_LINE_ENDS)
        self.first_line = first_line
        self.last_index = self.text.rstrip().count("\n")
        self.nodes_left = MAX_NODES
        self.events: Iterator[Any] = iter(
            yaml.parse(self.text, getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        )

    def next_event(self) -> Any:
        """Return the next event; raises UnreadableError if the text is not YAML from here on."""
        import yaml

        try:
            return next(self.events)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            line = self.line(mark.line if mark else 0)
            problem = str(error.problem or error.context)
            # The parser reads ahead and has a limit of its own on the depth, far beyond MAX_DEPTH.
            message = TOO_DEEP if "nesting depth" in problem else f"is not YAML: {problem}; fix this line"
        except yaml.reader.ReaderError as error:
            position = error.position if isinstance(error.position, int) else 0
            line = self.line(self.text.count("\n", 0, position))
            message = f"has a character that YAML forbids ({error.reason}); delete it"
        raise UnreadableError(line, message)

    def line(self, number: int) -> int:
        """Return the line of the file for a line of the text (from 0), at most the last line that is not blank."""
        return min(number, self.last_index) + self.first_line

    def node(self, event: Any, depth: int) -> Node:
        """Return the node that begins with an event, at a depth from 0."""
        import yaml

        line = self.line(event.start_mark.line)
        self.nodes_left -= 1
        if self.nodes_left < 0:
            raise UnreadableError(
                line, f"has more than {MAX_NODES:,} values; delete values that no key needs"
            )
        if depth > MAX_DEPTH:
            raise UnreadableError(line, TOO_DEEP)
        if isinstance(event, yaml.AliasEvent):
            raise UnreadableError(line, f"repeats a value by *{event.anchor}; write the value out")
        if event.tag not in {None, "!"}:
            raise UnreadableError(line, f"has the tag {event.tag}; write a plain value")
        if isinstance(event, yaml.ScalarEvent):
            return Scalar(str(event.value), not event.style, line)
        if isinstance(event, yaml.SequenceStartEvent):
            items = []
            while not isinstance(event := self.next_event(), yaml.SequenceEndEvent):
                items.append(self.node(event, depth + 1))
            return List(tuple(items), line)
        pairs = []
        while not isinstance(event := self.next_event(), yaml.MappingEndEvent):
            key = self.node(event, depth + 1)
            if not isinstance(key, Scalar):
                raise UnreadableError(key.line, "has a list or mapping as a key; write a word")
            pairs.append((key, self.node(self.next_event(), depth + 1)))
        return Mapping(tuple(pairs), line)
