"""`Report`: progress notifications that only ever rise.

The protocol asks for a number that grows with every notification, and clients restart their
time-outs with each. This module knows the events of the contract, not the tools.
"""

from __future__ import annotations

import time
from typing import Any

from mcp.server.mcpserver import Context

from lanternist.v1 import progress_pb2

_SHORTEST_SECONDS = 0.1  # between two notifications; a picture may have a hundred steps a second


class Report:
    """Tells the client how far a tool has come.

    Args:
        context: Of the tool call; its client may not want progress, and then nothing is sent.
    """

    def __init__(self, context: Context[Any, Any]) -> None:
        self._context = context
        self._at = 0.0
        self._last = 0.0

    async def say(self, message: str, share: float = 0.0) -> None:
        """Sends a notification.

        Args:
            message: What is going on.
            share: Of the whole, how much is done, 0 to 1; what would not be a rise is sent as one.
        """
        self._at = max(self._at + 1e-4, min(share, 0.999))
        self._last = time.monotonic()
        await self._context.report_progress(self._at, 1.0, message)

    async def reached(self, message: str, share: float) -> None:
        """As `say`, but left out when the last one was just now."""
        if time.monotonic() - self._last >= _SHORTEST_SECONDS:
            await self.say(message, share)

    async def queued(self, status: progress_pb2.QueueStatus) -> None:
        """Tells the place in a service's queue."""
        if status.position > 0:
            await self.say(f"Place {status.position} in the queue")

    async def loading(self, status: progress_pb2.ModelLoading) -> None:
        """Tells that a model is being loaded."""
        await self.say(f"Loading {status.model}")
