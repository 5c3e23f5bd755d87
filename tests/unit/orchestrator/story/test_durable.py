"""Runs as DBOS workflows: in our loop, begun again after an end of the process, left in order."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

from orchestrator.story.durable import DurableRunner


class Recorder:
    """Notes its runs; holds those it is told to."""

    def __init__(self) -> None:
        self.runs: list[str] = []
        self.loops: list[asyncio.AbstractEventLoop] = []
        self.hold = asyncio.Event()
        self.began = asyncio.Event()
        self.tasks: list[asyncio.Task[None] | None] = []

    async def run(self, story: str) -> None:
        self.runs.append(story)
        self.loops.append(asyncio.get_running_loop())
        self.tasks.append(asyncio.current_task())
        self.began.set()
        await self.hold.wait()


async def test_a_run_that_was_cut_off_is_begun_again_and_a_finished_one_is_not(
    tmp_path: Path,
) -> None:
    path = tmp_path / "runs.sqlite"
    first, runner = Recorder(), DurableRunner(path)
    await runner.open(first.run)
    first.hold.set()
    await runner.start("stories/done")
    async with asyncio.timeout(60):
        await first.began.wait()
        assert first.tasks[0] is not None
        await first.tasks[0]
    first.hold.clear()
    first.began.clear()
    await runner.start("stories/cut")
    async with asyncio.timeout(60):
        await first.began.wait()
    assert first.loops == [asyncio.get_running_loop()] * 2
    assert first.tasks[1] is not None
    first.tasks[1].cancel()
    await asyncio.gather(first.tasks[1], return_exceptions=True)
    an_hour = timedelta(hours=1)
    assert await runner.forget(datetime.now(UTC) - an_hour) == 0
    assert await runner.forget(datetime.now(UTC) + an_hour) == 1  # not the one that was cut off
    assert await runner.forget(datetime.now(UTC) + an_hour) == 0
    await runner.close()
    await runner.close()

    with sqlite3.connect(path) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()

    second, again = Recorder(), DurableRunner(path)
    second.hold.set()
    await again.open(second.run)
    async with asyncio.timeout(60):
        await second.began.wait()
    await asyncio.sleep(0)
    assert second.runs == ["stories/cut"]
    assert second.loops == [asyncio.get_running_loop()]
    await again.close()
