"""The graph of a story: ingest → plan → {narrate ∥ illustrate} → time → finish.

A recording goes another way to the same place: listen → plan → illustrate → time → finish. What a
step makes is kept under the hash of its inputs, so a workflow that is begun again goes through
what was done in look-ups. This module knows the order of the steps and nothing of how a story is
kept, watched or cancelled.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol, TypeVar

from lanternist.runtime import telemetry
from lanternist.runtime.call import Call
from lanternist.v1 import story_pb2
from orchestrator.assets.store import AssetStore
from orchestrator.clients.specialists import Specialists
from orchestrator.story import timeline
from orchestrator.story.domain import Narration, Scene, Script, Segment, Story
from orchestrator.story.illustrate import Illustrator, Look
from orchestrator.story.listen import Listener
from orchestrator.story.narrate import Narrator
from orchestrator.story.passage import Voicing
from orchestrator.story.plan import plan
from orchestrator.story.request import script_of
from orchestrator.story.steps import Steps

A = TypeVar("A")
B = TypeVar("B")

# An attempt at one passage or one picture, the wait in the service's queue included.
_ATTEMPT_SECONDS = 1_800.0
# An attempt at a recording of up to two hours.
_LISTENING_SECONDS = 6 * 3_600.0


class Audience(Protocol):
    """Who is told what happens, when it happens."""

    async def planned(self, story: Story) -> None:
        """Segments and scenes are known, neither timed nor drawn."""

    async def narrated(self, segment: Segment, audio: str) -> None:
        """A segment can be heard; `audio` is its sound, empty for a recording."""

    async def illustrated(self, scene: Scene) -> None:
        """A scene can be seen."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """Makes stories.

    Attributes:
        specialists: Clients of the model services.
        assets: Keeps sounds and pictures.
        steps: Keeps the results of steps.
    """

    specialists: Specialists
    assets: AssetStore
    steps: Steps

    async def make(
        self, name: str, request: story_pb2.CreateStoryRequest, audience: Audience
    ) -> Story:
        """Makes a story from a resolved request.

        Raises:
            LanternistError: What went wrong for good; nothing of the story goes on then.
        """
        if request.WhichOneof("source") == "narration":
            return await self._from_recording(name, request, audience)
        return await self._from_text(name, request, audience)

    async def _from_text(
        self, name: str, request: story_pb2.CreateStoryRequest, audience: Audience
    ) -> Story:
        script = await asyncio.to_thread(script_of, request)
        speed = request.speed if request.HasField("speed") else 1.0
        scenes = await asyncio.to_thread(
            plan, script, request.seed, style=request.style, speed=speed
        )
        story = _planned(name, request, script, scenes)
        await audience.planned(story)
        voicing = Voicing(request.voice_model, request.voice, request.language, speed)
        narrator = Narrator(
            self.specialists.voice, voicing, self.assets, self.steps, self._calls(name)
        )
        telling = asyncio.ensure_future(narrator.tell(script, audience.narrated))
        drawing = asyncio.ensure_future(
            self._illustrator(name, request).draw(scenes, audience.illustrated)
        )
        narration, drawn = await _both(telling, drawing)
        return _finished(story, narration, drawn, "voice")

    async def _from_recording(
        self, name: str, request: story_pb2.CreateStoryRequest, audience: Audience
    ) -> Story:
        listener = Listener(
            self.specialists.transcription,
            self.assets,
            self.steps,
            self._calls(name, _LISTENING_SECONDS),
        )
        heard = await listener.hear(
            request.narration,
            model=request.transcription_model,
            language=request.language,
            title=request.title,
        )
        scenes = await asyncio.to_thread(
            plan, heard.script, request.seed, style=request.style, narration=heard.narration
        )
        scenes = timeline.cut(scenes, heard.narration.segments, heard.narration.duration_ms)
        story = replace(
            _planned(name, request, heard.script, scenes),
            segments=heard.narration.segments,
            duration_ms=heard.narration.duration_ms,
        )
        await audience.planned(story)
        telling = asyncio.ensure_future(_announce(heard.narration, audience))
        drawing = asyncio.ensure_future(
            self._illustrator(name, request).draw(scenes, audience.illustrated)
        )
        _, drawn = await _both(telling, drawing)
        return _finished(story, heard.narration, drawn, "transcription")

    def _illustrator(self, name: str, request: story_pb2.CreateStoryRequest) -> Illustrator:
        look = Look(request.image_model, request.style, request.image_width, request.image_height)
        return Illustrator(self.specialists.image, look, self.assets, self.steps, self._calls(name))

    @staticmethod
    def _calls(name: str, seconds: float = _ATTEMPT_SECONDS) -> Callable[[], Call]:
        """Makes the `Call` of each attempt; its request id begins with the story's."""
        story = name.removeprefix("stories/")

        def call() -> Call:
            request_id = f"{story}.{uuid.uuid4().hex[:8]}"
            return Call(request_id, seconds, {telemetry.REQUEST_ID: request_id})

        return call


async def _announce(narration: Narration, audience: Audience) -> None:
    """Tells of a recording's segments, which can all be heard already."""
    for segment in narration.segments:
        await audience.narrated(segment, "")


async def _both(first: asyncio.Future[A], second: asyncio.Future[B]) -> tuple[A, B]:
    """Waits for both; when one fails or the wait is cancelled, the other is stopped first."""
    try:
        return await asyncio.gather(first, second)
    finally:
        first.cancel()
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)


def _planned(
    name: str, request: story_pb2.CreateStoryRequest, script: Script, scenes: tuple[Scene, ...]
) -> Story:
    return Story(
        name=name,
        title=script.title,
        language=script.language,
        style=request.style,
        duration_ms=0,
        segments=tuple(Segment(sentence.index, sentence.text) for sentence in script.sentences),
        scenes=scenes,
        seed=request.seed,
        notes=script.notes,
    )


def _finished(story: Story, narration: Narration, scenes: tuple[Scene, ...], role: str) -> Story:
    placed = timeline.cut(scenes, narration.segments, narration.duration_ms)
    return replace(
        story,
        duration_ms=narration.duration_ms,
        segments=narration.segments,
        scenes=placed,
        narration=narration.audio,
        narration_media_type=narration.media_type,
        voice=narration.voice,
        models={"image": placed[0].model, role: narration.model},
    )
