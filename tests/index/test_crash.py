"""Tests that a build killed at any write leaves a usable index, and that the next build succeeds."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from index.build.builder import build
from index.errors import GenerationError, LockedError
from index.store.store import Store
from tests.bagofwords import BagOfWords

ROOT = Path(__file__).parents[2]

BUILD_AND_DIE = """
import os, signal, sys
from pathlib import Path
from index.build.builder import build
from index.store.store import Store
from tests.bagofwords import BagOfWords

left = int(sys.argv[3])

def counted(real):
    def call(*args, **kwargs):
        global left
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*args, **kwargs)
    return call

for name in ("fsync", "replace", "rename", "mkdir"):
    setattr(os, name, counted(getattr(os, name)))
build(Path(sys.argv[1]), Store(Path(sys.argv[2])), BagOfWords())
"""


def write(content: Path, word: str) -> Path:
    content.mkdir(exist_ok=True)
    (content / "chips.md").write_text(
        f"# Chips\n\n## Memory\n\nThe {word} memory is sold out.\n", encoding="utf-8"
    )
    return content


def words(store: Store) -> str:
    """Return the text of the first passage of the current generation."""
    with store.current() as generation:
        assert not generation.warning
        return generation.passage(0).text


def test_a_build_killed_at_any_write_leaves_the_old_index_or_the_new_one(tmp_path: Path) -> None:
    """SIGKILL comes before the n-th sync, rename or new folder, for every n."""
    content, store = write(tmp_path / "content", "oldest"), Store(tmp_path / "index")
    build(content, store, BagOfWords())
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    killed = 0
    for step in range(1, 200):
        write(content, f"edition{step}")
        before = words(store)
        done = subprocess.run(
            [sys.executable, "-c", BUILD_AND_DIE, str(content), str(store.folder), str(step)],
            env=environment, capture_output=True, check=False,
        )  # fmt: skip
        if done.returncode == 0:
            break
        assert done.returncode == -9, done.stderr.decode()
        killed += 1
        assert words(store) in {before, f"The edition{step} memory is sold out."}
    else:
        pytest.fail("a build has fewer than 200 writes")
    assert killed > 10
    assert words(store) == f"The edition{step} memory is sold out."
    left_behind = list((store.folder / "generations").glob(".new*"))
    assert not left_behind


@pytest.mark.parametrize(
    "name", ["manifest.json", "documents.jsonl", "passages.jsonl", "passages.faiss", "sentences.npy"]
)
def test_a_flipped_byte_is_detected_and_the_previous_generation_serves(tmp_path: Path, name: str) -> None:
    content, store = write(tmp_path / "content", "first"), Store(tmp_path / "index")
    build(content, store, BagOfWords())
    write(content, "second")
    newest = build(content, store, BagOfWords()).generation
    file = store.folder / "generations" / newest / name
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(GenerationError):
        store.open(newest)
    with store.current() as generation:
        assert generation.warning
        assert generation.passage(0).text == "The first memory is sold out."


def test_the_error_of_a_second_builder_names_the_first(tmp_path: Path) -> None:
    """The message names the holder of the lock. After the holder has ended, the lock is free."""
    content, store = write(tmp_path / "content", "first"), Store(tmp_path / "index")
    with store.lock(), pytest.raises(LockedError):
        build(content, Store(store.folder), BagOfWords())
    build(content, store, BagOfWords())


def test_only_changed_texts_are_encoded(tmp_path: Path) -> None:
    """An unchanged file keeps its embeddings, and without any change nothing is written."""
    content, store = write(tmp_path / "content", "first"), Store(tmp_path / "index")
    (content / "power.md").write_text("# Power\n\nTurbines are sold out.\n", encoding="utf-8")
    first = build(content, store, BagOfWords())
    assert build(content, store, BagOfWords()).unchanged
    write(content, "second")
    encoder = BagOfWords()
    second = build(content, store, encoder)
    assert (second.encoded, second.reused) == (1, 1)
    assert all("second" in text for text in encoder.encoded)
    assert first.generation != second.generation
