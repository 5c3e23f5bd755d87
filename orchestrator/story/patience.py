"""Waits out a service that is restarting or busy, so that a story under way completes.

Only what may succeed when it is simply tried again is tried again; the rest is raised at once. It
does not know what is tried.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import TypeVar

from lanternist.runtime import telemetry
from lanternist.runtime.errors import LanternistError, ResourceExhaustedError, UnavailableError

T = TypeVar("T")
_log = telemetry.logger(__name__)

# A service that restarts reads its weights again; a big one needs minutes.
PATIENCE_SECONDS = 300.0
# One that is merely busy will have time sooner or later.
_BUSY_FACTOR = 6
_FIRST_DELAY_SECONDS = 0.25
_LONGEST_DELAY_SECONDS = 10.0


async def persist(
    work: Callable[[], Awaitable[T]], *, step: str, seconds: float = PATIENCE_SECONDS
) -> T:
    """Does `work` until it succeeds, fails for good, or has failed for `seconds` on end.

    Waits at least as long as the error's `retry_delay_seconds`, and longer each time; for a service
    that is busy rather than gone, six times as long in all.

    Args:
        work: Begins the attempt anew at each call.
        step: Named in the log.
        seconds: How long to go on.

    Raises:
        LanternistError: The last attempt's error.
    """
    loop = asyncio.get_running_loop()
    began = loop.time()
    delay = _FIRST_DELAY_SECONDS
    while True:
        try:
            return await work()
        except (UnavailableError, ResourceExhaustedError) as error:
            asked = _asked_delay(error)
            wait = max(asked or 0.0, delay * random.uniform(0.75, 1.25))  # noqa: S311 (spreads load)
            busy = isinstance(error, ResourceExhaustedError)
            patience = seconds * (_BUSY_FACTOR if busy else 1)
            if asked is None or loop.time() + wait > began + patience:
                raise
            _log.warning("step waits for a service", step=step, reason=error.reason, wait=wait)
            await asyncio.sleep(wait)
            delay = min(delay * 2, _LONGEST_DELAY_SECONDS)


def _asked_delay(error: LanternistError) -> float | None:
    """Seconds that the error asks to wait; None when waiting cannot help."""
    delay = getattr(error, "retry_delay_seconds", None)
    return None if delay is None else float(delay)
