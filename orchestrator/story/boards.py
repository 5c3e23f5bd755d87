"""`Boards`: the kept plans of stories, for whoever makes or changes them. It only reads."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from sqlalchemy.orm import Session

from lanternist.runtime.errors import FailedPreconditionError
from lanternist.v1 import story_pb2
from orchestrator.storage import Database
from orchestrator.story import rows
from orchestrator.story.storyboard import Storyboard
from orchestrator.story.table import RevisionRow, StoryRow


@dataclass(frozen=True, slots=True)
class Situation:
    """What whoever makes a story must know of it.

    Attributes:
        request: What it was asked for with, resolved.
        operation: Name of the operation that ends when it does.
        state: Where it stands.
        revision: Number of the newest revision.
        board: Its plan; None until it is planned.
    """

    request: story_pb2.CreateStoryRequest
    operation: str
    state: int
    revision: int
    board: Storyboard | None


class Boards:
    """Reads plans.

    Args:
        database: Keeps them.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    async def situation(self, name: str) -> Situation:
        """What whoever makes a story must know of it.

        Raises:
            NotFoundError: There is none of that name.
        """

        def work(session: Session) -> tuple[StoryRow, int, bytes | None]:
            row = rows.row_of(session, name)
            number = rows.newest(session, name)
            kept = session.get(RevisionRow, (name, number))
            return row, number, None if kept is None else kept.board

        row, number, board = await self._database.read(work)
        return Situation(
            request=story_pb2.CreateStoryRequest.FromString(row.request),
            operation=row.operation,
            state=row.state,
            revision=number,
            board=None if board is None else await asyncio.to_thread(Storyboard.from_json, board),
        )

    async def changeable(self, name: str, base: int) -> Storyboard:
        """The plan of a story's newest revision, to be changed.

        Args:
            name: The story.
            base: The revision that is to be changed; 0: the newest.

        Raises:
            NotFoundError: There is none of that name.
            FailedPreconditionError: It is being made, or ended before it was planned.
            AbortedError: `base` is not the newest revision.
        """

        def work(session: Session) -> int:
            return rows.check_changeable(session, rows.row_of(session, name), base)

        return await self.board(name, await self._database.read(work))

    async def board(self, name: str, revision: int) -> Storyboard:
        """The plan of a revision.

        Raises:
            NotFoundError: There is no such revision.
            FailedPreconditionError: It ended before it was planned.
        """
        board = await self._database.read(
            lambda session: rows.revision_of(session, name, revision).board
        )
        if board is None:
            raise FailedPreconditionError(
                f"Revision {revision} of {name} ended before it was planned; "
                "there is nothing to change.",
                reason="STORY_NOT_PLANNED",
            )
        return await asyncio.to_thread(Storyboard.from_json, board)
