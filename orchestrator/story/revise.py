"""What `ReviseStory` asks for, checked against what there is: models, voices, earlier revisions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from lanternist.runtime.call import Call
from lanternist.runtime.errors import NotFoundError
from lanternist.v1 import story_pb2, voice_pb2
from orchestrator.story.boards import Boards
from orchestrator.story.edits import edited
from orchestrator.story.request import ModelCheck, Voices
from orchestrator.story.storyboard import Storyboard
from orchestrator.story.workshop import Change


@dataclass(frozen=True, slots=True)
class Reviser:
    """Makes changes of requests.

    Attributes:
        models: Says which models there are.
        voices: Says which voices there are.
        boards: Holds earlier revisions.
        retell: Gives a plan whose telling was changed the speakers, voices and moods that it needs.
    """

    models: ModelCheck
    voices: Voices
    boards: Boards
    retell: Callable[[Storyboard], Awaitable[Storyboard]]

    async def change(self, request: story_pb2.ReviseStoryRequest, call: Call) -> Change:
        """The change that a request asks for; whether it fits the plan shows when it is made.

        Raises:
            NotFoundError: There is no such story, model, voice or revision.
            LanternistError: The voice service cannot be asked.
        """
        await self.boards.situation(request.name)
        for field, model in _models(request):
            self.models.check("image", model, field)
        voices = await self._voices_of(request, call)
        numbers = {e.restore_revision for e in request.edits if e.HasField("restore_revision")}
        earlier = {number: await self.boards.board(request.name, number) for number in numbers}

        async def change(board: Storyboard) -> tuple[Storyboard, str]:
            told = board.request.telling
            board, summary = await asyncio.to_thread(
                edited, board, request.edits, voices=voices, earlier=earlier
            )
            if board.request.telling != told:
                board = await self.retell(board)
            return board, summary

        return change

    async def _voices_of(
        self, request: story_pb2.ReviseStoryRequest, call: Call
    ) -> dict[str, voice_pb2.Voice]:
        """The voices that edits name, by id."""
        wanted = dict(_voices(request))
        if not wanted:
            return {}
        listed = await self.voices.ListVoices(voice_pb2.ListVoicesRequest(), call)
        offered = {voice.id: voice for voice in listed.voices}
        for voice, field in wanted.items():
            if voice not in offered:
                known = ", ".join(list(offered)[:20]) or "none"
                raise NotFoundError("voice", voice, field=field, hint=f"There are: {known}.")
        return {voice: offered[voice] for voice in wanted}


def _models(request: story_pb2.ReviseStoryRequest) -> Iterator[tuple[str, str]]:
    for number, edit in enumerate(request.edits):
        if edit.HasField("image_model"):
            yield f"edits[{number}].image_model", edit.image_model
        elif edit.scene.HasField("model"):
            yield f"edits[{number}].scene.model", edit.scene.model


def _voices(request: story_pb2.ReviseStoryRequest) -> Iterator[tuple[str, str]]:
    for number, edit in enumerate(request.edits):
        if edit.HasField("voice"):
            yield edit.voice, f"edits[{number}].voice"
        elif edit.HasField("cast"):
            yield edit.cast.voice, f"edits[{number}].cast.voice"
