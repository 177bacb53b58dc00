"""Tests of builds: what is reused, what is encoded, and what fails."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.build.builder import build
from index.build.changes import changed
from index.errors import ContentError, LockedError
from index.repository.commit import commit_of
from index.store.store import Store
from tests.bagofwords import BagOfWords
from tests.index.drafts import write_library

if TYPE_CHECKING:
    from index.store.generation import Generation

ROOT = Path(__file__).parents[3]

LIBRARY = {
    "chips/nvidia.md": "# Nvidia\n\n## Margin\n\nThe margin is the prize. It is high.\n\n## Supply\n\nMemory is scarce.\n",
    "energy.md": "# Energy\n\nPower is the limit.\n\n- A campus needs 1.2 GW.\n- Turbines are sold out.\n",
    "notes.txt": "Notes\n\nA plain file is read as well.\n",
}
REPAIRED = "---\ntitle: Energy\nreviewed: 2026-07-01\n---\n\nPower was the limit.\n"
BROKEN = "\0" * 40 + REPAIRED  # binary


@pytest.fixture
def content(tmp_path: Path) -> Path:
    """A small library."""
    return write_library(tmp_path / "content", LIBRARY)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """An index folder without generations."""
    return Store(tmp_path / "index")


def contents(generation: Generation) -> tuple[object, ...]:
    """Return everything that a question can read from a generation."""
    passages = [generation.passage(row) for row in range(generation.manifest.passages)]
    rows, lengths = generation.sentences_of(np.arange(len(passages)))
    arrays = {name: array.tolist() for name, array in generation.lexical.arrays.items()}
    vectors = generation.vectors.rows().tolist()
    words = {name: array.tolist() for name, array in generation.words.arrays.items()}
    return generation.documents, passages, vectors, rows.tolist(), lengths.tolist(), arrays, words


def test_a_first_build_reads_everything(content: Path, store: Store) -> None:
    """The report has the counts of the generation, and every text is encoded once."""
    encoder = BagOfWords()
    progress: list[tuple[int, int]] = []
    report = build(content, store, encoder, progress=lambda *counts: progress.append(counts))
    assert (report.documents, report.reused, report.removed, report.unchanged) == (3, 0, 0, False)
    assert report.encoded == report.passages
    assert report.texts == len(encoder.encoded) == len(set(encoder.encoded))
    assert progress[0] == (0, report.texts)
    assert progress[-1] == (report.texts, report.texts)
    assert report.problems == ()
    with store.current() as generation:
        assert generation.id == report.generation
        assert [d.id for d in generation.documents] == ["chips/nvidia", "energy", "notes"]
        assert not changed(content, generation)


def test_nothing_is_written_when_nothing_changed(content: Path, store: Store) -> None:
    """The second build writes no generation, even if a file has a new time."""
    first = build(content, store, BagOfWords())
    os.utime(content / "energy.md")
    encoder = BagOfWords()
    second = build(content, store, encoder)
    assert second.unchanged
    assert (second.generation, second.reused, second.encoded) == (first.generation, first.passages, 0)
    assert encoder.encoded == []
    assert store.ids() == [first.generation]


def test_the_encoder_is_loaded_only_if_a_file_has_changed(content: Path, store: Store) -> None:
    """It loads while the changed file is read, and not at all if there is nothing to encode."""
    build(content, store, BagOfWords())
    idle, needed = BagOfWords(), BagOfWords()
    build(content, store, idle)
    (content / "new.md").write_text("# New\n\nIt is new.\n", encoding="utf-8")
    build(content, store, needed)
    assert (idle.warmed, needed.warmed) == (False, True)


def test_only_the_changed_sentence_and_its_passage_are_encoded(content: Path, store: Store) -> None:
    """New words are encoded, too. The other texts and words of the file keep their embeddings."""
    before = build(content, store, BagOfWords())
    path = content / "chips" / "nvidia.md"
    path.write_text(path.read_text().replace("It is high.", "It is falling."))
    encoder = BagOfWords()
    report = build(content, store, encoder)
    assert (report.encoded, report.removed, report.texts) == (1, 1, 3)
    assert report.reused == before.passages - 1
    assert all("It is falling." in text for text in encoder.encoded[:-1])
    assert encoder.encoded[-1] == "falling"


def test_a_renamed_file_is_not_encoded_again(content: Path, store: Store) -> None:
    """Its passages belong to the new document and keep their embeddings."""
    build(content, store, BagOfWords())
    (content / "energy.md").rename(content / "power.md")
    encoder = BagOfWords()
    report = build(content, store, encoder)
    assert (report.encoded, report.removed, encoder.encoded) == (0, 0, [])
    with store.current() as generation:
        assert [d.path for d in generation.documents] == ["chips/nvidia.md", "notes.txt", "power.md"]
        assert {generation.passage(row).document for row in range(report.passages)} >= {"power"}


def test_a_new_title_encodes_the_whole_document_again(content: Path, store: Store) -> None:
    """Title and headings are part of the encoded texts."""
    build(content, store, BagOfWords())
    path = content / "energy.md"
    path.write_text(path.read_text().replace("# Energy", "# Electricity"))
    encoder = BagOfWords()
    report = build(content, store, encoder)
    assert report.encoded > 0
    assert all(text.startswith("Electricity") for text in encoder.encoded[:-1])
    assert encoder.encoded[-1] == "electricity"


def test_the_passages_of_a_deleted_file_are_removed(content: Path, store: Store) -> None:
    build(content, store, BagOfWords())
    (content / "notes.txt").unlink()
    report = build(content, store, BagOfWords())
    assert (report.documents, report.encoded, report.removed) == (2, 0, 1)


def test_a_full_build_encodes_everything_again(content: Path, store: Store) -> None:
    """The resulting index is the same."""
    first = build(content, store, BagOfWords())
    encoder = BagOfWords()
    report = build(content, store, encoder, full=True)
    assert not report.unchanged
    assert (report.reused, report.encoded, report.removed) == (0, first.passages, 0)
    assert len(encoder.encoded) == first.texts
    with store.open(first.generation) as one, store.current() as other:
        assert contents(one) == contents(other)


def test_another_encoder_encodes_everything_again(content: Path, store: Store) -> None:
    """Embeddings of two encoders are never mixed."""
    first = build(content, store, BagOfWords())
    report = build(content, store, BagOfWords("another"))
    assert (report.reused, report.encoded, report.unchanged) == (0, first.passages, False)
    with store.current() as generation:
        assert generation.manifest.encoder.name == "another"


def test_a_file_that_becomes_unreadable_keeps_its_last_good_version(content: Path, store: Store) -> None:
    """Every build reports the problem, and the old text serves until the file is fixed."""
    build(content, store, BagOfWords())
    (content / "energy.md").write_text(BROKEN)
    first = build(content, store, BagOfWords())
    again = build(content, store, BagOfWords())
    assert (first.unchanged, again.unchanged) == (False, True)
    for report in (first, again):
        assert report.documents == 3
        assert [problem.path for problem in report.problems if problem.fatal] == ["energy.md"]
        assert "its last good version is used" in str(report.problems)
    (content / "notes.txt").write_text("Notes\n\nAnother edit, while the file is still broken.\n")
    assert build(content, store, BagOfWords()).documents == 3
    with store.current() as generation:
        assert not changed(content, generation)
        assert "Power is the limit." in str(contents(generation))
    (content / "energy.md").write_text(REPAIRED)
    assert build(content, store, BagOfWords()).problems == ()
    with store.current() as generation:
        assert "Power was the limit." in str(contents(generation))


def test_a_file_that_was_never_readable_is_left_out(content: Path, store: Store) -> None:
    """The other files are indexed. Even a full build keeps the last good version of a broken file."""
    (content / "energy.md").write_text(BROKEN)
    (content / "picture.md").write_bytes(b"\x89PNG\0\0\0")
    report = build(content, store, BagOfWords())
    assert report.documents == 2
    assert {problem.path for problem in report.problems} == {"energy.md", "picture.md"}
    (content / "energy.md").write_text(LIBRARY["energy.md"])
    assert build(content, store, BagOfWords()).documents == 3
    (content / "energy.md").write_text(BROKEN)
    assert build(content, store, BagOfWords(), full=True).documents == 3


def ids(store: Store) -> dict[str, str]:
    """Return the id of each document by path."""
    with store.current() as generation:
        for row in range(generation.manifest.passages):
            assert generation.passage(row).document == generation.document_of(row).id
        return {document.path: document.id for document in generation.documents}


def test_files_that_share_a_stem_are_both_read(content: Path, store: Store) -> None:
    """The first document keeps its id, also in a full build and after the other document was removed."""
    build(content, store, BagOfWords())
    (content / "notes.md").write_text("# Notes\n\nNow in Markdown.\n")
    for full in (False, True):
        assert build(content, store, BagOfWords(), full=full).documents == 4
        assert ids(store)["notes.txt"] == "notes"
        assert ids(store)["notes.md"] == "notes.md"
    (content / "notes.txt").unlink()
    build(content, store, BagOfWords())
    assert ids(store)["notes.md"] == "notes.md"
    (content / "notes.txt").write_text("Notes\n\nA plain file is read as well.\n")
    build(content, store, BagOfWords("another"))
    assert (ids(store)["notes.md"], ids(store)["notes.txt"]) == ("notes.md", "notes")


def test_an_unreadable_file_takes_no_id_from_a_readable_one(content: Path, store: Store) -> None:
    """An unreadable file with the same stem is a problem, and the good file keeps its id."""
    (content / "energy.docx").write_bytes(b"garbage")
    report = build(content, store, BagOfWords())
    assert ids(store)["energy.md"] == "energy"
    assert [problem.path for problem in report.problems] == ["energy.docx"]
    with store.current() as generation:
        assert generation.unread == ("energy.docx",)


def test_a_failed_build_leaves_the_previous_index(content: Path, store: Store, tmp_path: Path) -> None:
    """A missing folder, an empty folder and a folder without a readable file have three different errors."""
    good = build(content, store, BagOfWords()).generation
    with pytest.raises(ContentError, match="missing"):
        build(tmp_path / "missing", store, BagOfWords())
    (tmp_path / "empty").mkdir()
    with pytest.raises(ContentError, match="no documents"):
        build(tmp_path / "empty", store, BagOfWords())
    with pytest.raises(ContentError, match=r"energy\.md:1"):
        build(write_library(tmp_path / "bad", {"energy.md": BROKEN}), Store(tmp_path / "other"), BagOfWords())
    with store.current() as generation:
        assert generation.id == good


def test_a_damaged_index_is_rebuilt(content: Path, store: Store) -> None:
    """No file of the library has changed, and no intact generation may be left."""
    good = build(content, store, BagOfWords()).generation
    (content / "notes.txt").unlink()
    for _ in range(2):
        bad = build(content, store, BagOfWords()).generation
        path = store.folder / "generations" / bad / "passages.faiss"
        path.write_bytes(path.read_bytes()[:-1])
    (store.folder / "generations" / good / "manifest.json").write_bytes(b"")
    report = build(content, store, BagOfWords())
    assert (report.unchanged, report.reused) == (False, 0)
    with store.current() as generation:
        assert (generation.id, generation.warning) == (report.generation, "")


def test_an_edit_is_detected(content: Path, store: Store) -> None:
    """An edit may change the size, or only the bytes; files may be added or removed. A new time alone is no edit."""
    build(content, store, BagOfWords())
    with store.current() as generation:
        path = content / "energy.md"
        whole, status = path.read_text(), path.stat()
        os.utime(path)
        assert not changed(content, generation)
        path.write_text(whole.replace("limit", "bound"))
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert changed(content, generation)  # as it had changed just before it was read
        path.write_text(whole)
        (content / "new.md").write_text("# New\n\nText.\n")
        assert changed(content, generation)
        (content / "new.md").unlink()
        assert not changed(content, generation)
        path.rename(content / "renamed.md")
        assert changed(content, generation)


def test_an_old_file_with_the_same_stamp_is_not_read(content: Path, store: Store) -> None:
    """A file that was not changed in the seconds before the build is not read again."""
    for path in content.rglob("*.*"):
        os.utime(path, (time.time() - 60, time.time() - 60))
    build(content, store, BagOfWords())
    path = content / "energy.md"
    status = path.stat()
    path.write_text(path.read_text().replace("limit", "bound"))
    with store.current() as generation:
        assert changed(content, generation)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        assert not changed(content, generation)


EDITS = st.lists(
    st.tuples(
        st.sampled_from(["a.md", "b.md", "sub/c.txt"]),
        st.none()
        | st.lists(
            st.sampled_from(
                [
                    "# One",
                    "## Two",
                    "Power is scarce.",
                    "Memory, too. It is dear.",
                    "Memories last.",
                    "- 1.2 GW",
                    "| a | b |",
                ]
            ),
            max_size=5,
        ).map("\n\n".join),
    ),
    min_size=1,
    max_size=5,
)


@settings(max_examples=8)
@given(EDITS)
def test_an_incremental_build_gives_the_same_index_as_a_full_build(
    edits: list[tuple[str, str | None]],
) -> None:
    """This holds after any sequence of edits."""
    with TemporaryDirectory() as name:
        content, store = (
            write_library(Path(name, "content"), {"keep.md": "# Keep\n\nThis stays.\n"}),
            Store(Path(name, "index")),
        )
        build(content, store, BagOfWords())
        for path, text in edits:
            file = content / path
            if text is None:
                file.unlink(missing_ok=True)
            else:
                write_library(content, {path: text + "\n\nThe end."})
            build(content, store, BagOfWords())
        build(content, Store(Path(name, "rebuilt")), BagOfWords())
        with store.current() as kept, Store(Path(name, "rebuilt")).current() as rebuilt:
            assert contents(kept) == contents(rebuilt)
            assert kept.manifest.content == rebuilt.manifest.content
            assert np.array_equal(kept.passage_keys, rebuilt.passage_keys)
            assert np.array_equal(kept.sentence_keys, rebuilt.sentence_keys)


def git(folder: Path, *arguments: str) -> str:
    """Run git with a test author, and return its output."""
    names = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        ["git", *names, "-C", str(folder), *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def test_the_manifest_has_the_commit_of_the_content(content: Path, store: Store, tmp_path: Path) -> None:
    """There is no commit outside of git, for an ignored folder, or with uncommitted changes."""
    assert commit_of(content) == commit_of(tmp_path / "missing") == ""
    git(tmp_path, "init")
    assert commit_of(content) == ""
    (tmp_path / ".gitignore").write_text("content\nindex\n")
    git(tmp_path, "add", ".gitignore")
    git(tmp_path, "commit", "-m", "Ignore")
    assert commit_of(content) == ""
    assert not build(content, store, BagOfWords()).unchanged
    git(tmp_path, "add", "-f", "content")
    git(tmp_path, "commit", "-m", "Add")
    head = git(tmp_path, "rev-parse", "HEAD")
    assert commit_of(content) == head
    report = build(content, store, BagOfWords())
    assert (report.unchanged, report.encoded) == (False, 0)
    with store.current() as generation:
        assert generation.manifest.commit == head
    assert build(content, store, BagOfWords()).unchanged
    (content / "energy.md").write_text("# Energy\n\nEdited.\n")
    assert commit_of(content) == ""


BUILD = """
import sys
from pathlib import Path
from index.build.builder import build
from index.store.store import Store
from tests.bagofwords import BagOfWords
print(build(Path(sys.argv[1]), Store(Path(sys.argv[2])), BagOfWords(), wait=30).unchanged)
"""


def test_concurrent_builders_take_turns(content: Path, store: Store) -> None:
    """Of four builders that start together, one writes and the others find nothing to do."""
    command = [sys.executable, "-c", BUILD, str(content), str(store.folder)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    builders = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) for _ in range(4)
    ]
    outputs = sorted(builder.communicate()[0].strip() for builder in builders)
    assert outputs == ["False", "True", "True", "True"]
    assert len(store.ids()) == 1


def test_a_builder_without_waiting_time_fails_while_another_builds(content: Path, store: Store) -> None:
    """Nothing is read or written while another builder holds the lock."""
    with store.lock(), pytest.raises(LockedError, match="wait for it to end"):
        build(content, Store(store.folder), BagOfWords())
