"""Older revisions of a library, in real generations and a real git repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot.errors import GoldError
from bot.evaluation import revisions, runner
from bot.library import Library
from index.build.builder import build
from index.repository import git as repositories
from tests.bot.library import opened

GOLD = """- id: rate
  question: "What was Anthropic's revenue run rate at the end of December 2025?"
  kind: figure
  places:
    - document: models/anthropic
      heading: Revenue
      sentence: "Anthropic's revenue run rate was $9 billion at the end of December 2025."
- {id: bread, question: Which bakery sells croissants?, kind: absent topic, places: []}
"""


def git(folder: Path, *words: str) -> None:
    subprocess.run(
        ["git", "-C", str(folder), "-c", "user.name=A", "-c", "user.email=a@example.org", *words],
        check=True, capture_output=True,
    )  # fmt: skip


@pytest.fixture
def library(tmp_path: Path) -> Library:
    """Return a library in a repository with two commits, both built; the revenue rate of the second is $10 billion."""
    first = opened(tmp_path)
    gold = tmp_path / "gold" / "models.yaml"
    gold.parent.mkdir()
    gold.write_text(GOLD)
    (tmp_path / ".gitignore").write_text("index\n")
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "First")
    file = tmp_path / "content" / "models" / "anthropic.md"
    file.write_text(file.read_text().replace("was $9 billion", "was $10 billion"))
    gold.write_text(GOLD.replace("was $9 billion", "was $10 billion"))
    git(tmp_path, "commit", "--quiet", "--all", "--message", "Second")
    build(first.settings.content, first.store, first.encoder)
    first.refresh()
    return first


def compared(library: Library, against: str) -> runner.Result:
    request = runner.Request(library.settings.gold_path(), against=against)
    return runner.evaluate(library, runner.questions(request), request)


def test_a_git_revision_is_built_with_its_own_content_and_gold(library: Library) -> None:
    """Texts that both versions share are not encoded again."""
    encoded = len(library.encoder.encoded)
    comparison = compared(library, "HEAD~1").comparison
    assert comparison is not None
    assert comparison.before_name.startswith("HEAD~1 (")
    (change,) = comparison.changes()
    assert (change.what, change.verdict) == ("other sentence", "other")
    assert ["was $9 billion" in change.summaries(99)[0], "was $10 billion" in change.summaries(99)[1]] == [
        True,
        True,
    ]
    assert all("turbines" not in text.lower() for text in library.encoder.encoded[encoded:])
    assert {d.change.value for d in comparison.differences() if d.name == "recall@1"} == {0.0}


def test_a_generation_is_compared_on_the_current_gold_questions(library: Library) -> None:
    """A question whose sentence is not in the generation is left out; the beginning of an id is enough."""
    first, second = library.store.ids()
    comparison = compared(library, first[:-4]).comparison
    assert comparison is not None
    assert comparison.before_name == f"generation {first}"
    assert [pair[0].gold.id for pair in comparison.pairs] == ["bread"]
    same = compared(library, second).comparison
    assert same is not None
    assert same.changes() == ()


@pytest.mark.parametrize(
    ("against", "message"),
    [
        ("nowhere", r"nowhere is neither a generation \(the generations are 2.*\) nor a revision of "),
        ("2", "2 is the beginning of 2 ids"),
        ("--output=x", "is neither a generation"),
    ],
)
def test_an_unknown_revision_is_an_error(library: Library, against: str, message: str) -> None:
    with pytest.raises(GoldError, match=message):
        compared(library, against)


def test_a_revision_without_content_and_a_folder_without_git_are_errors(
    library: Library, tmp_path: Path
) -> None:
    git(tmp_path, "checkout", "--quiet", "--orphan", "empty")
    git(tmp_path, "rm", "--quiet", "-r", "--cached", ".")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", "Nothing")
    with pytest.raises(GoldError, match="the revision HEAD has no folder content"):
        compared(library, "HEAD")
    (tmp_path / ".git").rename(tmp_path / "elsewhere")
    with pytest.raises(GoldError, match="is not in a git repository"):
        compared(library, "HEAD")


def test_a_link_out_of_a_revision_is_left_out(library: Library, tmp_path: Path) -> None:
    """Files outside the repository are never part of the library."""
    (tmp_path / "content" / "leak.md").symlink_to("/etc/hostname")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "Leak")
    with revisions.open_revision(library, "HEAD", tmp_path / "gold") as revision:
        assert [document.id for document in revision.generation.documents] == [
            "energy/turbines",
            "models/anthropic",
        ]
        assert sorted(revision.gold) == ["bread", "rate"]


@pytest.mark.parametrize("key", ["filter.evil.smudge", "filter.evil.process"])
def test_no_command_of_the_repository_is_run(library: Library, tmp_path: Path, key: str) -> None:
    """`git archive` runs filters."""
    (tmp_path / ".gitattributes").write_text("*.md filter=evil\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "Attributes")
    git(tmp_path, "config", key, f"touch {tmp_path}/it-ran; false")
    with revisions.open_revision(library, "HEAD", tmp_path / "gold") as revision:
        assert len(revision.generation.documents) == 2
    assert not (tmp_path / "it-ran").exists()


def test_attributes_for_archives_do_not_change_a_revision(library: Library, tmp_path: Path) -> None:
    """`export-subst` would rewrite a document and `export-ignore` would drop it."""
    file = tmp_path / "content/energy/turbines.md"
    file.write_text(file.read_text() + "\nThe format is $Format:%H$ in this text.\n")
    (tmp_path / ".gitattributes").write_text(
        "energy/* export-subst\nanthropic.md export-ignore\n*.md export-subst\n"
    )
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "Attributes")
    with revisions.open_revision(library, "HEAD", tmp_path / "gold") as revision:
        assert len(revision.generation.documents) == 2
        texts = [
            revision.generation.passage(row).text for row in range(revision.generation.manifest.passages)
        ]
    assert any("$Format:%H$" in text for text in texts)


@pytest.mark.usefixtures("library")
def test_links_of_a_revision_become_files_and_nothing_is_written_outside(tmp_path: Path) -> None:
    """A link to a file of the library becomes a copy of the file."""
    content = tmp_path / "content"
    (content / "again.md").symlink_to("models/../twice.md")
    (content / "twice.md").symlink_to("energy/turbines.md")
    (content / "loop.md").symlink_to("loop.md")
    (content / "above.md").symlink_to("../.gitignore")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "Links")
    target = tmp_path / "old"
    with repositories.opened(content) as repository:
        assert revisions.extract(repository, repository.resolve("HEAD"), content, target)
    found = sorted(path.relative_to(target).as_posix() for path in target.rglob("*.md"))
    assert found == ["again.md", "energy/turbines.md", "models/anthropic.md", "twice.md"]
    assert not any(path.is_symlink() for path in target.rglob("*"))
    assert (target / "again.md").read_text() == (content / "energy/turbines.md").read_text()


@pytest.mark.usefixtures("library")
def test_paths_that_lead_out_of_a_revision_are_left_out(tmp_path: Path) -> None:
    """Git does not create such a tree, but an object store can hold it."""
    content = tmp_path / "content"
    blob = bytes.fromhex(output(tmp_path, "rev-parse", "HEAD:content/energy/turbines.md"))
    inner = b"100644 evil.md\0" + blob
    up = raw(tmp_path, inner)
    tree = b"40000 ..\0" + up + b"100644 good.md\0" + blob
    top = raw(tmp_path, b"40000 content\0" + raw(tmp_path, tree))
    commit = output(tmp_path, "commit-tree", top.hex(), "-m", "Out")
    target = tmp_path / "old" / "content"
    with repositories.opened(content) as repository:
        assert revisions.extract(repository, commit, content, target)
    assert [path.name for path in (tmp_path / "old").rglob("*.md")] == ["good.md"]


def output(folder: Path, *words: str, input: bytes = b"") -> str:
    return subprocess.run(
        ["git", "-C", str(folder), "-c", "user.name=A", "-c", "user.email=a@example.org", *words],
        check=True, capture_output=True, input=input,
    ).stdout.decode().strip()  # fmt: skip


def raw(folder: Path, tree: bytes) -> bytes:
    """Write a tree without checks, and return its hash."""
    return bytes.fromhex(
        output(folder, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", input=tree)
    )


def test_leaving_parts_out_compares_with_the_full_system(library: Library) -> None:
    """ALL gives one row per part."""
    request = runner.Request(library.settings.gold_path(), without=("question.spelling", "ranking.dense"))
    asked = runner.questions(request)
    counted: list[int] = []
    found = runner.evaluate(library, asked, request, lambda: counted.append(1))
    assert found.comparison is not None
    assert found.comparison.after_name == "without question.spelling and ranking.dense"
    assert len(counted) == len(asked) * runner.count_runs(library, request)
    each = runner.Request(request.gold, without=("all",))
    table = runner.evaluate(library, asked, each).tables()[0]
    assert len(table.rows) == runner.count_runs(library, each)
