"""How a story that is being made stands: measured, or said to be unknown."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any, cast

import pytest

from lanternist.runtime.call import Call
from lanternist.v1 import image_pb2, progress_pb2, story_pb2, voice_pb2
from models.illustrator.scene import Scene as Description
from orchestrator.clients.image import ImageClient, Picture
from orchestrator.story.domain import Scene
from orchestrator.story.outlook import Outlook
from orchestrator.story.schedule import Schedule
from tests.unit.orchestrator.story.house import TALE, House, story_of
from tests.unit.orchestrator.story.troupe import PlainPainter

REQUEST = voice_pb2.SynthesizeRequest()


class Clock:
    def __init__(self) -> None:
        self.now = 50.0

    def __call__(self) -> float:
        return self.now


class Script:
    """A voice that says what it is given, and a painter that tells the places it is given."""

    def __init__(self, *events: Any) -> None:
        self.events = events

    async def Synthesize(
        self, request: voice_pb2.SynthesizeRequest, call: Call
    ) -> AsyncGenerator[voice_pb2.SynthesizeResponse, None]:
        for event in self.events:
            if isinstance(event, Exception):
                raise event
            yield event

    async def pictures(
        self, request: image_pb2.GenerateImagesRequest, call: Call, watch: Any
    ) -> AsyncGenerator[Picture, None]:
        for place in self.events:
            status = progress_pb2.QueueStatus(position=place)
            watch(image_pb2.GenerateImagesResponse(queued=status))
            yield Picture(image_pb2.ImageInfo(), b"")


def queued(position: int) -> voice_pb2.SynthesizeResponse:
    return voice_pb2.SynthesizeResponse(queued=progress_pb2.QueueStatus(position=position))


def clause(text: str) -> voice_pb2.SynthesizeResponse:
    return voice_pb2.SynthesizeResponse(clause=voice_pb2.SpokenClause(text=text))


DONE = voice_pb2.SynthesizeResponse(summary=voice_pb2.SpeechSummary())


@pytest.fixture
def clock() -> Clock:
    return Clock()


@contextlib.asynccontextmanager
async def watched(outlook: Outlook, unspoken: int) -> AsyncGenerator[None, None]:
    """The outlook knows how much there is to say; it tells nobody."""

    async def count() -> int:
        return unspoken

    async def tell(progress: story_pb2.StoryProgress) -> None:
        raise AssertionError("too early")

    async with outlook.told(tell, count, every_seconds=600):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        yield


def remaining(outlook: Outlook) -> int | None:
    progress = outlook.now()
    return progress.remaining_ms if progress.HasField("remaining_ms") else None


async def test_the_voice_is_measured_from_its_first_clause_on(clock: Clock) -> None:
    outlook = Outlook("tale", 0, Schedule(clock=clock))
    assert remaining(outlook) is None
    voice = outlook.listening(Script(*(clause("x" * 10) for _ in range(5)), DONE))
    async with watched(outlook, 100):
        clock.now += 30  # a model is loaded: that says nothing of its speed
        seen = []
        async for _ in voice.Synthesize(REQUEST, Call()):
            seen.append(remaining(outlook))
            clock.now += 2.0
        # The rate is known from the second clause on: 10 characters in 2 seconds;
        # less while nothing comes.
        assert seen == [None, 16_000, 14_000, 12_000, 10_000, 13_000]


async def test_what_broke_off_is_to_be_spoken_again(clock: Clock) -> None:
    outlook = Outlook("tale", 0, Schedule(clock=clock))
    four = [clause("x" * 10) for _ in range(4)]
    async with watched(outlook, 80):
        async for _ in outlook.listening(Script(*four, DONE)).Synthesize(REQUEST, Call()):
            clock.now += 1.0
        before = remaining(outlook)
        broken = outlook.listening(Script(*four, ValueError()))
        with pytest.raises(ValueError, match=r"^$"):
            _ = [event async for event in broken.Synthesize(REQUEST, Call())]
        assert remaining(outlook) == before
        async for _ in outlook.listening(Script(*four, DONE)).Synthesize(REQUEST, Call()):
            clock.now += 1.0
        assert remaining(outlook) == 0


async def test_places_in_the_services_lines_are_told(clock: Clock) -> None:
    outlook = Outlook("tale", 1, Schedule(clock=clock))
    voice = outlook.listening(Script(queued(2), queued(1), queued(0), DONE))
    places = [outlook.now().voice_ahead async for _ in voice.Synthesize(REQUEST, Call())]
    assert places == [2, 1, 0, 0]
    painter = outlook.painting(cast(ImageClient, Script(3, 1, 0)))
    request = image_pb2.GenerateImagesRequest()
    places = [outlook.now().pictures_ahead async for _ in painter.pictures(request, Call())]
    assert places == [3, 1, 0]
    assert outlook.now() == story_pb2.StoryProgress()


async def test_pictures_that_nobody_has_looked_up_yet_are_not_taken_for_drawn(clock: Clock) -> None:
    outlook = Outlook("tale", 2, Schedule(clock=clock))
    drawn: list[int] = []

    async def note(scene: Scene) -> None:
        drawn.append(scene.index)

    see = outlook.seeing(note)
    async with watched(outlook, 0):
        await see(_scene(0))
        await see(_scene(1, draft=True))
        assert remaining(outlook) is None
        await see(_scene(1))
        assert remaining(outlook) == 0
    assert drawn == [0, 1, 1]


def _scene(index: int, *, draft: bool = False) -> Scene:
    return Scene(index, (index,), "", Description(()), 0, draft=draft)


async def test_a_story_behind_another_says_so_to_who_asks(
    house: House, painter: PlainPainter
) -> None:
    painter.hold.clear()
    first = story_of(await house.create(text=TALE, language="en"))
    await painter.busy.wait()
    second = story_of(await house.create(text=TALE + " The end.", language="en", seed=5))
    request = story_pb2.WatchStoryRequest(name=second, progress=True)
    seen: list[story_pb2.WatchStoryResponse] = []
    async with asyncio.timeout(120):
        async for event in house.service.WatchStory(request, Call()):
            seen.append(event)
            if event.progress.pictures_ahead >= 2:
                painter.hold.set()
    told = next(event for event in seen if event.progress.pictures_ahead >= 2)
    assert not told.progress.HasField("remaining_ms")  # nothing was drawn yet
    kept = [event for event in seen if not event.HasField("progress")]
    assert [event.sequence for event in kept] == list(range(1, len(kept) + 1))
    assert told.sequence == seen[seen.index(told) - 1].sequence
    assert not any(event.HasField("progress") for event in await house.watch(second))
    await house.watch(first)
