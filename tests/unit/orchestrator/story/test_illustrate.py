from __future__ import annotations

import asyncio

import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import InvalidArgumentError, UnavailableError
from models.illustrator.scene import Scene as Description
from models.illustrator.scene import Subject
from orchestrator.assets.store import AssetStore
from orchestrator.story.domain import Scene
from orchestrator.story.illustrate import Illustrator, Look
from orchestrator.story.steps import Steps
from tests.unit.orchestrator.story.troupe import PlainPainter, png

SCENES = [
    Scene(i, (i,), f"scene {i}", Description((Subject("fox", character="ember"),)), 100 + i)
    for i in range(7)
]


@pytest.fixture
def painter() -> PlainPainter:
    return PlainPainter()


@pytest.fixture
def illustrator(painter: PlainPainter, assets: AssetStore, steps: Steps) -> Illustrator:
    return Illustrator(painter, Look("plain", "ink", 64, 48), assets, steps, Call)


async def ignore(scene: Scene) -> None:
    return None


async def test_every_scene_gets_its_own_picture_in_order(
    illustrator: Illustrator, painter: PlainPainter, assets: AssetStore
) -> None:
    seen: list[int] = []

    async def drawn(scene: Scene) -> None:
        seen.append(scene.index)

    scenes = await illustrator.draw(SCENES, drawn)
    assert [scene.index for scene in scenes] == list(range(7))
    assert sorted(seen) == list(range(7))
    asked = [request.seed - 100 for request in painter.requests]
    assert sorted(asked) == list(range(7))
    assert asked[0] in (0, 1)  # two at a time
    for scene in scenes:
        assert await assets.read(scene.image) == png(scene.seed)
        assert (scene.model, scene.width, scene.height) == ("plain", 8, 6)
    request = painter.requests[0]
    assert (request.style, request.width, request.height) == ("ink", 64, 48)
    assert request.scene.subjects[0].character_id == "ember"


async def test_only_a_few_are_drawn_at_once(
    illustrator: Illustrator, painter: PlainPainter
) -> None:
    await illustrator.draw(SCENES, ignore)
    assert painter.most_at_work == 2


async def test_a_picture_is_drawn_once(illustrator: Illustrator, painter: PlainPainter) -> None:
    first = await illustrator.draw(SCENES, ignore)
    assert await illustrator.draw(SCENES, ignore) == first
    assert len(painter.requests) == 7


async def test_a_painter_who_dies_is_waited_for(
    illustrator: Illustrator, painter: PlainPainter
) -> None:
    painter.errors = [UnavailableError("gone", retry_delay_seconds=0.01) for _ in range(3)]
    scenes = await illustrator.draw(SCENES, ignore)
    assert all(scene.image for scene in scenes)


async def test_an_error_for_good_stops_the_others(
    illustrator: Illustrator, painter: PlainPainter
) -> None:
    painter.errors = [InvalidArgumentError("prompt", "is refused")]
    with pytest.raises(InvalidArgumentError):
        await illustrator.draw(SCENES, ignore)
    assert len(painter.requests) <= 3
    assert painter.at_work == 0


async def test_cancelling_frees_the_painter(
    illustrator: Illustrator, painter: PlainPainter
) -> None:
    painter.hold.clear()
    task = asyncio.create_task(illustrator.draw(SCENES, ignore))
    await painter.busy.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert painter.at_work == 0
