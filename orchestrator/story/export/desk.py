"""`ExportDesk`: exports as operations, from the request to the end, across restarts.

It checks, begins, reports, cancels, and takes up again what a crash left half done. It does not
know how files are written.
"""

from __future__ import annotations

import asyncio
import base64
from dataclasses import dataclass

from google.longrunning import operations_pb2

from lanternist.runtime import telemetry
from lanternist.runtime.errors import (
    CancelledError,
    FailedPreconditionError,
    InternalError,
    LanternistError,
    ResourceExhaustedError,
)
from lanternist.v1 import story_pb2
from orchestrator.operations.idempotency import IdempotencyKey
from orchestrator.operations.store import OperationStore
from orchestrator.story.domain import Story
from orchestrator.story.export.exporter import Exporter
from orchestrator.story.export.request import Wanted, wanted
from orchestrator.story.steps import Steps, exports_of, key
from orchestrator.story.store import StoryStore
from orchestrator.story.wire import story_from

_log = telemetry.logger(__name__)
_MOST_WAITING = 64
_RETRY_SECONDS = 10.0
_VERSION = 1


class ExportDesk:
    """Takes requests for exports.

    Args:
        stories: Keeps the stories.
        exporter: Writes the files.
        operations: Keeps the operations.
        steps: Keeps the requests, for the process after this one.
    """

    def __init__(
        self, stories: StoryStore, exporter: Exporter, operations: OperationStore, steps: Steps
    ) -> None:
        self._stories = stories
        self._exporter = exporter
        self._operations = operations
        self._steps = steps
        self._running: dict[str, _Running] = {}

    async def begin(self, request: story_pb2.ExportStoryRequest) -> operations_pb2.Operation:
        """Begins an export.

        Raises:
            NotFoundError: There is no such story or revision.
            FailedPreconditionError: It is not finished.
            InvalidArgumentError: A field does not fit the format.
            AlreadyExistsError: The request's id was used with another request.
            ResourceExhaustedError: Too many exports wait.
        """
        # Shielded: a caller that leaves now must not leave half an operation behind.
        return await asyncio.shield(self._begin(request))

    async def recover(self) -> int:
        """Takes up the exports that ended processes left. Returns how many."""
        count = 0
        for operation in await self._operations.interrupted():
            metadata = story_pb2.ExportStoryMetadata()
            if not operation.metadata.Unpack(metadata):
                continue
            kept = await self._kept_for(metadata.story).known(_key(operation.name))
            if kept is None or not await self._operations.adopt(operation.name):
                continue
            request = story_pb2.ExportStoryRequest()
            request.ParseFromString(base64.b64decode(kept["request"]))
            try:
                story, asked = await self._checked(request)
            except LanternistError as error:
                await self._operations.fail(operation.name, error)
                continue
            self._start(operation.name, story, asked)
            count += 1
        return count

    async def close(self) -> None:
        """Stops everything, to be taken up by the next process. Idempotent."""
        tasks = [running.task for running in self._running.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._exporter.close()

    async def _begin(self, request: story_pb2.ExportStoryRequest) -> operations_pb2.Operation:
        story, asked = await self._checked(request)
        metadata = story_pb2.ExportStoryMetadata(story=request.name, format=request.format)
        identity = IdempotencyKey.of("ExportStory", request)
        begun = await self._operations.begin(metadata, key=identity)
        operation = begun.operation
        if begun.repeated:
            return operation
        if len(self._running) >= _MOST_WAITING:
            await self._operations.delete(operation.name)
            raise ResourceExhaustedError(
                f"{_MOST_WAITING} exports wait already.",
                subject="waiting exports",
                reason="TOO_MANY_EXPORTS",
                retry_delay_seconds=_RETRY_SECONDS,
            )
        # A revision of 0 means the newest as of now, also after a restart.
        fixed = story_pb2.ExportStoryRequest()
        fixed.CopyFrom(request)
        fixed.revision = asked.revision
        encoded = base64.b64encode(fixed.SerializeToString()).decode()
        await self._kept_for(request.name).keep(_key(operation.name), {"request": encoded})
        self._start(operation.name, story, asked)
        return operation

    async def _checked(self, request: story_pb2.ExportStoryRequest) -> tuple[Story, _Asked]:
        message = await self._stories.get(request.name, request.revision)
        if message.state != story_pb2.STORY_STATE_SUCCEEDED:
            raise FailedPreconditionError(
                f"{request.name} is not finished.",
                reason="STORY_NOT_FINISHED",
                metadata={"state": story_pb2.StoryState.Name(message.state)},
            )
        story = story_from(message)
        return story, _Asked(wanted(story, request), message.revision)

    def _kept_for(self, story: str) -> Steps:
        return self._steps.of(exports_of(story))

    def _start(self, operation: str, story: Story, asked: _Asked) -> None:
        task = asyncio.create_task(self._run(operation, story, asked.wanted), name=operation)
        running = self._running[operation] = _Running(task)
        task.add_done_callback(lambda _: self._running.pop(operation, None))
        self._operations.on_cancel(operation, running.stop)

    async def _run(self, operation: str, story: Story, asked: Wanted) -> None:
        metadata = story_pb2.ExportStoryMetadata(story=story.name)
        metadata.format = asked.format  # type: ignore[assignment]  # an ExportFormat

        async def progress(share: float) -> None:
            if share > metadata.progress:
                metadata.progress = share
                await self._operations.update_metadata(operation, metadata)

        try:
            response = await self._exporter.export(story, asked, progress)
            metadata.progress = 1.0
            await self._operations.succeed(operation, response, metadata)
        except asyncio.CancelledError:
            if not self._running[operation].stopped_by_owner:
                raise  # this process ends; the next one takes it up
            await self._operations.fail(operation, CancelledError("The export was cancelled."))
        except LanternistError as error:
            await self._operations.fail(operation, error)
        except Exception as error:
            _log.error("export failed unexpectedly", operation=operation, exc_info=error)
            safe = InternalError(f"Something went wrong on our side while exporting {story.name}.")
            await self._operations.fail(operation, safe)


@dataclass(frozen=True, slots=True)
class _Asked:
    wanted: Wanted
    revision: int


@dataclass
class _Running:
    """An export under way."""

    task: asyncio.Task[None]
    stopped_by_owner: bool = False

    def stop(self) -> None:
        """Stops it for its owner. Idempotent."""
        if not self.stopped_by_owner:
            self.stopped_by_owner = True
            # Soon: a task that is cancelled before its first step could not write down its end.
            asyncio.get_running_loop().call_soon(self.task.cancel)


def _key(operation: str) -> str:
    """Where the request of an operation is kept."""
    return key("export-request", _VERSION, {"operation": operation})
