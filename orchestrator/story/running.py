"""`Running`: the handle of a run under way, by which its owner or the process stops it."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any


class Running:
    """One story that is being made.

    Attributes:
        begun: Whether its run has begun.
        ended: Whether nothing more will be made; its end is being written down.
        cancelled: Whether its owner wants no more of it.
        over: Set when the run is over.
    """

    def __init__(self) -> None:
        self.begun = self.ended = self.cancelled = False
        self.over = asyncio.Event()
        self._held = False
        self._run: asyncio.Task[Any] | None = None
        self._work: asyncio.Task[None] | None = None

    def begin(self) -> bool:
        """Takes the current task as the run; False when there is one already."""
        if self.begun:
            return False
        self.begun = True
        self._run = asyncio.current_task()
        return True

    async def through(self, work: Coroutine[Any, Any, None]) -> None:
        """Does the work until it ends or is stopped.

        Raises:
            CancelledError: The process ends; the work has been stopped.
        """
        self._work = asyncio.create_task(work)
        if self._held:
            self._work.cancel()
        try:
            await asyncio.wait([self._work])
        except asyncio.CancelledError:
            self._work.cancel()
            await asyncio.gather(self._work, return_exceptions=True)
            raise
        if not self._work.cancelled():
            self._work.result()

    def hold(self) -> None:
        """Stops it where it stands. Idempotent; of one whose end is being written, nothing."""
        self._held = True
        if self._work is not None and not self.ended:
            self._work.cancel()

    def stop(self) -> None:
        """Stops it for good. Idempotent."""
        self.cancelled = True
        self.hold()

    def leave(self) -> None:
        """Stops it because the process ends."""
        if self._run is not None:
            self._run.cancel()
