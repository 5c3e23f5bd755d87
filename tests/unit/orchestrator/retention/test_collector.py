"""What goes, what stays, and what a deletion takes along."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

import pytest
from sqlalchemy import delete, func, select

from lanternist.runtime.call import Call
from lanternist.runtime.errors import NotFoundError
from lanternist.runtime.sections import RetentionSettings
from lanternist.v1 import story_pb2
from orchestrator.assets.discarded import DiscardedRow, named_in
from orchestrator.operations.idempotency import IdempotencyKey
from orchestrator.retention.collector import Collector
from orchestrator.story.steps import Steps, key
from orchestrator.story.table import StepRow, StepUseRow
from tests.unit.orchestrator.retention.conftest import Keeping
from tests.unit.orchestrator.story.house import TALE

FOREVER = 100_000


async def delete_story(keeping: Keeping, name: str) -> None:
    await keeping.house.service.DeleteStory(story_pb2.DeleteStoryRequest(name=name), Call())


def media_of(story: story_pb2.Story) -> set[str]:
    return named_in([story.SerializeToString()])


async def count(keeping: Keeping, table: type) -> int:
    query = select(func.count()).select_from(table)
    return await keeping.database.read(lambda session: session.scalar(query) or 0)


async def export(keeping: Keeping, name: str) -> story_pb2.ExportStoryResponse:
    request = story_pb2.ExportStoryRequest(name=name, format=story_pb2.EXPORT_FORMAT_ZIP)
    operation = await keeping.house.service.ExportStory(request, Call())
    done = await keeping.house.operations.wait(operation.name)
    response = story_pb2.ExportStoryResponse()
    assert done.response.Unpack(response), done.error
    return response


async def test_what_a_story_names_is_never_collected(keeping: Keeping) -> None:
    story = await keeping.house.tell(text=TALE)
    before, steps = await keeping.stored(), await count(keeping, StepRow)
    assert media_of(story) <= before
    done = await keeping.collect(in_days=FOREVER, days=1)
    assert (done.assets, done.steps, done.kept_assets) == (0, 0, len(before))
    assert done.operations == 1  # it is over
    assert await keeping.stored() == before
    assert await count(keeping, StepRow) == steps


async def test_earlier_revisions_keep_their_files(keeping: Keeping) -> None:
    first = await keeping.house.tell(text=TALE)
    edit = story_pb2.StoryEdit(scene=story_pb2.EditScene(index=0, seed=99))
    request = story_pb2.ReviseStoryRequest(name=first.name, edits=[edit])
    operation = await keeping.house.service.ReviseStory(request, Call())
    await keeping.house.operations.wait(operation.name)
    second = await keeping.house.service.GetStory(
        story_pb2.GetStoryRequest(name=first.name), Call()
    )
    assert media_of(first) != media_of(second)
    assert (await keeping.collect(in_days=FOREVER)).assets == 0
    assert media_of(first) | media_of(second) <= await keeping.stored()


async def test_what_nothing_names_goes_when_it_is_old(keeping: Keeping) -> None:
    asset = await keeping.assets.put(b"an answer", "image/png")
    assert (await keeping.collect(in_days=29)).assets == 0
    assert (await keeping.collect(in_days=FOREVER, days=0)).assets == 0
    done = await keeping.collect(in_days=31)
    assert (done.assets, done.kept_assets, done.kept_bytes) == (1, 0, 0)
    assert done.asset_bytes > len(b"an answer")  # with its record
    with pytest.raises(NotFoundError):
        await keeping.assets.get(asset.name)


async def test_a_deleted_story_takes_its_files_along(keeping: Keeping) -> None:
    story = await keeping.house.tell(text=TALE)
    exported = await export(keeping, story.name)
    assert named_in([exported.asset]) <= await keeping.stored()
    await delete_story(keeping, story.name)
    done = await keeping.collect()
    assert done.assets == 0
    assert done.waiting > 0
    done = await keeping.collect(in_days=0.1, days=0)  # also when nothing ages
    assert await keeping.stored() == set()
    assert await count(keeping, StepRow) == await count(keeping, StepUseRow) == 0
    assert await count(keeping, DiscardedRow) == 0
    assert done.waiting == 0
    operations, _ = await keeping.house.operations.page()
    assert operations == []


async def test_files_that_another_story_names_stay(keeping: Keeping) -> None:
    first = await keeping.house.tell(text=TALE)
    second = await keeping.house.tell(text=TALE)
    assert media_of(first) == media_of(second)
    await delete_story(keeping, first.name)
    await keeping.collect(in_days=0.1)
    assert media_of(second) <= await keeping.stored()
    assert await count(keeping, StepRow) > 0
    await delete_story(keeping, second.name)
    await keeping.collect(in_days=0.1)
    assert await keeping.stored() == set()


async def test_a_recording_goes_with_its_story_and_not_before(keeping: Keeping) -> None:
    recording = await keeping.assets.put(b"my voice", "audio/wav")
    request = story_pb2.CreateStoryRequest(narration=recording.name)
    await keeping.house.store.add(
        story_pb2.Story(name=f"stories/{uuid.uuid4().hex}"), request, "operations/none"
    )
    ((name, _, _),) = await keeping.house.store.open_stories()
    assert (await keeping.collect(in_days=FOREVER)).assets == 0
    await keeping.house.store.delete(name)
    assert (await keeping.collect(in_days=0.1)).assets == 1


async def test_an_export_ages_although_its_story_stays(keeping: Keeping) -> None:
    story = await keeping.house.tell(text=TALE)
    kept = await keeping.stored()
    await export(keeping, story.name)
    assert kept < await keeping.stored()
    await keeping.collect(in_days=29)
    assert kept < await keeping.stored()
    await keeping.collect(in_days=31)
    assert await keeping.stored() == kept
    await export(keeping, story.name)  # it is made again


async def test_an_upload_put_again_after_a_deletion_stays(keeping: Keeping) -> None:
    asset = await keeping.assets.put(b"my voice", "audio/wav")
    story = story_pb2.Story(name=f"stories/{uuid.uuid4().hex}")
    request = story_pb2.CreateStoryRequest(narration=asset.name)
    await keeping.house.store.add(story, request, "operations/none")
    await keeping.house.store.delete(story.name)
    await asyncio.sleep(0.02)  # the clock of file systems is coarse
    assert await keeping.assets.put(b"my voice", "audio/wav") == asset
    assert (await keeping.collect(in_days=0.1)).assets == 0
    assert await keeping.assets.read(asset.name) == b"my voice"


async def test_a_full_store_lets_the_oldest_go(keeping: Keeping) -> None:
    story = await keeping.house.tell(text=TALE)
    needed = await keeping.stored()
    oldest = await keeping.assets.put(b"1" * 10_000, "x/y")
    await asyncio.sleep(0.02)
    newest = await keeping.assets.put(b"2" * 10_000, "x/y")
    size = (await keeping.collect(in_days=0.1, dry_run=True)).kept_bytes
    assert (await keeping.collect(in_days=0.1, most_bytes=size)).assets == 0
    assert (await keeping.collect(most_bytes=1)).assets == 0  # used within the hour
    assert (await keeping.collect(in_days=0.1, most_bytes=size - 1)).assets == 1
    assert await keeping.stored() == needed | {newest.sha256}
    assert oldest.sha256 not in await keeping.stored()
    done = await keeping.collect(in_days=0.1, most_bytes=1)
    assert done.kept_bytes > 1
    assert await keeping.stored() == needed >= media_of(story)


async def test_a_dry_run_tells_what_goes_and_changes_nothing(keeping: Keeping) -> None:
    story = await keeping.house.tell(text=TALE)
    await export(keeping, story.name)
    await keeping.assets.put(b"an answer", "image/png")
    before, steps = await keeping.stored(), await count(keeping, StepRow)
    told = await keeping.collect(in_days=31, dry_run=True)
    assert (await keeping.stored(), await count(keeping, StepRow)) == (before, steps)
    assert (told.assets, told.operations) == (len(before) - told.kept_assets, 2)
    assert told == await keeping.collect(in_days=31)
    assert len(await keeping.stored()) == told.kept_assets < len(before)


async def test_operations_stay_for_repeated_requests_and_then_go(keeping: Keeping) -> None:
    operations = keeping.house.operations
    request = story_pb2.CreateStoryRequest(text=TALE, request_id=str(uuid.uuid4()))
    again = IdempotencyKey.of("CreateStory", request)
    metadata = story_pb2.CreateStoryMetadata(story=f"stories/{'0' * 32}")  # it is gone
    running = (await operations.begin(metadata)).operation
    over = (await operations.begin(metadata, key=again)).operation
    await operations.succeed(over.name, story_pb2.Story())
    await keeping.collect()
    assert (await operations.begin(metadata, key=again)).repeated
    await keeping.collect(in_days=0.1)
    listed, _ = await operations.page()
    assert [operation.name for operation in listed] == [running.name]
    await keeping.collect(in_days=FOREVER)
    assert not (await operations.get(running.name)).done


async def test_results_without_a_use_begin_to_age(keeping: Keeping) -> None:
    name = key("old", 1, {})
    await Steps(keeping.database, keeping.assets).keep(name, {"text": "x"})
    await keeping.database.write(lambda session: session.execute(delete(StepUseRow)))
    assert (await keeping.collect(in_days=FOREVER)).steps == 0
    assert (await keeping.collect(in_days=FOREVER + 29)).steps == 0
    assert (await keeping.collect(in_days=FOREVER + 31)).steps == 1
    assert await count(keeping, StepRow) == 0


async def test_a_result_collected_while_it_is_looked_up_is_made_again(keeping: Keeping) -> None:
    steps = Steps(keeping.database, keeping.assets)
    name = key("test", 1, {})
    asset = await keeping.assets.put(b"sound", "audio/flac")
    await steps.keep(name, {"audio": asset.name})
    hold = keeping.assets.hold

    async def collected_meanwhile(held: str) -> object:
        found = await hold(held)
        await keeping.database.write(lambda session: session.execute(delete(StepRow)))
        return found

    keeping.assets.hold = collected_meanwhile  # type: ignore[method-assign,assignment]
    assert await steps.of("stories/1").known(name) is None
    assert await count(keeping, StepUseRow) == 0


async def test_what_a_crash_left_between_two_files_is_found(keeping: Keeping) -> None:
    asset = await keeping.assets.put(b"bytes", "x/y")
    record = Path(f"{keeping.assets._files.path(asset.sha256)}.json")
    record.unlink()  # noqa: ASYNC240 - as a pass that was killed half-way leaves it
    with pytest.raises(NotFoundError):
        await keeping.assets.get(asset.name)
    assert (await keeping.collect(in_days=0.5)).assets == 0  # it might be one being written
    assert (await keeping.collect(in_days=1.5)).assets == 1
    assert await keeping.stored() == set()


async def test_deletion_wakes_a_collector_and_failures_do_not_end_it(keeping: Keeping) -> None:
    passes: asyncio.Queue[int] = asyncio.Queue()

    class Counting(Collector):
        count = 0

        async def collect(self, *, dry_run: bool = False) -> object:  # type: ignore[override]
            self.count += 1
            passes.put_nowait(self.count)
            if self.count == 1:
                raise OSError("the disk is away")
            return await super().collect()

    collector = Counting(keeping.database, keeping.assets, RetentionSettings())
    running = asyncio.create_task(collector.run())
    assert await passes.get() == 1
    collector.wake()
    assert await passes.get() == 2
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)
