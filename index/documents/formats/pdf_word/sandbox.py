"""Conversion of PDF and Word files to HTML, in a separate process with limits (extra `convert`).

Time, memory and output of the process are limited, so that a hostile file costs at most a minute, and the index
remembers the failure so that the minute is spent once (see index.build.plan). Lines of the document are lines of
the HTML, because PDF and Word files have no lines.
"""

from __future__ import annotations

import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import IO

from index import install
from index.errors import ContentError

MAX_SECONDS = 60
"""The time for one file, both of the processor and on the clock."""
MAX_MEMORY_BYTES = 1 << 30
MAX_HTML_BYTES = 20_000_000
MAX_UNPACKED_BYTES = 100_000_000
"""The size to which a Word file's parts may unpack; a file of at most 5 MB that unpacks to more is an attack."""

_CONVERTERS = {".pdf": ("pdfminer", "pdfminer.six"), ".docx": ("mammoth", "mammoth")}
"""Suffix to the module that reads it and the package that the module is in."""
_ENVIRONMENT_VARIABLES = (
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
"""The environment variables that the process receives; none of them can hold a secret."""


class TooSlowError(ContentError):
    """The conversion took longer than the caller allowed, but less than `MAX_SECONDS`."""


def is_converted(suffix: str) -> bool:
    """Return whether files with this suffix are read by a converter."""
    return suffix in _CONVERTERS


def reader_of(suffix: str) -> str:
    """Return the converter of a suffix with its version and limits, or "" for suffixes that Strata reads itself.

    A file that could not be converted is tried again only after this value has changed.
    """
    if suffix not in _CONVERTERS:
        return ""
    module, package = _CONVERTERS[suffix]
    from importlib.metadata import PackageNotFoundError, version  # imports the email package

    try:
        found = version(package) if importlib.util.find_spec(module) else "missing"
    except PackageNotFoundError:
        found = "unknown"
    return f"{package} {found}, {MAX_SECONDS} s, {MAX_MEMORY_BYTES >> 20} MB, 1"


def to_html(data: bytes, suffix: str, seconds: float = MAX_SECONDS) -> str:
    """Return the HTML of a .pdf or .docx file.

    Args:
        data: The bytes of the file.
        suffix: The suffix in lower case, with its dot.
        seconds: The time on the clock that the conversion may take, at most `MAX_SECONDS`.

    Raises:
        TooSlowError: The conversion took `seconds`; with more time it may succeed.
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
        code = _run(suffix, source, target, min(seconds, MAX_SECONDS))
        target.seek(0)
        written = target.read(MAX_HTML_BYTES)
    if code is None or code == -getattr(signal, "SIGXCPU", 0):
        error = TooSlowError if code is None and seconds < MAX_SECONDS else ContentError
        raise error(_too_slow(suffix))
    return _html(written, suffix)


def _too_slow(suffix: str) -> str:
    return f"the {suffix} file takes more than {MAX_SECONDS} seconds to convert; split it or save it as text"


def _run(suffix: str, source: IO[bytes], target: IO[bytes], seconds: float) -> int | None:
    """Run the converter; returns its exit code, or None if its time was up.

    Args:
        suffix: The suffix of the file.
        source: The file, open for reading.
        target: The file that the converter writes its JSON to.
        seconds: The time on the clock after which the converter is killed.
    """
    program = str(Path(__file__).with_name("converter.py"))
    limits = [str(limit) for limit in (MAX_MEMORY_BYTES, MAX_SECONDS, MAX_HTML_BYTES, MAX_UNPACKED_BYTES)]
    process = subprocess.Popen(  # noqa: S603 - runs this Python interpreter on a file of the package
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
    """Return the environment variables of the process."""
    return {name: os.environ[name] for name in _ENVIRONMENT_VARIABLES if name in os.environ}


def _kill(process: subprocess.Popen[bytes]) -> None:
    """End the process and all processes that it has started."""
    if os.name == "posix":
        os.killpg(process.pid, signal.SIGKILL)
    else:
        process.kill()
    process.wait()


def _html(written: bytes, suffix: str) -> str:
    """Return the HTML in the JSON that a converter has written; raises ContentError if there is no HTML."""
    try:
        result = json.loads(written)
    except ValueError:
        megabytes = MAX_MEMORY_BYTES >> 20
        raise ContentError(
            f"the converter of the {suffix} file crashed (more than {megabytes:,} MB?); split it or save it as text"
        ) from None
    if "fault" in result:
        raise ContentError(str(result["fault"]))
    return str(result["html"])
