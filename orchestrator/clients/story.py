"""Client of `StoryService`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from pathlib import Path

from google.longrunning import operations_pb2
from google.protobuf import empty_pb2

from lanternist.runtime.call import Call
from lanternist.runtime.errors import UnavailableError
from lanternist.v1 import story_pb2, story_pb2_grpc
from orchestrator.clients.channel import Connection

TELLINGS = {
    "scripted": story_pb2.TELLING_SCRIPTED,
    "emotive": story_pb2.TELLING_EMOTIVE,
    "story": story_pb2.TELLING_STORY,
}
"""Ways of telling, by the words that people use."""

_CHUNK_BYTES = 256 * 1024
# How often a watch that broke off is taken up again before the watcher gives up.
_RECONNECTIONS = 10


class StoryProgress:
    """How far a story is, by its events.

    Attributes:
        total: Sentences and pictures in its plan; 0 before there is one.
        rest: What it waits for, and how long it takes yet, in words; empty while nothing is known.
    """

    def __init__(self) -> None:
        self.total = 0
        self.rest = ""
        self._done: set[tuple[str, int]] = set()

    @property
    def done(self) -> int:
        """Sentences told and pictures drawn; a draft is none, a picture drawn again counts once."""
        return len(self._done)

    def take(self, event: story_pb2.WatchStoryResponse) -> None:
        """Takes the next event."""
        match event.WhichOneof("event"):
            case "planned":
                planned = event.planned.story
                self.total = len(planned.segments) + len(planned.scenes)
                self._done.clear()
            case "narrated":
                self._done.add(("sentence", event.narrated.segment.index))
            case "illustrated" if not event.illustrated.scene.draft:
                self._done.add(("scene", event.illustrated.scene.index))
            case "progress":
                self.rest = _rest(event.progress)


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

    async def events(
        self, name: str, call: Callable[[], Call] = Call
    ) -> AsyncGenerator[story_pb2.WatchStoryResponse, None]:
        """A story's events from its first to the end of its newest revision, and its progress.

        Goes on where it stood when the connection breaks off.

        Args:
            name: Resource name.
            call: Makes the deadline and ids of each attempt.

        Raises:
            LanternistError: What the service raised; that it cannot be reached only after several
                attempts in a row.
        """
        seen, broken, ended = 0, 0, False
        while True:
            request = story_pb2.WatchStoryRequest(name=name, after_sequence=seen, progress=True)
            try:
                async with contextlib.aclosing(self.WatchStory(request, call())) as events:
                    async for event in events:
                        seen, broken = event.sequence, 0
                        ended |= event.WhichOneof("event") in ("finished", "failed")
                        yield event
                # The stream ends after the end of the newest revision.
                if ended:
                    return
            except UnavailableError as error:
                broken += 1
                if broken > _RECONNECTIONS:
                    raise
                await asyncio.sleep(error.retry_delay_seconds)

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


def _rest(progress: story_pb2.StoryProgress) -> str:
    said = [
        f"{count} {thing}{'s' if count > 1 else ''} ahead"
        for count, thing in (
            (progress.voice_ahead, "voice request"),
            (progress.pictures_ahead, "picture"),
        )
        if count
    ]
    if progress.remaining_ms:
        seconds = progress.remaining_ms // 1000
        said.append(
            f"about {seconds} s left" if seconds < 90 else f"about {seconds // 60} min left"
        )
    return ", ".join(said)


async def _upload(path: Path, media_type: str) -> AsyncIterator[story_pb2.UploadNarrationRequest]:
    config = story_pb2.NarrationConfig(media_type=media_type)
    yield story_pb2.UploadNarrationRequest(config=config)
    with await asyncio.to_thread(path.open, "rb") as file:
        while chunk := await asyncio.to_thread(file.read, _CHUNK_BYTES):
            yield story_pb2.UploadNarrationRequest(audio=chunk)
