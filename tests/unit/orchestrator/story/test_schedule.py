"""Whose picture is next: deadlines, fairness, and nobody left waiting for ever."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest

from orchestrator.story.schedule import Drafts, Gate, Playhead, Queue, Schedule


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Line:
    """Pictures that wait at a gate for one engine; `run` lets them through one by one."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.gate = Gate(self.clock, at_once=1)
        self.served: list[str] = []
        self.tasks: list[asyncio.Task[None]] = []
        self.engine = asyncio.Event()

    async def ask(self, name: str, due: float, story: str = "", *, idle: bool = False) -> None:
        async def wait() -> None:
            async with self.gate.turn(story or name, lambda: due, idle=idle):
                self.served.append(name)
                await self.engine.wait()
                self.clock.now += 1.0

        self.tasks.append(asyncio.create_task(wait()))
        await asyncio.sleep(0)

    async def run(self) -> list[str]:
        self.engine.set()
        await asyncio.gather(*self.tasks)
        self.engine.clear()
        return self.served


@pytest.fixture
async def line() -> Line:
    line = Line()
    await line.ask("first", 0)  # holds the engine while the others queue
    return line


async def test_the_earliest_deadline_goes_first_across_stories(line: Line) -> None:
    for name, due in (("c", 300.0), ("a", 150.0), ("b", 200.0)):
        await line.ask(name, due)
    assert await line.run() == ["first", "a", "b", "c"]


async def test_what_nobody_waits_for_comes_last_and_ages(line: Line) -> None:
    await line.ask("export", 0, idle=True)
    await line.ask("listened", 10_000)
    assert await line.run() == ["first", "listened", "export"]
    line.served.clear()
    await line.ask("holds", 0)
    await line.ask("old", 0, idle=True)
    line.clock.now += 500
    await line.ask("young", line.clock.now + 50)
    assert await line.run() == ["holds", "old", "young"]


async def test_late_stories_take_turns_and_none_starves(line: Line) -> None:
    for index in range(20):
        await line.ask(f"long {index}", 10.0 + index, story="long")
    for index in range(3):
        await line.ask(f"short {index}", 90.0 + index, story="short")
    served = await line.run()
    assert max(served.index(f"short {index}") for index in range(3)) <= 6
    assert [name for name in served if name.startswith("long")] == [f"long {i}" for i in range(20)]


async def test_who_leaves_the_line_leaves_no_hole(line: Line) -> None:
    await line.ask("gone", 110.0)
    await line.ask("stays", 120.0)
    line.tasks[1].cancel()
    with pytest.raises(asyncio.CancelledError):
        await line.tasks[1]
    del line.tasks[1]
    assert await line.run() == ["first", "stays"]
    await line.ask("after", 0)
    assert (await line.run())[-1] == "after"


async def test_a_gate_lets_through_so_many_and_no_more() -> None:
    gate, at_work, most = Gate(at_once=2), Counter[str](), 0

    async def draw(index: int) -> None:
        nonlocal most
        async with gate.turn(f"story {index % 3}", lambda: float(index)):
            at_work["now"] += 1
            most = max(most, at_work["now"])
            await asyncio.sleep(0)
            at_work["now"] -= 1

    await asyncio.gather(*(draw(index) for index in range(30)))
    assert most == 2


async def test_a_story_knows_its_place_and_when_its_last_picture_is_drawn() -> None:
    line = Line()
    await line.ask("a1", 150.0, "a")
    await line.ask("a2", 160.0, "a")
    await line.ask("b1", 170.0, "b")
    await line.ask("b2", 155.0, "b")
    assert line.gate.queue("a") == Queue(0, None)  # nothing was drawn yet
    assert line.gate.queue("b") == Queue(1, None)
    assert line.gate.queue("c") is None
    line.gate.took(4.0)
    line.clock.now += 1.0
    assert line.gate.queue("a") == Queue(0, 3.0 + 4.0 + 4.0)  # b2 is more urgent than a2
    assert line.gate.queue("b") == Queue(1, 3.0 + 3 * 4.0)
    await line.run()
    assert line.gate.queue("a") is None


async def test_two_pictures_behind_a_gate_share_the_work_of_one_model() -> None:
    clock = Clock()
    gate = Gate(clock, at_once=2)
    leave = asyncio.Event()

    async def draw() -> None:
        async with gate.turn("tale", lambda: 0.0):
            await leave.wait()

    tasks = [asyncio.create_task(draw()) for _ in range(4)]
    await asyncio.sleep(0)
    gate.took(2.0)
    assert gate.queue("tale") == Queue(0, 4.0)
    tasks.pop().cancel()  # who leaves the line is waited for no more
    await asyncio.sleep(0)
    assert gate.queue("tale") == Queue(0, 3.0)
    leave.set()
    await asyncio.gather(*tasks)


async def test_a_story_with_two_models_waits_for_the_slower_one() -> None:
    schedule, leave = Schedule(clock=Clock()), asyncio.Event()

    async def draw(model: str) -> None:
        async with schedule.gate(model).turn("tale", lambda: 0.0):
            await leave.wait()

    tasks = [asyncio.create_task(draw(model)) for model in ("quick", "slow")]
    await asyncio.sleep(0)
    schedule.gate("quick").took(1.0)
    assert schedule.queue("tale") == Queue(0, None)
    schedule.gate("slow").took(500.0)
    assert schedule.queue("tale") == Queue(0, 500.0)
    assert schedule.queue("other") is None
    leave.set()
    await asyncio.gather(*tasks)


def test_the_playhead_corrects_what_is_not_spoken_yet() -> None:
    clock = Clock()
    head = Playhead([0.0, 2000.0, 4000.0], clock)
    clock.now = 130.0
    assert head.reaches(2) == 134.0  # nobody listens yet
    head.heard(0, 300.0)
    clock.now = 150.0
    assert head.reaches(2) == pytest.approx(134.3)
    head.heard(1, 3000.0)
    assert head.reaches(1) == pytest.approx(133.0)
    assert head.reaches(2) == pytest.approx(135.0)


def test_drafts_are_for_the_late_and_cost_a_twelfth_at_most() -> None:
    drafts = Drafts(24)
    assert not drafts.take(-1.0, 0.25)
    assert [drafts.take(1.0, 0.25) for _ in range(10)] == [True] * 8 + [False] * 2
    assert not Drafts(2).take(1.0, 0.25)


def test_the_default_model_has_one_gate_whatever_it_is_called() -> None:
    schedule = Schedule(default_model="storybook")
    assert schedule.gate("") is schedule.gate("storybook")
    assert schedule.gate("other") is not schedule.gate("")
