"""Filings with the SEC in HTML (10-K, 10-Q, 20-F and others): title, headings, and what is neither text nor figure.

Filings mark headings by bold type alone, and repeat page numbers and a table of contents that no reader asks for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from index.documents.outline import Body, Head
from index.types import Block

_FORM = re.compile(r"form (10-[KQ](?:/A)?|8-K|20-F|40-F|6-K|S-1|F-1|DEF 14A)", re.IGNORECASE)  # "FORM 10-K"
_COMPANY = re.compile(
    r".*\b(?:inc|corp|corporation|company|co|ltd|limited|plc|n\.v|s\.a|ag|se|llc|l\.p|holdings?|group|trust)\b\.?",
    re.IGNORECASE,
)  # "Vantor Systems, Inc.", "Nokia Group"
_PART = re.compile(r"part [IVX]+\b.{0,100}", re.IGNORECASE)  # "PART II. Financial information"
_ITEM = re.compile(r"item \d{1,2}[A-D]?\b.{0,150}", re.IGNORECASE)  # "Item 1A. Risk Factors"
_PAGE = re.compile(r"(?:[A-Z]-)?\d{1,4}|table of contents", re.IGNORECASE)  # "31", "F-4", "Table of Contents"
_CONTENTS = re.compile(r"(?:item|part) .*\| ?(?:[A-Z]-)?\d{1,4}", re.IGNORECASE)
"""A row of a table of contents, which ends with a page: "Item 7. | Discussion and Analysis | 31"."""

SEARCHED = 40
"""The number of blocks at the top of a page in which the form is searched."""
MAX_BETWEEN = 12
"""The most blocks between the name of the form and the name of the company."""


def read_filing(body: Body) -> Body:
    """Return the body of a filing with its title and headings, or any other body as it is.

    >>> lines = ["FORM 10-K", "Vantor, Inc.", "Item 1. Business", "Vantor makes valves.", "4"]
    >>> filing = read_filing(Body(tuple(Block("prose", text, 1, 1) for text in lines)))
    >>> filing.title, [(type(item).__name__, item.text) for item in filing.items][2:]
    ('Vantor, Inc. 10-K', [('Head', 'Item 1. Business'), ('Block', 'Vantor makes valves.')])
    """
    top = [item.text for item in body.items if isinstance(item, Block)][:SEARCHED]
    form = next((at for at, text in enumerate(top) if _FORM.fullmatch(text)), None)
    if form is None:
        return body
    kind = _FORM.fullmatch(top[form])
    company = _company(top[form + 1 : form + 1 + MAX_BETWEEN])
    title = f"{company} {kind[1].upper()}" if company and kind else body.title
    return Body(tuple(_items(body.items)), title, body.links, body.references, body.definitions)


def _company(texts: Sequence[str]) -> str:
    """Return the name of the company: the block with a company's suffix, or above "(Exact name of registrant …)"."""
    for text, below in zip(texts, [*texts[1:], ""], strict=True):
        if below.lower().startswith("(exact name") or (len(text) <= 80 and _COMPANY.fullmatch(text)):
            return text
    return ""


def _items(items: Iterable[Head | Block]) -> Iterable[Head | Block]:
    """Yield the items with parts and items as headings, without page numbers and the table of contents."""
    for item in items:
        if isinstance(item, Head):
            yield item
        elif item.kind == "row":
            if not _CONTENTS.fullmatch(item.text):
                yield item
        elif _PART.fullmatch(item.text) or _ITEM.fullmatch(item.text):
            yield Head(1 if _PART.fullmatch(item.text) else 2, item.text, item.first_line)
        elif not _PAGE.fullmatch(item.text):
            yield item
