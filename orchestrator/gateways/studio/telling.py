"""Calls of stories: what they begin goes on when the page is closed."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from lanternist.v1 import story_pb2
from orchestrator.clients.channel import Connection
from orchestrator.clients.story import StoryClient
from orchestrator.gateways.studio import files
from orchestrator.gateways.studio.calls import answer, brief, patient
from orchestrator.gateways.studio.events import EventStream
from orchestrator.gateways.studio.messages import from_query, read


class Telling:
    """Stories."""

    def __init__(self, connection: Connection) -> None:
        self._stories = StoryClient(connection)

    async def upload(self, request: Request) -> Response:
        """A recorded narration: it is the body."""
        return answer(
            await self._stories.UploadNarration(files.narration(request), patient(request))
        )

    async def page(self, request: Request) -> Response:
        """The stories there are."""
        message = from_query(request, story_pb2.ListStoriesRequest())
        return answer(await self._stories.ListStories(message, brief(request)))

    async def create(self, request: Request) -> Response:
        """Begins a story."""
        message = await read(request, story_pb2.CreateStoryRequest())
        return answer(await self._stories.CreateStory(message, brief(request)))

    async def get(self, request: Request) -> Response:
        """A story, at the revision that is asked for."""
        message = from_query(request, story_pb2.GetStoryRequest(), name=_name(request))
        return answer(await self._stories.GetStory(message, brief(request)))

    async def delete(self, request: Request) -> Response:
        """Forgets a story."""
        message = story_pb2.DeleteStoryRequest(name=_name(request))
        return answer(await self._stories.DeleteStory(message, brief(request)))

    async def watch(self, request: Request) -> Response:
        """What happens to a story, from `after_sequence` on."""
        message = from_query(request, story_pb2.WatchStoryRequest(), name=_name(request))
        return EventStream(self._stories.WatchStory(message, patient(request)))

    async def revise(self, request: Request) -> Response:
        """Changes a story."""
        message = await read(request, story_pb2.ReviseStoryRequest(), name=_name(request))
        return answer(await self._stories.ReviseStory(message, brief(request)))

    async def pause(self, request: Request) -> Response:
        """Holds a story."""
        message = story_pb2.PauseStoryRequest(name=_name(request))
        return answer(await self._stories.PauseStory(message, brief(request)))

    async def resume(self, request: Request) -> Response:
        """Goes on with a story."""
        message = story_pb2.ResumeStoryRequest(name=_name(request))
        return answer(await self._stories.ResumeStory(message, brief(request)))

    async def export(self, request: Request) -> Response:
        """Writes a story as a file."""
        message = await read(request, story_pb2.ExportStoryRequest(), name=_name(request))
        return answer(await self._stories.ExportStory(message, brief(request)))


def _name(request: Request) -> str:
    return files.resource("stories", request.path_params["story"])
