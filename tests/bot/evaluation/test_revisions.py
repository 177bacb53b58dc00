"""The library as it was: real generations, a real git repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from bot.errors import GoldError
from bot.evaluation import request as measuring
from bot.evaluation import revisions
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
    """A library in a repository of two commits, built at each: the second one's rate is $10 billion."""
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


def measured(library: Library, against: str) -> measuring.Measured:
    request = measuring.Request(library.settings.gold_path(), against=against)
    return measuring.measure(library, measuring.questions(request), request)


def test_a_git_revision_is_built_with_its_own_content_and_gold(library: Library) -> None:
    """Its gold sentence is right there, and what both share is encoded once."""
    encoded = len(library.encoder.encoded)
    comparison = measured(library, "HEAD~1").comparison
    assert comparison is not None
    assert comparison.before_name.startswith("HEAD~1 (")
    (change,) = comparison.changes()
    assert (change.what, change.verdict) == ("other sentence", "other")
    assert ["was $9 billion" in change.told(99)[0], "was $10 billion" in change.told(99)[1]] == [True, True]
    assert all("turbines" not in text.lower() for text in library.encoder.encoded[encoded:])
    assert {d.change.value for d in comparison.differences() if d.name == "recall@1"} == {0.0}


def test_a_generation_is_judged_by_the_gold_of_now(library: Library) -> None:
    """The sentence is not in it, so the question is left out; a beginning of its id will do."""
    first, second = library.store.ids()
    comparison = measured(library, first[:-4]).comparison
    assert comparison is not None
    assert comparison.before_name == f"generation {first}"
    assert [pair[0].gold.id for pair in comparison.pairs] == ["bread"]
    same = measured(library, second).comparison
    assert same is not None
    assert same.changes() == ()


@pytest.mark.parametrize(
    ("against", "said"),
    [
        ("nowhere", r"nowhere is neither a generation \(there is 2.*\) nor a revision of "),
        ("2", "2 begins the ids of 2 generations"),
        ("--output=x", "is neither a generation"),
    ],
)
def test_what_cannot_be_compared_with_is_told(library: Library, against: str, said: str) -> None:
    """What there is to choose from."""
    with pytest.raises(GoldError, match=said):
        measured(library, against)


def test_a_revision_without_the_content_and_a_folder_without_git_are_told(
    library: Library, tmp_path: Path
) -> None:
    """Neither is taken for an empty library."""
    git(tmp_path, "checkout", "--quiet", "--orphan", "empty")
    git(tmp_path, "rm", "--quiet", "-r", "--cached", ".")
    git(tmp_path, "commit", "--quiet", "--allow-empty", "--message", "Nothing")
    with pytest.raises(GoldError, match="the revision HEAD has no folder content"):
        measured(library, "HEAD")
    (tmp_path / ".git").rename(tmp_path / "elsewhere")
    with pytest.raises(GoldError, match="is not in a git repository"):
        measured(library, "HEAD")


def test_a_link_out_of_a_revision_is_left_out(library: Library, tmp_path: Path) -> None:
    """Nothing outside the temporary folder is read as the library's."""
    (tmp_path / "content" / "leak.md").symlink_to("/etc/hostname")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "Leak")
    with revisions.opened(library, "HEAD", tmp_path / "gold") as then:
        assert [document.id for document in then.generation.documents] == [
            "energy/turbines",
            "models/anthropic",
        ]
        assert sorted(then.gold) == ["bread", "rate"]


@pytest.mark.parametrize("key", ["filter.evil.smudge", "filter.evil.process"])
def test_no_command_of_the_repository_is_run(library: Library, tmp_path: Path, key: str) -> None:
    """`git archive` runs filters."""
    (tmp_path / ".gitattributes").write_text("*.md filter=evil\n")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "--message", "Attributes")
    git(tmp_path, "config", key, f"touch {tmp_path}/it-ran; false")
    with revisions.opened(library, "HEAD", tmp_path / "gold") as then:
        assert len(then.generation.documents) == 2
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
    with revisions.opened(library, "HEAD", tmp_path / "gold") as then:
        assert len(then.generation.documents) == 2
        texts = [then.generation.passage(row).text for row in range(then.generation.manifest.passages)]
    assert any("$Format:%H$" in text for text in texts)


@pytest.mark.usefixtures("library")
def test_links_of_a_revision_become_files_and_nothing_is_written_outside(tmp_path: Path) -> None:
    """A link to a file of the library is a copy of it; a tree may hold any name."""
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
def test_a_tree_with_names_that_lead_out_is_not_followed(tmp_path: Path) -> None:
    """Git would not make such a tree, but an object store can hold it."""
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
    """Write a tree whatever is in it; returns its hash."""
    return bytes.fromhex(
        output(folder, "hash-object", "-w", "-t", "tree", "--literally", "--stdin", input=tree)
    )


def test_leaving_a_part_out_is_a_comparison_with_the_whole(library: Library) -> None:
    """By name, or each in turn."""
    request = measuring.Request(library.settings.gold_path(), without=("question.spelling", "ranking.dense"))
    asked = measuring.questions(request)
    counted: list[int] = []
    found = measuring.measure(library, asked, request, lambda: counted.append(1))
    assert found.comparison is not None
    assert found.comparison.after_name == "without question.spelling and ranking.dense"
    assert len(counted) == len(asked) * measuring.rounds(library, request)
    each = measuring.Request(request.gold, without=("all",))
    table = measuring.measure(library, asked, each).tables()[0]
    assert len(table.rows) == measuring.rounds(library, each)
