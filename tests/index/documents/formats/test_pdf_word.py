"""Conversion of PDF and Word files, its limits and its messages."""

from __future__ import annotations

import io
import sys
import time
import zipfile
import zlib
from typing import TYPE_CHECKING

import pytest

from index import install
from index.build.builder import build
from index.build.changes import changed
from index.documents import folder, loader
from index.documents.folder import scan
from index.documents.formats.pdf_word import sandbox
from index.errors import ContentError
from index.store.store import Store
from tests.bagofwords import BagOfWords

if TYPE_CHECKING:
    from pathlib import Path

TYPES = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>
<Override PartName="/word/document.xml"
 ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>"""
RELATIONS = """<?xml version="1.0"?>
<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1"
 Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"
 Target="word/document.xml"/></Relationships>"""
BODY = """<?xml version="1.0"?>
<w:document xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"><w:body>
<w:p><w:pPr><w:pStyle w:val="Heading1"/></w:pPr><w:r><w:t>Power demand</w:t></w:r></w:p>
<w:p><w:r><w:t>Data centers drew 415 TWh in 2024.</w:t></w:r></w:p></w:body></w:document>"""


def word_file(*extra: tuple[str, bytes]) -> bytes:
    """Return a Word file with a heading, a paragraph and extra parts (name, data)."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", RELATIONS)
        archive.writestr("word/document.xml", BODY)
        for name, data in extra:
            archive.writestr(name, data)
    return stream.getvalue()


def pdf_file(text: str) -> bytes:
    """Return a PDF file with one line of text."""
    content = f"BT /F1 12 Tf 72 720 Td ({text}) Tj ET".encode()
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>"
        ),
        b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    data = b"%PDF-1.4\n"
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(len(data))
        data += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    return (
        data
        + b"xref\n0 6\n0000000000 65535 f \n%strailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n"
        % (
            table,
            len(data),
        )
    )


@pytest.mark.slow
def test_a_word_file_becomes_a_document() -> None:
    pytest.importorskip("mammoth")
    pytest.importorskip("pdfminer")
    parsed = loader.parse("a.docx", word_file())
    assert parsed.problems == ()
    assert parsed.document.title == "Power demand"
    assert [b.text for s in parsed.sections for b in s.blocks] == ["Data centers drew 415 TWh in 2024."]


@pytest.mark.slow
def test_a_pdf_file_becomes_a_document() -> None:
    pytest.importorskip("mammoth")
    pytest.importorskip("pdfminer")
    parsed = loader.parse("a.pdf", pdf_file("Data centers drew 415 TWh in 2024."))
    assert parsed.problems == ()
    assert [b.text for s in parsed.sections for b in s.blocks] == ["Data centers drew 415 TWh in 2024."]


@pytest.mark.slow
@pytest.mark.parametrize("data", [b"", b"%PDF-1.4\nnothing", b"words", b"PK\x03\x04"])
@pytest.mark.parametrize("suffix", [".pdf", ".docx"])
def test_a_damaged_file_is_one_problem(data: bytes, suffix: str) -> None:
    pytest.importorskip("mammoth")
    pytest.importorskip("pdfminer")
    (problem,) = loader.parse(f"a{suffix}", data).problems
    assert problem.fatal
    assert "\n" not in problem.message


def test_a_word_file_that_unpacks_to_too_much_is_refused() -> None:
    data = word_file(("word/media/x", bytes(sandbox.MAX_UNPACKED_BYTES)))
    assert len(data) < folder.MAX_FILE_BYTES
    (problem,) = loader.parse("a.docx", data).problems
    assert "unpacks to" in problem.message


def test_without_the_extra_a_problem_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The other files are read."""
    monkeypatch.setitem(sys.modules, "pdfminer", None)
    (tmp_path / "a.pdf").write_bytes(pdf_file("x"))
    (tmp_path / "b.md").write_text("# B\n\nText.")
    parsed = [loader.read(tmp_path, file.path) for file in scan(tmp_path).files]
    assert str(parsed[0].problems[0]) == (
        f"a.pdf:1: reading .pdf files needs the extra `convert`; run: {install.command('convert')}"
    )
    assert not parsed[1].is_fatal


def lines_pdf(*lines: tuple[int, int, int, str], operators: str = "") -> bytes:
    """Return a PDF file with lines of (size, x, y, text) and more PDF operators."""
    shown = "".join(f"BT /F1 {size} Tf {x} {y} Td ({text}) Tj ET\n" for size, x, y, text in lines)
    data = zlib.compress((shown + operators).encode())
    plain = pdf_file("x")
    start = plain.index(b"<< /Length")
    end = plain.index(b"endstream") + len(b"endstream")
    stream = b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(data), data)
    return plain[:start] + stream + plain[end:]  # the table of offsets is wrong, as in many files


def locked_pdf() -> bytes:
    """Return a PDF file that is locked with an unknown password."""
    body = pdf_file("secret")
    lock = (
        b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O <" + b"61" * 32 + b"> /U <" + b"62" * 32 + b"> >>"
        b" /ID [<61><61>]"
    )
    return body.replace(b"/Root 1 0 R", b"/Root 1 0 R " + lock)


@pytest.mark.slow
def test_headings_and_table_rows_of_a_pdf_are_found_by_size_and_position() -> None:
    """The anchor of a heading is its page."""
    pytest.importorskip("pdfminer")
    data = lines_pdf(
        (24, 72, 740, "Annual report"),
        (16, 72, 700, "Results"),
        (11, 72, 684, "Heron Ltd earned 14.2 million euros in the year and paid no dividend."),
        (11, 72, 600, "Quarter"), (11, 300, 600, "Revenue"),
        (11, 72, 584, "Q1"), (11, 300, 584, "3.1"),
        (11, 72, 568, "Q2"), (11, 300, 568, "4.2"),
    )  # fmt: skip
    parsed = loader.parse("a.pdf", data)
    assert parsed.problems == ()
    assert parsed.document.title == "Annual report"
    (section,) = [section for section in parsed.sections if section.heading.path == ("Results",)]
    assert section.heading.anchor == "page=1"
    assert [(block.kind, block.text, block.lead) for block in section.blocks] == [
        ("prose", "Heron Ltd earned 14.2 million euros in the year and paid no dividend.", ""),
        ("row", "Q1 | 3.1", "Quarter | Revenue"),
        ("row", "Q2 | 4.2", "Quarter | Revenue"),
    ]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("a.pdf", locked_pdf(), "locked with a password"),
        ("a.docx", b"\xd0\xcf\x11\xe0" + bytes(512), "locked with a password"),
        ("a.pdf", lines_pdf(), "has no text"),
        ("a.pdf", lines_pdf(operators="BI /W 1 /H 1 /BPC 8 /CS /G ID x EI\n"), "is a scan"),
    ],
)
def test_a_locked_scanned_or_empty_file_has_its_own_message(name: str, data: bytes, words: str) -> None:
    pytest.importorskip("pdfminer")
    (problem,) = loader.parse(name, data).problems
    assert words in problem.message


@pytest.mark.slow
def test_the_title_of_a_word_file_is_not_part_of_a_heading_path() -> None:
    """Although the first heading is on the same level."""
    pytest.importorskip("mammoth")
    styles = """<w:styles xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main">
    <w:style w:type="paragraph" w:styleId="T"><w:name w:val="Title"/></w:style></w:styles>"""
    relations = """<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">
    <Relationship Id="r1" Target="styles.xml"
    Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/styles"/></Relationships>"""
    title = '<w:p><w:pPr><w:pStyle w:val="T"/></w:pPr><w:r><w:t>The year</w:t></w:r></w:p>'
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", RELATIONS)
        archive.writestr("word/_rels/document.xml.rels", relations)
        archive.writestr("word/styles.xml", styles)
        archive.writestr("word/document.xml", BODY.replace("<w:body>", f"<w:body>{title}"))
    parsed = loader.parse("a.docx", stream.getvalue())
    assert parsed.document.title == "The year"
    assert [section.heading.path for section in parsed.sections if section.blocks] == [("Power demand",)]


HOSTILE = lines_pdf(operators="BT /F1 1 Tf 1 1 Td (a) Tj ET\n" * 200_000)
"""30 KB that take a converter minutes."""
SPACES = lines_pdf((1, 1, 1, " " * 300_000))
"""A few KB that take a converter hundreds of megabytes."""


@pytest.mark.slow
def test_a_conversion_ends_when_its_time_is_up() -> None:
    """The caller learns that the conversion may succeed with more time."""
    pytest.importorskip("pdfminer")
    assert len(HOSTILE) < 100_000
    began = time.monotonic()
    with pytest.raises(sandbox.TooSlowError, match="takes more than"):
        sandbox.to_html(HOSTILE, ".pdf", 0.5)
    assert time.monotonic() - began < sandbox.MAX_SECONDS


@pytest.mark.slow
@pytest.mark.parametrize(
    ("data", "limits", "words"),
    [
        (HOSTILE, (1 << 30, 1, 1_000_000), "takes more than 1 seconds"),
        (SPACES, (150 << 20, 60, 1_000_000), "more than 150 MB"),
        (pdf_file("word " * 100), (1 << 30, 60, 200), "more than 200 bytes"),
    ],
)
def test_the_converter_limits_its_own_memory_time_and_output(
    data: bytes, limits: tuple[int, int, int], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pdfminer")
    pytest.importorskip("resource")
    for name, value in zip(("MAX_MEMORY_BYTES", "MAX_SECONDS", "MAX_HTML_BYTES"), limits, strict=True):
        monkeypatch.setattr(sandbox, name, value)
    with pytest.raises(ContentError, match=words):
        sandbox.to_html(data, ".pdf", 600)


def test_the_converter_receives_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STRATA_DISCORD_TOKEN", "secret")
    assert "STRATA_DISCORD_TOKEN" not in sandbox.environment()
    assert "PATH" in sandbox.environment()


@pytest.mark.slow
def test_a_file_that_was_not_converted_in_time_is_left_to_the_next_build(tmp_path: Path) -> None:
    """A build with no time left reports the file again and again; a build with time reads it."""
    pytest.importorskip("pdfminer")
    content, store = tmp_path / "content", Store(tmp_path / "index")
    content.mkdir()
    (content / "a.md").write_text("# A\n\nText.\n")
    (content / "b.pdf").write_bytes(pdf_file("Herons nest in March."))
    steps: list[str] = []
    hurried = build(
        content,
        store,
        BagOfWords(),
        conversion_seconds=0.0,
        progress=lambda *step: steps.extend(step[2:]),
    )
    assert [str(problem) for problem in hurried.problems] == [
        "b.pdf:1: is not converted yet; run: strata build"
    ]
    assert "converting b.pdf" in steps
    with store.current() as generation:
        assert not changed(content, generation)
        assert generation.unread == ("b.pdf",)
    again = build(content, store, BagOfWords(), conversion_seconds=10.0)
    assert (again.unchanged, again.problems) == (True, hurried.problems)
    assert build(content, store, BagOfWords()).documents == 2
    with store.current() as generation:
        assert generation.unread == ()


@pytest.mark.slow
def test_a_converter_that_is_installed_later_is_used(tmp_path: Path) -> None:
    """Until then, every build reports the problem and leaves the index unchanged."""
    pytest.importorskip("pdfminer")
    content, store = tmp_path / "content", Store(tmp_path / "index")
    content.mkdir()
    (content / "a.md").write_text("# A\n\nText.\n")
    (content / "b.pdf").write_bytes(pdf_file("Herons nest in March."))
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(sys.modules, "pdfminer", None)
        first, second = (build(content, store, BagOfWords()) for _ in range(2))
        assert (second.unchanged, second.problems) == (True, first.problems)
        assert "needs the extra" in second.problems[0].message
        with store.current() as generation:
            assert not changed(content, generation)
    with store.current() as generation:
        assert changed(content, generation)
    report = build(content, store, BagOfWords())
    assert (report.documents, report.problems) == (2, ())


@pytest.mark.slow
def test_a_file_that_cannot_be_converted_is_tried_once(tmp_path: Path) -> None:
    """Every build reports it. A full build or new bytes try it again."""
    pytest.importorskip("pdfminer")
    content, store = tmp_path / "content", Store(tmp_path / "index")
    content.mkdir()
    (content / "a.md").write_text("# A\n\nText.\n")
    (content / "b.pdf").write_bytes(b"garbage")

    def converted(*, full: bool = False) -> list[str]:
        steps: list[str] = []
        report = build(
            content,
            store,
            BagOfWords(),
            full=full,
            progress=lambda *step: steps.extend(step[2:]),
        )
        assert [problem.path for problem in report.problems] == ["b.pdf"]
        return steps

    assert converted() == ["converting b.pdf"] * 2
    assert converted() == []
    assert converted(full=True) == ["converting b.pdf"] * 2
    (content / "b.pdf").write_bytes(b"other garbage")
    assert converted() == ["converting b.pdf"] * 2
