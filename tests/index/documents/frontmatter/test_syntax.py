"""Metadata of any common form is told from the text below it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents.frontmatter.syntax import find, read
from index.documents.loader import parse


@pytest.mark.parametrize(
    ("text", "form", "body"),
    [
        ("---\ntitle: A\n---\nBody", "yaml", 3),
        ("---\ntitle: A\n...\nBody", "yaml", 3),
        ("---  \ntitle: A\n--- \n", "yaml", 3),
        ("---\n---\nBody", "yaml", 2),
        ("---\n# a comment\ntitle: A\n---\n", "yaml", 4),
        ("---\ntags:\n- a\n- b\n---\n", "yaml", 5),
        ("---\n{title: A}\n---\n", "yaml", 3),
        ("\n\n---\ntitle: A\n---\nBody", "yaml", 5),
        ("---\ntitle: A\n\nText", "yaml", 2),
        ("+++\ntitle = 'A'\n+++\nBody", "toml", 3),
        ('{\n  "title": "A"\n}\n\nBody', "json", 3),
        ("Title: A\nAuthor: B\n  and C\n\nBody", "multimarkdown", 3),
        ("% A\n% B; C\n% 3 March 2026\n\nBody", "pandoc", 3),
    ],
)
def test_metadata_is_found(text: str, form: str, body: int) -> None:
    found = find(text)
    assert found is not None
    assert (found.form, found.body) == (form, body)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "---",
        "Text\n---\na\n---\n",
        "---\n\nText below a rule\n\n---\n",
        "---\nnever closed\n",
        "---\n**OAKES & PARTNERS**\n12 High Street\n---\n\n# Cobalt\n",
        "---\nOAKES & PARTNERS\nPhone: 555-1234\n---\n\nDear Ann\n",
        "---\nHead Office: 12 High Street\nOpening Hours: 9 to 5\n---\n\nDear Ann\n",
        "+++\nnever closed\n",
        '{"title": "A"}',
        '{"title": "A"} is the first line.\n\nText.',
        "{braces} in a text\n\nText.",
        "Note: prices rose.\n\nText.",
        "Title: A\nand a line of text.\n\nText.",
        "Title: A",
        "% of sales are shown below.\nThey fell.\n\nText.",
    ],
)
def test_text_is_no_metadata(text: str) -> None:
    assert find(text) is None


def values(text: str) -> dict[str, object]:
    """Return the title, the date and the other names that a file's metadata gives."""
    document = parse("a.md", f"{text}\n\nThe body.".encode()).document
    day = document.facts_to
    return {"title": document.title, "day": day and day.isoformat(), "aliases": document.aliases}


@pytest.mark.parametrize(
    "text",
    [
        "---\ntitle: A hub\ndate: 2026-03-02\naliases: [Hub]\n---",
        '+++\ntitle = "A hub"\ndate = 2026-03-02T10:00:00Z\naliases = ["Hub"]\ndraft = false\n[extra]\nx = 1\n+++',
        '{"title": "A hub", "date": "2026-03-02", "aliases": ["Hub"]}',
        "Title: A hub\nDate: 2 March 2026\nAliases: Hub",
    ],
)
def test_all_forms_give_the_same_values(text: str) -> None:
    assert values(text) == {"title": "A hub", "day": "2026-03-02", "aliases": ("Hub",)}


def test_a_title_block_of_pandoc_has_a_title_and_a_date() -> None:
    found = values("% A hub\n  in the north\n% Ann Lee\n% March 2, 2026")
    assert found == {"title": "A hub in the north", "day": "2026-03-02", "aliases": ()}


def test_a_fault_of_toml_names_its_line() -> None:
    header = find("+++\ntitle = 'A'\nx = [\n+++\nBody")
    assert header is not None
    (fault,) = read(header)[1]
    assert 3 <= fault.line <= 4
    assert fault.message.startswith("the front matter is not TOML: ")


OPENINGS = ("---\n", "+++\n", "{", "% ", "Title: ", "\n---\n")
PARTS = st.lists(
    st.sampled_from([*OPENINGS, "a: b\n", "a = 1\n", "[x]\n", '"t": 1', "}\n", "\n", "word\n", "...\n"])
)


@given(st.sampled_from(OPENINGS), PARTS.map("".join))
def test_the_words_below_any_metadata_are_kept(opening: str, middle: str) -> None:
    """Whatever stands above, the last paragraph of the file is in the index."""
    text = f"{opening}{middle}\n---\n+++\n\nThe quokka sleeps.\n"
    parsed = parse("a.md", text.encode())
    words = " ".join(block.text for section in parsed.sections for block in section.blocks)
    assert "The quokka sleeps." in words
    assert not parsed.is_fatal
