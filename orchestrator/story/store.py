"""`StoryStore`: stories, their revisions and events, kept.

A story's events are numbered from 1 without gaps, each recorded once however often it is appended,
so a story that is resumed after a crash tells its watchers nothing twice. A story that is open (it
runs, or is paused) is its plan with the events of its newest revision applied. This module does not
know how stories are made.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from lanternist.v1 import story_pb2
from orchestrator.assets.discarded import discard
from orchestrator.storage import Database
from orchestrator.story import rows
from orchestrator.story.boards import Boards
from orchestrator.story.followers import Followers
from orchestrator.story.listing import page_of
from orchestrator.story.storyboard import Storyboard
from orchestrator.story.table import EventRow, RevisionRow, StoryRow
from orchestrator.story.wire import story_to

T = TypeVar("T")
_RUNNING, _PAUSED = story_pb2.STORY_STATE_RUNNING, story_pb2.STORY_STATE_PAUSED


class StoryStore:
    """Keeps stories in the application's database.

    Args:
        database: Its tables must have been created.

    Attributes:
        followers: Those who watch stories.
        boards: Their plans.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self.followers = Followers(database)
        self.boards = Boards(database)

    async def add(
        self, story: story_pb2.Story, request: story_pb2.CreateStoryRequest, operation: str
    ) -> story_pb2.Story:
        """Records a story that is about to be made; returns it with its times."""
        now = datetime.now(UTC)
        story.state = _RUNNING
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

        def work(session: Session) -> None:
            session.add(row)
            session.flush()
            session.add(RevisionRow(story=story.name, revision=1, summary="", create_time=now))

        await self._database.write(work)
        return story

    async def plan(
        self,
        name: str,
        board: Storyboard,
        event: story_pb2.WatchStoryResponse,
        paused: story_pb2.WatchStoryResponse | None = None,
    ) -> bool:
        """Keeps the plan of a running story's newest revision, and tells of it.

        Args:
            name: The story.
            board: The plan.
            event: A `planned`.
            paused: When given, the story is paused in the same instant.

        Returns:
            False when the story does not run any more.
        """
        kept = board.to_json()

        def work(session: Session) -> bool:
            row = session.get(StoryRow, name, with_for_update=True)
            if row is None or row.state != _RUNNING:
                return False
            number = rows.newest(session, name)
            rows.revision_of(session, name, number).board = kept
            rows.record(session, name, f"{number}/planned", event)
            row.story = rows.stands(session, row).SerializeToString()
            if paused is not None:
                rows.record(session, name, f"{number}/paused/review", paused)
                rows.enter(row, _PAUSED)
            return True

        return await self._write(name, work)

    async def append(self, name: str, identity: str, event: story_pb2.WatchStoryResponse) -> bool:
        """Records an event of the newest revision; a terminal one ends the story.

        Args:
            name: The story.
            identity: Names the event among those of its revision; a second one of it is dropped.
            event: Without `sequence` and `time`, which are set here.

        Returns:
            Whether it was recorded: not when it was there already, or the story has ended, is gone,
            or is paused while the event does not end it.
        """
        terminal = event.WhichOneof("event") in ("finished", "failed")

        def work(session: Session) -> bool:
            row = session.get(StoryRow, name, with_for_update=True)
            takes = (_RUNNING, _PAUSED) if terminal else (_RUNNING,)
            if row is None or row.state not in takes:
                return False
            if terminal:
                rows.end(session, row, event)
            return rows.record(session, name, f"{rows.newest(session, name)}/{identity}", event)

        return await self._write(name, work)

    async def pause(self, name: str) -> story_pb2.Story:
        """Holds a running story; of a paused one, nothing. Returns it.

        Raises:
            NotFoundError: There is none of that name.
            FailedPreconditionError: It has ended.
        """
        event = story_pb2.WatchStoryResponse(paused=story_pb2.StoryPaused(reason="asked"))
        return await self._turn(name, _RUNNING, _PAUSED, event)

    async def resume(self, name: str) -> story_pb2.Story:
        """Lets a paused story go on; of a running one, nothing. Returns it.

        Raises:
            NotFoundError: There is none of that name.
            FailedPreconditionError: It has ended.
        """
        event = story_pb2.WatchStoryResponse(resumed=story_pb2.StoryResumed())
        return await self._turn(name, _PAUSED, _RUNNING, event)

    async def _turn(
        self,
        name: str,
        origin: int,
        to: story_pb2.StoryState.ValueType,
        event: story_pb2.WatchStoryResponse,
    ) -> story_pb2.Story:
        def work(session: Session) -> story_pb2.Story:
            row = rows.row_of(session, name, write=True)
            if row.state not in (_RUNNING, _PAUSED):
                raise rows.ended(name, row.state)
            if row.state == origin:
                number = rows.newest(session, name)
                kind = event.WhichOneof("event")
                rows.record(session, name, f"{number}/{kind}/{uuid.uuid4().hex}", event)
                rows.enter(row, to)
            return rows.stands(session, row)

        return await self._write(name, work)

    async def revise(
        self, name: str, base: int, board: Storyboard, summary: str, operation: str
    ) -> story_pb2.Story:
        """Begins a revision with its plan; a paused story stays paused. Returns the story.

        Args:
            name: The story.
            base: The revision that `board` was made from.
            board: The new plan.
            summary: What was changed, in words.
            operation: Ends with the revision; a paused story keeps the one that it has.

        Raises:
            NotFoundError: There is none of that name.
            LanternistError: As `rows.begin_revision`.
        """
        planned = story_to(board.story(name))
        kept = board.to_json()

        def work(session: Session) -> story_pb2.Story:
            row = rows.row_of(session, name, write=True)
            if row.state != _PAUSED:
                row.operation = operation
            return rows.begin_revision(
                session, row, base, board=kept, planned=planned, summary=summary
            )

        return await self._write(name, work)

    async def get(self, name: str, revision: int = 0) -> story_pb2.Story:
        """A story as it stands, or as an earlier revision of it ended.

        Raises:
            NotFoundError: There is none of that name, or no such revision.
        """

        def work(session: Session) -> story_pb2.Story:
            row = rows.row_of(session, name)
            if revision in (0, rows.newest(session, name)):
                return rows.stands(session, row)
            kept = rows.revision_of(session, name, revision)
            story = story_pb2.Story.FromString(kept.result or row.story)
            rows.history(session, story)
            return story

        return await self._database.read(work)

    async def open_stories(self) -> list[tuple[str, str, bool]]:
        """Names of the stories that run or are paused, of their operations, and whether paused."""
        query = select(StoryRow.name, StoryRow.operation, StoryRow.state)
        query = query.where(StoryRow.state.in_((_RUNNING, _PAUSED)))
        found = await self._database.read(lambda session: session.execute(query).all())
        return [(row.name, row.operation, row.state == _PAUSED) for row in found]

    async def page(self, page_size: int, token: str) -> tuple[list[story_pb2.Story], str]:
        """As `listing.page_of`."""
        return await self._database.read(lambda session: page_of(session, page_size, token))

    async def delete(self, name: str) -> None:
        """Forgets a story and its events; of one that is gone already, does nothing.

        The assets that they named are discarded: collected as soon as nothing else names them.
        """

        def work(session: Session) -> None:
            for table, column in (
                (StoryRow, StoryRow.name),
                (RevisionRow, RevisionRow.story),
                (EventRow, EventRow.story),
            ):
                found = session.execute(select(table.__table__).where(column == name))
                kept = (value for row in found for value in row if isinstance(value, bytes))
                discard(session, kept, datetime.now(UTC))
            session.execute(delete(StoryRow).where(StoryRow.name == name))

        await self._database.write(work)
        self.followers.wake(name)

    async def _write(self, name: str, work: Callable[[Session], T]) -> T:
        """Runs a unit of work on a story; whoever follows it looks again when it changed."""
        result = await self._database.write(work)
        if result:
            self.followers.wake(name)
        return result
