"""`Steps`: work keyed by the hash of its inputs, done once and looked up ever after.

A result is JSON that names its media as assets. A result whose assets are gone counts as not there.
Who uses a result is written down beside it, so that it is kept as long as it is needed. This module
does not know what steps do, nor what is collected when.
"""

from __future__ import annotations

import asyncio
import copy
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import and_, select
from sqlalchemy.orm import Session

from lanternist.runtime.errors import NotFoundError
from orchestrator.assets.store import AssetStore
from orchestrator.storage import Database, put_rows
from orchestrator.story.table import StepRow, StepUseRow

Result = dict[str, Any]
EXPORTS = "/exports"
_ASSET = re.compile(r"assets/[0-9a-f]{64}")
_NEWS = timedelta(days=1)  # a use is written down again after this time


def key(step: str, version: int, inputs: Mapping[str, Any]) -> str:
    """The name of a step's result.

    Args:
        step: What is done.
        version: Raised whenever the step would make something else of the same inputs.
        inputs: Everything that the result depends on, as JSON values.
    """
    whole = json.dumps([step, version, inputs], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(whole.encode()).hexdigest()


def exports_of(story: str) -> str:
    """Who uses the steps of a story's exports: those can be made again while the story is there."""
    return f"{story}{EXPORTS}"


class Steps:
    """Runs steps, or looks their results up.

    Args:
        database: Keeps the results.
        assets: Keeps the media that results name.
    """

    def __init__(self, database: Database, assets: AssetStore) -> None:
        self._database = database
        self._assets = assets
        self._user = ""
        self._making: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    def of(self, user: str) -> Steps:
        """The same steps, used by a story, or with `exports_of` for files that are made of it."""
        view = copy.copy(self)
        view._user = user
        return view

    async def known(self, name: str) -> Result | None:
        """The result of that key, when it and all its media are there."""

        query = select(StepRow.result, StepUseRow.use_time).where(StepRow.key == name)
        query = query.outerjoin(
            StepUseRow, and_(StepUseRow.key == StepRow.key, StepUseRow.user == self._user)
        )
        found = await self._database.read(lambda session: session.execute(query).first())
        if found is None:
            return None
        result: Result = json.loads(found.result)
        try:
            for asset in _assets_in(result):
                await self._assets.hold(asset)
        except NotFoundError:
            return None
        now = datetime.now(UTC)
        if found.use_time is None or now - found.use_time > _NEWS:

            def write_down(session: Session) -> bool:
                there = session.get(StepRow, name, with_for_update={"key_share": True})
                if there is not None:  # else it was collected just now
                    put_rows(session, StepUseRow, [self._use(name, now)])
                return there is not None

            if not await self._database.write(write_down):
                return None
        return result

    async def keep(self, name: str, result: Result) -> None:
        """Records a result; a later one of the same key replaces it."""
        row = {"key": name, "result": json.dumps(result, ensure_ascii=False)}
        use = self._use(name, datetime.now(UTC))

        def work(session: Session) -> None:
            put_rows(session, StepRow, [row])
            put_rows(session, StepUseRow, [use])

        await self._database.write(work)

    def _use(self, name: str, now: datetime) -> dict[str, Any]:
        return {"key": name, "user": self._user, "use_time": now}

    async def once(self, name: str, work: Callable[[], Awaitable[Result]]) -> Result:
        """The result of that key, made now when it is not there.

        Who asks for the same while it is being made waits for it.
        """
        lock = self._making.setdefault(name, asyncio.Lock())
        async with lock:
            result = await self.known(name)
            if result is None:
                result = await work()
                await self.keep(name, result)
        return result


def _assets_in(value: Any) -> Iterator[str]:
    """Every asset name in a result."""
    if isinstance(value, str) and _ASSET.fullmatch(value):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from _assets_in(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _assets_in(inner)
