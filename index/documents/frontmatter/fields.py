"""The metadata of a document, read from the nodes of its header and checked with line numbers.

Nothing is required and no fault costs the text: a value that cannot be understood is left out with a warning. Keys of
other tools are read under their usual names (see `common_keys`) or ignored. Strata's own keys `sources` and `figures`
have a schema, which the modules of the same names check.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from index.documents.frontmatter import common_keys, syntax
from index.documents.frontmatter.figures import read_figures
from index.documents.frontmatter.sources import read_sources
from index.documents.frontmatter.syntax import Fault, Header
from index.documents.frontmatter.values import ValueReader, brief, is_null
from index.documents.yaml_nodes import List, Mapping, Scalar
from index.types import Document, Group

if TYPE_CHECKING:
    from index.documents.yaml_nodes import Node

KEYS = (
    *("title", "layer", "summary", "reviewed", "review_by", "facts_to"),
    *("aliases", "related", "sources", "figures", "members", "fiscal_year_ends"),
)


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
    root, faults = syntax.read(header)
    reader = _Reader(document.id)
    reader.faults.extend(faults)
    if not header.is_closed:
        reader.fault(header.first_line - 1, "the front matter is never closed; add a line --- below it")
    found = reader.document(root, document)
    return Matter(found, reader.lines, tuple(reader.faults), reader.uses_schema)


class _Reader(ValueReader):
    """A reader of the whole front matter of a document."""

    def __init__(self, id: str) -> None:
        """Set the id of the document, which `related` must not have."""
        super().__init__()
        self.id = id
        self.uses_schema = False

    def document(self, root: Node, document: Document) -> Document:
        """Return the document with all values of the header that are understood."""
        if is_null(root):
            root = Mapping((), root.line)
        self.uses_schema = _uses_schema(root)
        values, usual = self.top(root)
        self.lines = {key: value.line for key, value in values.items()}
        if self.uses_schema and "title" not in values:
            self.fault(root.line, "the front matter has no title; add title: ...")
        sources = read_sources(self, values.get("sources"))
        reviewed = self.day(values.get("reviewed"), "reviewed")
        facts_to = self.day(values.get("facts_to"), "facts_to")
        return replace(
            document,
            title=self.text(values.get("title"), "title") or document.title,
            layer=self.text(values.get("layer"), "layer"),
            summary=self.text(values.get("summary"), "summary") or common_keys.summary(usual),
            reviewed=reviewed,
            review_by=self.day(values.get("review_by"), "review_by"),
            # A note states what was known on its date, so its facts are not newer than that.
            facts_to=facts_to if facts_to or reviewed else common_keys.newest_day(usual),
            aliases=common_keys.aliases(usual),
            authors=common_keys.authors(usual),
            tags=common_keys.tags(usual),
            related=self.related(values.get("related")),
            sources=sources,
            figures=read_figures(self, values.get("figures"), {source.id for source in sources}),
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
            if not is_null(value):
                usual.setdefault(common_keys.normal_key(key.text), value)
        return self.mapping(own, "the front matter", KEYS), usual

    def related(self, node: Node | None) -> tuple[str, ...]:
        """Return the ids of related documents."""
        found: list[str] = []
        for item in self.list(node, "related"):
            id = self.text(item, "a related id")
            if id in found:
                self.fault(item.line, f'related has "{brief(id)}" twice; keep one')
            elif id == self.id:
                self.fault(item.line, f'related has the document itself, "{brief(id)}"; delete it')
            elif id:
                found.append(id)
                self.lines[f"related {id}"] = item.line
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
            name = f'group "{brief(key.text)}"'
            listed = (self.text(item, f"a member of {name}") for item in self.list(value, name))
            members = tuple(dict.fromkeys(filter(None, listed)))
            if key.text.lower() in found:
                self.fault(key.line, f"members has {name} twice; keep one")
            elif not key.text.strip() or len(members) < 2:
                self.fault(key.line, f"{name} has fewer than two members; add some or delete the group")
            else:
                found[key.text.lower()] = Group(" ".join(key.text.split()), members)
        return tuple(found.values())


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
