"""`Followers`: those who watch stories, woken when something happens.

What happens in another process is seen by looking once a second. This module reads events and
writes none.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator

from sqlalchemy import select
from sqlalchemy.orm import Session

from lanternist.runtime.errors import NotFoundError
from lanternist.v1 import story_pb2
from orchestrator.storage import Database
from orchestrator.story.rows import OPEN_STATES, events_of, progress_of
from orchestrator.story.table import StoryRow

_POLL_SECONDS = 1.0


class Followers:
    """Lets stories be watched.

    Args:
        database: Holds their events.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changed: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)
        self._count: Counter[str] = Counter()

    async def follow(
        self, name: str, after: int = 0, *, progress: bool = False
    ) -> AsyncGenerator[story_pb2.WatchStoryResponse, None]:
        """Events after a sequence number: those that were, then those that come, to the last.

        Args:
            name: The story.
            after: The number.
            progress: Whether how the rest stands is told as well.

        Raises:
            NotFoundError: There is no story of that name, or it is deleted meanwhile.
        """

        told = story_pb2.StoryProgress()

        def work(session: Session) -> tuple[int | None, list[story_pb2.WatchStoryResponse]]:
            state = session.scalar(select(StoryRow.state).filter_by(name=name))
            events = events_of(session, name, after=after)
            if progress and state == story_pb2.STORY_STATE_RUNNING:
                now = progress_of(session, name)
                if now != told:
                    told.CopyFrom(now)
                    last = events[-1].sequence if events else after
                    events.append(story_pb2.WatchStoryResponse(sequence=last, progress=now))
                    events[-1].time.GetCurrentTime()
            return state, events

        self._count[name] += 1
        try:
            while True:
                changed = self._changed[name]  # before the look, so that no change falls in between
                state, events = await self._database.read(work)
                for event in events:
                    after = event.sequence
                    yield event
                if state not in OPEN_STATES:
                    self.wake(name)
                if state is None:
                    raise NotFoundError("story", name, field="name")
                if state not in OPEN_STATES:
                    return
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(_POLL_SECONDS):
                        await changed.wait()
        finally:
            self._count[name] -= 1
            if not self._count[name]:
                del self._count[name]

    def watched(self, name: str) -> bool:
        """Whether somebody follows a story through this process."""
        return name in self._count

    def wake(self, name: str) -> None:
        """Has those who follow a story look again."""
        if changed := self._changed.pop(name, None):
            changed.set()
