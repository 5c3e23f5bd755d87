"""`Prelude`: a story's beginning, spoken while its scenes are still being planned.

What is spoken is kept as steps, and nobody is told: the narrator finds it there when the plan is
made. This module does not know how anything is spoken.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from types import TracebackType
from typing import Self

from lanternist.runtime import telemetry
from lanternist.runtime.errors import LanternistError

_log = telemetry.logger(__name__)


class Prelude:
    """An async context manager; what still speaks at the end of the block is stopped."""

    def __init__(self) -> None:
        self._speaking: asyncio.Future[None] | None = None
        self._enough = False

    def begin(self, rehearsal: AsyncGenerator[None, None]) -> None:
        """Begins to speak.

        Args:
            rehearsal: Yields after each passage. What it raises is only logged: the narrator has
                that passage spoken again.
        """

        async def speak() -> None:
            try:
                async with contextlib.aclosing(rehearsal):
                    async for _ in rehearsal:
                        if self._enough:
                            return
            except LanternistError as error:
                _log.info("prelude broke off", reason=error.reason)
            except Exception as error:
                _log.warning("prelude broke off unexpectedly", exc_info=error)

        self._speaking = asyncio.ensure_future(speak())

    async def over(self) -> None:
        """Has no other passage begun, and waits for the one that is being spoken."""
        self._enough = True
        if self._speaking is not None:
            await asyncio.wait([self._speaking])

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._speaking is not None:
            self._speaking.cancel()
            await asyncio.gather(self._speaking, return_exceptions=True)
