"""`StoryService`: the contract on one side, the workshop and the store on the other."""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from pathlib import Path

from google.longrunning import operations_pb2
from google.protobuf import empty_pb2

from lanternist.runtime.call import Call
from lanternist.runtime.errors import InvalidArgumentError, ResourceExhaustedError
from lanternist.v1 import story_pb2
from orchestrator.assets.store import AssetStore
from orchestrator.operations.idempotency import IdempotencyKey
from orchestrator.story import recording
from orchestrator.story.export.desk import ExportDesk
from orchestrator.story.request import ModelCheck, Voices, resolve
from orchestrator.story.revise import Reviser
from orchestrator.story.store import StoryStore
from orchestrator.story.workshop import Workshop

_DEFAULT_PAGE = 50
_BUFFER_BYTES = 1 << 20


class StoryServicer:
    """Makes illustrated stories.

    Args:
        workshop: Makes them.
        store: Keeps them.
        assets: Keeps uploaded narrations.
        exports: Writes stories as files.
        models: Says which models there are.
        voices: Says which voices there are.
        max_upload_bytes: Largest recording taken.
        deleted: Called when a story was deleted.
    """

    def __init__(
        self,
        workshop: Workshop,
        store: StoryStore,
        assets: AssetStore,
        *,
        exports: ExportDesk,
        models: ModelCheck,
        voices: Voices,
        max_upload_bytes: int,
        deleted: Callable[[], None] = lambda: None,
    ) -> None:
        self._deleted = deleted
        self._workshop = workshop
        self._store = store
        self._assets = assets
        self._exports = exports
        self._models = models
        self._voices = voices
        self._reviser = Reviser(models, voices, store.boards, workshop.retell)
        self._max_upload_bytes = max_upload_bytes

    async def CreateStory(
        self, request: story_pb2.CreateStoryRequest, call: Call
    ) -> operations_pb2.Operation:
        """Checks a request and begins its story."""
        resolved = await resolve(
            request, models=self._models, voices=self._voices, assets=self._assets, call=call
        )
        return await self._workshop.begin(resolved, IdempotencyKey.of("CreateStory", request))

    async def WatchStory(
        self, request: story_pb2.WatchStoryRequest, call: Call
    ) -> AsyncGenerator[story_pb2.WatchStoryResponse, None]:
        """Streams events: those that were, then those that come."""
        async with contextlib.aclosing(
            self._store.followers.follow(
                request.name, request.after_sequence, progress=request.progress
            )
        ) as events:
            async for event in events:
                call.check()
                yield event

    async def GetStory(self, request: story_pb2.GetStoryRequest, call: Call) -> story_pb2.Story:
        """Gets a story as it stands, or as an earlier revision ended."""
        return await self._store.get(request.name, request.revision)

    async def ReviseStory(
        self, request: story_pb2.ReviseStoryRequest, call: Call
    ) -> operations_pb2.Operation:
        """Checks changes and begins the revision that they make."""
        key = IdempotencyKey.of("ReviseStory", request)
        change = await self._reviser.change(request, call)
        return await self._workshop.revise(request.name, request.base_revision, change, key)

    async def PauseStory(self, request: story_pb2.PauseStoryRequest, call: Call) -> story_pb2.Story:
        """Holds a story where it stands."""
        return await asyncio.shield(self._workshop.pause(request.name))

    async def ResumeStory(
        self, request: story_pb2.ResumeStoryRequest, call: Call
    ) -> story_pb2.Story:
        """Goes on with a held story."""
        return await asyncio.shield(self._workshop.resume(request.name))

    async def ListStories(
        self, request: story_pb2.ListStoriesRequest, call: Call
    ) -> story_pb2.ListStoriesResponse:
        """Lists stories, newest first."""
        stories, token = await self._store.page(
            request.page_size or _DEFAULT_PAGE, request.page_token
        )
        return story_pb2.ListStoriesResponse(stories=stories, next_page_token=token)

    async def ExportStory(
        self, request: story_pb2.ExportStoryRequest, call: Call
    ) -> operations_pb2.Operation:
        """Checks a request and begins to write a story as a file."""
        return await self._exports.begin(request)

    async def DeleteStory(
        self, request: story_pb2.DeleteStoryRequest, call: Call
    ) -> empty_pb2.Empty:
        """Stops a story if it is being made, and forgets it."""
        await self._workshop.cancel(request.name)
        await self._store.delete(request.name)
        self._deleted()
        return empty_pb2.Empty()

    async def UploadNarration(
        self, requests: AsyncIterator[story_pb2.UploadNarrationRequest], call: Call
    ) -> story_pb2.UploadNarrationResponse:
        """Takes a recording, checks that it is one, and stores it."""
        first = await anext(requests, None)
        if first is None or first.WhichOneof("payload") != "config":
            raise InvalidArgumentError("config", "must be the first message of the stream")
        with tempfile.TemporaryDirectory(prefix="lanternist-") as directory:
            path = Path(directory) / "narration"
            await self._receive(requests, path, call)
            found = await asyncio.to_thread(recording.examine, path)
            asset = await self._assets.put_file(path, found.media_type)
        return story_pb2.UploadNarrationResponse(
            narration=asset.name, duration_ms=found.duration_ms, media_type=found.media_type
        )

    async def _receive(
        self,
        requests: AsyncIterator[story_pb2.UploadNarrationRequest],
        path: Path,
        call: Call,
    ) -> None:
        size, pending = 0, bytearray()
        with await asyncio.to_thread(path.open, "wb") as file:
            async for request in requests:
                call.check()
                if request.WhichOneof("payload") != "audio":
                    raise InvalidArgumentError("config", "must be sent once, before the audio")
                size += len(request.audio)
                if size > self._max_upload_bytes:
                    raise ResourceExhaustedError(
                        f"The recording is larger than {self._max_upload_bytes:,} bytes.",
                        subject="upload size",
                        reason="UPLOAD_TOO_LARGE",
                        metadata={"max_bytes": str(self._max_upload_bytes)},
                    )
                pending += request.audio
                if len(pending) >= _BUFFER_BYTES:
                    await asyncio.to_thread(file.write, bytes(pending))
                    pending.clear()
            await asyncio.to_thread(file.write, bytes(pending))
