"""The line in front of an engine: order, bounds, cancellation, deadlines."""

from __future__ import annotations

import asyncio
import threading
import time

import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    CancelledError,
    DeadlineExceededError,
    ResourceExhaustedError,
)
from services.base.worker import EngineWorker, Queued


async def everything(stream) -> list:
    return [item async for item in stream]


@pytest.fixture
def worker():
    made = EngineWorker("test", queue_size=2)
    yield made
    made.close()


async def test_items_arrive_in_order_from_another_thread(worker: EngineWorker) -> None:
    def work():
        for number in range(100):
            yield number, threading.get_ident()

    items = await everything(worker.run(Call(), work))
    assert [number for number, _ in items] == list(range(100))
    assert threading.get_ident() not in {thread for _, thread in items}


async def test_what_the_engine_raises_reaches_the_caller_and_the_next_one_is_served(
    worker: EngineWorker,
) -> None:
    def broken():
        yield 1
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await everything(worker.run(Call(), broken))
    assert await everything(worker.run(Call(), lambda: iter([1]))) == [1]


async def test_waiting_callers_learn_their_place_and_one_too_many_is_refused(
    worker: EngineWorker,
) -> None:
    gate = threading.Event()

    def slow():
        gate.wait(60)
        yield "done"

    first = asyncio.create_task(everything(worker.run(Call(), slow)))
    await asyncio.sleep(0.05)
    second = asyncio.create_task(everything(worker.run(Call(), lambda: iter(["second"]))))
    third = asyncio.create_task(everything(worker.run(Call(), lambda: iter(["third"]))))
    await asyncio.sleep(0.05)
    with pytest.raises(ResourceExhaustedError) as refused:
        await everything(worker.run(Call(), lambda: iter([])))
    assert refused.value.retry_delay_seconds >= 1
    gate.set()
    assert await first == ["done"]
    assert await second == [Queued(1, 0), "second"]
    places = [item.position for item in await third if isinstance(item, Queued)]
    assert places[0] == 2
    assert places == sorted(places, reverse=True)


async def test_a_caller_who_leaves_stops_the_engine_at_its_next_poll(worker: EngineWorker) -> None:
    call, steps = Call(), []

    def work():
        for step in range(1000):
            call.check()
            steps.append(step)
            time.sleep(0.005)
            yield step

    stream = worker.run(call, work)
    assert await anext(stream) == 0
    call.cancel()
    with pytest.raises(CancelledError):
        await everything(stream)
    taken = len(steps)
    await asyncio.sleep(0.05)
    assert len(steps) == taken < 20


async def test_a_reader_that_closes_the_stream_frees_the_engine(worker: EngineWorker) -> None:
    call = Call()

    def work():
        while True:
            call.check()
            time.sleep(0.001)
            yield 0

    stream = worker.run(call, work)
    await anext(stream)
    await stream.aclose()
    assert call.cancelled
    assert await asyncio.wait_for(everything(worker.run(Call(), lambda: iter([1]))), 60) == [1]


async def test_the_thread_waits_for_a_slow_reader(worker: EngineWorker) -> None:
    made = []

    def work():
        for number in range(1000):
            made.append(number)
            yield number

    stream = worker.run(Call(), work)
    await anext(stream)
    await asyncio.sleep(0.1)
    assert len(made) < 50, "the engine must not run far ahead of its reader"
    await stream.aclose()


async def test_a_deadline_that_passes_in_the_line(worker: EngineWorker) -> None:
    gate = threading.Event()

    def slow():
        gate.wait(60)
        yield 1

    first = asyncio.create_task(everything(worker.run(Call(), slow)))
    await asyncio.sleep(0.02)
    with pytest.raises(DeadlineExceededError):
        await everything(worker.run(Call(timeout_seconds=0.05), lambda: iter([1])))
    gate.set()
    assert await first == [1]


async def test_a_deadline_that_has_passed_starts_nothing(worker: EngineWorker) -> None:
    started = []
    with pytest.raises(DeadlineExceededError):
        await everything(worker.run(Call(timeout_seconds=0), lambda: started.append(1) or iter([])))
    assert not started
