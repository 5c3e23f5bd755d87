"""`Admission`: how many calls are under way at once, in all and per service.

A call beyond the limit is refused at once with a hint when to come back, because a queue in front
of the services' own queues would only hide how full they are. It does not know what the calls do.
"""

from __future__ import annotations

import contextlib
import math
from collections import Counter
from collections.abc import Iterator

from lanternist.runtime.errors import ResourceExhaustedError

# The share of all places that one service may fill, so that a rush on it leaves room for others.
_SHARE = 0.75
_RETRY_SECONDS = 1.0


class Admission:
    """Counts calls.

    Args:
        total: Most calls at once, over all services.
    """

    def __init__(self, total: int) -> None:
        self._total = total
        self._per_service = max(1, math.floor(total * _SHARE))
        self._running: Counter[str] = Counter()

    @contextlib.contextmanager
    def admitted(self, service: str) -> Iterator[None]:
        """Holds a place for one call.

        Raises:
            ResourceExhaustedError: Every place, or every place of this service, is taken.
        """
        if self._running.total() >= self._total:
            raise self._full("concurrent calls", f"{self._total} calls are under way already.")
        if self._running[service] >= self._per_service:
            raise self._full(
                f"concurrent {service} calls",
                f"{self._per_service} {service} calls are under way already.",
            )
        self._running[service] += 1
        try:
            yield
        finally:
            self._running[service] -= 1

    @staticmethod
    def _full(subject: str, message: str) -> ResourceExhaustedError:
        return ResourceExhaustedError(
            message,
            subject=subject,
            reason="TOO_MANY_CALLS",
            retry_delay_seconds=_RETRY_SECONDS,
        )
