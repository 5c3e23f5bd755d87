"""`Workshop`: the stories that are being made by this process, from begin to end.

It begins a story as a task, writes down what happens as events, keeps its operation up to date,
stops it when its owner says so, and takes up again what a crash left half made. It does not know
how a story is made, nor gRPC.
"""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import dataclass, field

from google.longrunning import operations_pb2

from lanternist.runtime import telemetry
from lanternist.runtime.errors import (
    CancelledError,
    InternalError,
    LanternistError,
    NotFoundError,
    ResourceExhaustedError,
    UnavailableError,
)
from lanternist.runtime.status import from_status, to_status
from lanternist.v1 import story_pb2
from orchestrator.operations.idempotency import IdempotencyKey
from orchestrator.operations.store import OperationStore
from orchestrator.story.domain import Scene, Segment, Story
from orchestrator.story.store import StoryStore
from orchestrator.story.wire import scene_to, segment_to, story_to
from orchestrator.story.workflow import Workflow

_log = telemetry.logger(__name__)
_RETRY_SECONDS = 10.0


class Workshop:
    """Makes stories in the background.

    Args:
        workflow: Makes one.
        store: Keeps stories and their events.
        operations: Keeps their operations.
        max_running: Most stories made at once.
    """

    def __init__(
        self, workflow: Workflow, store: StoryStore, operations: OperationStore, max_running: int
    ) -> None:
        self._workflow = workflow
        self._store = store
        self._operations = operations
        self._max_running = max_running
        self._running: dict[str, _Running] = {}

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
        operation = begun.operation.name
        if begun.repeated:
            return begun.operation
        if sum(not running.ended for running in self._running.values()) >= self._max_running:
            await self._operations.delete(operation)
            raise ResourceExhaustedError(
                f"{self._max_running} stories are being made already.",
                subject="running stories",
                reason="TOO_MANY_STORIES",
                retry_delay_seconds=_RETRY_SECONDS,
                metadata={"max_running_stories": str(self._max_running)},
            )
        story = story_pb2.Story(
            name=name,
            title=request.title,
            language=request.language,
            style=request.style,
            seed=request.seed,
        )
        await self._store.add(story, request, operation)
        self._start(name, request, operation)
        return begun.operation

    async def resume(self) -> int:
        """Takes up the stories that ended processes left half made. Returns how many.

        Their finished steps are looked up, not done again. A story whose operation was deleted
        meanwhile is failed: nobody could cancel it.
        """
        count = 0
        for operation in await self._operations.interrupted():
            metadata = story_pb2.CreateStoryMetadata()
            if not operation.metadata.Unpack(metadata):
                continue
            name = metadata.story
            try:
                request, _ = await self._store.request(name)
                story = await self._store.get(name)
            except NotFoundError:
                continue
            if not await self._operations.adopt(operation.name):
                continue
            if story.state == story_pb2.STORY_STATE_RUNNING:
                self._start(name, request, operation.name)
                count += 1
            else:  # it had ended, and the process with it before the operation knew
                await self._settle(name, operation.name)
        for name, operation_name in await self._store.running():
            try:
                await self._operations.get(operation_name)
            except NotFoundError:
                if name not in self._running:
                    await self._fail(name, operation_name, _interrupted())
        return count

    async def cancel(self, name: str) -> None:
        """Stops the making of a story, and waits until it has stopped. Of an ended one: nothing.

        Raises:
            NotFoundError: There is no story of that name.
            FailedPreconditionError: Another process makes it.
        """
        _, operation = await self._store.request(name)
        running = self._running.get(name)
        if running is not None:
            running.stop()
            await asyncio.wait([running.task])
            return
        try:
            await self._operations.cancel(operation)
        except NotFoundError:
            return  # its operation was deleted after it had ended

    async def close(self) -> None:
        """Stops all making, leaving the stories as they are, to be resumed. Idempotent."""
        tasks = [running.task for running in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, name: str, request: story_pb2.CreateStoryRequest, operation: str) -> None:
        running = self._running[name] = _Running()
        running.task = asyncio.create_task(self._run(name, request, operation), name=name)
        running.task.add_done_callback(lambda _: self._running.pop(name, None))
        self._operations.on_cancel(operation, running.stop)

    async def _run(self, name: str, request: story_pb2.CreateStoryRequest, operation: str) -> None:
        running = self._running[name]
        diary = _Diary(name, operation, self._store, self._operations)
        try:
            running.begin()
            story = await self._workflow.make(name, request, diary)
            running.ended = True  # who sees the end may begin the next one at once
            event = story_pb2.WatchStoryResponse()
            event.finished.story.CopyFrom(story_to(story))
            await self._store.append(name, "end", event)
            await self._settle(name, operation)
        except asyncio.CancelledError:
            if not running.stopped_by_owner:
                raise  # this process ends; the story is resumed by the next one
            await self._fail(name, operation, CancelledError("The story was cancelled."))
        except LanternistError as error:
            _log.warning("story failed", story=name, code=error.code.name, reason=error.reason)
            await self._fail(name, operation, error)
        except Exception as error:
            _log.error("story failed unexpectedly", story=name, exc_info=error)
            safe = InternalError(f"Something went wrong on our side while making {name}.")
            await self._fail(name, operation, safe)

    async def _fail(self, name: str, operation: str, error: LanternistError) -> None:
        """Ends a story with an error, unless it has ended already."""
        if name in self._running:
            self._running[name].ended = True
        event = story_pb2.WatchStoryResponse()
        event.failed.error.CopyFrom(to_status(error))
        await self._store.append(name, "end", event)
        await self._settle(name, operation)

    async def _settle(self, name: str, operation: str) -> None:
        """Ends an operation the way its story ended."""
        try:
            story = await self._store.get(name)
        except NotFoundError as gone:
            await self._operations.fail(operation, gone)
            return
        _log.info("story ended", story=name, state=story_pb2.StoryState.Name(story.state))
        if story.state == story_pb2.STORY_STATE_SUCCEEDED:
            steps = len(story.segments) + len(story.scenes)
            metadata = story_pb2.CreateStoryMetadata(
                story=name, completed_steps=steps, total_steps=steps
            )
            await self._operations.succeed(operation, story, metadata)
        else:
            await self._operations.fail(operation, from_status(story.error))


def _interrupted() -> UnavailableError:
    return UnavailableError(
        "The orchestrator was restarted while it made this story; ask for it again.",
        reason="ORCHESTRATOR_RESTARTED",
    )


class _Running:
    """A story that is being made."""

    task: asyncio.Task[None]

    def __init__(self) -> None:
        self.stopped_by_owner = False
        self.ended = False
        self._begun = False

    def begin(self) -> None:
        """Marks the task as under way; raises CancelledError when it was stopped before."""
        self._begun = True
        if self.stopped_by_owner:
            raise asyncio.CancelledError

    def stop(self) -> None:
        """Stops it for its owner. Idempotent."""
        if not self.stopped_by_owner:
            self.stopped_by_owner = True
            if self._begun:  # else the task would end before it could write its end down
                self.task.cancel()


@dataclass
class _Diary:
    """Writes down what happens to a story: events for watchers, counts for its operation."""

    name: str
    operation: str
    store: StoryStore
    operations: OperationStore
    metadata: story_pb2.CreateStoryMetadata = field(init=False)

    def __post_init__(self) -> None:
        self.metadata = story_pb2.CreateStoryMetadata(story=self.name)

    async def planned(self, story: Story) -> None:
        """Records the plan."""
        event = story_pb2.WatchStoryResponse()
        event.planned.story.CopyFrom(story_to(story))
        event.planned.story.state = story_pb2.STORY_STATE_RUNNING
        self.metadata.total_steps = len(story.segments) + len(story.scenes)
        await self.store.append(self.name, "planned", event)
        await self.operations.update_metadata(self.operation, self.metadata)

    async def narrated(self, segment: Segment, audio: str) -> None:
        """Records a segment that can be heard."""
        event = story_pb2.WatchStoryResponse()
        event.narrated.segment.CopyFrom(segment_to(segment))
        event.narrated.audio = audio
        await self._step(f"narrated/{segment.index}", event)

    async def illustrated(self, scene: Scene) -> None:
        """Records a scene that can be seen."""
        event = story_pb2.WatchStoryResponse()
        event.illustrated.scene.CopyFrom(scene_to(self.name, scene))
        await self._step(f"illustrated/{scene.index}", event)

    async def _step(self, identity: str, event: story_pb2.WatchStoryResponse) -> None:
        await self.store.append(self.name, identity, event)
        self.metadata.completed_steps += 1
        await self.operations.update_metadata(self.operation, self.metadata)
