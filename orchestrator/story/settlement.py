"""`Settlement`: ends a story, and its operation the way the story ended."""

from __future__ import annotations

from dataclasses import dataclass

from lanternist.runtime import telemetry
from lanternist.runtime.errors import CancelledError, LanternistError, NotFoundError
from lanternist.runtime.status import from_status, to_status
from lanternist.v1 import story_pb2
from orchestrator.operations.store import OperationStore
from orchestrator.story.store import StoryStore

_log = telemetry.logger(__name__)


@dataclass(frozen=True, slots=True)
class Settlement:
    """Keeps stories and operations in step at their ends.

    Attributes:
        store: Keeps stories.
        operations: Keeps operations.
    """

    store: StoryStore
    operations: OperationStore

    async def cancel(self, name: str, operation: str) -> None:
        """Ends a story because its owner wants no more of it."""
        await self.fail(name, operation, CancelledError("The story was cancelled."))

    async def fail(self, name: str, operation: str, error: LanternistError) -> None:
        """Ends a story with an error, unless it has ended already."""
        event = story_pb2.WatchStoryResponse()
        event.failed.error.CopyFrom(to_status(error))
        await self.store.append(name, "end", event)
        await self.settle(name, operation)

    async def settle(self, name: str, operation: str) -> None:
        """Ends the operation of a story that has ended."""
        try:
            story = await self.store.get(name)
        except NotFoundError as gone:
            await self.operations.fail(operation, gone)
            return
        _log.info("story ended", story=name, state=story_pb2.StoryState.Name(story.state))
        if story.HasField("error"):
            await self.operations.fail(operation, from_status(story.error))
            return
        steps = len(story.segments) + len(story.scenes)
        metadata = story_pb2.CreateStoryMetadata(
            story=name, completed_steps=steps, total_steps=steps
        )
        await self.operations.succeed(operation, story, metadata)
