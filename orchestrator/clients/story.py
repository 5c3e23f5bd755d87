"""Client of `StoryService`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from pathlib import Path

from google.longrunning import operations_pb2
from google.protobuf import empty_pb2

from lanternist.runtime.call import Call
from lanternist.v1 import story_pb2, story_pb2_grpc
from orchestrator.clients.channel import Connection

_CHUNK_BYTES = 256 * 1024


class StoryClient:
    """Has stories made."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = story_pb2_grpc.StoryServiceStub(connection.channel)

    async def CreateStory(
        self, request: story_pb2.CreateStoryRequest, call: Call
    ) -> operations_pb2.Operation:
        """Begins a story."""
        return await self._connection.unary(self._stub.CreateStory, request, call)

    def WatchStory(
        self, request: story_pb2.WatchStoryRequest, call: Call
    ) -> AsyncGenerator[story_pb2.WatchStoryResponse, None]:
        """Streams a story's events."""
        return self._connection.stream(self._stub.WatchStory, request, call)

    async def GetStory(self, request: story_pb2.GetStoryRequest, call: Call) -> story_pb2.Story:
        """Gets a story as it stands."""
        return await self._connection.unary(self._stub.GetStory, request, call)

    async def ListStories(
        self, request: story_pb2.ListStoriesRequest, call: Call
    ) -> story_pb2.ListStoriesResponse:
        """Lists stories."""
        return await self._connection.unary(self._stub.ListStories, request, call)

    async def DeleteStory(
        self, request: story_pb2.DeleteStoryRequest, call: Call
    ) -> empty_pb2.Empty:
        """Deletes a story."""
        return await self._connection.unary(self._stub.DeleteStory, request, call)

    async def ReviseStory(
        self, request: story_pb2.ReviseStoryRequest, call: Call
    ) -> operations_pb2.Operation:
        """Changes a story."""
        return await self._connection.unary(self._stub.ReviseStory, request, call)

    async def PauseStory(self, request: story_pb2.PauseStoryRequest, call: Call) -> story_pb2.Story:
        """Holds a story where it stands."""
        return await self._connection.unary(self._stub.PauseStory, request, call)

    async def ResumeStory(
        self, request: story_pb2.ResumeStoryRequest, call: Call
    ) -> story_pb2.Story:
        """Goes on with a held story."""
        return await self._connection.unary(self._stub.ResumeStory, request, call)

    async def ExportStory(
        self, request: story_pb2.ExportStoryRequest, call: Call
    ) -> operations_pb2.Operation:
        """Begins to write a story as a file."""
        return await self._connection.unary(self._stub.ExportStory, request, call)

    async def UploadNarration(
        self, requests: AsyncIterable[story_pb2.UploadNarrationRequest], call: Call
    ) -> story_pb2.UploadNarrationResponse:
        """Stores a recorded narration."""
        return await self._connection.upload(self._stub.UploadNarration, requests, call)

    async def upload_file(
        self, path: Path, media_type: str, call: Call
    ) -> story_pb2.UploadNarrationResponse:
        """Stores a local file as a narration, sent in chunks of 256 KiB.

        Raises:
            OSError: The file cannot be read.
            LanternistError: What the service raised.
        """
        return await self.UploadNarration(_upload(path, media_type), call)


async def _upload(path: Path, media_type: str) -> AsyncIterator[story_pb2.UploadNarrationRequest]:
    config = story_pb2.NarrationConfig(media_type=media_type)
    yield story_pb2.UploadNarrationRequest(config=config)
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
            yield story_pb2.UploadNarrationRequest(audio=chunk)
