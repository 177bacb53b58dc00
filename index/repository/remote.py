"""The remote branch that a library's checkout follows, and fast-forwards to it.

Git fetches and merges with a shadow of the checkout (see index.repository.git), so hooks, filters, credential
helpers, includes and URL rewrites of the repository's config have no effect. A remote in a local folder gets
a shadow of its own.
"""

from __future__ import annotations

import contextlib
import re
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from index.errors import GitError
from index.repository.git import (
    config_words,
    find,
    first_line,
    location_of,
    parse_config,
    run_async,
    shadow_of,
    without_credentials,
    write_config,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from index.repository.git import Location

FETCH_SECONDS = 120.0
"""Time limit of a command that uses the network or writes the work tree."""

_HTTPS = re.compile(r"https://[^-\s]\S*")  # https://example.org/library.git

_SSH = re.compile(
    r"ssh://[^-\s]\S*"  # ssh://git@example.org/library.git
    r"|([\w.+-]+@)?(\w[\w.-]*|\[[0-9A-Fa-f:.]+\]):(?!:|//)\S+"  # git@example.org:library.git
)

_UNSUPPORTED = re.compile(
    r"[\w+.-]*::"  # ext::sh -c …
    r"|[\w+.-]+://"  # http://example.org, git://example.org
    r"|-"  # --upload-pack=…
)

_BRANCH = re.compile(r"refs/heads/[^\s:+^~?*\[\\]+")  # refs/heads/main

_REMOTE_NAME = re.compile(r"\w[\w.-]*")  # origin


@dataclass(frozen=True, slots=True)
class Upstream:
    """The branch of a remote that the checked-out branch follows."""

    remote: str
    """The name of the remote: origin."""
    url: str
    """The URL of the remote in the repository's config."""
    ref: str
    """The full name of the branch in the remote: refs/heads/main."""

    def __str__(self) -> str:
        return f"{self.remote}/{self.ref.removeprefix('refs/heads/')}"


async def upstream(folder: Path) -> Upstream:
    """Return the branch that the checkout around a folder follows; raises GitError if it follows none."""
    location = find(folder)
    with shadow_of(location) as shadow:
        return _upstream_of(location, parse_config(await run_async(shadow, *config_words(location))))


async def pull(folder: Path, key: Path | None = None) -> None:
    """Fast-forward the checkout around a folder to the branch that it follows.

    Submodules and the files of Git LFS are not fetched.

    Args:
        folder: The checkout, or a folder below it.
        key: The private key for ssh; without it ssh chooses one.

    Raises:
        GitError: The remote cannot be reached, or the branch cannot be fast-forwarded.
    """
    location = find(folder)
    index = location.private / "index"
    if index.is_symlink():
        raise GitError(
            f"{index} is a symbolic link, and Strata writes through none; replace it with the file"
        )
    with contextlib.ExitStack() as stack:
        shadow = stack.enter_context(shadow_of(location))
        config = parse_config(await run_async(shadow, *config_words(location)))
        write_config(shadow, config)
        followed = _upstream_of(location, config)
        source = await _source(location.top, followed, stack)
        refspec = f"+{followed.ref}"
        if _REMOTE_NAME.fullmatch(followed.remote):
            refspec += f":refs/remotes/{followed}"
        ssh = {"GIT_SSH_COMMAND": ssh_command(key), "GIT_SSH_VARIANT": "ssh"}
        fetch = ("fetch", "--quiet", "--no-tags", "--no-recurse-submodules", "--", source, refspec)
        await run_async(shadow, *fetch, variables=ssh, seconds=FETCH_SECONDS)
        work_tree = {"GIT_WORK_TREE": str(location.top), "GIT_INDEX_FILE": str(index)}
        merge = ("merge", "--ff-only", "--quiet", "--no-stat", "FETCH_HEAD")
        await run_async(shadow, *merge, variables=work_tree, seconds=FETCH_SECONDS)


def ssh_command(key: Path | None) -> str:
    """Return the command with which git calls ssh: it never prompts, and rejects unknown hosts.

    >>> ssh_command(Path("/etc/strata/deploy key"))
    "ssh -o BatchMode=yes -o IdentitiesOnly=yes -i '/etc/strata/deploy key'"
    """
    words = ["ssh", "-o", "BatchMode=yes"]
    if key is not None:
        words += ["-o", "IdentitiesOnly=yes", "-i", str(key.absolute())]
    return shlex.join(words)


def _upstream_of(location: Location, config: Mapping[str, list[str]]) -> Upstream:
    """Return the remote branch that the checked-out branch follows in the repository's config; raises GitError."""
    branch = first_line(location.private / "HEAD").removeprefix("ref: ")
    if not branch.startswith("refs/heads/"):
        raise GitError(f"{location.top} has no branch checked out; run: git switch BRANCH")
    name = branch.removeprefix("refs/heads/")
    remote = config.get(f"branch.{name}.remote", [""])[-1]
    ref = config.get(f"branch.{name}.merge", [""])[-1]
    url = config.get(f"remote.{remote}.url", [""])[0]
    if not (url and _BRANCH.fullmatch(ref)):
        raise GitError(
            f"the branch {name} of {location.top} follows no remote branch; "
            "run: git branch --set-upstream-to=REMOTE/BRANCH"
        )
    return Upstream(remote, url, ref)


async def _source(top: Path, followed: Upstream, stack: contextlib.ExitStack) -> str:
    """Return the source to fetch from: a URL, or the shadow of a local repository; raises GitError.

    Args:
        top: The work tree of the checkout.
        followed: The branch to fetch.
        stack: Removes the shadow when it closes.
    """
    url = followed.url
    if _HTTPS.fullmatch(url) or _SSH.fullmatch(url):
        return url
    is_file_url = url.startswith("file://")
    if not is_file_url and _UNSUPPORTED.match(url):
        raise GitError(
            f"the remote {followed.remote} of {top} is {without_credentials(url)}; "
            "Strata fetches over https and ssh and from local folders"
        )
    folder = top / (unquote(url.removeprefix("file://")) if is_file_url else url)
    for marker in (folder / ".git", folder, folder.with_name(f"{folder.name}.git")):
        if location := location_of(folder, marker):
            shadow = stack.enter_context(shadow_of(location))
            write_config(shadow, parse_config(await run_async(shadow, *config_words(location))))
            return str(shadow)
    raise GitError(f"the remote {followed.remote} of {top} is {url}, which is not a git repository")
