"""`Diary`: what happens to a story, written down: events for watchers, counts for its operation."""

from __future__ import annotations

import asyncio

from lanternist.v1 import story_pb2
from orchestrator.operations.store import OperationStore
from orchestrator.story.domain import Scene, Segment, Story
from orchestrator.story.store import StoryStore
from orchestrator.story.storyboard import Storyboard
from orchestrator.story.wire import scene_to, segment_to, story_to


class Diary:
    """Writes for one run of one story; what stands there already is not written again.

    Args:
        name: The story.
        operation: Its operation.
        store: Keeps its events.
        operations: Keeps its counts.
    """

    def __init__(
        self, name: str, operation: str, store: StoryStore, operations: OperationStore
    ) -> None:
        self._name = name
        self._operation = operation
        self._store = store
        self._operations = operations
        self._metadata = story_pb2.CreateStoryMetadata(story=name)
        self._writing = asyncio.Lock()

    async def planned(self, board: Storyboard, *, review: bool) -> bool:
        """Keeps the plan; with `review`, pauses the story. False when it does not run any more."""
        event = story_pb2.WatchStoryResponse()
        event.planned.story.CopyFrom(story_to(board.story(self._name)))
        event.planned.story.state = story_pb2.STORY_STATE_RUNNING
        paused = story_pb2.WatchStoryResponse(paused=story_pb2.StoryPaused(reason="review"))
        return await self._store.plan(self._name, board, event, paused if review else None)

    async def begin(self, board: Storyboard) -> None:
        """Says how much there is to do."""
        self._metadata.total_steps = len(board.segments) + len(board.scenes)
        await self._note()

    async def narrated(self, segment: Segment, audio: str) -> None:
        """Records a segment that can be heard."""
        event = story_pb2.WatchStoryResponse()
        event.narrated.segment.CopyFrom(segment_to(segment))
        event.narrated.audio = audio
        await self._store.append(self._name, f"narrated/{segment.index}", event)
        await self._count()

    async def illustrated(self, scene: Scene) -> None:
        """Records a scene that can be seen; another picture of it is another event."""
        event = story_pb2.WatchStoryResponse()
        event.illustrated.scene.CopyFrom(scene_to(self._name, scene))
        await self._store.append(self._name, f"illustrated/{scene.index}/{scene.image}", event)
        if not scene.draft:
            await self._count()

    async def stands(self, progress: story_pb2.StoryProgress) -> None:
        """Notes how the rest stands, for watchers who ask for that."""
        self._metadata.progress.CopyFrom(progress)
        await self._note()
        self._store.followers.wake(self._name)

    def watched(self) -> bool:
        """Whether somebody follows the story through this process."""
        return self._store.followers.watched(self._name)

    async def finished(self, story: Story) -> None:
        """Records the end."""
        event = story_pb2.WatchStoryResponse()
        event.finished.story.CopyFrom(story_to(story))
        await self._store.append(self._name, "end", event)

    async def _count(self) -> None:
        done = self._metadata.completed_steps + 1
        self._metadata.completed_steps = min(done, self._metadata.total_steps)
        await self._note()

    async def _note(self) -> None:
        # One after the other: what was noted first must not be written last.
        async with self._writing:
            await self._operations.update_metadata(self._operation, self._metadata)
