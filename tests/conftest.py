"""Fixtures for all tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from index.encoder import DEFAULT, CompiledEncoder, default_home, find, load
from index.errors import EncoderError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def compiled_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the compiled default encoder: the user's own where it is sound, else compiled here."""
    folder = find(DEFAULT, default_home())
    if folder is not None:
        try:
            load(folder)
        except EncoderError:
            pass
        else:
            return folder
    from index.compiling import compile

    try:
        return compile(DEFAULT, tmp_path_factory.mktemp("encoders"))
    except EncoderError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="session")
def compiled(compiled_folder: Path) -> CompiledEncoder:
    """The compiled default encoder."""
    return load(compiled_folder)
