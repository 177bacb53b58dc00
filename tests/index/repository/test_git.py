"""Tests that reading a repository runs no command that it names, and finds the right commit."""

from __future__ import annotations

import ast
import os
import shutil
from pathlib import Path

import pytest

from index.build.builder import build
from index.errors import GitError
from index.repository import git as own
from index.repository.commit import commit_of
from index.store.store import Store
from tests.bagofwords import BagOfWords
from tests.index.repositories import Trap, commit, git, repository

ROOT = Path(__file__).parents[3]


@pytest.fixture
def trap(tmp_path: Path) -> Trap:
    return Trap.at(tmp_path)


def committed(content: Path, tmp_path: Path) -> str:
    """Build an index from a folder, and return its commit."""
    store = Store(tmp_path / "index")
    build(content, store, BagOfWords())
    with store.current() as generation:
        return generation.manifest.commit


def test_a_bare_repository_among_the_documents_of_a_clone_runs_nothing(tmp_path: Path, trap: Trap) -> None:
    """A clone may contain the files of a bare repository, which git would read as a repository."""
    origin = repository(tmp_path / "origin")
    content = origin / "content"
    for folder in ("objects", "refs"):
        (content / folder).mkdir()
        (content / folder / "keep").touch()
    (content / "HEAD").write_text("ref: refs/heads/main\n")
    (content / "config").write_text(
        f'[core]\n\tbare = false\n\tworktree = .\n\tfsmonitor = "{trap.command}"\n'
    )
    shutil.copy(origin / ".git/index", content / "index")
    head = commit(origin, "Embed")
    git(tmp_path, "clone", "--quiet", str(origin), str(tmp_path / "clone"))
    assert committed(tmp_path / "clone/content", tmp_path) == head
    assert not trap.sprung


def test_the_file_system_monitor_of_the_config_is_not_run(tmp_path: Path, trap: Trap) -> None:
    library = repository(tmp_path / "library")
    git(library, "config", "core.fsmonitor", trap.command)
    assert committed(library / "content", tmp_path)
    assert not trap.sprung


@pytest.mark.parametrize("kind", ["clean", "process"])
def test_a_filter_of_the_config_is_not_run(tmp_path: Path, trap: Trap, kind: str) -> None:
    """git status would run the filter on a file with a new time."""
    library = repository(tmp_path / "library")
    (library / ".gitattributes").write_text("*.md filter=evil\n")
    head = commit(library, "Attributes")
    git(library, "config", f"filter.evil.{kind}", trap.command)
    os.utime(library / "content/chips.md", (0, 0))
    assert committed(library / "content", tmp_path) == head
    assert not trap.sprung


@pytest.mark.parametrize("include", ["include.path", "includeIf.gitdir:/**.path"])
def test_an_included_config_is_not_read(tmp_path: Path, trap: Trap, include: str) -> None:
    library = repository(tmp_path / "library")
    (tmp_path / "included").write_text(f'[core]\n\tfsmonitor = "{trap.command}"\n')
    git(library, "config", include, str(tmp_path / "included"))
    assert committed(library / "content", tmp_path)
    assert not trap.sprung


def test_a_missing_object_is_not_fetched_from_a_remote_of_the_config(tmp_path: Path, trap: Trap) -> None:
    """In a partial clone git would fetch missing objects with the commands of the config."""
    library = repository(tmp_path / "library")
    tree = git(library, "rev-parse", "HEAD:content")
    (library / ".git/objects" / tree[:2] / tree[2:]).unlink()
    for key, value in {
        "core.repositoryformatversion": "1",
        "extensions.partialClone": "origin",
        "protocol.ext.allow": "always",
        "remote.origin.promisor": "true",
        "remote.origin.url": f"ext::{trap.script}",
    }.items():
        git(library, "config", key, value)
    assert committed(library / "content", tmp_path) == ""
    assert not trap.sprung


def test_git_inherits_only_the_variables_that_it_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Secrets and variables that redirect git are not passed on."""
    library = repository(tmp_path / "library")
    real = shutil.which("git")
    (tmp_path / "bin").mkdir()
    recorder = tmp_path / "bin/git"
    recorder.write_text(f'#!/bin/sh\n/usr/bin/env >> {tmp_path}/environment\nexec {real} "$@"\n')
    recorder.chmod(0o755)
    for name, value in {
        "PATH": f"{tmp_path}/bin:{os.environ['PATH']}",
        "STRATA_DISCORD_TOKEN": "aaa.bbb.ccc",
        "STRATA_WEBHOOK_SECRET": "secret",
        "STRATA_COMPOSER_KEY": "key",
        "OPENAI_API_KEY": "key",
        "GIT_DIR": str(tmp_path / "elsewhere"),
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "core.bare",
        "GIT_CONFIG_VALUE_0": "true",
        "GIT_EXTERNAL_DIFF": "false",
        "GIT_INDEX_FILE": "/nowhere",
        "GIT_OBJECT_DIRECTORY": "/nowhere",
    }.items():
        monkeypatch.setenv(name, value)
    assert commit_of(library / "content")
    lines = (tmp_path / "environment").read_text().splitlines()
    names = {line.partition("=")[0] for line in lines} - {"_", "PWD", "OLDPWD", "SHLVL"}
    assert names <= {*own._KEPT_VARIABLES, *own._FIXED_VARIABLES, "GIT_DIR"}
    assert f"GIT_DIR={tmp_path}/elsewhere" not in lines


def test_only_one_module_starts_git() -> None:
    """No other module has the string `git`."""
    modules = [file for folder in ("bot", "index") for file in (ROOT / folder).rglob("*.py")]
    assert len(modules) > 100
    naming = {
        file.relative_to(ROOT).as_posix()
        for file in modules
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str | bytes)
        and node.value in {"git", b"git", "git ", "/usr/bin/git"}
    }
    assert naming == {"index/repository/git.py"}


def test_a_library_with_a_changed_document_has_no_commit(tmp_path: Path) -> None:
    """A document may be edited, deleted, added or replaced by a link or a pipe; other files are ignored."""
    library = repository(tmp_path / "library")
    content, document = library / "content", library / "content/chips.md"
    (content / "power.md").write_text("# Power\n\nText.\n")
    (content / "picture.png").write_bytes(b"png")
    head = commit(library, "More")
    assert commit_of(content) == commit_of(library / "../library/content") == head
    (content / "picture.png").write_bytes(b"another")
    (content / "notes.bak").write_text("mine")
    (content / ".draft.md").write_text("hidden")
    assert commit_of(content) == head
    (content / "new.md").write_text("# New\n\nText.\n")
    assert commit_of(content) == ""
    (content / "new.md").unlink()
    text = document.read_text()
    document.write_text(text + "More.\n")
    assert commit_of(content) == ""
    document.unlink()
    assert commit_of(content) == ""
    document.symlink_to("power.md")
    assert commit_of(content) == ""
    document.unlink()
    os.mkfifo(document)
    assert commit_of(content) == ""
    document.unlink()
    document.write_text(text)
    assert commit_of(content) == head


def test_a_committed_link_counts_if_it_leads_to_a_committed_document(tmp_path: Path) -> None:
    library = repository(tmp_path / "library")
    content = library / "content"
    (content / "alias.md").symlink_to("chips.md")
    head = commit(library, "Link")
    assert commit_of(content) == head
    (content / ".hidden").mkdir()
    (content / "alias.md").unlink()
    (content / "alias.md").symlink_to(".hidden/x.md")
    (content / ".hidden/x.md").write_text("# X\n\nText.\n")
    commit(library, "Link to a hidden file")
    assert commit_of(content) == ""


def test_names_with_other_characters_than_ascii_are_compared(tmp_path: Path) -> None:
    library = repository(tmp_path / "library")
    (library / "content" / "Zürich 🏔\n.md").write_text("# Zürich\n\nText.\n")
    head = commit(library, "Zürich")
    assert commit_of(library / "content") == head


def test_linked_work_trees_submodules_and_packed_refs_have_their_commit(tmp_path: Path) -> None:
    library = repository(tmp_path / "library")
    git(library, "pack-refs", "--all")
    assert commit_of(library / "content") == git(library, "rev-parse", "HEAD")
    git(library, "worktree", "add", "--quiet", str(tmp_path / "linked"), "-b", "other")
    (tmp_path / "linked/content/chips.md").write_text("# Chips\n\nOther.\n")
    other = commit(tmp_path / "linked", "Other")
    assert commit_of(tmp_path / "linked/content") == other
    outer = repository(tmp_path / "outer")
    git(outer, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(library), "sub")
    commit(outer, "Submodule")
    assert commit_of(outer / "sub/content") == git(library, "rev-parse", "HEAD")
    assert commit_of(outer) == ""  # the submodule's documents are not in this commit


def test_a_repository_of_sha256_hashes_has_its_commit(tmp_path: Path) -> None:
    library = tmp_path / "library"
    library.mkdir()
    git(library, "init", "--quiet", "--object-format=sha256")
    (library / "content").mkdir()
    (library / "content/a.md").write_text("# A\n\nText.\n")
    head = commit(library, "Begin")
    assert commit_of(library / "content") == head


def test_a_repository_that_cannot_be_read_has_no_commit(tmp_path: Path) -> None:
    """The repository may have no commit, be damaged, or not be a repository."""
    library = repository(tmp_path / "library")
    content, folder = library / "content", library / ".git"
    head = (folder / "HEAD").read_bytes()
    for damage in (
        b"",
        b"ref: refs/heads/.invalid\n",
        b"ref: refs/heads/none\n",
        b"\xff\xfe",
        b"ref: \0\n",
        b"0" * 40,
    ):
        (folder / "HEAD").write_bytes(damage)
        assert commit_of(content) == ""
    (folder / "HEAD").write_bytes(head)
    assert commit_of(content)
    (folder / "config").write_bytes(b"\xff[[[ objectformat")
    assert commit_of(content) == ""
    shutil.rmtree(folder)
    for text in ("", "gitdir: \0", "gitdir: nowhere", "gitdir: .", "nonsense"):
        folder.write_text(text)
        assert commit_of(content) == ""
    folder.unlink()
    folder.symlink_to(".git")
    assert commit_of(content) == ""


def test_without_git_there_is_no_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = repository(tmp_path / "library")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert commit_of(library / "content") == ""
    with pytest.raises(GitError, match="install git"), own.opened(library) as opened:
        opened.resolve("HEAD")


def test_no_shadow_is_left_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its removal leaves the linked repository intact."""
    library = repository(tmp_path / "library")
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temporary"))
    with own.opened(library) as opened:
        assert len(opened.entries(opened.resolve("HEAD"))) == 1
        assert len(list((tmp_path / "temporary").iterdir())) == 1
    assert list((tmp_path / "temporary").iterdir()) == []
    git(library, "fsck", "--strict")
