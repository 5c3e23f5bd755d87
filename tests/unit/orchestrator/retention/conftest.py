"""Stories and files in a temporary directory, and a clock that can be set."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from lanternist.runtime.sections import RetentionSettings
from orchestrator.assets.store import SHARDS, AssetStore
from orchestrator.retention.collector import Collected, Collector
from orchestrator.storage import Database
from tests.unit.orchestrator.story.house import House
from tests.unit.orchestrator.story.troupe import PlainPainter, SineVoice, specialists

DAY = 86_400.0


@dataclass
class Keeping:
    """A house whose collector lives some days ahead."""

    house: House
    database: Database
    assets: AssetStore

    async def collect(
        self, *, in_days: float = 0.0, dry_run: bool = False, days: int = 30, most_bytes: int = 0
    ) -> Collected:
        """One pass, as it would be that many days from now."""
        collector = Collector(
            self.database,
            self.assets,
            RetentionSettings(days=days, max_store_bytes=most_bytes),
            clock=lambda: time.time() + in_days * DAY,
        )
        return await collector.collect(dry_run=dry_run)

    async def stored(self) -> set[str]:
        """Hashes of everything in the store."""
        return {one.sha256 for digits in SHARDS for one in await self.assets.shard(digits)}


@pytest.fixture
async def keeping(tmp_path: Path) -> AsyncIterator[Keeping]:
    import orchestrator.operations.table
    import orchestrator.story.table  # noqa: F401

    database = Database(tmp_path / "test.sqlite")
    await database.create_tables()
    house = House(tmp_path, database, specialists(voice=SineVoice(), image=PlainPainter()))
    yield Keeping(house, database, house.assets)
    await house.move_out()
    await database.close()
