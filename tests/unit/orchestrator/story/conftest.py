"""Stores in a temporary directory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from orchestrator.assets.store import AssetStore
from orchestrator.storage import Database
from orchestrator.story.steps import Steps
from tests.unit.orchestrator.story.house import House
from tests.unit.orchestrator.story.troupe import PlainPainter, SineVoice, specialists


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    import orchestrator.operations.table
    import orchestrator.story.table  # noqa: F401

    opened = Database(tmp_path / "test.sqlite")
    await opened.create_tables()
    yield opened
    await opened.close()


@pytest.fixture
def assets(tmp_path: Path) -> AssetStore:
    return AssetStore(tmp_path / "assets")


@pytest.fixture
def steps(database: Database, assets: AssetStore) -> Steps:
    return Steps(database, assets)


@pytest.fixture
def voice() -> SineVoice:
    return SineVoice()


@pytest.fixture
def painter() -> PlainPainter:
    return PlainPainter()


@pytest.fixture
async def house(
    tmp_path: Path, database: Database, voice: SineVoice, painter: PlainPainter
) -> AsyncIterator[House]:
    opened = House(tmp_path, database, specialists(voice=voice, image=painter))
    yield opened
    await opened.move_out()
