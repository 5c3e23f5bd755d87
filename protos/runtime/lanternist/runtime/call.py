"""`Call`: what a handler and its engine may know of the request that they serve.

It offers the deadline, cancellation and metadata without naming a transport, so the same handler
runs under grpc.aio, Ray Serve or a test. Engines poll `check()` from their worker thread at every
denoise step, token and clause, so that a caller who leaves frees the engine.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from types import MappingProxyType

from lanternist.runtime.errors import CancelledError, DeadlineExceededError


class Call:
    """One request's life, readable from any thread.

    Args:
        request_id: The caller's id, or one made for it; every log line carries it.
        timeout_seconds: Time the caller still waits, None for no deadline.
        metadata: Request metadata, lower-case keys.
    """

    def __init__(
        self,
        request_id: str = "",
        timeout_seconds: float | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        self.request_id = request_id
        self.metadata: Mapping[str, str] = MappingProxyType(dict(metadata or {}))
        self._deadline = None if timeout_seconds is None else time.monotonic() + timeout_seconds
        self._cancelled = threading.Event()

    def cancel(self) -> None:
        """Marks the call as left by its caller. Idempotent, callable from any thread."""
        self._cancelled.set()

    @property
    def cancelled(self) -> bool:
        """Whether the caller has left."""
        return self._cancelled.is_set()

    def remaining_seconds(self) -> float | None:
        """Seconds until the deadline (never below 0), or None without one."""
        if self._deadline is None:
            return None
        return max(0.0, self._deadline - time.monotonic())

    def check(self) -> None:
        """Raises when there is no longer anyone to work for.

        Raises:
            CancelledError: The caller left.
            DeadlineExceededError: The caller's time ran out.
        """
        if self._cancelled.is_set():
            raise CancelledError("The caller cancelled the request.")
        if self._deadline is not None and time.monotonic() >= self._deadline:
            raise DeadlineExceededError("The deadline passed before the work was done.")
