"""The public sources in the front matter of a document."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast, get_args
from urllib.parse import urlsplit

from index.documents.frontmatter.values import ValueReader, brief, is_date
from index.documents.yaml_nodes import Mapping
from index.types import Source, SourceKind

if TYPE_CHECKING:
    from index.documents.yaml_nodes import Node

SOURCE_KEYS = ("id", "publisher", "title", "url", "published", "accessed", "kind")
KINDS = tuple(kind for kind in get_args(SourceKind) if kind)

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")  # "nvidia-2026-05"


def read_sources(reader: ValueReader, node: Node | None) -> tuple[Source, ...]:
    """Return the sources, each with an id of its own."""
    found: dict[str, Source] = {}
    for item in reader.list(node, "sources"):
        values = reader.mapping(item, "a source", SOURCE_KEYS)
        if not isinstance(item, Mapping):
            continue
        id = reader.text(values.get("id"), "id of a source")
        if not id:
            if "id" not in values:
                reader.fault(item.line, "a source has no id; add id: publisher-yyyy-mm")
            continue
        name = f'source "{brief(id)}"'
        if not _ID.fullmatch(id):
            reader.fault(
                values["id"].line,
                f"{name} has a character that a footnote cannot hold; use letters, digits, . _ -",
            )
        if id in found:
            reader.fault(values["id"].line, f"{name} is listed twice; change one id or delete one source")
            continue
        reader.lines[f"source {id}"] = item.line
        found[id] = _source(reader, id, values, item.line)
    return tuple(found.values())


def _source(reader: ValueReader, id: str, values: dict[str, Node], line: int) -> Source:
    """Return a source, which should have a publisher, a title, an https address and a date.

    The host of the address takes the place of a missing publisher, and the address that of a missing title. An
    address that is not of the web is left out, because replies show it as a link.

    Args:
        reader: Reads the values and collects the faults.
        id: The id of the source.
        values: The node of each key.
        line: The line of the source, for keys that are missing.
    """
    name = f'source "{brief(id)}"'
    for key in ("publisher", "title", "url"):
        if key not in values:
            reader.fault(line, f"{name} has no {key}; add {key}: ...")
    url = reader.text(values.get("url"), f"url of {name}")
    host = _host(url)
    if url and not (host and url.startswith("https:")):
        reader.fault(
            values["url"].line,
            f'{name} has the url "{brief(url)}"; write a whole address, https://...',
        )
    url = url if host else ""
    if "published" not in values and "accessed" not in values:
        reader.fault(line, f"{name} has no date; add published: YYYY-MM-DD")
    dates = {
        key: reader.date_text(values.get(key), name, key, is_date, "YYYY-MM-DD, YYYY-MM or YYYY")
        for key in ("published", "accessed")
    }
    publisher = reader.text(values.get("publisher"), f"publisher of {name}") or host or id
    title = reader.text(values.get("title"), f"title of {name}") or url or id
    return Source(id, publisher, title, url, **dates, kind=_kind(reader, values.get("kind"), name))


def _kind(reader: ValueReader, node: Node | None, name: str) -> SourceKind:
    """Return the kind of a source, or "" after a fault for a kind that is not in `KINDS`."""
    text = reader.text(node, f"kind of {name}")
    if node is None or not text:
        return ""
    if text in KINDS:
        return cast("SourceKind", text)
    reader.fault(node.line, f'{name} has the kind "{brief(text)}"; use one of {", ".join(KINDS)}')
    return ""


def _host(url: str) -> str:
    """Return the host of a web address, or "" if the text is no such address."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return ""
    is_address = parts.scheme in {"http", "https"} and not {" ", ">", "<"} & set(url)
    return (parts.hostname or "") if is_address else ""
