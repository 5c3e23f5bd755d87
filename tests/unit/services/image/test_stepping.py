"""A blocking call as an iterator: order, errors, leaving early, schedulers without callbacks."""

import inspect
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import torch

from services.image.diffusion.stepping import iterate, run


@pytest.fixture
def thread() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(1) as executor:
        yield executor


def test_events_come_in_order_and_the_result_is_returned(thread: ThreadPoolExecutor) -> None:
    def work(emit: Callable[[int], None]) -> str:
        for number in range(5):
            emit(number)
        return "done"

    seen: list[int] = []

    def follow() -> Any:
        result = yield from iterate(thread, work)
        seen.append(-1)
        return result

    def outer() -> Any:
        results.append((yield from follow()))

    results: list[str] = []
    for event in outer():
        seen.append(event)
    assert seen == [0, 1, 2, 3, 4, -1]
    assert results == ["done"]


def test_events_arrive_while_the_work_is_under_way(thread: ThreadPoolExecutor) -> None:
    go_on = threading.Event()

    def work(emit: Callable[[str], None]) -> None:
        emit("first")
        assert go_on.wait(60)

    events = iterate(thread, work)
    assert next(events) == "first"  # the work has not ended: it waits for this test
    go_on.set()
    assert list(events) == []


def test_an_error_comes_after_the_events_before_it(thread: ThreadPoolExecutor) -> None:
    def work(emit: Callable[[int], None]) -> None:
        emit(1)
        raise ValueError("broken")

    events = iterate(thread, work)
    assert next(events) == 1
    with pytest.raises(ValueError, match="broken"):
        next(events)


def test_leaving_early_ends_the_work_at_its_next_event(thread: ThreadPoolExecutor) -> None:
    steps = 0

    def work(emit: Callable[[int], None]) -> None:
        nonlocal steps
        for number in range(100_000):
            time.sleep(0.01)
            steps += 1
            emit(number)

    events = iterate(thread, work)
    next(events)
    events.close()
    stopped_at = steps
    assert stopped_at < 1000  # the next one; on a machine that stalls, some more
    assert thread.submit(lambda: "free").result(60) == "free"
    assert steps == stopped_at


class PlainScheduler:
    timesteps = torch.arange(3)

    def step(self, flow: float, timestep: int, eta: float = 0.0) -> tuple[float]:
        return (flow + eta,)


class PlainPipeline:
    """A pipeline without step callbacks, as PixArt's."""

    def __init__(self) -> None:
        self.scheduler = PlainScheduler()
        self.transformer = torch.nn.Identity()
        self.seen_signature: list[str] = []

    def __call__(self, prompt: str) -> list[float]:
        self.seen_signature = list(inspect.signature(self.scheduler.step).parameters)
        return [
            self.scheduler.step(float(self.transformer(torch.ones(()))), step, eta=0.5)[0]
            for step in range(3)
        ]


def test_a_pipeline_without_callbacks_is_followed_through_its_scheduler() -> None:
    pipeline = PlainPipeline()
    steps: list[tuple[int, int, float]] = []
    result = run(pipeline, {"prompt": "x"}, lambda: None, lambda *step: steps.append(step))
    assert result == [1.5, 1.5, 1.5]
    assert steps == [(1, 3, 1.5), (2, 3, 1.5), (3, 3, 1.5)]
    assert pipeline.seen_signature == ["flow", "timestep", "eta"]
    assert "step" not in vars(pipeline.scheduler)  # its own method is back


def test_poll_is_called_before_every_run_of_the_network_and_its_hook_is_removed() -> None:
    pipeline = PlainPipeline()
    polls: list[None] = []

    def poll() -> None:
        polls.append(None)
        if len(polls) == 2:
            raise TimeoutError

    with pytest.raises(TimeoutError):
        run(pipeline, {"prompt": "x"}, poll, lambda *_: None)
    assert not pipeline.transformer._forward_pre_hooks
    run(pipeline, {"prompt": "x"}, lambda: None, lambda *_: None)
    assert len(polls) == 2
