"""Operations: begin once, end once, survive a crash, wake who waits."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest
from google.rpc import error_details_pb2

from lanternist.runtime.errors import (
    AlreadyExistsError,
    Code,
    InvalidArgumentError,
    LanternistError,
    NotFoundError,
)
from lanternist.runtime.status import from_status
from lanternist.v1 import story_pb2
from orchestrator.instance import Instance
from orchestrator.operations.idempotency import IdempotencyKey
from orchestrator.operations.store import OperationStore
from orchestrator.storage import Database

METADATA = story_pb2.CreateStoryMetadata(story="stories/one", total_steps=3)


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    database = Database(tmp_path / "lanternist.sqlite")
    await database.create_tables()
    yield database
    await database.close()


@pytest.fixture
def store(database: Database, tmp_path: Path) -> OperationStore:
    return OperationStore(database, Instance(tmp_path / "instances"))


def key(request_id: str, text: str = "Once.") -> IdempotencyKey | None:
    request = story_pb2.CreateStoryRequest(text=text, request_id=request_id)
    return IdempotencyKey.of("CreateStory", request)


async def test_an_operation_runs_and_succeeds(store: OperationStore) -> None:
    begun = await store.begin(METADATA)
    name = begun.operation.name
    assert not begun.repeated
    assert not begun.operation.done
    await store.update_metadata(name, story_pb2.CreateStoryMetadata(completed_steps=2))
    await store.succeed(name, story_pb2.Story(name="stories/one", title="Fox"))
    ended = await store.get(name)
    metadata, story = story_pb2.CreateStoryMetadata(), story_pb2.Story()
    assert ended.metadata.Unpack(metadata)
    assert metadata.completed_steps == 2
    assert ended.done
    assert ended.response.Unpack(story)
    assert story.title == "Fox"


async def test_the_first_end_counts(store: OperationStore) -> None:
    name = (await store.begin(METADATA)).operation.name
    await store.fail(name, NotFoundError("voice", "nobody", field="voice"))
    await store.succeed(name, story_pb2.Story())
    ended = await store.get(name)
    assert ended.error.code == Code.NOT_FOUND
    assert not ended.HasField("response")
    error = from_status(ended.error)
    assert isinstance(error, NotFoundError)
    assert error.field == "voice"


async def test_a_repeat_leads_to_the_first_operation(store: OperationStore) -> None:
    first = await store.begin(METADATA, key=key("5f0c1d4e-0000-4000-8000-000000000001"))
    again = await store.begin(
        story_pb2.CreateStoryMetadata(story="stories/two"),
        key=key("5F0C1D4E-0000-4000-8000-000000000001"),
    )
    assert again.repeated
    assert again.operation == first.operation
    with pytest.raises(AlreadyExistsError) as caught:
        await store.begin(METADATA, key=key("5f0c1d4e-0000-4000-8000-000000000001", "Twice."))
    assert caught.value.reason == "REQUEST_ID_REUSED"
    assert len((await store.page())[0]) == 1


async def test_concurrent_repeats_begin_one_operation(store: OperationStore) -> None:
    same = key("5f0c1d4e-0000-4000-8000-000000000002")
    begun = await asyncio.gather(*(store.begin(METADATA, key=same) for _ in range(8)))
    assert len({one.operation.name for one in begun}) == 1
    assert [one.repeated for one in begun].count(False) == 1


async def test_no_request_id_means_no_key() -> None:
    assert key("") is None


async def test_waiting_ends_with_the_operation(store: OperationStore) -> None:
    name = (await store.begin(METADATA)).operation.name
    waiting = asyncio.create_task(store.wait(name))
    await asyncio.sleep(0.05)
    assert not waiting.done()
    await store.succeed(name, story_pb2.Story())
    assert (await asyncio.wait_for(waiting, 30)).done


async def test_waiting_ends_with_its_time(store: OperationStore) -> None:
    name = (await store.begin(METADATA)).operation.name
    assert not (await store.wait(name, timedelta(milliseconds=20))).done
    assert not (await store.wait(name, timedelta(0))).done


async def test_waiting_for_a_deleted_operation_ends(store: OperationStore) -> None:
    name = (await store.begin(METADATA)).operation.name
    waiting = asyncio.create_task(store.wait(name))
    await asyncio.sleep(0.05)
    await store.delete(name)
    with pytest.raises(NotFoundError):
        await asyncio.wait_for(waiting, 30)


async def test_cancel_calls_whoever_works(store: OperationStore) -> None:
    name = (await store.begin(METADATA)).operation.name
    asked = asyncio.Event()
    store.on_cancel(name, asked.set)
    await store.cancel(name)
    assert asked.is_set()
    assert not (await store.get(name)).done


async def test_cancel_without_a_worker_ends_the_operation(store: OperationStore) -> None:
    name = (await store.begin(METADATA)).operation.name
    await store.cancel(name)
    assert (await store.get(name)).error.code == Code.CANCELLED
    await store.cancel(name)  # of an ended operation: nothing


@pytest.mark.parametrize("name", ["operations/none", "", "../../etc/passwd", "x" * 10_000])
async def test_unknown_names(store: OperationStore, name: str) -> None:
    for method in (store.get, store.cancel, store.delete, store.wait):
        with pytest.raises(NotFoundError) as caught:
            await method(name)
        assert caught.value.field == "name"


async def test_pages_are_newest_first_and_complete(store: OperationStore) -> None:
    names = [(await store.begin(METADATA)).operation.name for _ in range(7)]
    await store.succeed(names[2], story_pb2.Story())
    seen: list[str] = []
    token = ""
    while True:
        operations, token = await store.page(page_size=3, page_token=token)
        seen += [operation.name for operation in operations]
        if not token:
            break
    assert seen == names[::-1]
    assert [o.name for o in (await store.page(done=True))[0]] == [names[2]]
    for broken in ("%%%", "bm90IG91cnM=", "é"):
        with pytest.raises(InvalidArgumentError):
            await store.page(page_token=broken)


async def test_what_a_crash_left_is_resumed_or_failed(database: Database, tmp_path: Path) -> None:
    crashed = Instance(tmp_path / "instances")
    before = OperationStore(database, crashed)
    names = [(await before.begin(METADATA)).operation.name for _ in range(2)]
    ended = (await before.begin(METADATA)).operation.name
    await before.succeed(ended, story_pb2.Story())

    now = OperationStore(database, Instance(tmp_path / "instances"))
    assert await now.interrupted() == []  # its process lives
    assert await now.fail_interrupted() == 0
    with pytest.raises(LanternistError) as caught:
        await now.cancel(names[0])
    assert caught.value.reason == "OPERATION_OWNED_ELSEWHERE"

    crashed.close()
    assert [operation.name for operation in await now.interrupted()] == names
    assert await now.adopt(names[0])
    assert not await now.adopt(ended)
    assert await now.fail_interrupted() == 1
    assert not (await now.get(names[0])).done
    failed = await now.get(names[1])
    assert failed.error.code == Code.UNAVAILABLE
    details = error_details_pb2.ErrorInfo()
    assert failed.error.details[0].Unpack(details)
    assert details.reason == "ORCHESTRATOR_RESTARTED"


async def test_waiting_for_another_process_polls(database: Database, tmp_path: Path) -> None:
    working = OperationStore(database, Instance(tmp_path / "instances"))
    watching = OperationStore(database, Instance(tmp_path / "instances"))
    name = (await working.begin(METADATA)).operation.name
    waiting = asyncio.create_task(watching.wait(name, timedelta(seconds=60)))
    await asyncio.sleep(0.05)
    await working.succeed(name, story_pb2.Story())
    assert (await asyncio.wait_for(waiting, 60)).done
