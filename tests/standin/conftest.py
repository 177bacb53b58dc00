"""The scene of the stand-in's own tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.standin.client import Scene, staged

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    async with staged() as made:
        yield made
