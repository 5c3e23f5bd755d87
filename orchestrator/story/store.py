"""`StoryStore`: stories and their events, kept; those who watch, woken.

A story's events are numbered from 1 without gaps, each recorded once however often it is appended,
so a story that is resumed after a crash tells its watchers nothing twice. A running story as it
stands is its plan with its events applied. This module does not know how stories are made.
"""

from __future__ import annotations

import asyncio
import base64
import contextlib
from collections import defaultdict
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.orm import Session

from lanternist.runtime.errors import Code, InvalidArgumentError, NotFoundError
from lanternist.v1 import story_pb2
from orchestrator.storage import Database
from orchestrator.story.table import EventRow, StoryRow

# Events of another process are seen by looking.
_POLL_SECONDS = 1.0
_STATES = {"finished": story_pb2.STORY_STATE_SUCCEEDED, "failed": story_pb2.STORY_STATE_FAILED}


class StoryStore:
    """Keeps stories in the application's database.

    Args:
        database: Its tables must have been created.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changed: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def add(
        self, story: story_pb2.Story, request: story_pb2.CreateStoryRequest, operation: str
    ) -> story_pb2.Story:
        """Records a story that is about to be made; returns it with its times."""
        now = datetime.now(UTC)
        story.state = story_pb2.STORY_STATE_RUNNING
        story.create_time.FromDatetime(now)
        story.update_time.FromDatetime(now)
        row = StoryRow(
            name=story.name,
            state=story.state,
            operation=operation,
            request=request.SerializeToString(),
            story=story.SerializeToString(),
            create_time=now,
            update_time=now,
        )
        await self._database.write(lambda session: session.add(row))
        return story

    async def append(self, name: str, identity: str, event: story_pb2.WatchStoryResponse) -> bool:
        """Records an event; a terminal one ends the story.

        Args:
            name: The story.
            identity: Names the event among those of its story; a second one of it is dropped.
            event: Without `sequence` and `time`, which are set here.

        Returns:
            Whether it was recorded: not when it was there already, the story has ended, or is gone.
        """

        def work(session: Session) -> bool:
            row = session.get(StoryRow, name)
            if row is None or row.state != story_pb2.STORY_STATE_RUNNING:
                return False
            if session.scalar(select(EventRow.sequence).filter_by(story=name, identity=identity)):
                return False
            last = session.scalar(select(func.max(EventRow.sequence)).filter_by(story=name)) or 0
            now = datetime.now(UTC)
            event.sequence = last + 1
            event.time.FromDatetime(now)
            kind = event.WhichOneof("event") or ""
            if kind in _STATES:
                _end(row, kind, event, _events(session, name), now)
            session.add(
                EventRow(
                    story=name,
                    sequence=event.sequence,
                    identity=identity,
                    event=event.SerializeToString(),
                )
            )
            return True

        recorded = await self._database.write(work)
        if recorded:
            self._wake(name)
        return recorded

    async def get(self, name: str) -> story_pb2.Story:
        """A story as it stands.

        Raises:
            NotFoundError: There is none of that name.
        """

        def work(session: Session) -> tuple[StoryRow | None, list[story_pb2.WatchStoryResponse]]:
            row = session.get(StoryRow, name)
            running = row is not None and row.state == story_pb2.STORY_STATE_RUNNING
            return row, _events(session, name) if running else []

        row, events = await self._database.read(work)
        if row is None:
            raise NotFoundError("story", name, field="name")
        return _fold(story_pb2.Story.FromString(row.story), events)

    async def request(self, name: str) -> tuple[story_pb2.CreateStoryRequest, str]:
        """What a story was asked for with, and the name of its operation.

        Raises:
            NotFoundError: There is none of that name.
        """
        row = await self._database.read(lambda session: session.get(StoryRow, name))
        if row is None:
            raise NotFoundError("story", name, field="name")
        return story_pb2.CreateStoryRequest.FromString(row.request), row.operation

    async def follow(
        self, name: str, after: int = 0
    ) -> AsyncGenerator[story_pb2.WatchStoryResponse, None]:
        """Events after a sequence number: those that were, then those that come, to the last.

        Raises:
            NotFoundError: There is no story of that name, or it is deleted meanwhile.
        """

        def work(session: Session) -> tuple[int | None, list[story_pb2.WatchStoryResponse]]:
            state = session.scalar(select(StoryRow.state).filter_by(name=name))
            return state, _events(session, name, after)

        while True:
            changed = self._changed[name]  # before the look, so that no change falls in between
            state, events = await self._database.read(work)
            for event in events:
                after = event.sequence
                yield event
            if state != story_pb2.STORY_STATE_RUNNING:
                self._wake(name)
            if state is None:
                raise NotFoundError("story", name, field="name")
            if state != story_pb2.STORY_STATE_RUNNING:
                return
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_POLL_SECONDS):
                    await changed.wait()

    async def running(self) -> list[tuple[str, str]]:
        """Names of the stories that are being made, and of their operations."""
        query = select(StoryRow.name, StoryRow.operation)
        query = query.filter_by(state=story_pb2.STORY_STATE_RUNNING)
        rows = await self._database.read(lambda session: session.execute(query).all())
        return [(row.name, row.operation) for row in rows]

    async def page(self, page_size: int, page_token: str) -> tuple[list[story_pb2.Story], str]:
        """A page of stories without segments and scenes, newest first, and the next page's token.

        Raises:
            InvalidArgumentError: `page_token` is not one of ours.
        """
        query = select(StoryRow).limit(page_size + 1)
        query = query.order_by(StoryRow.create_time.desc(), StoryRow.name.desc())
        if page_token:
            last = _from_page_token(page_token)
            query = query.where(tuple_(StoryRow.create_time, StoryRow.name) < last)
        rows = await self._database.read(lambda session: session.scalars(query).all())
        stories = [story_pb2.Story.FromString(row.story) for row in rows[:page_size]]
        for story in stories:
            story.ClearField("segments")
            story.ClearField("scenes")
        return stories, _page_token(rows[page_size - 1]) if len(rows) > page_size else ""

    async def delete(self, name: str) -> None:
        """Forgets a story and its events; of one that is gone already, does nothing."""
        statement = delete(StoryRow).where(StoryRow.name == name)
        await self._database.write(lambda session: session.execute(statement))
        self._wake(name)

    def _wake(self, name: str) -> None:
        if changed := self._changed.pop(name, None):
            changed.set()


def _events(session: Session, name: str, after: int = 0) -> list[story_pb2.WatchStoryResponse]:
    query = select(EventRow.event).filter_by(story=name).where(EventRow.sequence > after)
    return [
        story_pb2.WatchStoryResponse.FromString(event)
        for event in session.scalars(query.order_by(EventRow.sequence))
    ]


def _fold(story: story_pb2.Story, events: list[story_pb2.WatchStoryResponse]) -> story_pb2.Story:
    """A story with its events applied."""
    for event in events:
        match event.WhichOneof("event"):
            case "planned":
                times = story.create_time
                story.CopyFrom(event.planned.story)
                story.create_time.CopyFrom(times)
            case "narrated":
                story.segments[event.narrated.segment.index].CopyFrom(event.narrated.segment)
            case "illustrated":
                story.scenes[event.illustrated.scene.index].CopyFrom(event.illustrated.scene)
        story.update_time.CopyFrom(event.time)
    return story


def _end(
    row: StoryRow,
    kind: str,
    event: story_pb2.WatchStoryResponse,
    events: list[story_pb2.WatchStoryResponse],
    now: datetime,
) -> None:
    """Gives a story its last state, in the row and in the event."""
    if kind == "finished":
        story = event.finished.story
        story.create_time.FromDatetime(row.create_time)
    else:
        story = _fold(story_pb2.Story.FromString(row.story), events)
        story.error.CopyFrom(event.failed.error)
    row.state = _STATES[kind]
    if kind == "failed" and event.failed.error.code == Code.CANCELLED:
        row.state = story_pb2.STORY_STATE_CANCELLED
    story.state = story_pb2.StoryState.ValueType(row.state)
    story.update_time.FromDatetime(now)
    row.story = story.SerializeToString()
    row.update_time = now


def _page_token(row: StoryRow) -> str:
    return base64.urlsafe_b64encode(f"{row.create_time.isoformat()} {row.name}".encode()).decode()


def _from_page_token(token: str) -> tuple[datetime, str]:
    try:
        stamp, name = base64.urlsafe_b64decode(token.encode()).decode().split(" ")
        return datetime.fromisoformat(stamp), name
    except ValueError:
        raise InvalidArgumentError("page_token", "is not one that this service gave") from None
