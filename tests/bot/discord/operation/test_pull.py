"""Content that comes from a git remote before a rebuild."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from bot.discord.operation.pull import pull, tracked
from bot.errors import PullError
from tests.bot.discord.scene import RUN_RATE, Scene, staged

if TYPE_CHECKING:
    from pathlib import Path

NEW = "Anthropic's revenue run rate was $14 billion at the end of December 2025."


def git(folder: Path, *words: str) -> str:
    """Run git in a folder, as an author."""
    who = ["-c", "user.name=a", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(["git", *who, *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout


def remote(scene: Scene, tmp_path: Path) -> Path:
    """Make the content folder the clone of another one, whose document has changed since; that other one."""
    content, origin = scene.library.settings.content, tmp_path / "origin"
    git(content, "init", "--quiet")
    git(content, "add", ".")
    git(content, "commit", "--quiet", "-m", "Begin")
    git(tmp_path, "clone", "--quiet", str(content), str(origin))
    git(content, "remote", "add", "origin", str(origin))
    git(content, "fetch", "--quiet")
    git(content, "branch", "--set-upstream-to", "origin/main")
    file = origin / "models" / "anthropic.md"
    file.write_text(file.read_text(encoding="utf-8").replace(RUN_RATE, NEW), encoding="utf-8")
    git(origin, "commit", "--quiet", "-a", "-m", "Change")
    return origin


async def test_what_was_pushed_is_pulled_where_the_setting_says_so(tmp_path: Path) -> None:
    """A webhook's rebuild, and an administrator's, answer from the remote's newest content; others do not pull."""
    async with staged(tmp_path, pull=True) as scene:
        remote(scene, tmp_path)
        await scene.services.index.rebuild()
        assert RUN_RATE in (await scene.ask(scene.ada)).plain
        scene.watching.want_rebuild(pulls=True)
        before = scene.library.generation.manifest.id
        await scene.standin.until(lambda: scene.library.generation.manifest.id != before)
        assert NEW in (await scene.ask(scene.bob)).plain


async def test_nothing_is_pulled_by_default(tmp_path: Path) -> None:
    """Without the setting the checkout is its owner's business."""
    async with staged(tmp_path) as scene:
        remote(scene, tmp_path)
        await scene.services.index.rebuild(pulls=True)
        assert RUN_RATE in (await scene.ask(scene.ada)).plain


async def test_a_pull_that_is_no_way_forward_is_told_and_nothing_is_rebuilt(tmp_path: Path) -> None:
    """A commit that the remote does not have stops it; the administrator reads what git said."""
    async with staged(tmp_path, pull=True) as scene:
        remote(scene, tmp_path)
        content = scene.library.settings.content
        git(content, "commit", "--quiet", "--allow-empty", "-m", "Elsewhere")
        used = await scene.standin.slash(scene.root, scene.channel, "reindex")
        await scene.standin.until(lambda: used.shown and "update failed" in used.shown.content)
        assert f"cannot fast-forward {content}: git merge failed" in used.shown.plain
        assert RUN_RATE in (await scene.ask(scene.ada)).plain


async def test_a_folder_that_is_not_a_checkout_is_named(tmp_path: Path) -> None:
    """The message says what to do and has no credentials in it."""
    with pytest.raises(PullError, match=f"cannot fast-forward {tmp_path}: .* is not in a git repository"):
        await pull(tmp_path)
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "remote", "add", "origin", "https://user:secret@127.0.0.1:1/x.git")
    git(tmp_path, "config", "branch.main.remote", "origin")
    git(tmp_path, "config", "branch.main.merge", "refs/heads/main")
    assert await tracked(tmp_path) == "origin/main"
    with pytest.raises(PullError) as caught:
        await pull(tmp_path)
    assert "secret" not in str(caught.value)


async def test_a_key_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """Before the remote is asked, and when the bot is checked."""
    key = tmp_path / "key"
    for act in (pull, tracked):
        with pytest.raises(PullError, match=r"which discord\.pull_key names, cannot be read"):
            await act(tmp_path, key)
    key.touch(mode=0o640)
    for act in (pull, tracked):
        with pytest.raises(PullError, match="can be read by others; run: chmod 600"):
            await act(tmp_path, key)
