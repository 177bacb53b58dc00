"""Tests that a pull updates a checkout, and runs no command that the checkout or a local remote names."""

from __future__ import annotations

import asyncio
import os
import shutil
import ssl
import subprocess
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from index.errors import GitError
from index.repository.remote import pull, upstream
from tests.index.repositories import Trap, commit, git, repository

NEW = "# Chips\n\n## Memory\n\nThe memory of next year is sold out, too.\n"


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    return Trap.at(tmp_path)


@pytest.fixture
def origin(tmp_path: Path) -> Path:
    return repository(tmp_path / "origin")


@pytest.fixture
def clone(tmp_path: Path, origin: Path) -> Path:
    """A clone of the origin, which then gets a newer version of the document."""
    git(tmp_path, "clone", "--quiet", str(origin), str(tmp_path / "clone"))
    (origin / "content/chips.md").write_text(NEW, encoding="utf-8")
    commit(origin, "Change")
    return tmp_path / "clone"


def text(clone: Path) -> str:
    return (clone / "content/chips.md").read_text(encoding="utf-8")


async def fails(clone: Path, message: str) -> str:
    """Check that a pull fails and leaves the documents unchanged, and return the message."""
    before = text(clone)
    with pytest.raises(GitError, match=message) as caught:
        await pull(clone / "content")
    assert text(clone) == before
    return str(caught.value)


async def test_a_pull_leaves_the_checkout_as_git_pull_does(clone: Path, origin: Path) -> None:
    """Files, index, branch and remote branch are those of the new commit. A second pull changes nothing."""
    for _ in range(2):
        await pull(clone / "content")
        assert text(clone) == NEW
        assert (
            git(clone, "rev-parse", "HEAD", "main", "origin/main").split()
            == [git(origin, "rev-parse", "HEAD")] * 3
        )
        assert git(clone, "status", "--porcelain", "--branch") == "## main...origin/main"
    git(clone, "fsck", "--strict")
    assert str(await upstream(clone / "content")) == "origin/main"


async def test_files_are_added_and_removed_and_a_linked_work_tree_is_pulled(
    clone: Path, origin: Path, tmp_path: Path
) -> None:
    git(origin, "mv", "content/chips.md", "content/memory.md")
    (origin / "content/power.md").write_text("# Power\n\nText.\n")
    head = commit(origin, "Move")
    git(clone, "worktree", "add", "--quiet", "-b", "other", str(tmp_path / "linked"))
    git(tmp_path / "linked", "branch", "--set-upstream-to", "origin/main")
    await pull(tmp_path / "linked/content")
    assert sorted(file.name for file in (tmp_path / "linked/content").iterdir()) == ["memory.md", "power.md"]
    assert git(tmp_path / "linked", "status", "--porcelain") == ""
    assert git(clone, "rev-parse", "other") == head != git(clone, "rev-parse", "main")


@pytest.mark.parametrize("url", ["../origin", "../origin/.git", "file://{origin}", "{origin}"])
async def test_local_remotes_are_read(clone: Path, origin: Path, url: str) -> None:
    git(clone, "remote", "set-url", "origin", url.format(origin=origin))
    await pull(clone)
    assert text(clone) == NEW


async def test_a_remote_of_sha256_hashes_is_read(tmp_path: Path) -> None:
    origin = tmp_path / "origin"
    origin.mkdir()
    git(origin, "init", "--quiet", "--object-format=sha256")
    (origin / "content").mkdir()
    (origin / "content/chips.md").write_text("# Chips\n\nText.\n")
    commit(origin, "Begin")
    git(tmp_path, "clone", "--quiet", str(origin), str(tmp_path / "clone"))
    (origin / "content/chips.md").write_text(NEW)
    commit(origin, "Change")
    await pull(tmp_path / "clone")
    assert text(tmp_path / "clone") == NEW


async def test_no_command_of_a_repository_that_lends_objects_is_run(
    clone: Path, origin: Path, trap: Trap
) -> None:
    """Git would read the refs of a repository in objects/info/alternates with the config of that repository."""
    lender = clone / "content/lender"
    git(clone, "init", "--quiet", "--bare", str(lender))
    (lender / "refs/heads/missing").write_text("1" * 40 + "\n")
    for key, value in {
        "core.repositoryformatversion": "1",
        "extensions.partialClone": "origin",
        "remote.origin.promisor": "true",
        "remote.origin.url": str(origin),
        "remote.origin.uploadpack": str(trap.script),
    }.items():
        git(lender, "config", key, value)
    (clone / ".git/objects/info/alternates").write_text(f"{lender}/objects\n")
    await pull(clone)
    assert text(clone) == NEW
    assert not trap.sprung


HOOKS = [
    "post-merge",
    "reference-transaction",
    "post-checkout",
    "pre-merge-commit",
    "post-index-change",
    "pre-auto-gc",
]


@pytest.mark.parametrize("place", ["hooks", "core.hooksPath"])
async def test_no_hook_is_run(clone: Path, tmp_path: Path, trap: Trap, place: str) -> None:
    hooks = clone / ".git/hooks" if place == "hooks" else tmp_path / "hooks"
    hooks.mkdir(exist_ok=True)
    for name in HOOKS:
        shutil.copy(trap.script, hooks / name)
    if place == "core.hooksPath":
        git(clone, "config", place, str(hooks))
    await pull(clone)
    assert text(clone) == NEW
    assert not trap.sprung


@pytest.mark.parametrize(
    "config",
    [
        {"core.fsmonitor": "{command}"},
        {"filter.evil.smudge": "{command}"},
        {"filter.evil.process": "{script}"},
        {"remote.origin.uploadpack": "{script}"},
        {"include.path": "{included}"},
        {"core.alternateRefsCommand": "{command}"},
        {
            "core.gitProxy": "{script}",
            "core.sshCommand": "{script}",
            "core.pager": "{command}",
            "core.editor": "{command}",
            "core.askPass": "{script}",
            "credential.helper": "!{command}",
            "diff.evil.command": "{script}",
            "diff.evil.textconv": "{script}",
            "merge.evil.driver": "{command}",
            "gpg.program": "{script}",
            "gpg.ssh.program": "{script}",
            "merge.verifySignatures": "true",
            "sequence.editor": "{command}",
            "uploadpack.packObjectsHook": "{script}",
            "alias.fetch": "!{command}",
            "alias.merge": "!{command}",
            "gc.auto": "1",
            "gc.recentObjectsHook": "{command}",
            "submodule.recurse": "true",
            "trailer.evil.command": "{command}",
            "core.worktree": "/",
        },
    ],
    ids=lambda config: "+".join(config)[:30],
)
async def test_no_command_of_the_config_is_run(
    clone: Path, origin: Path, tmp_path: Path, trap: Trap, config: dict[str, str]
) -> None:
    """This holds for the config of the checkout and of a remote in a local folder."""
    (origin / ".gitattributes").write_text("*.md filter=evil diff=evil merge=evil\n")
    commit(origin, "Attributes")
    included = tmp_path / "included"
    included.write_text(f'[core]\n\tfsmonitor = "{trap.command}"\n')
    alternates = clone / ".git/objects/info/alternates"
    alternates.write_text(f"{origin}/.git/objects\n")
    values = {"command": trap.command, "script": trap.script, "included": included}
    for repository_ in (clone, origin):
        for key, value in config.items():
            git(repository_, "config", key, value.format(**values))
    await pull(clone)
    assert text(clone) == NEW
    assert not trap.sprung


@pytest.mark.parametrize(
    "url",
    [
        "ext::{script}",
        "ext::sh -c {script}",
        "http://127.0.0.1:1/x",
        "git://127.0.0.1:1/x",
        "fd::7",
        "--upload-pack={script}",
        "ftp://127.0.0.1:1/x",
    ],
)
async def test_unsupported_remotes_are_rejected(clone: Path, trap: Trap, url: str) -> None:
    git(clone, "config", "protocol.allow", "always")
    git(clone, "config", "remote.origin.url", url.format(script=trap.script))
    await fails(clone, "https and ssh and from local folders|is not a git repository")
    assert not trap.sprung


async def test_urls_are_not_rewritten(clone: Path, origin: Path, trap: Trap) -> None:
    git(clone, "config", "protocol.allow", "always")
    git(clone, "config", f"url.ext::{trap.script} .insteadOf", str(origin))
    await pull(clone)
    assert text(clone) == NEW
    assert not trap.sprung


@contextmanager
def https_server(folder: Path) -> Iterator[int]:
    """Run a server that asks for a password, with a certificate in folder/cert.pem; yield its port."""

    class Locked(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(401)
            self.send_header("WWW-Authenticate", 'Basic realm="x"')
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=localhost",
         "-addext", "subjectAltName=IP:127.0.0.1", "-keyout", folder / "key.pem", "-out", folder / "cert.pem"],
        check=True, capture_output=True,
    )  # fmt: skip
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    server = ThreadingHTTPServer(("127.0.0.1", 0), Locked)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.mark.skipif(shutil.which("openssl") is None, reason="needs openssl for a certificate")
@pytest.mark.parametrize("key", ["credential.helper", "core.askPass"])
async def test_no_credential_helper_is_asked(
    clone: Path, tmp_path: Path, trap: Trap, monkeypatch: pytest.MonkeyPatch, key: str
) -> None:
    """A pull from a private remote without credentials fails."""
    git(clone, "config", key, f"!{trap.script}" if key == "credential.helper" else str(trap.script))
    with https_server(tmp_path) as port:
        monkeypatch.setenv("GIT_SSL_CAINFO", str(tmp_path / "cert.pem"))
        git(clone, "config", "remote.origin.url", f"https://127.0.0.1:{port}/x.git")
        message = await fails(clone, "Username|Authentication")
        assert "certificate" not in message
    assert not trap.sprung


async def test_ssh_is_called_only_with_the_key_of_the_settings(
    clone: Path, tmp_path: Path, trap: Trap, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands of config and environment are ignored; ssh does not prompt, and checks the host."""
    (tmp_path / "bin").mkdir()
    recorder = tmp_path / "bin/ssh"
    recorder.write_text(f'#!/bin/sh\nprintf "%s\\n" "$@" > {tmp_path}/arguments\nexit 1\n')
    recorder.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    monkeypatch.setenv("GIT_SSH_COMMAND", str(trap.script))
    monkeypatch.setenv("GIT_SSH", str(trap.script))
    git(clone, "config", "core.sshCommand", str(trap.script))
    git(clone, "config", "ssh.variant", "simple")
    key = tmp_path / "a key; touch x"
    for url in ("ssh://git@127.0.0.1/x.git", "git@127.0.0.1:x.git"):
        git(clone, "config", "remote.origin.url", url)
        with pytest.raises(GitError):
            await pull(clone, key)
        arguments = (tmp_path / "arguments").read_text().splitlines()
        assert arguments[:6] == ["-o", "BatchMode=yes", "-o", "IdentitiesOnly=yes", "-i", str(key)]
        assert not any("StrictHostKeyChecking" in argument for argument in arguments)
        assert "git@127.0.0.1" in arguments
    assert not trap.sprung


async def test_the_error_of_a_failed_pull_says_why(clone: Path, tmp_path: Path) -> None:
    """Causes are an edited document, a branch without a remote, no branch, and no repository."""
    git(clone, "config", "remote.origin.url", str(tmp_path / "gone"))
    await fails(clone, "gone, which is not a git repository")
    git(clone, "config", "remote.origin.url", "https://me:secret@127.0.0.1:1/x.git")
    assert "secret" not in await fails(clone, "git fetch failed: .*127.0.0.1")
    git(clone, "config", "remote.origin.url", str(tmp_path / "origin"))
    (clone / "content/chips.md").write_text("# Mine\n")
    await fails(clone, "local changes")
    git(clone, "checkout", "--quiet", "--", ".")
    git(clone, "switch", "--quiet", "-c", "alone")
    await fails(clone, "the branch alone of .* follows no remote branch; run: git branch")
    git(clone, "switch", "--quiet", "--detach")
    await fails(clone, "has no branch checked out; run: git switch")
    with pytest.raises(GitError, match="is not in a git repository"):
        await pull(tmp_path)


async def test_nothing_is_written_through_a_link_to_an_index(clone: Path, tmp_path: Path) -> None:
    """Git would write the index to the target of the link."""
    (clone / ".git/index").unlink()
    (clone / ".git/index").symlink_to(tmp_path / "victim")
    await fails(clone, "is a symbolic link")
    assert not (tmp_path / "victim").exists()


async def test_a_cancelled_pull_kills_git_and_its_children(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "bin").mkdir()
    ssh = tmp_path / "bin/ssh"
    ssh.write_text(f"#!/bin/sh\necho $$ > {tmp_path}/new\nmv {tmp_path}/new {tmp_path}/pid\nexec sleep 60\n")
    ssh.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    git(clone, "config", "remote.origin.url", "git@127.0.0.1:x.git")
    work = asyncio.create_task(pull(clone))
    await until((tmp_path / "pid").exists)
    pid = int((tmp_path / "pid").read_text())
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    await until(lambda: has_ended(pid))


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not happen within 10 s")


def has_ended(pid: int) -> bool:
    """Return True if a process has ended or is a zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
