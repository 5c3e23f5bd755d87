"""`EngineWorker`: one engine, one thread, a bounded line of callers in front of it.

Inference never runs on the event loop: work is a plain iterator that the worker's thread advances,
and its items travel to the caller's coroutine. A caller who leaves stops the work at its next poll
of `call.check()`. This module knows neither models nor modalities.
"""

from __future__ import annotations

import asyncio
import contextlib
import statistics
import threading
import time
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from lanternist.runtime.call import Call
from lanternist.runtime.errors import DeadlineExceededError, ResourceExhaustedError

T = TypeVar("T")

# Items that the thread may be ahead of a slow reader before it waits.
_AHEAD = 16
_POLL_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Queued:
    """A caller's place in the line.

    Attributes:
        position: Callers ahead; 0 means being served.
        estimated_wait_ms: From the median of recent work; 0 when nothing is known.
    """

    position: int
    estimated_wait_ms: int


class _Ticket:
    __slots__ = ("moved",)

    def __init__(self) -> None:
        self.moved = asyncio.Event()


class _End:
    """Closes a stream of items; carries what ended it, if it was not the last item."""

    __slots__ = ("error",)

    def __init__(self, error: BaseException | None = None) -> None:
        self.error = error


class EngineWorker:
    """Serves callers one after another on a thread of its own.

    Args:
        name: Names the thread and appears in messages, for example `image`.
        queue_size: Most callers that wait; one more is refused.
    """

    def __init__(self, name: str, queue_size: int) -> None:
        self._name = name
        self._queue_size = queue_size
        self._line: deque[_Ticket] = deque()
        self._recent_seconds: deque[float] = deque(maxlen=20)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix=f"{name}-engine")

    def _estimate_ms(self, position: int) -> int:
        if not self._recent_seconds:
            return 0
        return round(1000 * position * statistics.median(self._recent_seconds))

    async def submit(self, work: Callable[[], T]) -> T:
        """Runs one function on the worker's thread, after what runs there already."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)

    async def run(
        self, call: Call, start: Callable[[], Iterator[T]]
    ) -> AsyncGenerator[Queued | T, None]:
        """Waits for the engine, then yields what `start()` yields, advanced on the worker's thread.

        Raises:
            ResourceExhaustedError: The line is full.
            DeadlineExceededError: The caller's time ran out in the line.
        """
        if len(self._line) > self._queue_size:
            wait_ms = self._estimate_ms(len(self._line))
            raise ResourceExhaustedError(
                f"{self._queue_size} requests are waiting for {self._name} already.",
                subject=f"{self._name} queue",
                reason="QUEUE_FULL",
                retry_delay_seconds=max(1.0, wait_ms / 1000),
            )
        ticket = _Ticket()
        self._line.append(ticket)
        try:
            while position := self._line.index(ticket):
                yield Queued(position, self._estimate_ms(position))
                await self._wait(ticket, call)
            started = time.perf_counter()
            async for item in self._advance(call, start):
                yield item
            self._recent_seconds.append(time.perf_counter() - started)
        except BaseException:
            call.cancel()  # the thread may be in the middle of a step
            raise
        finally:
            self._line.remove(ticket)
            for waiting in self._line:
                waiting.moved.set()

    async def _wait(self, ticket: _Ticket, call: Call) -> None:
        try:
            async with asyncio.timeout(call.remaining_seconds()):
                await ticket.moved.wait()
        except TimeoutError:
            raise DeadlineExceededError(
                "The deadline passed while the request waited in the queue."
            ) from None
        ticket.moved.clear()

    async def _advance(
        self, call: Call, start: Callable[[], Iterator[T]]
    ) -> AsyncGenerator[T, None]:
        loop = asyncio.get_running_loop()
        items: asyncio.Queue[Any] = asyncio.Queue()
        room = threading.Semaphore(_AHEAD)

        def post(item: Any) -> None:
            with contextlib.suppress(RuntimeError):  # the loop closed: nobody listens any more
                loop.call_soon_threadsafe(items.put_nowait, item)

        def work() -> None:
            try:
                call.check()
                iterator = start()
                try:
                    for item in iterator:
                        while not room.acquire(timeout=_POLL_SECONDS):
                            call.check()
                        post(item)
                finally:
                    if hasattr(iterator, "close"):
                        iterator.close()
            except BaseException as error:
                post(_End(error))
            else:
                post(_End())

        self._thread.submit(work)
        while True:
            item = await items.get()
            if isinstance(item, _End):
                if item.error is not None:
                    raise item.error
                return
            yield item
            room.release()

    def close(self) -> None:
        """Refuses new work; running work ends at its next poll once its call is cancelled."""
        self._thread.shutdown(wait=False, cancel_futures=True)
