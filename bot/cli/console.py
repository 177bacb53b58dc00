"""Standard output and standard error: the only module that writes to them.

Results go to standard output; notes, warnings, errors and progress go to standard error. Everything passes through
`echo`, `note`, `warn`, `error` or `json_text`, which remove control characters, so that no file name, question or
document can control the terminal.
"""

from __future__ import annotations

import codecs
import contextlib
import os
import re
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import click

from index.types import visible

if TYPE_CHECKING:
    from index.build.builder import Report

MAX_COLUMNS = 100
MIN_COLUMNS = 20
MAX_PROBLEMS = 20
"""The most problems that a build lists; problems that keep a file out of the index come first."""
SILENT_SECONDS = 1.0
"""The time after which a step is shown on standard error."""

_STYLES: dict[str, dict[str, Any]] = {
    "strong": {"bold": True},
    "faint": {"dim": True},
    "warning": {"fg": "yellow"},
    "good": {"fg": "green"},
    "bad": {"fg": "red", "bold": True},
}
_UNSAFE = re.compile(
    r"(?P<style>\x1b\[(?:[0-2]|3[1-3])m)"  # what `paint` writes: \x1b[1m (bold), \x1b[33m (yellow), \x1b[0m (reset)
    r"|[\x00-\x09\x0b-\x1f]"  # C0 without the line feed: \x1b begins an escape sequence, \r overwrites the line
    r"|[\x7f-\x9f]"  # DEL and C1: \x9b begins an escape sequence as well
    r"|[\u2028-\u202e\u2066-\u2069]"  # line separators, and what reverses the direction of text: \u202e
)
_REPLACEMENTS = str.maketrans({"“": '"', "”": '"', "‘": "'", "’": "'", "…": "...", "–": "-", "—": "-", "›": ">", "·": "*", "−": "-"})  # fmt: skip
"""ASCII substitutes for typographic marks, for standard output that is not UTF-8."""


def configure_streams() -> None:
    """Configure the standard streams so that no character raises an error, whatever the encoding.

    A character that the encoding lacks is written as the nearest ASCII mark or as "?". Undecodable input is read as U+FFFD.
    """
    codecs.register_error("strata.nearest", _nearest)
    for stream, errors in (
        (sys.stdin, "replace"),
        (sys.stdout, "strata.nearest"),
        (sys.stderr, "strata.nearest"),
    ):
        if reconfigure := getattr(stream, "reconfigure", None):
            reconfigure(errors=errors)


def _nearest(fault: UnicodeError) -> tuple[str, int]:
    """Return an ASCII substitute for characters that cannot be encoded, and the position after them."""
    if not isinstance(fault, UnicodeEncodeError):
        raise fault
    text = fault.object[fault.start : fault.end].translate(_REPLACEMENTS)
    return "".join(char if char.isascii() else "?" for char in text), fault.end


def safe(text: str) -> str:
    r"""Return a text without control characters; line feeds and the styles of `paint` stay.

    >>> safe("sold\x1b]0;title\x07 out\n")
    'sold ]0;title  out\n'
    """
    return _UNSAFE.sub(lambda found: found["style"] or " ", text)


def one_line(text: str) -> str:
    r"""Return a text on one line without control characters.

    >>> one_line("a\nb.md: cannot be read")
    'a b.md: cannot be read'
    """
    return safe(text).replace("\n", " ").strip()


def colour(environment: os._Environ[str] | dict[str, str] | None = None) -> bool | None:
    """Return the use of colours: False for NO_COLOR or a dumb terminal, True for FORCE_COLOR, None to ask each stream.

    An empty variable counts as not set (no-color.org, force-color.org).

    >>> colour({"NO_COLOR": "1"}), colour({"NO_COLOR": ""}), colour({"FORCE_COLOR": "1"}), colour({"TERM": "dumb"})
    (False, None, True, False)
    """
    environment = os.environ if environment is None else environment
    if environment.get("NO_COLOR"):
        return False
    if environment.get("FORCE_COLOR"):
        return True
    return False if environment.get("TERM") == "dumb" else None


def echo(text: str, *, err: bool = False) -> None:
    """Write a text and a line feed to standard output, coloured only if the reader wants colours."""
    stream = (
        sys.stderr if err else sys.stdout
    )  # click would replace a stream whose encoding is ASCII by a UTF-8 stream
    if stream is not None:
        click.echo(safe(text), file=stream, color=colour())


def note(text: str) -> None:
    """Write a line about progress to standard error."""
    _write(text)


def warn(text: str) -> None:
    """Write a warning to standard error: the command goes on."""
    _write(text, "warning", "warning")


def error(text: str) -> None:
    """Write an error to standard error: the command has failed."""
    _write(text, "error", "bad")


def _write(text: str, prefix: str = "", style: str = "") -> None:
    """Write one line, wrapped only on a terminal."""
    from bot.display import wrap

    line = one_line(text)
    line = f"{prefix}: {line}" if prefix else line
    if _is_terminal(sys.stderr):
        line = wrap(line, width(sys.stderr))
    if prefix:
        line = paint(f"{prefix}:", style) + line.removeprefix(f"{prefix}:")
    try:
        echo(line, err=True)
    except OSError:  # standard error is closed
        discard(sys.stderr)


def paint(text: str, style: str) -> str:
    """Return a text in a style; `echo` removes the style if the reader wants no colours."""
    return "\n".join(click.style(line, **_STYLES[style]) for line in text.split("\n"))


def json_text(value: Any, indent: int | None = None) -> str:
    r"""Return JSON that is safe to print: readable if standard output is UTF-8, otherwise in ASCII.

    >>> json_text({"path": "b\x9b.md"})
    '{"path": "b\\u009b.md"}'
    """
    import json

    encoding = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "")
    text = json.dumps(value, ensure_ascii=not encoding.startswith("utf"), indent=indent)
    return re.sub(
        r"[\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]", lambda found: f"\\u{ord(found[0]):04x}", text
    )


def discard(stream: IO[str] | None) -> None:
    """Discard the buffered output of a stream, so that Python's exit does not fail to write it."""
    with contextlib.suppress(OSError, ValueError, AttributeError):
        assert stream is not None
        # At exit Python flushes the stream once more, which would fail again and change the exit code.
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def width(stream: IO[str] | None = None) -> int:
    """Return the columns to fill: those of the terminal, 20 to 100; 100 if the output is not a terminal."""
    import shutil

    columns = 0
    with contextlib.suppress(OSError, ValueError, AttributeError):
        # The size is asked of the stream itself: standard output may be a pipe while standard error is a
        # terminal.
        if stream is not None and "COLUMNS" not in os.environ:
            columns = os.get_terminal_size(stream.fileno()).columns
    columns = columns or shutil.get_terminal_size((MAX_COLUMNS, 24)).columns
    return max(MIN_COLUMNS, min(columns, MAX_COLUMNS))


def _is_terminal(stream: IO[str] | None) -> bool:
    return stream is not None and stream.isatty()


def report_build(report: Report) -> None:
    """Write what a build did, and the first problems that it found, to standard error."""
    shown = sorted(report.problems, key=lambda problem: not problem.fatal)[:MAX_PROBLEMS]
    for problem in shown:
        warn(str(problem))
    if more := len(report.problems) - len(shown):
        warn(f"{more} more problem{'s' if more != 1 else ''}; run: strata check")
    if left_out := left_out_files(report):
        note(left_out)
    done = "nothing has changed" if report.unchanged else f"generation {report.generation}"
    documents = "document" if report.documents == 1 else "documents"
    passages = "passage" if report.passages == 1 else "passages"
    note(
        f"{done}: {report.documents} {documents}, {report.passages} {passages} ({report.reused} reused, "
        f"{report.encoded} encoded, {report.removed} removed) in {report.seconds:.2f} s"
    )


def left_out_files(report: Report) -> str:
    """Return one line with the number of files that are not in the index, by reason; "" if all files are."""
    unread = len({problem.path for problem in report.problems if problem.fatal})
    parts = [passed_over(report.passed_over)] if report.passed_over else []
    parts += [f"ignored: {report.ignored}"] if report.ignored else []
    parts += [f"not readable: {unread} file{'s' if unread > 1 else ''}"] if unread else []
    return f"{'; '.join(parts)}; run: strata check" if parts else ""


def passed_over(suffixes: Mapping[str, int]) -> str:
    """Return one line on files of kinds that Strata does not read.

    >>> passed_over({".rst": 2, ".key": 1, "": 1})
    'passed over: 4 files (2 .rst, 1 .key, 1 without a suffix)'
    """
    count = sum(suffixes.values())
    kinds = sorted(suffixes.items(), key=lambda kind: (-kind[1], kind[0] == "", kind[0]))
    listed = ", ".join(f"{number} {visible(suffix) or 'without a suffix'}" for suffix, number in kinds[:8])
    more = ", …" if len(kinds) > 8 else ""
    return f"passed over: {count} file{'s' if count != 1 else ''} ({listed}{more})"


class Activity:
    """The progress of a command, shown on standard error after a second.

    On a terminal each step shows a progress bar; elsewhere a step of many parts is one line. Whenever the work ends, even by Ctrl-C,
    the cursor of the terminal is shown again.
    """

    def __init__(self) -> None:
        self._started = time.monotonic()
        self._said: set[str] = set()
        self._doing = ""
        self._bar: Any = None
        self._timer: Any = None

    def begin(self, what: str) -> None:
        """Show the next step unless it ends within a second."""
        from threading import Timer

        self.stop()
        self._timer = Timer(SILENT_SECONDS, note, [what])
        # A daemon thread does not delay the end of the program.
        self._timer.daemon = True
        self._timer.start()

    def show(self, done: int, total: int, doing: str = "encoding", /) -> None:
        """Show the progress of a step: texts for "encoding", 0 or 1 file for "converting a.pdf"."""
        if self._timer is not None:
            self._timer.cancel()
        if _is_terminal(sys.stderr) and os.environ.get("TERM") != "dumb":
            if self._bar is None or self._doing != doing:
                self.stop()
                self._bar = click.progressbar(length=total, file=sys.stderr, label=doing)
                self._bar.render_progress()
                self._doing = doing
            self._bar.update(done - self._bar.pos)
        elif doing not in self._said and time.monotonic() - self._started > SILENT_SECONDS and done < total:
            self._said.add(doing)
            note(f"{doing} {total:,} texts" if doing == "encoding" else doing)

    def stop(self) -> None:
        """Remove the progress bar."""
        if self._timer is not None:
            self._timer.cancel()
        if self._bar is not None:
            self._bar.render_finish()
            self._bar = None


@contextmanager
def activity(what: str) -> Iterator[Activity]:
    """Show progress while the block runs, if it takes longer than a second."""
    shown = Activity()
    shown.begin(what)
    try:
        yield shown
    finally:
        shown.stop()
