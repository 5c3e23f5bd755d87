from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import InvalidArgumentError, UnavailableError
from models.illustrator.scene import Scene as Description
from models.illustrator.scene import Subject
from orchestrator.assets.store import AssetStore
from orchestrator.story.domain import Scene
from orchestrator.story.illustrate import Illustrator, Look, Pace
from orchestrator.story.schedule import Gate, Schedule
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


async def test_every_scene_gets_its_own_picture(
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
    for scene in scenes:
        assert await assets.read(scene.image) == png(scene.seed)
        assert (scene.model, scene.width, scene.height) == ("plain", 8, 6)
    request = painter.requests[0]
    assert (request.style, request.width, request.height) == ("ink", 64, 48)
    assert request.scene.subjects[0].character_id == "ember"


class OneDoor(Schedule):
    """Lets one picture through at a time, so that there is an order to see."""

    def __init__(self) -> None:
        super().__init__()
        self._gate = Gate(at_once=1)

    def gate(self, model: str) -> Gate:
        return self._gate


async def test_pictures_are_drawn_in_order(
    painter: PlainPainter, assets: AssetStore, steps: Steps
) -> None:
    pace = replace(Pace.unhurried(), schedule=OneDoor())
    illustrator = Illustrator(painter, Look("plain", "", 8, 8), assets, steps, Call, pace=pace)
    await illustrator.draw(SCENES, ignore)
    assert [request.seed - 100 for request in painter.requests] == list(range(7))


async def test_a_late_picture_is_a_draft_first_when_somebody_watches(
    painter: PlainPainter, assets: AssetStore, steps: Steps
) -> None:
    schedule = Schedule(lambda _: 4, clock=lambda: 50.0)
    pace = Pace("stories/a", lambda scene: 49.0, schedule, watched=lambda: True)
    illustrator = Illustrator(painter, Look("plain", "", 8, 8), assets, steps, Call, pace=pace)
    seen: list[Scene] = []

    async def drawn(scene: Scene) -> None:
        seen.append(scene)

    scenes = await illustrator.draw(SCENES, drawn)
    assert not any(scene.draft for scene in scenes)
    drafts = [scene.index for scene in seen if scene.draft]
    assert len(drafts) == 2  # a twelfth of seven pictures' time, at a quarter each
    assert [r.step_count for r in painter.requests].count(4) == 2
    assert len(painter.requests) == 9
    for index in drafts:
        assert [scene.draft for scene in seen if scene.index == index] == [True, False]
    seen.clear()
    assert await illustrator.draw(SCENES, drawn) == scenes
    assert not any(scene.draft for scene in seen)
    unseen = Pace("stories/a", lambda scene: 49.0, schedule)
    again = Illustrator(painter, Look("other", "", 8, 8), assets, steps, Call, pace=unseen)
    await again.draw(SCENES, ignore)
    assert len(painter.requests) == 9 + 7


async def test_two_stories_with_one_picture_draw_it_once(
    illustrator: Illustrator, painter: PlainPainter
) -> None:
    await asyncio.gather(illustrator.draw(SCENES, ignore), illustrator.draw(SCENES, ignore))
    assert len(painter.requests) == 7


async def test_only_a_few_are_drawn_at_once(
    illustrator: Illustrator, painter: PlainPainter
) -> None:
    painter.hold.clear()
    drawing = asyncio.create_task(illustrator.draw(SCENES, ignore))
    async with asyncio.timeout(30):
        await painter.busy.wait()
    painter.hold.set()
    await drawing
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
