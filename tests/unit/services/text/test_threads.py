"""Choosing threads by measured time, on imagined machines."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

from services.text.decoding.threads import ThreadTuner

Machine = Callable[[int], float]
"""Seconds of a step with so many threads."""


def idle(threads: int) -> float:
    return 0.050 / threads


def busy(threads: int) -> float:
    return 0.100 if threads == 1 else 0.600


def run(tuner: ThreadTuner, machine: Machine, steps: int, rows: int = 1) -> Counter[int]:
    chosen: Counter[int] = Counter()
    for _ in range(steps):
        threads = tuner.choose(rows)
        chosen[threads] += 1
        tuner.learn(machine(threads))
    return chosen


def cost(chosen: Counter[int], machine: Machine) -> float:
    return sum(machine(threads) * count for threads, count in chosen.items())


def test_an_idle_machine_is_used_whole() -> None:
    chosen = run(ThreadTuner(2), idle, 500)
    assert cost(chosen, idle) < 1.03 * 500 * idle(2)


def test_a_busy_machine_is_not_waited_for() -> None:
    chosen = run(ThreadTuner(2), busy, 500)
    assert cost(chosen, busy) < 1.25 * 500 * busy(1)


def test_it_notices_when_others_come_and_go() -> None:
    tuner = ThreadTuner(2)
    run(tuner, idle, 300)
    assert run(tuner, busy, 20)[2] <= 5
    run(tuner, busy, 300)
    assert run(tuner, idle, 20)[1] <= 5


def test_each_width_has_its_own_answer() -> None:
    def width(rows: int) -> Machine:
        return idle if rows > 1 else busy

    tuner = ThreadTuner(4)
    for _ in range(50):
        for rows in (1, 8):
            run(tuner, width(rows), 4, rows)
    assert run(tuner, width(1), 5, 1).most_common(1)[0][0] == 1
    assert run(tuner, width(8), 5, 8).most_common(1)[0][0] == 4


def test_one_thread_leaves_nothing_to_choose() -> None:
    assert run(ThreadTuner(1), idle, 50) == {1: 50}
