"""PDF and Word files become Markdown, or one sentence that says why not."""

from __future__ import annotations

import io
import sys
import zipfile
from typing import TYPE_CHECKING

import pytest

from index import conversion, documents, install
from index.build import build
from index.listing import scan
from index.store import Store
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
    """A Word file with a heading and a paragraph."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("_rels/.rels", RELATIONS)
        archive.writestr("word/document.xml", BODY)
        for name, data in extra:
            archive.writestr(name, data)
    return stream.getvalue()


def pdf_file(text: str) -> bytes:
    """A PDF file with one line of text."""
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
    """Its headings are headings, its paragraphs passages-to-be."""
    pytest.importorskip("markitdown")
    parsed = documents.parse("a.docx", word_file())
    assert parsed.problems == ()
    assert parsed.document.title == "Power demand"
    assert [b.text for s in parsed.sections for b in s.blocks] == ["Data centers drew 415 TWh in 2024."]


@pytest.mark.slow
def test_a_pdf_file_becomes_a_document() -> None:
    """Its text is read; its lines are those of the converted text."""
    pytest.importorskip("markitdown")
    parsed = documents.parse("a.pdf", pdf_file("Data centers drew 415 TWh in 2024."))
    assert parsed.problems == ()
    assert [b.text for s in parsed.sections for b in s.blocks] == ["Data centers drew 415 TWh in 2024."]


@pytest.mark.slow
@pytest.mark.parametrize("data", [b"", b"%PDF-1.4\nnothing", b"words", b"PK\x03\x04"])
@pytest.mark.parametrize("suffix", [".pdf", ".docx"])
def test_a_damaged_file_is_one_problem(data: bytes, suffix: str) -> None:
    """What cannot be read says so and raises nothing."""
    pytest.importorskip("markitdown")
    (problem,) = documents.parse(f"a{suffix}", data).problems
    assert problem.fatal
    assert "\n" not in problem.message


def test_a_word_file_that_unpacks_without_end_is_refused() -> None:
    """A small file of enormous parts is not unpacked."""
    data = word_file(("word/media/x", bytes(conversion.LARGEST_UNPACKED)))
    assert len(data) < documents.LARGEST
    (problem,) = documents.parse("a.docx", data).problems
    assert "unpacks to" in problem.message


def test_without_the_extra_a_problem_names_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One sentence says what to install, and the other files are read."""
    monkeypatch.setitem(sys.modules, "markitdown", None)
    (tmp_path / "a.pdf").write_bytes(pdf_file("x"))
    (tmp_path / "b.md").write_text("# B\n\nText.")
    parsed = [documents.read(tmp_path, file.path) for file in scan(tmp_path).files]
    assert str(parsed[0].problems[0]) == (
        f"a.pdf:1: reading .pdf files needs the extra `convert`; run: {install.command('convert')}"
    )
    assert not parsed[1].is_fatal


def test_a_conversion_is_announced(tmp_path: Path) -> None:
    """A line before each PDF or Word file, its control characters escaped; none for other files or unchanged ones."""
    (tmp_path / "a\x1b.pdf").write_bytes(pdf_file("Capex rose."))
    (tmp_path / "b.md").write_text("# B\n\nText.")
    lines: list[str] = []
    for _ in range(2):
        build(tmp_path, Store(tmp_path.with_name("index")), BagOfWords(), note=lines.append)
    assert lines == ["converting 'a\\x1b.pdf'"]
