"""`Collector`: removes what nobody needs any more, little by little, beside everything else.

First rows go, then files. A file goes when no row of the database names it and it has not been put
or held for long, or whoever named it was deleted on purpose, or the store is too full. A file that
was put or held within the last hour stays in any case: whoever did so may not have written its name
down yet. Rows are read and deleted in small transactions, and whatever ends the process in between
leaves nothing that the next pass does not find. Several processes may collect at once.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import (
    Awaitable,
    Callable,
    Collection,
    Container,
    Iterator,
    Mapping,
    Sequence,
)
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from lanternist.runtime import telemetry
from lanternist.runtime.sections import RetentionSettings
from orchestrator.assets.store import SHARDS, AssetStore, Stored
from orchestrator.retention import rows
from orchestrator.storage import Database

_log = telemetry.logger(__name__)

_GRACE = timedelta(hours=1)
_HALF = timedelta(days=1)  # after which a file without its record is not one being written
_EVERY = timedelta(days=1)
_BATCH = 100


@dataclass(frozen=True, slots=True)
class Collected:
    """What a pass removed, or would remove.

    Attributes:
        assets: Files.
        asset_bytes: Their size.
        steps: Results of steps.
        operations: Long-running operations that are over.
        runs: Rows of the durable runs behind them.
        kept_assets: Files that stay.
        kept_bytes: Their size.
        waiting: Discarded files that go an hour after they were last used.
    """

    assets: int = 0
    asset_bytes: int = 0
    steps: int = 0
    operations: int = 0
    runs: int = 0
    kept_assets: int = 0
    kept_bytes: int = 0
    waiting: int = 0


class Collector:
    """Collects once, or again and again.

    Args:
        database: Its tables must have been created.
        assets: The files.
        settings: What is kept for how long.
        forget_runs: Deletes what is kept of runs that ended before a time; says how many.
        clock: POSIX seconds.
    """

    def __init__(
        self,
        database: Database,
        assets: AssetStore,
        settings: RetentionSettings,
        *,
        forget_runs: Callable[[datetime], Awaitable[int]] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._assets = assets
        self._settings = settings
        self._forget_runs = forget_runs
        self._clock = clock
        self._asked = asyncio.Event()

    def wake(self) -> None:
        """Has `run` begin a pass soon: something was deleted."""
        self._asked.set()

    async def run(self) -> None:
        """Collects now, then daily, after a deletion, and when a discarded file may go."""
        while True:
            self._asked.clear()
            pause = _EVERY
            try:
                done = await self.collect()
                if done.assets or done.steps or done.operations or done.runs:
                    _log.info(
                        "collected",
                        assets=done.assets,
                        bytes=done.asset_bytes,
                        steps=done.steps,
                        operations=done.operations,
                        runs=done.runs,
                    )
                if done.waiting:
                    pause = _GRACE
            except Exception as error:
                _log.error("collecting failed; it is tried again", exc_info=error)
                pause = _GRACE
            try:
                async with asyncio.timeout(pause.total_seconds()):
                    await self._asked.wait()
            except TimeoutError:
                continue

    async def collect(self, *, dry_run: bool = False) -> Collected:
        """One pass.

        Args:
            dry_run: Changes nothing; counts what would go.
        """
        now = datetime.fromtimestamp(self._clock(), UTC)
        old = now - timedelta(days=self._settings.days) if self._settings.days else None
        gone = await self._rows(now, old, dry_run)
        discarded = await self._database.read(rows.discarded)
        every = dry_run or bool(self._settings.max_store_bytes)
        store = await self._listed(now, old, discarded, every)
        if store.idle:
            leaving = frozenset((*gone.operations, *gone.steps)) if dry_run else frozenset[str]()
            left = await self._spare_named(store.idle, leaving)
            discarded |= dict.fromkeys(left, now)
        going = self._going(store, old, discarded)
        if not dry_run:
            going = [one for one in going if await self._assets.remove(one)]
            await self._assets.sweep()
            await self._settle(discarded, store.waiting)
        freed = sum(one.size_bytes for one in going)
        return Collected(
            assets=len(going),
            asset_bytes=freed,
            steps=len(gone.steps),
            operations=len(gone.operations),
            runs=gone.runs,
            kept_assets=store.count - len(going),
            kept_bytes=store.size_bytes - freed,
            waiting=len(store.waiting),
        )

    async def _rows(self, now: datetime, old: datetime | None, dry_run: bool) -> _Gone:
        settled = now - _GRACE
        operations = await self._database.read(
            lambda session: rows.finished_operations(session, before=old, settled=settled)
        )
        steps = await self._database.read(lambda session: rows.spent_steps(session, old))
        if dry_run:
            return _Gone(operations, steps)
        for batch in _batches(operations):
            await self._write(rows.forget_operations, batch, now)
        for batch in _batches(await self._database.read(rows.unclaimed_steps)):
            await self._write(rows.claim_steps, batch, now)
        for batch in _batches(steps):
            await self._write(rows.forget_steps, batch, old, now)
        runs = await self._forget_runs(old) if self._forget_runs and old else 0
        return _Gone(operations, steps, runs)

    async def _listed(
        self, now: datetime, old: datetime | None, discarded: Container[str], every: bool
    ) -> _Store:
        """What lies in the store; the idle are those that may go when no row names them."""
        store = _Store()
        for digits in SHARDS:
            for one in await self._assets.shard(digits):
                store.count += 1
                store.size_bytes += one.size_bytes
                used = datetime.fromtimestamp(one.used, UTC)
                if not one.whole:
                    if used < now - _HALF:
                        store.halves.append(one)
                elif used > now - _GRACE:
                    if one.sha256 in discarded:
                        store.waiting.add(one.sha256)
                elif every or one.sha256 in discarded or (old is not None and used < old):
                    store.idle[one.sha256] = one
        return store

    async def _spare_named(self, idle: dict[str, Stored], leaving: Collection[str]) -> set[str]:
        """Takes out what a row names. Returns what only rows name that count as deleted."""
        left: set[str] = set()
        for table in rows.tables():
            after: Sequence[Any] = ()
            while True:
                work = partial(
                    rows.names_in, table=table, after=after, limit=_BATCH, leaving=leaving
                )
                named, lost, after = await self._database.read(work)
                left |= lost
                for sha256 in named:
                    idle.pop(sha256, None)
                if not after:
                    break
        return left

    def _going(
        self, store: _Store, old: datetime | None, discarded: Mapping[str, datetime]
    ) -> list[Stored]:
        going, rest = list(store.halves), list[Stored]()
        for one in sorted(store.idle.values(), key=lambda one: one.used):
            used, thrown = datetime.fromtimestamp(one.used, UTC), discarded.get(one.sha256)
            aged = old is not None and used < old
            (going if aged or (thrown is not None and used <= thrown) else rest).append(one)
        left = store.size_bytes - sum(one.size_bytes for one in going)
        for one in rest:
            if not 0 < self._settings.max_store_bytes < left:
                break
            going.append(one)
            left -= one.size_bytes
        if 0 < self._settings.max_store_bytes < left:
            _log.warning(
                "the store is larger than max_store_bytes: what is named stays",
                bytes=left,
                max_store_bytes=self._settings.max_store_bytes,
            )
        return going

    async def _settle(self, discarded: Mapping[str, datetime], waiting: Container[str]) -> None:
        if discarded:
            until = max(discarded.values())
            settled = [sha256 for sha256 in discarded if sha256 not in waiting]
            for batch in _batches(settled):
                await self._write(rows.settle_discarded, batch, until)

    async def _write(self, work: Callable[..., object], *arguments: object) -> None:
        await self._database.write(lambda session: work(session, *arguments))


@dataclass(frozen=True, slots=True)
class _Gone:
    """Rows that were deleted, or would be."""

    operations: Sequence[str]
    steps: Sequence[str]
    runs: int = 0


@dataclass(slots=True)
class _Store:
    """What was found in the asset store: half files, those that may go, those that wait."""

    count: int = 0
    size_bytes: int = 0
    halves: list[Stored] = field(default_factory=list)
    idle: dict[str, Stored] = field(default_factory=dict)
    waiting: set[str] = field(default_factory=set)


def _batches(items: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(items), _BATCH):
        yield items[start : start + _BATCH]
