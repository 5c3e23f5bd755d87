"""The voice begins while the scenes are still being planned."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from typing import Any

import pytest

from lanternist.runtime.call import Call
from lanternist.v1 import story_pb2
from orchestrator.story.planner import Planner
from orchestrator.story.prelude import Prelude
from tests.unit.orchestrator.story.house import TALE, House, story_of
from tests.unit.orchestrator.story.troupe import SineVoice


class SlowPlanner:
    """Plans as the planner does, but not before `ready` is set."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.ready = asyncio.Event()
        self.asked = asyncio.Event()
        plan = Planner.plan

        async def slowly(planner: Planner, *args: Any, **kwargs: Any) -> Any:
            self.asked.set()
            await self.ready.wait()
            return await plan(planner, *args, **kwargs)

        monkeypatch.setattr(Planner, "plan", slowly)


@pytest.fixture
def planning(monkeypatch: pytest.MonkeyPatch) -> SlowPlanner:
    return SlowPlanner(monkeypatch)


async def test_the_voice_does_not_wait_for_the_plan(
    house: House, voice: SineVoice, planning: SlowPlanner
) -> None:
    voice.stop_at_request = 3
    name = story_of(await house.create(text=TALE))
    async with asyncio.timeout(60):
        await voice.stopped.wait()
    assert planning.asked.is_set()
    assert not planning.ready.is_set()
    planning.ready.set()
    voice.hold.set()
    events = await house.watch(name)
    kinds = [event.WhichOneof("event") for event in events]
    assert (kinds[0], kinds[-1]) == ("planned", "finished")
    told = [event.narrated.segment.index for event in events if event.HasField("narrated")]
    assert told == [0, 1, 2, 3, 4]
    texts = [request.text for request in voice.requests]
    assert len(texts) == len(set(texts)) == 4  # nothing was spoken twice


async def test_who_cancels_during_the_planning_stops_the_voice(
    house: House, voice: SineVoice, planning: SlowPlanner
) -> None:
    voice.hold.clear()
    name = story_of(await house.create(text=TALE))
    async with asyncio.timeout(60):
        await voice.speaking.wait()
        await house.workshop.cancel(name)
    assert voice.left == len(voice.requests) == 1
    story = await house.service.GetStory(story_pb2.GetStoryRequest(name=name), Call())
    assert story.state == story_pb2.STORY_STATE_CANCELLED


async def test_what_the_prelude_cannot_say_the_narrator_says(
    house: House, voice: SineVoice, planning: SlowPlanner
) -> None:
    voice.errors = [RuntimeError("a bad moment")]  # type: ignore[list-item]
    name = story_of(await house.create(text=TALE))
    async with asyncio.timeout(60):
        await voice.silent.wait()
    planning.ready.set()
    assert (await house.watch(name))[-1].HasField("finished")


async def test_it_is_over_after_the_passage_that_is_being_spoken() -> None:
    spoken: list[int] = []
    speaking, go_on = asyncio.Event(), asyncio.Event()

    async def rehearsal() -> AsyncGenerator[None, None]:
        for number in range(3):
            speaking.set()
            await go_on.wait()
            spoken.append(number)
            yield

    async with Prelude() as prelude:
        await prelude.over()  # nothing was begun
    async with Prelude() as prelude:
        prelude.begin(rehearsal())
        await speaking.wait()
        over = asyncio.ensure_future(prelude.over())
        await asyncio.sleep(0)
        assert not over.done()
        go_on.set()
        await over
    assert spoken == [0]
