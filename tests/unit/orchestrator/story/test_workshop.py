"""Whole stories through the service's own handlers."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path
from typing import Any

import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    AlreadyExistsError,
    InvalidArgumentError,
    NotFoundError,
    ResourceExhaustedError,
    UnavailableError,
)
from lanternist.v1 import story_pb2
from orchestrator.storage import Database
from orchestrator.story import timeline
from orchestrator.story.wire import story_from
from tests.unit.orchestrator.story.house import TALE, House, story_of
from tests.unit.orchestrator.story.troupe import PlainPainter, SineVoice, specialists


async def test_a_text_becomes_a_story(house: House) -> None:
    operation = await house.create(text=TALE, title="Mine", style="ink")
    name = story_of(operation)
    events = await house.watch(name)
    kinds = [event.WhichOneof("event") for event in events]
    assert kinds[0] == "planned"
    assert kinds[-1] == "finished"
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    story = events[-1].finished.story
    assert kinds.count("narrated") == len(story.segments) == 5
    assert kinds.count("illustrated") == len(story.scenes) >= 3
    assert (story.title, story.style, story.language, story.voice) == ("Mine", "ink", "en", "anna")
    assert dict(story.models) == {"image": "plain", "voice": "sine"}
    assert story.state == story_pb2.STORY_STATE_SUCCEEDED
    made = story_from(story)
    timeline.prove(made.scenes, made.segments, made.duration_ms)
    for scene in made.scenes[1:]:
        assert scene.start_ms == made.segments[scene.segments[0]].words[0].start_ms
    done = await house.operations.wait(operation.name)
    result = story_pb2.Story()
    assert done.response.Unpack(result)
    assert result == await house.service.GetStory(story_pb2.GetStoryRequest(name=name), Call())
    metadata = story_pb2.CreateStoryMetadata()
    done.metadata.Unpack(metadata)
    assert metadata.completed_steps == metadata.total_steps == 5 + len(story.scenes)
    assert await house.watch(name, after=len(events) - 1) == events[-1:]


async def test_narration_and_pictures_are_made_at_the_same_time(
    house: House, voice: SineVoice, painter: PlainPainter
) -> None:
    voice.hold.clear()
    painter.hold.clear()
    name = story_of(await house.create(text=TALE))
    async with asyncio.timeout(60):
        await voice.speaking.wait()
        await painter.busy.wait()
    voice.hold.set()
    painter.hold.set()
    assert (await house.watch(name))[-1].HasField("finished")


async def test_the_same_request_tells_the_same_story_without_work(
    house: House, voice: SineVoice, painter: PlainPainter
) -> None:
    first = await house.tell(text=TALE)
    calls = len(voice.requests), len(painter.requests)
    second = await house.tell(text=TALE)
    assert (len(voice.requests), len(painter.requests)) == calls
    assert first.name != second.name
    assert (first.scenes[1].image, first.narration) == (second.scenes[1].image, second.narration)


async def test_a_repeated_request_id_is_the_first_story(house: House) -> None:
    key = str(uuid.uuid4())
    first = await house.create(text=TALE, request_id=key)
    again = await house.create(text=TALE, request_id=key)
    assert first.name == again.name
    assert story_of(first) == story_of(again)
    with pytest.raises(AlreadyExistsError):
        await house.create(text=TALE + " More.", request_id=key)


async def test_services_that_die_are_waited_for(
    house: House, voice: SineVoice, painter: PlainPainter
) -> None:
    voice.errors = [UnavailableError("gone", retry_delay_seconds=0.01)]
    voice.error_after = 1
    painter.errors = [UnavailableError("gone", retry_delay_seconds=0.01)] * 2
    assert (await house.tell(text=TALE)).state == story_pb2.STORY_STATE_SUCCEEDED


async def test_a_failure_is_a_failure_and_the_rest_stops(
    house: House, voice: SineVoice, painter: PlainPainter
) -> None:
    painter.errors = [InvalidArgumentError("prompt", "is refused")]
    voice.hold.clear()
    operation = await house.create(text=TALE)
    events = await house.watch(story_of(operation))
    assert events[-1].failed.error.code == 3
    assert (await house.operations.wait(operation.name)).error.message == "prompt: is refused"
    story = await house.service.GetStory(
        story_pb2.GetStoryRequest(name=story_of(operation)), Call()
    )
    assert story.state == story_pb2.STORY_STATE_FAILED
    assert voice.left == len(voice.requests)


async def test_a_defect_of_ours_says_nothing_of_itself(house: House, voice: SineVoice) -> None:
    defect: list[Any] = [RuntimeError("secret"), RuntimeError("secret")]
    voice.errors = defect
    events = await house.watch(story_of(await house.create(text=TALE)))
    assert events[-1].failed.error.code == 13
    assert "secret" not in events[-1].failed.error.message


async def test_cancelling_the_operation_stops_every_engine(
    house: House, voice: SineVoice, painter: PlainPainter
) -> None:
    voice.hold.clear()
    painter.hold.clear()
    operation = await house.create(text=TALE)
    await voice.speaking.wait()
    await painter.busy.wait()
    await house.operations.cancel(operation.name)
    events = await house.watch(story_of(operation))
    assert events[-1].failed.error.code == 1
    assert painter.at_work == 0
    assert voice.left == 1
    assert voice.clauses_spoken == 0
    assert (await house.operations.wait(operation.name)).error.code == 1
    story = await house.store.get(story_of(operation))
    assert story.state == story_pb2.STORY_STATE_CANCELLED


async def test_cancelling_at_once_ends_the_story_too(house: House) -> None:
    operation = await house.create(text=TALE)
    await house.operations.cancel(operation.name)
    assert (await house.watch(story_of(operation)))[-1].failed.error.code == 1


async def test_too_many_stories_are_refused_and_leave_nothing(
    tmp_path: Path, database: Database
) -> None:
    voice = SineVoice()
    house = House(tmp_path, database, specialists(voice=voice), most=1)
    voice.hold.clear()
    running = await house.create(text=TALE)
    key = str(uuid.uuid4())
    with pytest.raises(ResourceExhaustedError) as caught:
        await house.create(text="Another fox.", request_id=key)
    assert caught.value.retry_delay_seconds
    assert len((await house.operations.page())[0]) == 1
    voice.hold.set()
    await house.watch(story_of(running))
    assert not (await house.create(text="Another fox.", request_id=key)).done
    await house.move_out()


async def test_a_crash_costs_only_what_was_in_flight(
    tmp_path: Path, database: Database, voice: SineVoice, painter: PlainPainter
) -> None:
    troupe = specialists(voice=voice, image=painter)
    before = House(tmp_path, database, troupe)
    voice.stop_at_request = 3
    operation = await before.create(text=TALE)
    async with asyncio.timeout(60):
        await voice.stopped.wait()
        async for event in before.store.followers.follow(story_of(operation)):
            if event.HasField("illustrated"):
                break
    await before.move_out()
    asked = len(painter.requests)
    left = await before.store.get(story_of(operation))
    shown = {scene.seed for scene in left.scenes if scene.image}
    assert not (await before.operations.get(operation.name)).done

    voice.stop_at_request = 0
    voice.hold.set()
    after = House(tmp_path, database, troupe)
    assert await after.recover() == 1
    assert await after.operations.fail_interrupted() == 0
    events = await after.watch(story_of(operation))
    assert events[-1].HasField("finished")
    identities = [
        (e.WhichOneof("event"), e.narrated.segment.index, e.illustrated.scene.index) for e in events
    ]
    assert len(set(identities)) == len(identities)
    assert len(voice.requests) == 5  # the third of four passages again, nothing else
    assert shown
    assert shown.isdisjoint(request.seed for request in painter.requests[asked:])
    assert (await after.operations.wait(operation.name)).HasField("response")
    await after.move_out()


async def test_a_story_whose_operation_is_gone_is_failed_at_the_next_start(
    tmp_path: Path, database: Database, voice: SineVoice
) -> None:
    voice.hold.clear()
    before = House(tmp_path, database, specialists(voice=voice))
    operation = await before.create(text=TALE)
    await voice.speaking.wait()
    await before.operations.delete(operation.name)
    await before.move_out()
    after = House(tmp_path, database, specialists(voice=voice))
    assert await after.recover() == 0
    events = await after.watch(story_of(operation))
    assert events[-1].failed.error.code == 14
    await after.move_out()


async def test_deleting_a_running_story_stops_it(house: House, voice: SineVoice) -> None:
    voice.hold.clear()
    operation = await house.create(text=TALE)
    await voice.speaking.wait()
    name = story_of(operation)
    await house.service.DeleteStory(story_pb2.DeleteStoryRequest(name=name), Call())
    assert voice.left == 1
    assert (await house.operations.get(operation.name)).done
    with pytest.raises(NotFoundError):
        await house.service.GetStory(story_pb2.GetStoryRequest(name=name), Call())
    with pytest.raises(NotFoundError):
        await house.service.DeleteStory(story_pb2.DeleteStoryRequest(name=name), Call())


async def test_the_list_has_no_segments(house: House) -> None:
    await house.tell(text=TALE)
    listed = await house.service.ListStories(story_pb2.ListStoriesRequest(), Call())
    assert [len(story.segments) + len(story.scenes) for story in listed.stories] == [0]
    assert listed.stories[0].title == "Ember"
