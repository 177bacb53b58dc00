"""The text of a file's bytes, whatever encoding they are in."""

from __future__ import annotations

import codecs
import re
from dataclasses import dataclass

MAX_SAMPLE_BYTES = 65_536
"""The part of a file from which an encoding is guessed."""
MAX_CONTROL_SHARE = 0.1
"""The share of control characters up to which bytes are text; a picture or a program has more."""

_BYTE_ORDER_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark is its beginning
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_DECLARED = re.compile(
    rb"<meta[^>]{1,200}charset=[\"']?([A-Za-z0-9_.:-]{1,40})"  # <meta charset="windows-1252">
    rb"|^\s*<\?xml[^>]{1,100}encoding=[\"']([A-Za-z0-9_.:-]{1,40})",  # <?xml version="1.0" encoding="Shift_JIS"?>
    re.IGNORECASE,
)
# As browsers do: the larger encoding of the same family, which has, for example, the quotation marks of Windows.
_AS_WINDOWS = {"iso8859-1": "cp1252", "ascii": "cp1252", "shift_jis": "cp932", "gb2312": "gb18030"}
_GUESSES = [
    *("cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256"),
    *("cp932", "euc_jp", "gb18030", "big5", "cp949"),
]
"""Encodings of legacy text that are still met, in the form that the detector knows."""
_CONTROL = bytes(code for code in range(32) if code not in b"\t\n\r\f\x1a\x1b") + b"\x7f"


class NotTextError(Exception):
    """The bytes of a file are not text."""


@dataclass(frozen=True, slots=True)
class Decoded:
    """The text of a file, and a warning with its line if the encoding is a guess or the text was repaired."""

    text: str
    warning: str = ""
    line: int = 1


def decode(data: bytes, *, is_html: bool = False) -> Decoded:
    r"""Return the text of a file.

    A byte order mark decides, then UTF-8, then the encoding that an HTML page declares. Other bytes are text in a
    guessed encoding, with a warning.

    Args:
        data: The bytes of the file.
        is_html: Whether the file may declare its encoding in a `meta` element.

    Raises:
        NotTextError: The file is binary.

    >>> decode(b"caf\xe9 group").text
    'café group'
    """
    for mark, encoding in _BYTE_ORDER_MARKS:
        if data.startswith(mark):
            return _repaired(data, encoding)
    if is_html and (declared := _declared(data)):
        return _repaired(data, declared)
    if b"\0" in data:
        return _with_nuls(data)
    try:
        return Decoded(data.decode())
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    if _is_binary(data):
        raise NotTextError("the file is binary, not text; delete it or convert it to Markdown")
    encoding = _guess(data)
    warning = f"the file is not UTF-8 and was read as {encoding.replace('_', '-')}; save it as UTF-8"
    return Decoded(data.decode(encoding, errors="replace"), warning, line)


def _repaired(data: bytes, encoding: str) -> Decoded:
    """Return the text in a known encoding; bytes that are not valid in it become "\ufffd" with a warning."""
    try:
        return Decoded(data.decode(encoding))
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        warning = f"the file has bytes that are not {encoding}; save it as UTF-8"
        return Decoded(data.decode(encoding, errors="replace"), warning, line)


def _declared(data: bytes) -> str:
    """Return the codec of the encoding that an HTML page declares, or "" if it declares no known encoding."""
    found = _DECLARED.search(data[:2048])
    if not found:
        return ""
    try:
        name = codecs.lookup((found[1] or found[2]).decode()).name
    except LookupError:
        return ""
    # A page that could be read to find this declaration is not in UTF-16, whatever it says; "hex" is no encoding.
    return "" if name.startswith("utf") or not _is_text_codec(name) else _AS_WINDOWS.get(name, name)


def _is_text_codec(name: str) -> bool:
    try:
        return isinstance(b"a".decode(name), str)
    except (LookupError, UnicodeError, ValueError):
        return False


def _with_nuls(data: bytes) -> Decoded:
    """Return the text of bytes with NUL characters: UTF-16 without a byte order mark, or stray characters."""
    sample = data[: MAX_SAMPLE_BYTES & ~1]
    half = max(len(sample) // 2, 1)
    for encoding, nuls, others in (
        ("utf-16-le", sample[1::2].count(0), sample[::2].count(0)),
        ("utf-16-be", sample[::2].count(0), sample[1::2].count(0)),
    ):
        if len(sample) > 3 and nuls / half > 0.4 and others / half < 0.05:
            warning = f"the file is {encoding.upper()} without a byte order mark; save it as UTF-8"
            return Decoded(data.decode(encoding, errors="replace"), warning)
    if _is_binary(data):
        raise NotTextError("the file is binary, not text; delete it or convert it to Markdown")
    line = data.count(b"\n", 0, data.index(b"\0")) + 1
    rest = decode(data.replace(b"\0", b""))
    return Decoded(rest.text, rest.warning or "the file has NUL characters; delete them", line)


def _is_binary(data: bytes) -> bool:
    """Return whether more than `MAX_CONTROL_SHARE` of the bytes are control characters, or a known format begins."""
    sample = data[:MAX_SAMPLE_BYTES]
    if sample.startswith(
        (b"\x89PNG", b"PK\x03\x04", b"\x7fELF", b"\xff\xd8\xff", b"GIF8", b"%PDF", b"\x1f\x8b")
    ):
        return True
    controls = len(sample) - len(sample.translate(None, _CONTROL))
    return controls > MAX_CONTROL_SHARE * len(sample)


def _guess(data: bytes) -> str:
    """Return the most probable legacy encoding of bytes; cp1252 if nothing speaks for another."""
    from charset_normalizer import from_bytes

    matches = from_bytes(data[:MAX_SAMPLE_BYTES], cp_isolation=_GUESSES)
    best = matches.best()
    if best is None or best.encoding not in _GUESSES:
        return "cp1252"
    # Short Western text is as plausible in neighbouring code pages, in which it may have other letters.
    western = next((match for match in matches if match.encoding == "cp1252"), None)
    if western is None or western.chaos > best.chaos or western.coherence < best.coherence:
        return best.encoding
    return "cp1252"
