"""`Director`: decides who tells a script, and asks the voice service what it needs for that.

A cast needs to know the narrator's voice, to give it to nobody else; when the caller left it to the
service, the service is asked for the first moment of a word. This module decides nothing itself:
`orchestrator.story.telling` does.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from typing import Protocol

from lanternist.runtime.call import Call
from lanternist.runtime.errors import UnavailableError
from lanternist.v1 import story_pb2, voice_pb2
from orchestrator.story.division import carried_over, undivided
from orchestrator.story.domain import NARRATOR, Character, Script
from orchestrator.story.patience import persist
from orchestrator.story.steps import Result, Steps, key
from orchestrator.story.storyboard import Storyboard
from orchestrator.story.telling import Staged, stage

_VERSION = 1


class VoiceService(Protocol):
    """What directing needs of the voice service."""

    async def ListVoices(
        self, request: voice_pb2.ListVoicesRequest, call: Call
    ) -> voice_pb2.ListVoicesResponse:
        """Lists voices."""

    def Synthesize(
        self, request: voice_pb2.SynthesizeRequest, call: Call
    ) -> AsyncGenerator[voice_pb2.SynthesizeResponse, None]:
        """Speaks a text."""


class Director:
    """Decides who tells a script.

    Args:
        voices: The voice service.
        steps: Remembers which voice is the default.
        call: Makes the deadline and ids of each attempt.
    """

    def __init__(self, voices: VoiceService, steps: Steps, call: Callable[[], Call]) -> None:
        self._voices = voices
        self._steps = steps
        self._call = call

    async def direct(
        self,
        script: Script,
        request: story_pb2.CreateStoryRequest,
        appearing: Sequence[Character] = (),
    ) -> Staged:
        """Decides who tells a script, as the request asks.

        Args:
            script: Not divided.
            request: Resolved.
            appearing: Who is seen in the story.

        Raises:
            LanternistError: What the voice service raised, for good.
        """
        voice, offered = request.voice, list[voice_pb2.Voice]()
        if request.telling == story_pb2.TELLING_STORY:
            listing = voice_pb2.ListVoicesRequest()
            answer = await persist(
                lambda: self._voices.ListVoices(listing, self._call()), step="list voices"
            )
            offered = list(answer.voices)
            voice = voice or await self._default_voice(request)
        return await asyncio.to_thread(
            stage,
            script,
            request.telling,
            voice=voice,
            offered=offered,
            asked=list(request.cast),
            appearing=list(appearing),
        )

    async def redirect(self, board: Storyboard) -> Storyboard:
        """A plan told in the way that its request asks for by now; scenes stay where they are."""
        seen = [replace(who, voice="") for who in board.cast if who.id != NARRATOR]
        script = undivided(board.script)
        staged = await self.direct(script, board.request, [who for who in seen if who.description])
        scenes = carried_over(board.scenes, board.script.sentences, staged.script.sentences)
        return replace(
            board,
            script=staged.script,
            segments=staged.segments,
            scenes=scenes,
            cast=staged.cast,
            notes=staged.notes,
        )

    async def _default_voice(self, request: story_pb2.CreateStoryRequest) -> str:
        """The voice that speaks when none is asked for."""
        asked = voice_pb2.SynthesizeRequest(
            model=request.voice_model, language=request.language, text="a"
        )

        async def attempt() -> Result:
            async with contextlib.aclosing(self._voices.Synthesize(asked, self._call())) as events:
                async for event in events:
                    if event.HasField("format"):
                        return {"voice": event.format.voice}
            raise UnavailableError("The voice service ended before it spoke.")

        name = key("default voice", _VERSION, {"model": asked.model, "language": request.language})
        result = await self._steps.once(name, lambda: persist(attempt, step="default voice"))
        return str(result["voice"])
