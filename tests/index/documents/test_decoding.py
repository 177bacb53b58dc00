"""Bytes become text in any usual encoding, with a warning where the encoding is a guess."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents.decoding import NotTextError, decode
from index.documents.loader import parse


@pytest.mark.parametrize(
    "data",
    [
        "Z\u00fcrich \u2026".encode(),
        "Z\u00fcrich \u2026".encode("utf-8-sig"),
        "Z\u00fcrich \u2026".encode("utf-16"),
        "Z\u00fcrich \u2026".encode("utf-32"),
    ],
)
def test_unicode_needs_no_warning(data: bytes) -> None:
    found = decode(data)
    assert (found.text, found.warning) == ("Z\u00fcrich \u2026", "")


@pytest.mark.parametrize("encoding", ["cp1252", "iso-8859-1", "Shift_JIS", "windows-1251", "euc-kr"])
def test_the_encoding_that_a_page_declares_is_obeyed(encoding: str) -> None:
    text = {"Shift_JIS": "岐阜工場", "windows-1251": "Привет", "euc-kr": "회사"}.get(
        encoding, "Erris caf\u00e9"
    )
    page = f'<html><head><meta charset="{encoding}"></head><p>{text}'.encode(encoding)
    found = decode(page, is_html=True)
    assert found.warning == ""
    assert text in found.text


@pytest.mark.parametrize("declared", ["nonsense", "hex", "utf-16", "rot13"])
def test_an_impossible_declaration_is_ignored(declared: str) -> None:
    page = f'<meta charset="{declared}"><p>Z\u00fcrich'.encode()
    assert "Z\u00fcrich" in decode(page, is_html=True).text


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "The caf\u00e9 costs \u20ac50 \u2013 most in Galway."),
        ("cp1252", "Ein sch\u00f6ner Gru\u00df aus M\u00fcnchen, f\u00fcr die F\u00fc\u00dfe"),
        ("cp1251", "Привет мир, это русский текст о компании"),
        ("cp932", "岐阜工場の従業員は四百五十人です。"),
    ],
)
def test_an_undeclared_encoding_is_detected_and_named(encoding: str, text: str) -> None:
    found = decode(f"One line\n{text}\n".encode(encoding))
    assert found.text == f"One line\n{text}\n"
    assert "save it as UTF-8" in found.warning
    assert found.line == 2


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_a_mark_is_told_from_its_nul_bytes(encoding: str) -> None:
    found = decode("The Dunmore tower is 88 meters high.".encode(encoding))
    assert found.text == "The Dunmore tower is 88 meters high."
    assert encoding.upper() in found.warning


def test_stray_nul_characters_are_dropped() -> None:
    found = decode(b"The pier\n\nis 90 me\0ters long.")
    assert found.text == "The pier\n\nis 90 meters long."
    assert (found.warning, found.line) == ("the file has NUL characters; delete them", 3)


@pytest.mark.parametrize("data", [b"\x89PNG\r\n\x1a\n\0\0", b"\0", bytes(range(256)), b"PK\x03\x04\x14\0"])
def test_binary_data_is_refused(data: bytes) -> None:
    with pytest.raises(NotTextError, match="binary"):
        decode(data)


def test_the_warning_is_a_problem_that_keeps_the_file() -> None:
    parsed = parse("a.md", b"# A\n\nThe caf\xe9 is open.")
    assert [(p.line, p.fatal) for p in parsed.problems] == [(3, False)]
    assert parsed.sections[0].blocks[0].text == "The caf\u00e9 is open."


@given(st.binary(max_size=200))
def test_any_bytes_are_text_or_binary(data: bytes) -> None:
    """No other error escapes, and no character that a text cannot have is in the text."""
    with contextlib.suppress(NotTextError):
        decode(data).text.encode("utf-8", errors="surrogatepass")
