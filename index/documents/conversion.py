"""Convert PDF and Word files in a process of their own, with limits of time, memory and output (extra `convert`).

The converted text is HTML. Lines of such a document are lines of the HTML, since these files have none. The
process is killed when its time is up, so that a hostile file costs seconds; what it costs is remembered in the
index (see index.build.plan), so that it is spent once.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import IO

from index import install
from index.errors import ContentError

LONGEST_SECONDS = 60
"""For one file, of processor time and on the clock."""
MOST_MEMORY = 1 << 30
LARGEST_HTML = 20_000_000
LARGEST_UNPACKED = 100_000_000
"""Bytes that a Word file's parts may unpack to: a 5 MB file that holds more is a trap, not a report."""

_CONVERTERS = {".pdf": ("pdfminer", "pdfminer.six"), ".docx": ("mammoth", "mammoth")}
"""The module and the package that read each suffix."""
_KEPT = (
    "PATH",
    "HOME",
    "LANG",
    "LC_ALL",
    "PYTHONPATH",
    "PYTHONHOME",
    "VIRTUAL_ENV",
    "SYSTEMROOT",
    "TMPDIR",
    "TEMP",
)
"""What the process sees of the environment: nothing that can hold a secret."""


class TooSlowError(ContentError):
    """The time that the caller had left is up, before the file's own limit."""


def is_converted(suffix: str) -> bool:
    """Return whether files with this suffix are read by a converter."""
    return suffix in _CONVERTERS


def reader(suffix: str) -> str:
    """Return the converter of a suffix, its version and its limits; a file that it could not read is not tried again.

    Empty for suffixes that Strata reads itself.
    """
    if suffix not in _CONVERTERS:
        return ""
    module, package = _CONVERTERS[suffix]
    try:
        found = version(package) if importlib.util.find_spec(module) else "missing"
    except PackageNotFoundError:
        found = "unknown"
    return f"{package} {found}, {LONGEST_SECONDS} s, {MOST_MEMORY >> 20} MB, 1"


def to_html(data: bytes, suffix: str, seconds: float = LONGEST_SECONDS) -> str:
    """Return the HTML of a .pdf or .docx file.

    Args:
        data: The bytes of the file.
        suffix: In lower case, with its dot.
        seconds: The time on the clock, if less than `LONGEST_SECONDS`.

    Raises:
        TooSlowError: The time is up, though the file may be read with more.
        ContentError: The file cannot be converted; the message has the reason and the next step.
    """
    module, _ = _CONVERTERS[suffix]
    if importlib.util.find_spec(module) is None:
        raise ContentError(
            f"reading {suffix} files needs the extra `convert`; run: {install.command('convert')}"
        )
    if seconds <= 0:
        raise TooSlowError(_too_slow(suffix))
    with tempfile.TemporaryFile() as source, tempfile.TemporaryFile() as target:
        source.write(data)
        source.seek(0)
        code = _run(suffix, source, target, min(seconds, LONGEST_SECONDS))
        target.seek(0)
        written = target.read(LARGEST_HTML)
    if code is None or code == -getattr(signal, "SIGXCPU", 0):
        error = TooSlowError if code is None and seconds < LONGEST_SECONDS else ContentError
        raise error(_too_slow(suffix))
    return _answer(written, suffix)


def _too_slow(suffix: str) -> str:
    return (
        f"the {suffix} file takes more than {LONGEST_SECONDS} seconds to convert; split it or save it as text"
    )


def _run(suffix: str, source: IO[bytes], target: IO[bytes], seconds: float) -> int | None:
    """Run the converter; returns its exit code, or None if it had to be killed."""
    program = str(Path(__file__).with_name("converter.py"))
    limits = [str(limit) for limit in (MOST_MEMORY, LONGEST_SECONDS, LARGEST_HTML, LARGEST_UNPACKED)]
    process = subprocess.Popen(  # noqa: S603 - this Python and a file of Strata's own
        [sys.executable, "-P", program, suffix, *limits],
        stdin=source,
        stdout=target,
        stderr=subprocess.DEVNULL,
        env=environment(),
        start_new_session=True,
    )
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            _kill(process)


def environment() -> dict[str, str]:
    """Return the environment of the process."""
    return {name: os.environ[name] for name in _KEPT if name in os.environ}


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and all that it has started."""
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _answer(written: bytes, suffix: str) -> str:
    """Return the HTML in a converter's answer."""
    try:
        answer = json.loads(written)
    except ValueError:
        raise ContentError(
            f"the {suffix} file broke its converter (more than {MOST_MEMORY >> 20:,} MB?); split it or save it as text"
        ) from None
    if "fault" in answer:
        raise ContentError(str(answer["fault"]))
    return str(answer["html"])
