"""Tests of the index folder: generations are written atomically, checked, opened and pruned."""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.errors import GenerationError, IndexFault, LockedError, NoGenerationError
from index.store.manifest import FILES, MANIFEST
from index.store.store import Store
from tests.bagofwords import BagOfWords
from tests.index.drafts import SOME, chunked, draft_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from index.build.plan import ChunkedDocument

ROOT = Path(__file__).parents[3]
WORDS = st.lists(st.sampled_from(["gpu", "power", "Zürich", "\u2028", "memory."]), min_size=1, max_size=4)
LIBRARIES = st.lists(
    st.lists(st.lists(WORDS.map(" ".join), min_size=1, max_size=3).map(tuple), min_size=1, max_size=3),
    min_size=1,
    max_size=4,
).map(lambda library: tuple(chunked(f"d{i}", *passages) for i, passages in enumerate(library)))


def write_generation(store: Store, *parts: ChunkedDocument, keep: int = 3) -> str:
    """Write a generation with these documents, and return its id."""
    with store.lock() as writer:
        with writer.write(draft_of(parts or SOME)) as generation:
            id = generation.id
        writer.prune(keep)
    return id


@contextmanager
def process(code: str, *arguments: str) -> Iterator[subprocess.Popen[str]]:
    """Run code in a process, which is killed at the end."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, "-c", code, *arguments]
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True, env=environment) as running:
        try:
            yield running
        finally:
            running.kill()


@settings(max_examples=20)
@given(LIBRARIES)
def test_a_loaded_generation_equals_the_saved_one(parts: tuple[ChunkedDocument, ...]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store(Path(folder))
        id = write_generation(store, *parts)
        with store.current() as generation:
            assert generation.id == id
            assert not generation.warning
            assert generation.documents == tuple(part.document for part in parts)
            passages = [passage for part in parts for passage in part.passages]
            assert [generation.passage(row) for row in range(len(passages))] == passages
            assert generation.manifest.passages == len(passages)
            draft = draft_of(parts)
            assert np.array_equal(generation.vectors.rows(), draft.vectors.rows())
            for name, array in draft.lexical.arrays.items():
                assert np.array_equal(generation.lexical.arrays[name], array), name
            for row, passage in enumerate(passages):
                assert generation.document_of(row).id == passage.document
            rows, counts = generation.sentences_of(np.arange(len(passages)))
            assert counts.tolist() == [len(passage.sentences) for passage in passages]
            assert rows.shape == (sum(counts), BagOfWords().id.dimension)
            assert np.array_equal(rows, generation.sentences.astype(np.float32))


def test_sentences_of_several_passages_come_in_the_order_asked(tmp_path: Path) -> None:
    store = Store(tmp_path)
    write_generation(store)
    with store.current() as generation:
        rows, lengths = generation.sentences_of(np.array([2, 0, 1]))
        assert lengths.tolist() == [2, 2, 1]
        assert np.array_equal(
            rows, np.vstack([generation.sentences_of(np.array([row]))[0] for row in (2, 0, 1)])
        )
        assert generation.places_of(np.array([2, 0, 1])).tolist() == [1, 0, 0]
        with pytest.raises(IndexError):
            generation.passage(3)
        with pytest.raises(IndexError):
            generation.passage(-1)


def test_the_error_for_a_missing_index_says_what_to_run(tmp_path: Path) -> None:
    """A missing and an empty folder are not reported as damaged."""
    for folder in (tmp_path, tmp_path / "missing"):
        with pytest.raises(NoGenerationError, match="strata build"):
            Store(folder).current()


@pytest.mark.parametrize("name", sorted([*FILES, MANIFEST]))
def test_a_flipped_byte_in_any_file_is_detected(tmp_path: Path, name: str) -> None:
    """The byte may be the first, the middle or the last. The message names the file, and the previous generation serves."""
    store = Store(tmp_path)
    good = write_generation(store)
    bad = write_generation(store)
    path = tmp_path / "generations" / bad / name
    whole = path.read_bytes()
    for place in {0, len(whole) // 2, len(whole) - 1}:
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(GenerationError, match="strata build"):
            store.open(bad)
        with store.current() as generation:
            assert generation.id == good
            assert bad in generation.warning


@pytest.mark.parametrize("name", sorted([*FILES, MANIFEST]))
def test_a_missing_or_truncated_file_is_detected(tmp_path: Path, name: str) -> None:
    """The file is not passed to FAISS or NumPy."""
    store = Store(tmp_path)
    id = write_generation(store)
    path = tmp_path / "generations" / id / name
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(GenerationError, match=name):
        store.open(id)
    path.unlink()
    with pytest.raises(GenerationError, match=name):
        store.current()


def test_another_format_is_named(tmp_path: Path) -> None:
    """An index of another version of Strata is not reported as damaged."""
    store = Store(tmp_path)
    path = tmp_path / "generations" / write_generation(store) / MANIFEST
    record = json.loads(path.read_text())
    path.write_text(json.dumps({**record, "format": 99}))
    with pytest.raises(GenerationError, match="another version of Strata"):
        store.current()


@pytest.mark.parametrize("pointer", [b"", b"../../etc", b"\xff\xfe", b"20200101T000000000000Z-00000000\n"])
def test_a_damaged_pointer_only_causes_a_warning(tmp_path: Path, pointer: bytes) -> None:
    """The newest intact generation serves."""
    store = Store(tmp_path)
    write_generation(store)
    newest = write_generation(store)
    (tmp_path / "CURRENT").write_bytes(pointer)
    with store.current() as generation:
        assert generation.id == newest
        assert generation.warning


def test_a_missing_pointer_only_causes_a_warning(tmp_path: Path) -> None:
    """A build that was killed before it first wrote the pointer leaves an intact generation."""
    store = Store(tmp_path)
    id = write_generation(store)
    (tmp_path / "CURRENT").unlink()
    with store.current() as generation:
        assert generation.id == id
        assert "CURRENT is missing" in generation.warning


def test_ids_increase_even_if_the_clock_is_set_back(tmp_path: Path) -> None:
    """A generation is newer than all others, even than a generation with a time in the future."""
    store = Store(tmp_path)
    id = write_generation(store)
    future = tmp_path / "generations" / id.replace(id[:4], "2999", 1)
    future.mkdir()
    assert write_generation(store) > future.name


def test_pruning_keeps_the_newest_three_generations(tmp_path: Path) -> None:
    store = Store(tmp_path)
    ids = [write_generation(store) for _ in range(5)]
    assert store.ids() == ids[-3:]
    (tmp_path / "CURRENT").write_text(ids[2] + "\n")
    with store.lock() as writer:
        assert writer.prune(1) == [ids[3]]
    assert store.ids() == [ids[2], ids[4]]


READ = """
import sys
from pathlib import Path
from index.store.store import Store
generation = Store(Path(sys.argv[1])).current()
print(generation.id, flush=True)
sys.stdin.readline()
print(generation.passage(2).text, flush=True)
sys.stdin.readline()
"""


def test_a_generation_in_use_by_another_process_is_not_removed(tmp_path: Path) -> None:
    """It is removed after the process has ended."""
    store = Store(tmp_path)
    used = write_generation(store)
    with process(READ, str(tmp_path)) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        assert reader.stdout.readline().strip() == used
        newer = [write_generation(store, keep=1) for _ in range(2)]
        assert store.ids() == [used, newer[1]]
        reader.stdin.write("go on\n")
        reader.stdin.flush()
        assert "1.2 GW" in reader.stdout.readline()
    newest = write_generation(store, keep=1)
    assert store.ids() == [newest]


def test_a_generation_without_references_is_closed(tmp_path: Path) -> None:
    """Dropping the last reference closes it without the garbage collector."""
    store = Store(tmp_path)
    used = write_generation(store)
    generation = store.current()
    assert generation.passage(0).text
    assert generation.vectors.count == 3
    write_generation(store, keep=1)
    assert used in store.ids()
    gc.disable()
    try:
        del generation
        newest = write_generation(store, keep=1)
    finally:
        gc.enable()
    assert store.ids() == [newest]


def test_data_stays_valid_after_closing(tmp_path: Path) -> None:
    """A question may still be answered while the index is replaced."""
    store = Store(tmp_path)
    write_generation(store)
    with store.current() as generation:
        vectors = generation.vectors
    write_generation(store, keep=1)
    assert vectors.search(vectors.rows()[1], 1)[0].tolist() == [1]
    assert generation.passage(1).text == "Memory is scarce as well."
    assert generation.lexical.df("scarc") == 2


def test_eight_threads_read_the_same_data(tmp_path: Path) -> None:
    """The threads open FAISS and decode passages at the same time."""
    store = Store(tmp_path)
    write_generation(store)
    seen = []
    with store.current() as generation:

        def read() -> None:
            for row in range(3):
                near, _ = generation.vectors.search(generation.vectors.rows()[row], 1)
                seen.append((near.tolist(), generation.passage(row).text))

        threads = [Thread(target=read) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert len(seen) == 24
    assert len({str(pair) for pair in seen}) == 3


HOLD = """
import sys
from pathlib import Path
from index.store.store import Store
with Store(Path(sys.argv[1])).lock():
    Path(sys.argv[1], "generations", ".new").mkdir()
    print("held", flush=True)
    sys.stdin.readline()
"""


def test_a_held_lock_names_its_holder_and_a_dead_holder_frees_it(tmp_path: Path) -> None:
    """The message names the process. After SIGKILL the next builder gets the lock and removes the leftovers."""
    store = Store(tmp_path)
    with process(HOLD, str(tmp_path)) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(LockedError, match=f"process {holder.pid}, since 20.* UTC"), store.lock(0.1):
            pass
        holder.send_signal(signal.SIGKILL)
        holder.wait()
        with store.lock():
            assert not list((tmp_path / "generations").iterdir())


def test_a_builder_may_wait_for_another(tmp_path: Path) -> None:
    store = Store(tmp_path)
    with process(HOLD, str(tmp_path)) as holder:
        assert holder.stdin is not None
        assert holder.stdout is not None
        holder.stdout.readline()
        holder.stdin.write("go on\n")
        holder.stdin.flush()
        with store.lock(wait=10):
            assert str(os.getpid()) in (tmp_path / "build.lock").read_text()
    assert (tmp_path / "build.lock").read_text() == ""


FULL = """
import resource, sys
from pathlib import Path
from index.errors import IndexFault
from index.store.store import Store
from tests.index.drafts import draft_of
resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[2]), resource.RLIM_INFINITY))
try:
    with Store(Path(sys.argv[1])).lock() as writer:
        writer.write(draft_of())
except IndexFault as fault:
    print(fault)
"""


@pytest.mark.parametrize("room", [100, 700, 3000])
def test_a_full_disk_leaves_the_previous_generation(tmp_path: Path, room: int) -> None:
    """For each file that no longer fits there is one message and no leftover, and the old index serves."""
    store = Store(tmp_path)
    old = write_generation(store)
    with process(FULL, str(tmp_path), str(room)) as builder:
        output, _ = builder.communicate()
        assert builder.returncode == 0
    assert "cannot be written" in output
    assert "the previous index stays in use" in output
    assert store.ids() == [old]
    assert [path.name for path in (tmp_path / "generations").iterdir()] == [old]
    with store.current() as generation:
        assert not generation.warning


READ_ONLY = """
import os, sys
from pathlib import Path
import faiss
from index.errors import IndexFault
from index.store.store import Store
if os.geteuid() == 0:
    os.setgroups([])
    os.setgid(65534)
    os.setuid(65534)
store = Store(Path(sys.argv[1]))
with store.current() as generation:
    print(generation.id, generation.passage(0).text, generation.vectors.count)
try:
    with store.lock():
        print("writable")
except IndexFault as fault:
    print(fault)
"""


def test_a_folder_that_cannot_be_written_can_be_read() -> None:
    """Reading needs no lock file, and building fails with a message. (Root drops its privileges first.)"""
    folder = Path(tempfile.mkdtemp())
    try:
        id = write_generation(Store(folder))
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        with process(READ_ONLY, str(folder)) as reader:
            output, _ = reader.communicate()
        first, second = output.splitlines()
        assert first == f"{id} Accelerators are scarce. Nvidia sells most. 3"
        assert "cannot be written (Permission denied)" in second
    finally:
        for path in [folder, *folder.rglob("*")]:
            path.chmod(0o755)
        shutil.rmtree(folder)


def test_a_large_file_is_hashed_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A large file is hashed again only if its size, time or inode changed."""
    monkeypatch.setattr("index.store.manifest._MIN_STAMPED_BYTES", 1000)
    store = Store(tmp_path)
    id = write_generation(store)
    store.current().close()
    path = tmp_path / "generations" / id / "sentences.npy"
    status = path.stat()
    data = bytearray(path.read_bytes())
    data[-1] ^= 1
    path.write_bytes(data)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    store.current().close()  # as it looks the same
    os.utime(path)
    with pytest.raises(GenerationError, match=r"sentences\.npy is damaged"):
        store.current()


def test_ids_with_another_form_are_rejected(tmp_path: Path) -> None:
    """An id must not be a path."""
    for id in ("..", "generations/../..", "", "20250101T000000000000Z-zzzzzzzz"):
        with pytest.raises(GenerationError):
            Store(tmp_path).open(id)


def test_a_file_in_place_of_the_folder_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "index").write_text("")
    store = Store(tmp_path / "index")
    with pytest.raises(IndexFault):
        store.current()
    with pytest.raises(IndexFault), store.lock():
        pass


@pytest.mark.parametrize("name", [b"caf\xe9", "Zürich 🏔".encode(), b"a\nb"])
def test_an_index_folder_may_have_any_name(tmp_path: Path, name: bytes) -> None:
    """The name may have bytes that are not UTF-8, and line breaks."""
    store = Store(tmp_path / os.fsdecode(name))
    write_generation(store)
    with store.current() as generation:
        rows, _ = generation.vectors.search(generation.vectors.rows()[1], 1)
        assert rows.tolist() == [1]


def test_an_index_folder_may_have_any_name_in_the_c_locale(tmp_path: Path) -> None:
    """In the C locale Python decodes other characters than ASCII to lone surrogates."""
    code = (
        "import sys; from pathlib import Path; from index.store.store import Store; from tests.index.store.test_store import write_generation\n"
        "store = Store(Path(sys.argv[1])); write_generation(store)\n"
        "with store.current() as generation: print(generation.vectors.count)"
    )
    locale = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", code, tmp_path / "Zürich 🏔"],
        env={**os.environ, **locale}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("3\n", "")


def test_an_open_generation_outlives_its_folder(tmp_path: Path) -> None:
    """All files are mapped when a generation is opened, so removing the index breaks no answer."""
    store = Store(tmp_path / "index")
    write_generation(store)
    with store.current() as generation:
        shutil.rmtree(store.folder)
        assert generation.vectors.rows().shape[0] == generation.manifest.passages
        assert generation.documents
        assert generation.passage(0).text
        assert generation.sentences_of(np.array([0]))[0].size
        assert generation.lexical.df("gpu") >= 0


@pytest.mark.parametrize("name", sorted([*FILES, MANIFEST]))
def test_a_folder_in_place_of_a_file_is_damage(tmp_path: Path, name: str) -> None:
    """The previous generation serves, and the next builds remove the damaged generation."""
    store = Store(tmp_path)
    good, bad = write_generation(store), write_generation(store)
    (tmp_path / "generations" / bad / name).unlink()
    (tmp_path / "generations" / bad / name).mkdir()
    with pytest.raises(GenerationError, match=f"{name} cannot be read|{name} has [0-9]+ bytes"):
        store.open(bad)
    with store.current() as generation:
        assert generation.id == good
        assert bad in generation.warning
    write_generation(store, keep=1)
    assert len(store.ids()) == 1
