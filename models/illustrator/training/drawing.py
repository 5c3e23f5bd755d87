"""The pictures of a run drawn in processes of their own, one a core, a shard at a time.

A shard that is there is not drawn again, and one that is half drawn leaves nothing; so drawing can
be stopped at any time, and more can be added later. It imports no torch, nor do its
processes.
"""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import threading
import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from pathlib import Path

from lanternist.runtime.errors import CancelledError, FailedPreconditionError
from models.illustrator.training.budget import Budget
from models.illustrator.training.config import Config
from models.illustrator.training.journal import Journal
from models.illustrator.training.rendering import ShardPlan, plan_shards, render_shard
from models.illustrator.training.shards import facts_of
from models.illustrator.training.stopping import stop_signals


def draw_pictures(config: Config, folder: Path, budget: Budget, journal: Journal) -> int:
    """Draws the shards that are not there yet, for as long as there is time.

    The held-out sets and one training shard of each company are drawn whatever the time.

    Returns:
        Training pictures in the folder.

    Raises:
        FailedPreconditionError: The folder holds pictures of another configuration.
        CancelledError: The process was told to stop.
    """
    plans = list(plan_shards(config))
    waiting = [plan for plan in plans if not _is_there(config, folder / plan.file_name)]
    needed = {plan.file_name for plan in _indispensable(plans)}
    workers = config.processes or os.cpu_count() or 1
    drawn, started = 0, time.monotonic()
    # Spawned, not forked: a fork would copy PyTorch's locks in whatever state they are.
    context = multiprocessing.get_context("spawn")
    with (
        stop_signals() as stopped,
        ProcessPoolExecutor(workers, mp_context=context, initializer=_start) as pool,
    ):
        running: dict[Future[int], ShardPlan] = {}
        while waiting or running:
            budget.tick()
            if stopped.is_set():
                waiting.clear()  # what is half drawn is finished: a shard is a minute at most
            while waiting and len(running) < workers:
                plan = waiting.pop(0)
                if budget.spent and plan.file_name not in needed:
                    continue
                running[pool.submit(render_shard, config, plan, folder)] = plan
            done, _ = wait(running, timeout=1.0, return_when=FIRST_COMPLETED)
            for future in done:
                del running[future]
                drawn += future.result()
            rate = drawn / max(1e-9, time.monotonic() - started)
            left = sum(plan.count for plan in (*waiting, *running.values()))
            journal.progress(
                "data", step=len(plans) - len(waiting) - len(running), samples=drawn, rate=rate,
                budget=budget, left_seconds=min(budget.left_seconds, left / max(rate, 1e-9)),
            )  # fmt: skip
    if stopped.is_set():
        raise CancelledError("The stage `data` was stopped between two shards.")
    trained = [plan for plan in plans if plan.split == "train"]
    pictures = sum(plan.count for plan in trained if (folder / plan.file_name).exists())
    seconds = time.monotonic() - started
    journal.note(
        "data", "drawn", pictures=pictures, new=drawn, per_second=round(drawn / seconds, 1)
    )
    return pictures


def _indispensable(plans: Sequence[ShardPlan]) -> list[ShardPlan]:
    found: dict[tuple[str, str | None], ShardPlan] = {}
    for plan in plans:
        found.setdefault((plan.split, plan.company), plan)
    return list(found.values())


def _is_there(config: Config, path: Path) -> bool:
    if not path.exists():
        return False
    if facts_of(path).get("fingerprint") != config.fingerprint("data"):
        raise FailedPreconditionError(
            "The working folder holds pictures of another configuration. Name another folder, or "
            "begin anew with --again.",
            reason="OTHER_CONFIGURATION",
        )
    return True


def _start() -> None:
    """Makes a drawing process yield to others, leave Ctrl-C to its parent, and not outlive it."""
    os.nice(19)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = multiprocessing.parent_process()
    assert parent is not None
    threading.Thread(target=_die_with, args=(parent.sentinel,), daemon=True).start()


def _die_with(sentinel: int) -> None:
    multiprocessing.connection.wait([sentinel])
    os._exit(1)
