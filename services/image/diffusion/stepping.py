"""A pipeline's call as an iterator of its steps.

diffusers reports steps to a callback and blocks until the pictures are done; an engine yields
events as they happen. So the call runs on a thread of its own, and what its callback emits is
iterated here. An exception raised in the callback ends the call after the step under way, and so
does abandoning the iterator. This module does not know what the pipeline draws.
"""

from __future__ import annotations

import functools
import inspect
import queue
from collections.abc import Callable, Generator, Iterator, Mapping
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import Any, TypeVar

E = TypeVar("E")
T = TypeVar("T")

OnStep = Callable[[int, int, Any], None]
"""Called with (steps done, steps in all, latents or None) after each step."""

_CALLBACK = "callback_on_step_end"


class _AbandonedError(Exception):
    """Nobody iterates any more."""


def iterate(thread: Executor, work: Callable[[Callable[[E], None]], T]) -> Generator[E, None, T]:
    """Runs `work(emit)` on the thread; yields what it emits and returns what it returns.

    When the iterator is closed early, the next `emit` raises inside `work`, and closing waits until
    `work` has ended: the thread is free afterwards.
    """
    events: queue.SimpleQueue[tuple[E] | None] = queue.SimpleQueue()
    abandoned = False

    def emit(event: E) -> None:
        if abandoned:
            raise _AbandonedError
        events.put((event,))

    running = thread.submit(work, emit)
    running.add_done_callback(lambda _: events.put(None))
    try:
        while (item := events.get()) is not None:
            yield item[0]
        return running.result()
    finally:
        abandoned = True
        running.exception()  # waits; what it raised was raised above, or nobody is left to hear it


def call_parameters(pipeline: Any) -> Mapping[str, inspect.Parameter]:
    """The parameters of a pipeline's call."""
    return inspect.signature(pipeline.__call__).parameters


def run(
    pipeline: Any, arguments: Mapping[str, Any], poll: Callable[[], None], on_step: OnStep
) -> Any:
    """Calls a pipeline.

    Args:
        pipeline: A diffusers pipeline.
        arguments: Of its call.
        poll: Called before every run of the denoising network; what it raises ends the call.
        on_step: Called after every step; what it raises ends the call.
    """
    if _CALLBACK not in call_parameters(pipeline):
        with _polled(pipeline, poll), _watched_scheduler(pipeline, on_step):
            return pipeline(**arguments)

    def step_ended(_: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        on_step(step + 1, _steps_in_all(pipeline), tensors.get("latents"))
        return tensors

    offered = getattr(pipeline, "_callback_tensor_inputs", ())
    wanted = [name for name in ("latents",) if name in offered]
    watching = {_CALLBACK: step_ended, f"{_CALLBACK}_tensor_inputs": wanted}
    with _polled(pipeline, poll):
        return pipeline(**arguments, **watching)


def _steps_in_all(pipeline: Any) -> int:
    """What is run: not always what was asked for.

    Schedulers of second order run more, and drawing from a picture begins in the middle of the
    scheduler's steps. Most pipelines know how many theirs are before the first of them.
    """
    if counted := getattr(pipeline, "num_timesteps", None):
        return int(counted)
    scheduler = pipeline.scheduler
    return len(scheduler.timesteps) - (getattr(scheduler, "begin_index", None) or 0)


@contextmanager
def _polled(pipeline: Any, poll: Callable[[], None]) -> Iterator[None]:
    names = ("transformer", "unet", "prior", "decoder")
    networks: list[Any] = [getattr(pipeline, name, None) for name in names]
    hooks = [
        network.register_forward_pre_hook(lambda *_: poll())
        for network in networks
        if hasattr(network, "register_forward_pre_hook")
    ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


@contextmanager
def _watched_scheduler(pipeline: Any, on_step: OnStep) -> Iterator[None]:
    """For pipelines without step callbacks: every step passes through the scheduler."""
    scheduler = pipeline.scheduler
    own_step = scheduler.step
    done = 0

    @functools.wraps(own_step)  # pipelines look at the signature
    def step(*args: Any, **kwargs: Any) -> Any:
        nonlocal done
        result = own_step(*args, **kwargs)
        done += 1
        latents = result[0] if isinstance(result, tuple) else result.prev_sample
        on_step(done, _steps_in_all(pipeline), latents)
        return result

    scheduler.step = step
    try:
        yield
    finally:
        del scheduler.step
