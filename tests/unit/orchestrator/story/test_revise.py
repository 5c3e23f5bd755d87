"""Revisions through the service: what is made again, what is kept, and what stays reachable."""

from __future__ import annotations

import asyncio
import uuid
from typing import Any

import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    AbortedError,
    AlreadyExistsError,
    FailedPreconditionError,
    InvalidArgumentError,
    LanternistError,
    NotFoundError,
)
from lanternist.v1 import story_pb2
from orchestrator.story import timeline
from orchestrator.story.settlement import Settlement
from orchestrator.story.wire import story_from
from tests.unit.orchestrator.story.house import TALE, House, story_of
from tests.unit.orchestrator.story.troupe import PlainPainter, SineVoice


async def revise(house: House, name: str, *edits: dict[str, Any], **fields: Any) -> str:
    """The operation of a revision."""
    request = story_pb2.ReviseStoryRequest(
        name=name, edits=[story_pb2.StoryEdit(**edit) for edit in edits], **fields
    )
    return (await house.service.ReviseStory(request, Call())).name


async def revised(house: House, name: str, *edits: dict[str, Any]) -> story_pb2.Story:
    """The story after a revision."""
    done = await house.operations.wait(await revise(house, name, *edits))
    story = story_pb2.Story()
    assert done.response.Unpack(story), done.error
    return story


async def test_one_sentence_speaks_its_passage_and_draws_its_scene_again(
    house: House, voice: SineVoice, painter: PlainPainter
) -> None:
    first = await house.tell(text=TALE)
    spoken, drawn = len(voice.requests), len(painter.requests)
    here = next(scene.index for scene in first.scenes if 3 in scene.segments)
    second = await revised(
        house,
        first.name,
        {"segment": {"index": 3, "text": "An owl sang to her all night."}},
        {"scene": {"index": here, "seed": 5}},  # this painter's pictures depend on nothing else
    )
    assert len(voice.requests) == spoken + 1
    assert len(painter.requests) == drawn + 1
    assert voice.requests[-1].text.endswith("An owl sang to her all night.")
    made = story_from(second)
    timeline.prove(made.scenes, made.segments, made.duration_ms)
    assert (second.revision, len(second.revisions)) == (2, 2)
    assert second.revisions[1].summary == f"sentence 3; scene {here}"
    assert second.reuse.segments_reused + second.reuse.segments_made == 5
    assert second.reuse.segments_reused >= 3
    assert "owl" in second.scenes[here].prompt
    assert (second.reuse.scenes_made, second.reuse.scenes_reused) == (1, len(first.scenes) - 1)
    kept = [a.image == b.image for a, b in zip(first.scenes, second.scenes, strict=True)]
    assert kept.count(False) == 1
    assert second.narration != first.narration
    earlier = await house.store.get(first.name, 1)
    assert (earlier.narration, earlier.revision) == (first.narration, 1)
    assert earlier.segments[3].text == first.segments[3].text
    assert len(earlier.revisions) == 2


async def test_watchers_see_one_sequence_over_all_revisions(house: House) -> None:
    first = await house.tell(text=TALE)
    await revised(house, first.name, {"title": "Other"})
    events = await house.watch(first.name)
    assert [event.sequence for event in events] == list(range(1, len(events) + 1))
    kinds = [event.WhichOneof("event") for event in events]
    assert kinds.count("finished") == kinds.count("planned") == 2
    assert kinds[kinds.index("finished") + 1] == "revised"
    assert events[-1].finished.story.title == "Other"


async def test_a_seed_draws_one_picture_and_a_merge_none(
    house: House, voice: SineVoice, painter: PlainPainter
) -> None:
    first = await house.tell(text=TALE)
    spoken, drawn = len(voice.requests), len(painter.requests)
    second = await revised(house, first.name, {"scene": {"index": 1, "seed": 99}})
    assert (len(voice.requests), len(painter.requests)) == (spoken, drawn + 1)
    third = await revised(house, first.name, {"merge": {"index": 0}})
    assert (len(voice.requests), len(painter.requests)) == (spoken, drawn + 1)
    assert len(third.scenes) == len(second.scenes) - 1
    assert third.scenes[0].end_ms == second.scenes[1].end_ms
    assert third.reuse.scenes_made == third.reuse.segments_made == 0
    assert third.narration == second.narration
    fourth = await revised(house, first.name, {"restore_revision": 1})
    assert (len(voice.requests), len(painter.requests)) == (spoken, drawn + 1)
    assert [s.image for s in fourth.scenes] == [s.image for s in first.scenes]
    with pytest.raises(NotFoundError):
        await house.store.get(first.name, 9)


async def test_a_reviewed_plan_is_changed_before_anything_is_made(
    house: House, voice: SineVoice, painter: PlainPainter
) -> None:
    operation = await house.create(text=TALE, review_plan=True)
    name = story_of(operation)
    async with asyncio.timeout(60):
        async for event in house.store.followers.follow(name):
            if event.HasField("paused"):
                break
    done = await house.operations.get(await revise(house, name, {"segment": {"index": 4}}))
    assert done.done
    assert voice.requests == []
    assert painter.requests == []
    story = await house.store.get(name)
    assert (story.state, story.revision, len(story.segments)) == (5, 2, 4)
    await house.service.ResumeStory(story_pb2.ResumeStoryRequest(name=name), Call())
    finished = (await house.watch(name))[-1].finished.story
    assert (finished.revision, len(finished.segments)) == (2, 4)
    assert (await house.operations.wait(operation.name)).HasField("response")


async def test_what_cannot_be_revised_is_refused_and_leaves_nothing(
    house: House, voice: SineVoice
) -> None:
    first = await house.tell(text=TALE)
    before = len((await house.operations.page())[0])

    async def refused(kind: type[LanternistError], *edits: dict[str, Any], **fields: Any) -> None:
        with pytest.raises(kind):
            await revise(house, first.name, *edits, **fields)

    await refused(InvalidArgumentError, {"merge": {"index": 50}})
    await refused(NotFoundError, {"voice": "nobody"})
    await refused(NotFoundError, {"image_model": "nothing"})
    await refused(NotFoundError, {"scene": {"index": 0, "model": "nothing"}})
    await refused(NotFoundError, {"restore_revision": 7})
    await refused(AbortedError, {"title": "T"}, base_revision=2)
    with pytest.raises(NotFoundError):
        await revise(house, "stories/none", {"title": "T"})
    assert len((await house.operations.page())[0]) == before
    voice.hold.clear()
    running = story_of(await house.create(text=TALE + " More."))
    with pytest.raises(FailedPreconditionError):
        await revise(house, running, {"title": "T"})
    voice.hold.set()
    assert (await house.store.get(first.name)).revision == 1


async def test_a_repeated_revision_is_the_first_one(house: House) -> None:
    first = await house.tell(text=TALE)
    key = str(uuid.uuid4())
    one = await revise(house, first.name, {"title": "T"}, request_id=key)
    assert await revise(house, first.name, {"title": "T"}, request_id=key) == one
    with pytest.raises(AlreadyExistsError):
        await revise(house, first.name, {"title": "U"}, request_id=key)
    await house.operations.wait(one)
    assert (await house.store.get(first.name)).revision == 2


async def test_a_cancelled_story_is_finished_by_a_revision(house: House, voice: SineVoice) -> None:
    voice.stop_at_request = 3
    operation = await house.create(text=TALE)
    async with asyncio.timeout(60):
        await voice.stopped.wait()
    await house.operations.cancel(operation.name)
    await house.watch(story_of(operation))
    voice.hold.set()
    spoken = len(voice.requests)
    story = await revised(house, story_of(operation), {"title": "T"})
    assert story.state == story_pb2.STORY_STATE_SUCCEEDED
    assert not story.HasField("error")
    assert len(voice.requests) == spoken + 2
    assert (await house.store.get(story.name, 1)).state == story_pb2.STORY_STATE_CANCELLED


async def test_a_revision_that_begins_while_the_end_is_written_down_is_made(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    written, settle = asyncio.Event(), Settlement.settle

    async def slowly(self: Settlement, name: str, operation: str) -> None:
        await written.wait()
        await settle(self, name, operation)

    monkeypatch.setattr(Settlement, "settle", slowly)
    first = await house.tell(text=TALE)  # its watchers have seen the end
    asyncio.get_running_loop().call_later(0.5, written.set)  # the revision is begun before
    async with asyncio.timeout(20):
        assert (await revised(house, first.name, {"title": "Other"})).title == "Other"
