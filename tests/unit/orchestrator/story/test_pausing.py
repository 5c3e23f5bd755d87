"""Stories that are held, reviewed, and gone on with, in this process and in the next."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import FailedPreconditionError
from lanternist.v1 import story_pb2
from orchestrator.storage import Database
from tests.unit.orchestrator.story.house import TALE, House, story_of
from tests.unit.orchestrator.story.troupe import PlainPainter, SineVoice, specialists


def kinds(events: list[story_pb2.WatchStoryResponse]) -> list[str]:
    return [event.WhichOneof("event") or "" for event in events]


async def pause(house: House, name: str) -> story_pb2.Story:
    return await house.service.PauseStory(story_pb2.PauseStoryRequest(name=name), Call())


async def resume(house: House, name: str) -> story_pb2.Story:
    return await house.service.ResumeStory(story_pb2.ResumeStoryRequest(name=name), Call())


async def paused_in_the_middle(house: House, voice: SineVoice) -> tuple[str, str]:
    """A story that is paused while its third passage is spoken: its name and operation."""
    voice.stop_at_request = 3
    operation = await house.create(text=TALE)
    async with asyncio.timeout(60):
        await voice.stopped.wait()
    story = await pause(house, story_of(operation))
    assert story.state == story_pb2.STORY_STATE_PAUSED
    voice.stop_at_request = 0
    voice.hold.set()
    return story.name, operation.name


async def test_a_held_story_stops_every_engine_and_loses_nothing(
    house: House, voice: SineVoice, painter: PlainPainter
) -> None:
    name, operation = await paused_in_the_middle(house, voice)
    assert painter.at_work == 0
    assert voice.left == len(voice.requests)
    assert not (await house.operations.get(operation)).done
    assert (await pause(house, name)).state == story_pb2.STORY_STATE_PAUSED
    spoken = len(voice.requests)
    assert (await resume(house, name)).state == story_pb2.STORY_STATE_RUNNING
    events = await house.watch(name)
    assert kinds(events)[-1] == "finished"
    assert kinds(events).count("paused") == kinds(events).count("resumed") == 1
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    assert len(voice.requests) == spoken + 2  # the passage that was given up, and the last one
    assert len({r.seed for r in painter.requests}) == len(events[-1].finished.story.scenes)
    assert (await house.operations.wait(operation)).HasField("response")


async def test_a_held_story_is_still_held_after_a_restart(
    tmp_path: Path, database: Database, voice: SineVoice
) -> None:
    before = House(tmp_path, database, specialists(voice=voice))
    name, operation = await paused_in_the_middle(before, voice)
    await before.move_out()
    after = House(tmp_path, database, specialists(voice=voice))
    assert await after.recover() == 0
    assert await after.operations.fail_interrupted() == 0
    assert (await after.store.get(name)).state == story_pb2.STORY_STATE_PAUSED
    spoken = len(voice.requests)
    await resume(after, name)
    assert kinds(await after.watch(name))[-1] == "finished"
    assert len(voice.requests) == spoken + 2
    assert (await after.operations.wait(operation)).HasField("response")
    await after.move_out()


async def test_a_held_story_can_be_cancelled_through_its_operation(
    house: House, voice: SineVoice
) -> None:
    name, operation = await paused_in_the_middle(house, voice)
    await house.operations.cancel(operation)
    events = await house.watch(name)
    assert events[-1].failed.error.code == 1
    assert (await house.operations.wait(operation)).error.code == 1
    with pytest.raises(FailedPreconditionError):
        await resume(house, name)
    with pytest.raises(FailedPreconditionError):
        await pause(house, name)


async def test_a_plan_waits_for_its_review(
    tmp_path: Path, database: Database, voice: SineVoice, painter: PlainPainter
) -> None:
    before = House(tmp_path, database, specialists(voice=voice, image=painter))
    name = story_of(await before.create(text=TALE, review_plan=True))
    async with asyncio.timeout(60):
        async for event in before.store.followers.follow(name):
            if event.HasField("paused"):
                assert event.paused.reason == "review"
                break
    story = await before.store.get(name)
    assert (story.state, len(story.segments)) == (story_pb2.STORY_STATE_PAUSED, 5)
    assert voice.requests == []
    assert painter.requests == []
    await before.move_out()
    after = House(tmp_path, database, specialists(voice=voice, image=painter))
    await after.recover()
    await resume(after, name)
    assert kinds(await after.watch(name))[-1] == "finished"
    await after.move_out()
