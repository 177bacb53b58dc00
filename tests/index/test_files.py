"""Tests that files are written atomically, and that private text stays private."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from index.build.builder import build
from index.errors import WriteError
from index.files import atomic_write, make_private, make_private_folder
from index.store.store import Store
from tests.bagofwords import BagOfWords

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def umask() -> Iterator[None]:
    """Set the default umask of Linux."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def modes(folder: Path) -> set[int]:
    """Return the permissions of all files and of all folders below a folder, the folder itself included."""
    return {mode(path) for path in [folder, *folder.rglob("*")]}


def write_library(content: Path) -> Path:
    content.mkdir(mode=0o700)
    (content / "a.md").write_text("# A\n\nThe private text.\n")
    (content / "a.md").chmod(0o600)
    return content


def test_a_file_keeps_its_permissions_and_a_new_file_gets_those_of_the_umask(tmp_path: Path) -> None:
    atomic_write(tmp_path / "new", b"text")
    assert mode(tmp_path / "new") == 0o644
    for kept in (0o600, 0o640, 0o755):
        (tmp_path / "new").chmod(kept)
        atomic_write(tmp_path / "new", b"other")
        assert mode(tmp_path / "new") == kept
    atomic_write(tmp_path / "new", b"private", 0o600)
    assert mode(tmp_path / "new") == 0o600
    assert (tmp_path / "new").read_bytes() == b"private"
    assert names(tmp_path) == ["new"]


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to("file")
    atomic_write(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "file").read_bytes() == b"new"


WRITE = """
import os, resource, sys
from pathlib import Path
from index.errors import WriteError
from index.files import atomic_write
limit = sys.argv[2]
if limit == "disk":  # the system refuses to write more than this
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, 10))
elif os.geteuid() == 0:  # root may write to a read-only folder
    os.setuid(65534)
try:
    atomic_write(Path(sys.argv[1]), b"a longer text than before")
except WriteError as error:
    print(error)
"""


@pytest.mark.parametrize(("limit", "reason"), [("disk", "File too large"), ("folder", "Permission denied")])
def test_a_failed_write_raises_one_error_and_leaves_no_file(tmp_path: Path, limit: str, reason: str) -> None:
    folder = tmp_path / "content"
    folder.mkdir()
    (folder / "file").write_bytes(b"old")
    for above in (*reversed(tmp_path.parents[:2]), tmp_path):
        above.chmod(0o755)  # pytest makes them for their owner alone
    if limit == "folder":
        folder.chmod(0o555)
    done = subprocess.run(
        [sys.executable, "-c", WRITE, str(folder / "file"), limit],
        capture_output=True, text=True, check=True, env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout == (
        f"{folder}/file cannot be written ({reason}); free space, or check the permissions of the folder\n"
    )
    folder.chmod(0o755)
    assert names(folder) == ["file"]
    assert (folder / "file").read_bytes() == b"old"


def test_a_missing_folder_and_a_folder_with_the_same_name_are_write_errors(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    for path in (tmp_path / "missing/file", tmp_path / "folder"):
        with pytest.raises(WriteError, match="cannot be written"):
            atomic_write(path, b"text")
    assert names(tmp_path) == ["folder"]


def test_an_index_is_accessible_to_its_owner_only(tmp_path: Path) -> None:
    """Files have mode 0600 and folders 0700, including missing parent folders, after each build."""
    content = write_library(tmp_path / "content")
    store = Store(tmp_path / "cache/indexes/content")
    for text in ("first", "second"):
        (content / "a.md").write_text(f"# A\n\nThe {text} text.\n")
        build(content, store, BagOfWords())
        assert modes(tmp_path / "cache") == {0o700, 0o600}
    with store.current() as generation:
        assert generation.passage(0).text == "The second text."


def test_an_index_in_a_folder_that_a_group_may_read_can_be_read_by_the_group(tmp_path: Path) -> None:
    """An administrator may run the bot and the builds as different users."""
    (tmp_path / "index").mkdir()
    (tmp_path / "index").chmod(0o750)
    build(write_library(tmp_path / "content"), Store(tmp_path / "index"), BagOfWords())
    assert modes(tmp_path / "index") == {0o750, 0o640}


def test_a_folder_of_an_older_version_becomes_private(tmp_path: Path) -> None:
    (tmp_path / "indexes").mkdir(mode=0o755)
    make_private(tmp_path / "indexes")
    make_private(tmp_path / "missing")
    assert mode(tmp_path / "indexes") == 0o700
    make_private_folder(tmp_path / "indexes/a/b")
    make_private_folder(tmp_path / "indexes/a/b")
    assert modes(tmp_path / "indexes") == {0o700}
