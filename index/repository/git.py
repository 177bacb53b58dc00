"""The shadow repository, and the calls of git. No other module starts git.

Git runs commands that a repository names: in `.git/config` (core.fsmonitor, core.sshCommand,
credential.helper, clean and smudge filters, and many more), in `.git/hooks`, and in any folder that looks
like a repository. A library's folder may come from a stranger, so git never sees the repository's own `.git`
folder. It sees a shadow: a temporary folder with a config that Strata writes, without hooks, and with links
to the objects and refs, which are only data.

    HEAD                          a copy, checked
    config                        written by Strata
    objects, refs, packed-refs    links to those of the repository

Git's environment is built from a list of names, so it has none of Strata's secrets.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import re
import signal
import subprocess
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from index.errors import GitError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

READ_SECONDS = 60.0
"""Time limit of a command that reads a repository."""

_KEPT_VARIABLES = (
    "PATH",
    "HOME",  # ~/.netrc and ~/.ssh
    "TMPDIR",
    "SSH_AUTH_SOCK",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "all_proxy",
    "NO_PROXY",
    "no_proxy",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
)
"""The environment variables that git inherits."""

_FIXED_VARIABLES = {
    "LC_ALL": "C",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_ALLOW_PROTOCOL": "file:https:ssh",
    "GIT_LITERAL_PATHSPECS": "1",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
}

_CONFIG = {
    # Git would otherwise read the refs of each repository that objects/info/alternates names, with its config.
    "core.alternateRefsCommand": "true",
    "core.bare": "false",
    "core.fsmonitor": "false",
    "core.hooksPath": os.devnull,
    "core.logAllRefUpdates": "false",
    "core.pager": "cat",
    "fetch.recurseSubmodules": "false",
    "gc.auto": "0",
    "maintenance.auto": "false",
    "protocol.ext.allow": "never",
    "submodule.recurse": "false",
}
"""The config of a shadow."""

_COPIED_CONFIG = {
    # Properties of the work tree's file system, which git detected when it created the repository.
    "core.filemode": re.compile("true|false"),
    "core.ignorecase": re.compile("true|false"),
    "core.precomposeunicode": re.compile("true|false"),
    "core.symlinks": re.compile("true|false"),
    # The hash function for the names of objects.
    "extensions.objectformat": re.compile("sha1|sha256"),
}
"""The only settings that a shadow takes from the repository's config, with the values that it accepts."""

FILES = frozenset({"100644", "100755"})
"""The modes of files in a commit."""

LINK = "120000"
"""The mode of symbolic links in a commit."""

_LINKED = ("objects", "refs", "packed-refs", "shallow")
"""The parts of a repository that a shadow links to."""

_HEAD = re.compile(
    r"ref: refs/[^\s\x00-\x1f]+"  # ref: refs/heads/main
    r"|[0-9a-f]{40}|[0-9a-f]{64}"  # the id of a commit, if no branch is checked out
)

_CREDENTIALS = re.compile(r"//[^/@\s]+@")  # https://user:password@example.org

_MAX_POINTER_BYTES = 4096
"""Maximum size of the files HEAD, .git and commondir, which have one line."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A file in a commit."""

    mode: str
    """One of `FILES`, `LINK`, or 160000 for a submodule."""
    id: str
    """The hash of the content, in hexadecimal digits."""
    path: str
    """Below the top of the work tree, in POSIX form."""


@dataclass(frozen=True, slots=True)
class Location:
    """The folders of a repository on the disk."""

    top: Path
    """The work tree; for a bare repository the repository itself."""
    private: Path
    """The folder with HEAD and index; for a linked work tree not the folder with the rest."""
    shared: Path
    """The folder with objects, refs and config."""


class Repository:
    """A repository that is read through a shadow; see `opened`."""

    def __init__(self, location: Location, shadow: Path) -> None:
        self.top = location.top
        """The top folder of the work tree, without symbolic links."""
        self._location = location
        self._shadow = shadow

    def resolve(self, revision: str) -> str:
        """Return the id of the commit that a revision such as `HEAD~1` names; raises GitError."""
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        return _run(self._shadow, *words).decode().strip()

    def entries(self, commit: str, path: str = ".") -> tuple[Entry, ...]:
        """Return the files of a commit at or below a path relative to `top`; raises GitError."""
        only = () if path == "." else ("--", path)
        listed = _run(self._shadow, "ls-tree", "-r", "-z", "--full-tree", commit, *only)
        entries = []
        for line in filter(None, listed.split(b"\0")):
            described, _, name = line.partition(b"\t")
            mode, _, id = described.decode().split()
            entries.append(Entry(mode, id, os.fsdecode(name)))
        return tuple(entries)

    def blobs(self, ids: Iterable[str]) -> dict[str, bytes]:
        """Return the content of blobs by their ids, without any filter applied; raises GitError."""
        wanted = list(dict.fromkeys(ids))
        data = _run(self._shadow, "cat-file", "--batch", input="\n".join(wanted).encode() + b"\n")
        found: dict[str, bytes] = {}
        start = 0
        for id in wanted:
            end = data.index(b"\n", start)
            described = data[start:end].decode(errors="replace").split()
            if described[:2] != [id, "blob"]:
                raise GitError(f"{self.top} is not a complete repository: the object {id} is missing")
            start = end + 1 + int(described[2])
            found[id] = data[end + 1 : start]
            start += 1
        return found


@contextmanager
def opened(folder: Path) -> Iterator[Repository]:
    """Open the repository whose work tree holds a folder.

    Only `.git` folders and files count. A folder that looks like a bare repository is an ordinary folder.

    Raises:
        GitError: The folder is not in a work tree.
    """
    location = find(folder)
    with shadow_of(location) as shadow:
        if _names_object_format(location):
            write_config(shadow, parse_config(_run(shadow, *config_words(location))))
        yield Repository(location, shadow)


def find(folder: Path) -> Location:
    """Return the repository whose work tree holds a folder; raises GitError."""
    try:
        base = folder.resolve(strict=True)
    except (OSError, RuntimeError):  # missing, or a loop of symbolic links
        raise GitError(f"{folder} is not a folder") from None
    for top in (base, *base.parents):
        if location := location_of(top, top / ".git"):
            return location
    raise GitError(f"{folder} is not in a git repository")


def location_of(top: Path, marker: Path) -> Location | None:
    """Return the repository in a folder, or in the folder that a file names; None if there is none.

    `top` is the work tree, and `marker` its `.git`.
    """
    private = marker
    # In a linked work tree, or a submodule, a file names the folder: "gitdir: ../.git/worktrees/library".
    if named := first_line(marker):
        private = top / named.removeprefix("gitdir: ")
    common = first_line(private / "commondir")
    shared = private / common if common else private
    try:
        if first_line(private / "HEAD") and (shared / "objects").is_dir() and (shared / "refs").is_dir():
            return Location(top, private.resolve(), shared.resolve())
    except (OSError, RuntimeError, ValueError):  # no permission, a loop of links, a NUL in a name
        return None
    return None


def first_line(file: Path) -> str:
    """Return the first line of a small file; an empty string if there is no such file."""
    try:
        if not file.is_file():
            return ""
        with file.open("rb") as opened_file:
            return os.fsdecode(opened_file.read(_MAX_POINTER_BYTES)).split("\n")[0].rstrip("\r")
    except (OSError, ValueError):
        return ""


@contextmanager
def shadow_of(location: Location) -> Iterator[Path]:
    """Make a temporary folder that serves as the repository's `.git`; raises GitError."""
    head = first_line(location.private / "HEAD")
    if not _HEAD.fullmatch(head):
        raise GitError(f"{location.private / 'HEAD'} names neither a branch nor a commit")
    with contextlib.ExitStack() as stack:
        try:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="strata-git-"))).resolve()
            (folder / "HEAD").write_bytes(os.fsencode(head) + b"\n")
            write_config(folder, {})
            for name in _LINKED:
                if (location.shared / name).exists():
                    (folder / name).symlink_to(location.shared / name)
        except OSError as error:
            raise GitError(
                f"the folder for temporary files cannot be written ({error.strerror}); set TMPDIR"
            ) from error
        yield folder


def write_config(shadow: Path, config: Mapping[str, list[str]]) -> None:
    """Write the config of a shadow, with the allowed settings of the repository's config."""
    values = dict(_CONFIG)
    for key, accepted in _COPIED_CONFIG.items():
        value = config.get(key, [""])[-1].lower()
        if accepted.fullmatch(value):
            values[key] = value
    values["core.repositoryformatversion"] = "1" if "extensions.objectformat" in values else "0"
    lines = []
    for key, value in values.items():
        section, _, name = key.rpartition(".")
        head, _, tail = section.partition(".")
        lines.append(f'[{head} "{tail}"]' if tail else f"[{head}]")
        lines.append(f"\t{name} = {value}")
    (shadow / "config").write_text("\n".join(lines) + "\n", encoding="ascii")


def config_words(location: Location) -> tuple[str, ...]:
    """Return the git command that prints the repository's config as data."""
    config = location.shared / "config"
    file = str(config) if config.is_file() else os.devnull
    return ("config", "--file", file, "--no-includes", "--null", "--list")


def _names_object_format(location: Location) -> bool:
    """Return True if the config may set the hash function, the only setting that matters for reading."""
    try:
        config = location.shared / "config"
        return config.is_file() and b"objectformat" in config.read_bytes().lower()
    except OSError:
        return False


def parse_config(listed: bytes) -> dict[str, list[str]]:
    r"""Return the values of each key in the output of `config_words`.

    >>> parse_config(b"core.bare\nfalse\0remote.Up.url\nhttps://example.org\0core.flag\0")
    {'core.bare': ['false'], 'remote.Up.url': ['https://example.org'], 'core.flag': ['true']}
    """
    config: dict[str, list[str]] = {}
    for line in filter(None, os.fsdecode(listed).split("\0")):
        key, separator, value = line.partition("\n")
        config.setdefault(key, []).append(value if separator else "true")
    return config


def _environment(shadow: Path, variables: Mapping[str, str]) -> dict[str, str]:
    """Return the complete environment of a git process."""
    kept = {name: os.environ[name] for name in _KEPT_VARIABLES if name in os.environ}
    return {**kept, **_FIXED_VARIABLES, "GIT_DIR": str(shadow), **variables}


def _run(shadow: Path, *words: str, input: bytes = b"") -> bytes:
    """Return the output of a git command; raises GitError if it fails."""
    try:
        done = subprocess.run(  # noqa: S603  # no shell, and only our configuration
            ["git", *words],  # noqa: S607  # the git of the user's PATH
            cwd=shadow, env=_environment(shadow, {}), input=input, capture_output=True,
            timeout=READ_SECONDS, check=False,
        )  # fmt: skip
    except subprocess.TimeoutExpired:
        raise _too_slow(words, READ_SECONDS) from None
    except OSError as error:
        raise _no_git(error) from None
    return _checked(words, done.returncode, done.stdout, done.stderr)


async def run_async(
    shadow: Path,
    *words: str,
    variables: Mapping[str, str] | None = None,
    seconds: float = READ_SECONDS,
) -> bytes:
    """Return the output of a git command without blocking the event loop.

    If the time is up or the task is cancelled, git and the processes that it started are killed.

    Args:
        shadow: The shadow repository.
        words: The arguments of git.
        variables: Environment variables for git.
        seconds: Time limit.

    Raises:
        GitError: The command fails or takes too long.
    """
    try:
        process = await asyncio.create_subprocess_exec(
            "git",
            *words,
            cwd=shadow,
            env=_environment(shadow, variables or {}),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
    except OSError as error:
        raise _no_git(error) from None
    try:
        out, err = await asyncio.wait_for(process.communicate(), seconds)
    except TimeoutError:
        raise _too_slow(words, seconds) from None
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            await process.wait()
    return _checked(words, process.returncode, out, err)


def _checked(words: tuple[str, ...], status: int | None, out: bytes, err: bytes) -> bytes:
    """Return the output of git; raises GitError with the first line of its error message if it failed."""
    if status == 0:
        return out
    message = without_credentials(err.decode(errors="replace")).strip().split("\n")[0]
    raise GitError(f"git {words[0]} failed: {message or f'exit code {status}'}")


def without_credentials(text: str) -> str:
    """Return a text with user and password removed from its URLs.

    >>> without_credentials("cannot read https://me:secret@example.org/x")
    'cannot read https://…@example.org/x'
    """
    return _CREDENTIALS.sub("//…@", text)


def _too_slow(words: tuple[str, ...], seconds: float) -> GitError:
    """Return the error for a command that exceeded its time limit."""
    return GitError(f"git {words[0]} took more than {seconds:.0f} s and was stopped")


def _no_git(error: OSError) -> GitError:
    """Return the error for a git that cannot be started."""
    return GitError(f"git cannot be started ({error.strerror}); install git")
