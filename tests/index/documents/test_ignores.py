"""A library's .strataignore and .gitignore leave files out, as git reads them."""

from __future__ import annotations

from pathlib import Path

import pytest

from index.documents.folder import scan

FILES = ("a.md", "drafts/b.md", "drafts/keep.md", "notes/c.txt", "notes/old/d.md", "build/e.html")


def listed(root: Path, ignores: dict[str, str]) -> list[str]:
    """Return the paths of the documents of a library with some ignore files."""
    for path in FILES:
        (root / path).parent.mkdir(exist_ok=True, parents=True)
        (root / path).write_text("text")
    for path, text in ignores.items():
        (root / path).write_text(text)
    return [file.path for file in scan(root).files]


@pytest.mark.parametrize(
    ("ignores", "left"),
    [
        ({}, {*FILES}),
        ({".strataignore": "build/\n*.txt\n"}, {"a.md", "drafts/b.md", "drafts/keep.md", "notes/old/d.md"}),
        ({".gitignore": "# built\n/build\n"}, {*FILES} - {"build/e.html"}),
        ({".strataignore": "drafts/*\n!keep.md\n"}, {*FILES} - {"drafts/b.md"}),
        ({".gitignore": "*.txt\n", ".strataignore": "!c.txt\n"}, {*FILES}),
        ({"notes/.gitignore": "old/\n/a.md\n"}, {*FILES} - {"notes/old/d.md"}),
        ({".strataignore": "**/old/**\n"}, {*FILES} - {"notes/old/d.md"}),
        ({".strataignore": "\\\n!\nbuild/\n"}, {*FILES} - {"build/e.html"}),
    ],
)
def test_patterns_leave_files_out(tmp_path: Path, ignores: dict[str, str], left: set[str]) -> None:
    assert set(listed(tmp_path, ignores)) == left


def test_what_is_left_out_is_counted(tmp_path: Path) -> None:
    """A folder counts once, because nothing below it is looked at."""
    listed(tmp_path, {".strataignore": "drafts/\n*.txt\n"})
    assert scan(tmp_path).ignored == 2


def test_an_ignore_file_that_is_no_text_ignores_nothing(tmp_path: Path) -> None:
    (tmp_path / ".strataignore").mkdir()
    assert set(listed(tmp_path, {})) == {*FILES}
