"""`Steps`: work keyed by the hash of its inputs, done once and looked up ever after.

A result is JSON that names its media as assets. A result whose assets are gone counts as not there.
This module does not know what steps do.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any
from weakref import WeakValueDictionary

from sqlalchemy import select
from sqlalchemy.orm import Session

from lanternist.runtime.errors import NotFoundError
from orchestrator.assets.store import AssetStore
from orchestrator.storage import Database
from orchestrator.story.table import StepRow

Result = dict[str, Any]
_ASSET = re.compile(r"assets/[0-9a-f]{64}")


def key(step: str, version: int, inputs: Mapping[str, Any]) -> str:
    """The name of a step's result.

    Args:
        step: What is done.
        version: Raised whenever the step would make something else of the same inputs.
        inputs: Everything that the result depends on, as JSON values.
    """
    whole = json.dumps([step, version, inputs], sort_keys=True, ensure_ascii=False)
    return hashlib.sha256(whole.encode()).hexdigest()


class Steps:
    """Runs steps, or looks their results up.

    Args:
        database: Keeps the results.
        assets: Keeps the media that results name.
    """

    def __init__(self, database: Database, assets: AssetStore) -> None:
        self._database = database
        self._assets = assets
        self._making: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def known(self, name: str) -> Result | None:
        """The result of that key, when it and all its media are there."""

        def work(session: Session) -> str | None:
            return session.scalar(select(StepRow.result).filter_by(key=name))

        found = await self._database.read(work)
        if found is None:
            return None
        result: Result = json.loads(found)
        try:
            for asset in _assets_in(result):
                await self._assets.get(asset)
        except NotFoundError:
            return None
        return result

    async def keep(self, name: str, result: Result) -> None:
        """Records a result; a later one of the same key replaces it."""
        row = StepRow(key=name, result=json.dumps(result, ensure_ascii=False))
        await self._database.write(lambda session: session.merge(row))

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
