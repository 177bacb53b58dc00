"""Fixtures for all tests."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock
from hypothesis import settings

from bot.settings.settings import load as load_settings
from index.errors import EncoderError
from index.models.bundle import DEFAULT, find
from index.models.encoder import CompiledEncoder, load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

# No test fails because a machine is slow: speed is measured by tests/benchmarks.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")


@pytest.fixture(scope="session", autouse=True)
def interrupts() -> Iterator[None]:
    """Let Ctrl-C reach the processes of the tests: a shell starts background jobs with SIGINT ignored, and they inherit it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="session", autouse=True)
def encoders() -> Iterator[Path]:
    """Where the user's compiled encoders lie. Of the user's own settings, tests and their processes see no more."""
    home = load_settings().cache_folder() / "encoders"
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("STRATA_")]:
            patch.delenv(name)
        yield home


@pytest.fixture(scope="session")
def compiled_folder(encoders: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the compiled default encoder: the user's own where it is sound and whole, else compiled here.

    The processes of a run share one, because it takes as long as a hundred tests.
    """
    folder = find(DEFAULT, encoders)
    if folder is not None:
        with contextlib.suppress(EncoderError):
            if load(folder).has_word_rows:
                return folder
    from index.models.compiler import compile

    base = tmp_path_factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "encoders"
    with FileLock(shared.with_suffix(".lock")):
        try:
            return find(DEFAULT, shared) or compile(DEFAULT, shared)
        except EncoderError as error:
            pytest.skip(str(error))


@pytest.fixture(scope="session")
def compiled(compiled_folder: Path) -> CompiledEncoder:
    """The compiled default encoder."""
    return load(compiled_folder)
