"""`Runs`: the attempts at stories that are under way in this process.

A run goes from where its story stands to its end, its next pause, or the end of the process. This
module knows what a run does; who may begin or stop one is the workshop's business.
"""

from __future__ import annotations

import asyncio

from lanternist.runtime import telemetry
from lanternist.runtime.errors import (
    InternalError,
    LanternistError,
    NotFoundError,
    ResourceExhaustedError,
)
from lanternist.v1 import story_pb2
from orchestrator.operations.store import OperationStore
from orchestrator.story.boards import Situation
from orchestrator.story.diary import Diary
from orchestrator.story.domain import Story
from orchestrator.story.durable import Runner
from orchestrator.story.prelude import Prelude
from orchestrator.story.running import Running
from orchestrator.story.settlement import Settlement
from orchestrator.story.store import StoryStore
from orchestrator.story.workflow import Workflow

_log = telemetry.logger(__name__)
_RETRY_SECONDS = 10.0


class Runs:
    """Runs of stories.

    Args:
        workflow: Plans and makes one.
        store: Keeps stories.
        operations: Keeps their operations.
        runner: Begins runs, and begins those again that a crash ended.
        max_running: Most stories made at once.
    """

    def __init__(
        self,
        workflow: Workflow,
        store: StoryStore,
        operations: OperationStore,
        runner: Runner,
        max_running: int,
    ) -> None:
        self._workflow = workflow
        self._store = store
        self._operations = operations
        self._settlement = Settlement(store, operations)
        self._runner = runner
        self._max_running = max_running
        self._running: dict[str, Running] = {}
        self._ending: set[asyncio.Task[None]] = set()
        self._ready = asyncio.Event()

    async def open(self) -> None:
        """Gets ready to begin runs. What a crash left waits for `go_on`."""
        await self._runner.open(self._run)

    def go_on(self) -> None:
        """Lets the runs that ended processes left behind go on."""
        self._ready.set()

    async def close(self) -> None:
        """Stops all runs, to be begun again by another process. Idempotent."""
        for running in list(self._running.values()):
            running.leave()
        await asyncio.gather(*(running.over.wait() for running in self._running.values()))
        await asyncio.gather(*self._ending, return_exceptions=True)
        await self._runner.close()

    def get(self, name: str) -> Running | None:
        """The run of a story, if there is one."""
        return self._running.get(name)

    def __len__(self) -> int:
        return len(self._running)

    def check_room(self) -> None:
        """Makes sure that another run may begin.

        Raises:
            ResourceExhaustedError: Too many stories are being made.
        """
        if sum(not running.ended for running in self._running.values()) >= self._max_running:
            raise ResourceExhaustedError(
                f"{self._max_running} stories are being made already.",
                subject="running stories",
                reason="TOO_MANY_STORIES",
                retry_delay_seconds=_RETRY_SECONDS,
                metadata={"max_running_stories": str(self._max_running)},
            )

    async def start(self, name: str, operation: str) -> None:
        """Begins a run, unless there is one that has not ended; waits for one that is ending."""
        while (before := self._running.get(name)) is not None:
            if not before.ended:
                return
            await before.over.wait()
        running = self._running[name] = Running()
        self._operations.on_cancel(operation, running.stop)
        try:
            await self._runner.start(name)
        except BaseException:
            self._running.pop(name).over.set()
            raise

    def end_when_cancelled(self, name: str, operation: str) -> None:
        """Lets a paused story be cancelled through its operation."""

        def cancelled() -> None:
            task = asyncio.ensure_future(self._settlement.cancel(name, operation))
            self._ending.add(task)
            task.add_done_callback(self._ending.discard)

        self._operations.on_cancel(operation, cancelled)

    async def _run(self, name: str) -> None:
        inherited = name not in self._running  # begun by a process before this one
        running = self._running.setdefault(name, Running())
        if not running.begin():
            return
        try:
            if inherited:
                await self._ready.wait()
            now = await self._store.boards.situation(name)
            if now.state != story_pb2.STORY_STATE_RUNNING:
                return
            if not await self._operations.adopt(now.operation):
                return
            self._operations.on_cancel(now.operation, running.stop)
            await running.through(self._make(name, now, running))
            if running.cancelled:
                await self._settlement.cancel(name, now.operation)
        except NotFoundError:
            return  # deleted meanwhile
        finally:
            self._running.pop(name, None)
            running.over.set()

    async def _make(self, name: str, now: Situation, running: Running) -> None:
        diary = Diary(name, now.operation, self._store, self._operations)
        try:
            async with Prelude() as prelude:
                story = await self._told(name, now, running, diary, prelude)
            if story is None:
                return
            await diary.finished(story)
            await self._settlement.settle(name, now.operation)
        except LanternistError as error:
            running.ended = True
            _log.warning("story failed", story=name, code=error.code.name, reason=error.reason)
            await self._settlement.fail(name, now.operation, error)
        except Exception as error:
            running.ended = True
            _log.error("story failed unexpectedly", story=name, exc_info=error)
            safe = InternalError(f"Something went wrong on our side while making {name}.")
            await self._settlement.fail(name, now.operation, safe)

    async def _told(
        self, name: str, now: Situation, running: Running, diary: Diary, prelude: Prelude
    ) -> Story | None:
        """The story, made; None when it is paused after planning, or does not run any more."""
        board = now.board
        if board is None:
            board = await self._workflow.plan(name, now.request, prelude)
            review = now.request.review_plan
            if review:
                self.end_when_cancelled(name, now.operation)
            if not await diary.planned(board, review=review) or review:
                running.ended = True
                return None
        await diary.begin(board)
        story = await self._workflow.make(name, board, diary, prelude)
        running.ended = True  # who sees the end may begin the next one at once
        return story
