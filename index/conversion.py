"""PDF and Word files into Markdown: the one home of markitdown (extra `convert`).

Lines of such a document are lines of the converted text, since pages have none.
"""

from __future__ import annotations

import io
import zipfile

from index import install
from index.errors import ContentError

CONVERTED = frozenset({".pdf", ".docx"})
"""Suffixes of the files that are converted."""

LARGEST_UNPACKED = 100_000_000
"""Bytes that a Word file's parts may unpack to: a 5 MB file that holds more is a trap, not a report."""


def to_markdown(data: bytes, suffix: str) -> str:
    """The Markdown of a .pdf or .docx file; raises ContentError with the reason and the next step."""
    if suffix == ".docx":
        _check_archive(data)
    try:
        from markitdown import MarkItDown, MarkItDownException, StreamInfo
        from markitdown.converters import DocxConverter, PdfConverter
    except ImportError:
        raise ContentError(_missing(suffix)) from None
    # With its other converters a damaged file would be taken for plain text and its bytes for words.
    converter = MarkItDown(enable_builtins=False, enable_plugins=False)
    converter.register_converter(PdfConverter() if suffix == ".pdf" else DocxConverter())
    try:
        result = converter.convert_stream(io.BytesIO(data), stream_info=StreamInfo(extension=suffix))
    except MarkItDownException as error:
        if "MissingDependency" in str(error):
            raise ContentError(_missing(suffix)) from None
        reason = (str(error).strip().splitlines() or ["no reason given"])[-1].lstrip(" -")
        raise ContentError(
            f"the {suffix} file is damaged ({reason[:200]}); save it again, or as text"
        ) from None
    return str(result.markdown)


def _missing(suffix: str) -> str:
    return f"reading {suffix} files needs the extra `convert`; run: {install.command('convert')}"


def _check_archive(data: bytes) -> None:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            size = sum(part.file_size for part in archive.infolist())
    except zipfile.BadZipFile:
        raise ContentError("the .docx file is damaged; save it again from the word processor") from None
    if size > LARGEST_UNPACKED:
        raise ContentError(
            f"the .docx file unpacks to {size:,} bytes, more than {LARGEST_UNPACKED:,}; split it"
        )
