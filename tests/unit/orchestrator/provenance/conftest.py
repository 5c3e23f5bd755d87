"""Services in front of an artist of this process."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.unit.orchestrator.conftest import Serve
from tests.unit.orchestrator.provenance.artist import IMAGE, VOICE, Artist, Shop


@pytest.fixture
async def shop(serve: Serve, tmp_path: Path) -> AsyncIterator[Shop]:
    artist = Artist()
    shop = Shop(artist, await serve(IMAGE, artist), tmp_path)
    yield shop
    await shop.connection.close()


@pytest.fixture
async def speaker(serve: Serve, tmp_path: Path) -> AsyncIterator[Shop]:
    artist = Artist()
    shop = Shop(artist, await serve(VOICE, artist), tmp_path)
    yield shop
    await shop.connection.close()
