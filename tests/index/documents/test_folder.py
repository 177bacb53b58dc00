"""Listing of a library's folder, and document ids."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.documents.folder import MAX_FILE_BYTES, Listing, assign_ids, scan
from index.documents.loader import read
from index.errors import ContentError


def paths(root: Path) -> list[str]:
    """Return the paths of the files that are listed."""
    return [file.path for file in scan(root).files]


def test_files_are_listed_by_path_with_size_and_time(tmp_path: Path) -> None:
    """Only supported formats are listed, from all folders, without hidden files."""
    for name in (
        "b.md",
        "a/z.TXT",
        "a-b.html",
        "a/y.markdown",
        ".hidden.md",
        ".git/x.md",
        "c.png",
        "d.pdf",
        "e.docx",
        "f.htm",
    ):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text("text")
    assert paths(tmp_path) == ["a-b.html", "a/y.markdown", "a/z.TXT", "b.md", "d.pdf", "e.docx", "f.htm"]
    first = scan(tmp_path).files[0]
    assert (first.size, first.mtime_ns) == (4, (tmp_path / "a-b.html").stat().st_mtime_ns)


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    """The message names the folder and the next step."""
    with pytest.raises(ContentError, match=r"nowhere cannot be read .*name another with --content"):
        scan(tmp_path / "nowhere")
    (tmp_path / "file").write_text("")
    with pytest.raises(ContentError):
        scan(tmp_path / "file")


def test_an_empty_folder_has_no_files(tmp_path: Path) -> None:
    """An empty folder is not an error."""
    assert scan(tmp_path) == Listing((), ())


def test_links_out_of_the_folder_are_refused(tmp_path: Path) -> None:
    """A link to a file inside the folder is read."""
    outside, root = tmp_path / "outside", tmp_path / "root"
    outside.mkdir()
    root.mkdir()
    (outside / "secret.md").write_text("secret")
    (root / "a.md").write_text("text")
    (root / "file.md").symlink_to(outside / "secret.md")
    (root / "folder").symlink_to(outside)
    (root / "inside.md").symlink_to(root / "a.md")
    (root / "loop").symlink_to(root)
    (root / "gone.md").symlink_to(root / "nothing.md")
    (root / "self.md").symlink_to(root / "self.md")
    listing = scan(root)
    assert [file.path for file in listing.files] == ["a.md", "inside.md"]
    assert [(problem.path, problem.message.split(";")[0]) for problem in listing.problems] == [
        ("file.md", "the link points to a file outside the library"),
        ("folder", "the link points to a file outside the library"),
        ("gone.md", "the link points to a missing file"),
        ("self.md", "the link points to itself"),
    ]
    assert read(root, "file.md").is_fatal
    assert read(root, "folder/secret.md").is_fatal
    assert read(root, "../outside/secret.md").is_fatal


def test_files_that_share_a_stem_are_all_listed(tmp_path: Path) -> None:
    """Their ids are assigned after they have been read."""
    for name in ("a.txt", "a.md", "a.docx"):
        (tmp_path / name).write_text("one")
    assert paths(tmp_path) == ["a.docx", "a.md", "a.txt"]
    assert assign_ids(paths(tmp_path), {}) == {"a.md": "a", "a.docx": "a.docx", "a.txt": "a.txt"}


@given(
    st.lists(
        st.sets(st.sampled_from(["a.md", "a.markdown", "a.md.txt", "a.txt", "a", "b.md", "a-2.md"])),
        max_size=6,
    )
)
def test_an_id_never_changes_and_is_never_shared(folders: list[set[str]]) -> None:
    """A document keeps its id whatever files are added and removed."""
    known: dict[str, str] = {}
    for folder in folders:
        ids = assign_ids(folder, known)
        assert ids.keys() == folder
        assert len(set(ids.values())) == len(ids)
        assert all(ids[path] == known[path] for path in folder if path in known)
        known = ids


def test_files_of_other_formats_are_counted_by_suffix(tmp_path: Path) -> None:
    for name in ("a.tex", "b.TEX", "c.key", "Makefile", ".hidden.tex", "d.md", "README"):
        (tmp_path / name).write_text("one")
    assert scan(tmp_path).passed_over == {".tex": 2, ".key": 1, "": 1}


def test_a_file_too_large_is_refused(tmp_path: Path) -> None:
    """The message has its size and the limit."""
    with (tmp_path / "a.md").open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    listing = scan(tmp_path)
    assert listing.files == ()
    assert str(listing.problems[0]) == "a.md:1: the file has 5,000,001 bytes, more than 5,000,000; split it"
    assert read(tmp_path, "a.md").is_fatal


def test_a_file_name_that_is_not_utf8_is_a_problem(tmp_path: Path) -> None:
    """The message shows the name in ASCII."""
    try:
        (Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff.md"))).write_text("text")
    except OSError:
        pytest.skip("the file system takes only UTF-8 names")
    (problem,) = scan(tmp_path).problems
    assert problem.path.isascii()
    assert "rename it" in problem.message
