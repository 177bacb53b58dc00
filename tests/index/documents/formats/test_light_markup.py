"""Light markup becomes headings and text with the lines of the file; marks go and words stay."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents.formats.tabular import MAX_ROWS
from index.documents.loader import Parsed, parse

RST = """\
==========
The halls
==========

:Author: Ann

.. _costs:

Costs
-----

See :ref:`the costs <costs>`, ``a_b`` and `this page <https://a.example>`_ [1]_.

.. note:: Read **this**.

.. warning::

   Mind the
   zebra.

.. comment that nobody sees

.. code-block:: python
   :caption: An example

   print("okapi")

Run this::

    make giraffe

.. image:: a.png
   :alt: The picture

.. toctree::

   hidden/page

- One
- Two

.. [1] A note.
"""
ADOC = """\
= The halls
Ann Lee <ann@a.example>
v1, 2026-03-02
:toc: left
:size: 12

The site has {size} halls. // kept

== Costs [[costs]]

NOTE: Mind the *zebra* and #this#.

// hidden
////
hidden
////

[source,python]
----
print("okapi")
----

.A title
* One
** Inner
. First

See link:b.html[the page], https://a.example[this] and <<costs,the costs>>.

image::a.png[The picture]

include::hidden.adoc[]

|===
|Site |Halls
|Elm |11
|===
"""
ORG = """\
#+TITLE: The halls
#+AUTHOR: hidden
* TODO [#A] Costs :tag:
:PROPERTIES:
:ID: hidden
:END:
SCHEDULED: <2026-03-02 Mon>
The /zebra/ and *this* in =a_b=, see [[https://a.example][the page]].[fn:1]
# hidden
#+BEGIN_SRC python
print("okapi")
#+END_SRC
#+BEGIN_QUOTE
Quoted.
#+END_QUOTE
#+BEGIN_COMMENT
hidden
#+END_COMMENT
- [ ] One
- term :: meaning
"""


def texts(parsed: Parsed) -> list[str]:
    """Return the texts of the blocks of a parsed file."""
    return [block.text for section in parsed.sections for block in section.blocks]


def test_restructuredtext() -> None:
    parsed = parse("halls.rst", RST.encode())
    assert parsed.document.title == "The halls"
    assert [heading.path[-1] for heading in parsed.document.headings if heading.path] == ["Costs"]
    assert texts(parsed) == [
        ":Author: Ann",
        "See the costs, a_b and this page.",
        "Read this.",
        "Mind the zebra.",
        "An example",
        'print("okapi")',
        "Run this:",
        "make giraffe",
        "The picture",
        "One",
        "Two",
        "A note.",
    ]


def test_asciidoc() -> None:
    parsed = parse("halls.adoc", ADOC.encode())
    assert parsed.document.title == "The halls"
    assert texts(parsed) == [
        "The site has 12 halls. // kept",
        "Mind the zebra and this.",
        'print("okapi")',
        "A title",
        "One",
        "Inner",
        "First",
        "See the page, this and the costs.",
        "The picture",
        "Site, Halls",
        "Elm, 11",
    ]


def test_org() -> None:
    parsed = parse("halls.org", ORG.encode())
    assert parsed.document.title == "The halls"
    assert texts(parsed) == [
        "The zebra and this in a_b, see the page.",
        'print("okapi")',
        "Quoted.",
        "One",
        "term: meaning",
    ]


@pytest.mark.parametrize(("path", "text"), [("a.rst", RST), ("a.adoc", ADOC), ("a.org", ORG)])
def test_blocks_have_the_lines_of_the_file(path: str, text: str) -> None:
    """The line of a block has its first word."""
    lines = text.split("\n")
    for section in parse(path, text.encode()).sections:
        for block in section.blocks:
            word = block.text.split()[0].strip(".,:")
            assert word in " ".join(lines[block.first_line - 1 : block.last_line + 1]), block


NOTEBOOK = {
    "nbformat": 4,
    "cells": [
        {"cell_type": "markdown", "source": ["# The halls\n", "\n", "The site has **7** halls."]},
        {"cell_type": "code", "source": "print('okapi')\n", "outputs": [{"text": ["hidden"]}]},
        {"cell_type": "markdown", "source": ["Last — words."]},
    ],
}


@pytest.mark.parametrize("indent", [1, None])
def test_a_notebook_has_the_text_and_the_code_of_its_cells(indent: int | None) -> None:
    text = json.dumps(NOTEBOOK, indent=indent)
    parsed = parse("a.ipynb", text.encode())
    assert parsed.document.title == "The halls"
    assert texts(parsed) == ["The site has 7 halls.", "print('okapi')", "Last — words."]
    lines = text.split("\n")
    block = parsed.sections[0].blocks[0]
    assert "The site has" in lines[block.first_line - 1]


@pytest.mark.parametrize("text", ["{}", "[]", "not JSON", '{"cells": 5}', "[" * 100_000])
def test_a_file_that_is_no_notebook_is_named(text: str) -> None:
    (problem,) = parse("a.ipynb", text.encode()).problems
    assert "not a Jupyter notebook" in problem.message


def test_the_rows_of_a_table_have_its_header() -> None:
    parsed = parse("the-sites.csv", b'site,halls\nElm,11\n\n"Oak, old","one\ntwo"\n')
    assert parsed.document.title == "The sites"
    assert [(b.kind, b.text, b.lead, b.first_line, b.last_line) for b in parsed.sections[0].blocks] == [
        ("row", "Elm | 11", "site | halls", 2, 2),
        ("row", "Oak, old | one two", "site | halls", 4, 5),
    ]
    assert texts(parse("a.tsv", b"site\thalls\nElm\t11\n")) == ["Elm | 11"]
    assert texts(parse("a.csv", b"site;halls\nElm;1,5\n")) == ["Elm | 1,5"]


def test_a_table_that_is_too_long_is_cut_with_a_warning() -> None:
    parsed = parse("a.csv", b"n\n" + b"".join(b"%d\n" % n for n in range(MAX_ROWS + 1)))
    assert len(parsed.sections[0].blocks) == MAX_ROWS
    assert [(problem.fatal, "the rest is left out" in problem.message) for problem in parsed.problems] == [
        (False, True)
    ]


PIECES = st.lists(
    st.sampled_from(
        [
            *("=====", "-----", "....", "----", "////", "|===", "::", ".. note::", ".. x", "   zebra", ":toc:"),
            *("* zebra", "** zebra", "#+BEGIN_SRC", "#+END_SRC", ":PROPERTIES:", ":END:", "zebra", "", "= zebra"),
            *("`zebra`_", "[[zebra]]", "<<a,zebra>>", ',,"', "~~~~~~~~", "```"),
        ]
    )
)  # fmt: skip


@given(PIECES.map("\n".join), st.sampled_from([".rst", ".adoc", ".org", ".csv", ".txt"]))
def test_any_text_is_read_without_an_error(text: str, suffix: str) -> None:
    """Every block has lines of the file."""
    parsed = parse(f"a{suffix}", f"{text}\n\nThe quokka sleeps.\n".encode())
    lines = text.count("\n") + 4
    assert all(1 <= b.first_line <= b.last_line <= lines for s in parsed.sections for b in s.blocks)
