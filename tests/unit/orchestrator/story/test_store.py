from __future__ import annotations

import asyncio

import pytest
from google.rpc import status_pb2

from lanternist.runtime.errors import InvalidArgumentError, NotFoundError
from lanternist.v1 import story_pb2
from orchestrator.assets.store import AssetStore
from orchestrator.storage import Database
from orchestrator.story.steps import Steps, key
from orchestrator.story.store import StoryStore

NAME = "stories/one"


@pytest.fixture
def store(database: Database) -> StoryStore:
    return StoryStore(database)


async def begin(store: StoryStore, name: str = NAME) -> None:
    story = story_pb2.Story(name=name, title="T")
    await store.add(story, story_pb2.CreateStoryRequest(text="x"), f"operations/{name[-3:]}")


def planned() -> story_pb2.WatchStoryResponse:
    event = story_pb2.WatchStoryResponse()
    event.planned.story.name = NAME
    event.planned.story.segments.add(index=0, text="A.")
    event.planned.story.scenes.add(index=0, prompt="a fox")
    return event


def illustrated(image: str) -> story_pb2.WatchStoryResponse:
    event = story_pb2.WatchStoryResponse()
    event.illustrated.scene.index = 0
    event.illustrated.scene.image = image
    return event


def failed(code: int) -> story_pb2.WatchStoryResponse:
    event = story_pb2.WatchStoryResponse()
    event.failed.error.CopyFrom(status_pb2.Status(code=code, message="no"))
    return event


async def test_events_are_numbered_and_recorded_once(store: StoryStore) -> None:
    await begin(store)
    assert await store.append(NAME, "planned", planned())
    assert not await store.append(NAME, "planned", planned())
    assert await store.append(NAME, "illustrated/0", illustrated("assets/x"))
    assert await store.append(NAME, "end", failed(14))
    assert not await store.append(NAME, "illustrated/1", illustrated("late"))
    events = [event async for event in store.followers.follow(NAME)]
    assert [event.sequence for event in events] == [1, 2, 3]
    assert [event.WhichOneof("event") for event in events] == ["planned", "illustrated", "failed"]
    assert all(event.HasField("time") for event in events)
    assert [event.sequence async for event in store.followers.follow(NAME, 2)] == [3]


async def test_a_running_story_is_its_plan_and_what_happened_since(store: StoryStore) -> None:
    await begin(store)
    assert (await store.get(NAME)).state == story_pb2.STORY_STATE_RUNNING
    await store.append(NAME, "planned", planned())
    await store.append(NAME, "illustrated/0", illustrated("assets/x"))
    story = await store.get(NAME)
    assert (story.scenes[0].image, story.segments[0].text) == ("assets/x", "A.")
    assert story.HasField("create_time")


@pytest.mark.parametrize(
    ("code", "state"), [(1, story_pb2.STORY_STATE_CANCELLED), (3, story_pb2.STORY_STATE_FAILED)]
)
async def test_an_error_ends_a_story_and_what_was_made_stays(
    store: StoryStore, code: int, state: story_pb2.StoryState.ValueType
) -> None:
    await begin(store)
    await store.append(NAME, "planned", planned())
    await store.append(NAME, "end", failed(code))
    story = await store.get(NAME)
    assert (story.state, story.error.code, len(story.scenes)) == (state, code, 1)


async def test_watchers_see_what_comes(store: StoryStore) -> None:
    await begin(store)

    async def watch() -> list[str]:
        return [event.WhichOneof("event") or "" async for event in store.followers.follow(NAME)]

    watchers = [asyncio.create_task(watch()) for _ in range(3)]
    await asyncio.sleep(0.05)
    await store.append(NAME, "planned", planned())
    await asyncio.sleep(0.05)
    await store.append(NAME, "end", failed(1))
    async with asyncio.timeout(30):
        assert await asyncio.gather(*watchers) == [["planned", "failed"]] * 3


async def test_a_deleted_story_ends_its_watch(store: StoryStore) -> None:
    await begin(store)
    await store.append(NAME, "planned", planned())
    watch = store.followers.follow(NAME)
    assert (await anext(watch)).sequence == 1
    waiting = asyncio.ensure_future(anext(watch))
    await asyncio.sleep(0.02)
    await store.delete(NAME)
    with pytest.raises(NotFoundError):
        await waiting
    with pytest.raises(NotFoundError):
        await store.get(NAME)


async def test_pages(store: StoryStore) -> None:
    for number in range(5):
        await begin(store, f"stories/{number}")
    first, token = await store.page(2, "")
    second, token = await store.page(2, token)
    third, end = await store.page(2, token)
    names = [story.name for story in (*first, *second, *third)]
    assert names == [f"stories/{number}" for number in (4, 3, 2, 1, 0)]
    assert end == ""
    assert await store.open_stories() == [
        (n, f"operations/{n[-3:]}", False) for n in reversed(names)
    ]


@pytest.mark.parametrize("token", ["x", "é", "////", "MjAyNg=="])
async def test_a_foreign_page_token_is_refused(store: StoryStore, token: str) -> None:
    with pytest.raises(InvalidArgumentError):
        await store.page(2, token)


async def test_a_step_is_done_once_while_its_media_are_there(
    steps: Steps, assets: AssetStore, database: Database
) -> None:
    done = 0

    async def work() -> dict[str, object]:
        nonlocal done
        done += 1
        asset = await assets.put(b"sound", "audio/flac")
        return {"deep": [{"audio": asset.name}], "text": "assets/not-one"}

    name = key("test", 1, {"a": "é", "b": [1, None]})
    assert await steps.once(name, work) == await steps.once(name, work)
    assert done == 1
    elsewhere = Steps(database, AssetStore("memory://empty"))
    assert await elsewhere.known(name) is None


def test_keys_tell_inputs_apart() -> None:
    keys = {
        key("a", 1, {"x": 1}),
        key("a", 2, {"x": 1}),
        key("b", 1, {"x": 1}),
        key("a", 1, {"x": "1"}),
    }
    assert len(keys) == 4
    assert key("a", 1, {"x": 1, "y": 2}) == key("a", 1, {"y": 2, "x": 1})
