"""`Workshop`: the stories that are being made by this process, from begin to end.

It begins runs, writes down what happens as events, keeps operations up to date, pauses, revises and
stops stories when their owners say so, and takes up again what a crash left half made. It does not
know how a story is made, nor gRPC.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable

from google.longrunning import operations_pb2

from lanternist.runtime.errors import (
    FailedPreconditionError,
    NotFoundError,
    ResourceExhaustedError,
    UnavailableError,
)
from lanternist.v1 import story_pb2
from orchestrator.operations.idempotency import IdempotencyKey
from orchestrator.operations.store import OperationStore
from orchestrator.story.boards import Situation
from orchestrator.story.durable import Runner, TaskRunner
from orchestrator.story.runs import Runs
from orchestrator.story.settlement import Settlement
from orchestrator.story.store import StoryStore
from orchestrator.story.storyboard import Storyboard
from orchestrator.story.workflow import Workflow

Change = Callable[[Storyboard], Awaitable[tuple[Storyboard, str]]]
"""Makes a new plan of an old one; says in words what it changed."""

_RUNNING, _PAUSED = story_pb2.STORY_STATE_RUNNING, story_pb2.STORY_STATE_PAUSED


class Workshop:
    """Makes stories in the background.

    Args:
        workflow: Plans and makes one.
        store: Keeps stories and their events.
        operations: Keeps their operations.
        max_running: Most stories made at once.
        runner: Begins runs; by default as plain tasks.
    """

    def __init__(
        self,
        workflow: Workflow,
        store: StoryStore,
        operations: OperationStore,
        max_running: int,
        runner: Runner | None = None,
    ) -> None:
        self._workflow = workflow
        self._store = store
        self._operations = operations
        self._settlement = Settlement(store, operations)
        self._runs = Runs(workflow, store, operations, runner or TaskRunner(), max_running)

    async def open(self) -> None:
        """Gets ready to begin stories. What a crash left waits for `recover`."""
        await self._runs.open()

    async def begin(
        self, request: story_pb2.CreateStoryRequest, key: IdempotencyKey | None
    ) -> operations_pb2.Operation:
        """Begins a story.

        Args:
            request: Resolved.
            key: Leads a repeated request to the first one's operation.

        Raises:
            AlreadyExistsError: The key was used with another request.
            ResourceExhaustedError: Too many stories are being made.
        """
        # Shielded: a caller that leaves now must not leave half a story behind.
        return await asyncio.shield(self._begin(request, key))

    async def _begin(
        self, request: story_pb2.CreateStoryRequest, key: IdempotencyKey | None
    ) -> operations_pb2.Operation:
        name = f"stories/{uuid.uuid4().hex}"
        begun = await self._operations.begin(story_pb2.CreateStoryMetadata(story=name), key=key)
        if begun.repeated:
            return begun.operation
        operation = begun.operation.name
        try:
            self._runs.check_room()
        except ResourceExhaustedError:
            await self._operations.delete(operation)
            raise
        story = story_pb2.Story(
            name=name,
            title=request.title,
            language=request.language,
            style=request.style,
            seed=request.seed,
        )
        await self._store.add(story, request, operation)
        await self._runs.start(name, operation)
        return begun.operation

    async def revise(
        self, name: str, base: int, change: Change, key: IdempotencyKey | None
    ) -> operations_pb2.Operation:
        """Changes a story that is not being made, and makes it unless it is paused.

        Args:
            name: The story.
            base: The revision that is changed; 0: the newest.
            change: Makes the new plan of the old one.
            key: Leads a repeated request to the first one's operation.

        Raises:
            NotFoundError: There is no story of that name, or no revision that is restored.
            InvalidArgumentError: The change does not fit the plan.
            FailedPreconditionError: The story is being made, or was never planned.
            AbortedError: `base` is not the newest revision.
            AlreadyExistsError: The key was used with another request.
            ResourceExhaustedError: Too many stories are being made.
        """
        return await asyncio.shield(self._revise(name, base, change, key))

    async def _revise(
        self, name: str, base: int, change: Change, key: IdempotencyKey | None
    ) -> operations_pb2.Operation:
        begun = await self._operations.begin(story_pb2.CreateStoryMetadata(story=name), key=key)
        if begun.repeated:
            return begun.operation
        operation = begun.operation.name
        try:
            now = await self._store.boards.situation(name)
            if now.state != _PAUSED:
                self._runs.check_room()
            board, summary = await change(await self._store.boards.changeable(name, base))
            story = await self._store.revise(name, base or now.revision, board, summary, operation)
        except BaseException:
            await self._operations.delete(operation)
            raise
        if story.state == _PAUSED:
            await self._operations.succeed(operation, story)
            return await self._operations.get(operation)
        await self._runs.start(name, operation)
        return begun.operation

    async def retell(self, board: Storyboard) -> Storyboard:
        """As `Workflow.retell`."""
        return await self._workflow.retell(board)

    async def pause(self, name: str) -> story_pb2.Story:
        """Holds a running story where it stands; of a paused one, nothing. Returns it.

        Raises:
            NotFoundError: There is no story of that name.
            FailedPreconditionError: It has ended, or another process makes it.
        """
        await self._claim(name)
        if running := self._runs.get(name):
            running.hold()
            await running.over.wait()
        story = await self._store.pause(name)
        self._runs.end_when_cancelled(name, (await self._store.boards.situation(name)).operation)
        return story

    async def resume(self, name: str) -> story_pb2.Story:
        """Goes on with a paused story; of a running one, nothing. Returns it.

        Raises:
            NotFoundError: There is no story of that name.
            FailedPreconditionError: It has ended, or another process makes it.
            ResourceExhaustedError: Too many stories are being made.
        """
        now = await self._claim(name)
        if now.state == _PAUSED:
            self._runs.check_room()
        story = await self._store.resume(name)
        await self._runs.start(name, now.operation)
        return story

    async def recover(self) -> int:
        """Takes up the stories that ended processes left half made. Returns how many.

        Their finished steps are looked up, not done again. A story whose operation was deleted
        meanwhile is failed: nobody could cancel it.
        """
        self._runs.go_on()
        for operation in await self._operations.interrupted():
            metadata = story_pb2.CreateStoryMetadata()
            if operation.metadata.Unpack(metadata):
                await self._take_up(metadata.story, operation.name)
        for name, operation_name, paused in await self._store.open_stories():
            try:
                await self._operations.get(operation_name)
            except NotFoundError:
                if self._runs.get(name) is None:
                    await self._settlement.fail(name, operation_name, _interrupted())
            else:
                if paused:
                    self._runs.end_when_cancelled(name, operation_name)
        return len(self._runs)

    async def _take_up(self, name: str, operation: str) -> None:
        try:
            now = await self._store.boards.situation(name)
        except NotFoundError:
            return
        if not await self._operations.adopt(operation):
            return
        if now.operation != operation or now.state not in (_RUNNING, _PAUSED):
            # it had ended, and the process with it before the operation knew
            await self._settlement.settle(name, operation)
        elif now.state == _RUNNING:
            await self._runs.start(name, operation)

    async def cancel(self, name: str) -> None:
        """Stops the making of a story, and waits until it has stopped. Of an ended one: nothing.

        Raises:
            NotFoundError: There is no story of that name.
            FailedPreconditionError: Another process makes it.
        """
        now = await self._store.boards.situation(name)
        if running := self._runs.get(name):
            running.stop()
            await running.over.wait()
        elif now.state in (_RUNNING, _PAUSED):
            await self._claim(name)
            await self._settlement.cancel(name, now.operation)

    async def close(self) -> None:
        """Stops all making, leaving the stories as they are, to be resumed. Idempotent."""
        await self._runs.close()

    async def _claim(self, name: str) -> Situation:
        """Makes sure that the story is this process's business."""
        now = await self._store.boards.situation(name)
        try:
            mine = now.state not in (_RUNNING, _PAUSED) or await self._operations.adopt(
                now.operation
            )
        except NotFoundError:
            mine = True  # its operation was deleted
        if not mine:
            raise FailedPreconditionError(
                f"Another orchestrator process makes {name}; ask it.",
                reason="OPERATION_OWNED_ELSEWHERE",
            )
        return now


def _interrupted() -> UnavailableError:
    return UnavailableError(
        "The orchestrator was restarted while it made this story; ask for it again.",
        reason="ORCHESTRATOR_RESTARTED",
    )
