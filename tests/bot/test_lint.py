"""The checks and repairs of `strata check`."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from bot.lint import check, fix, source_shares
from bot.settings.settings import Settings
from index.errors import ContentError
from tests.bot.library import write

FOOTNOTE = b'[^post-2025-12]: Anthropic, "A post", published December 2025. <https://example.org/post>'


def settings(folder: Path) -> Settings:
    """Return settings without a compiled encoder."""
    return Settings(content=folder / "content", cache=folder / "cache")


def test_problems_are_sorted_by_path_and_line(tmp_path: Path) -> None:
    """A review is overdue from the day after its date."""
    write(tmp_path / "content")
    found = check(settings(tmp_path), date(2026, 11, 24))
    assert [(p.path, p.line) for p in found] == sorted((p.path, p.line) for p in found)
    overdue = [p for p in found if "2026-02-04" in str(p)]
    assert [(p.path, p.line) for p in overdue] == [("models/anthropic.md", 6)]
    assert not [p for p in check(settings(tmp_path), date(2026, 2, 4)) if "2026-02-04" in str(p)]


def test_fixing_writes_the_footnotes_once(tmp_path: Path) -> None:
    """A second run changes nothing, and files without sources are unchanged."""
    content = write(tmp_path / "content")
    untouched = (content / "energy/turbines.md").read_bytes()
    assert list(fix(content)) == ["models/anthropic.md"]
    assert FOOTNOTE in (content / "models/anthropic.md").read_bytes()
    assert list(fix(content)) == []
    assert (content / "energy/turbines.md").read_bytes() == untouched
    assert not list(content.rglob(".strata-*"))


def test_fixing_keeps_line_ends_and_permissions(tmp_path: Path) -> None:
    file = write(tmp_path / "content") / "models/anthropic.md"
    before = file.read_bytes().replace(b"\n", b"\r\n")
    file.write_bytes(before)
    file.chmod(0o640)
    assert list(fix(tmp_path / "content")) == ["models/anthropic.md"]
    after = file.read_bytes()
    assert after == before + b"\r\n" + FOOTNOTE + b"\r\n"
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_file_that_cannot_be_read_is_not_fixed(tmp_path: Path) -> None:
    """The check reports it."""
    content = write(tmp_path / "content")
    (content / "bad.md").write_bytes(b"---\ntitle: [\n---\n")
    assert "bad.md" not in list(fix(content))
    assert "bad.md" in {problem.path for problem in check(settings(tmp_path))}


def test_a_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ContentError, match="content"):
        check(settings(tmp_path))


def test_source_shares_count_the_citations_of_figures(tmp_path: Path) -> None:
    """Sentences without a figure do not count, and a source without a kind is named as such."""
    file = write(tmp_path) / "models/anthropic.md"
    file.write_text(
        "---\ntitle: A\nsources:\n"
        "  - {id: a, publisher: A, title: A, url: 'https://a.example', published: 2026, kind: filing}\n"
        "  - {id: b, publisher: B, title: B, url: 'https://b.example', published: 2026}\n"
        "---\nSales were $3 billion.[^a][^b] They grew by 4%.[^a] Growth was quick.[^b]\n\n"
        "| Month | Sales |\n| --- | --- |\n| May | $1 billion[^a] |\n",
        encoding="utf-8",
    )
    assert [str(shares) for shares in source_shares(tmp_path)] == [
        "models/anthropic.md: 4 citations, filing 75%, no kind 25%",
        "all documents: 4 citations, filing 75%, no kind 25%",
    ]
