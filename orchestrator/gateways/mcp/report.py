"""`Report`: progress notifications that only ever rise.

The protocol asks for a number that grows with every notification, and clients restart their
time-outs with each. This module knows the events of the contract, not the tools.
"""

from __future__ import annotations

import time
from typing import Any

from mcp.server.mcpserver import Context

from lanternist.v1 import image_pb2, transcription_pb2, voice_pb2

Event = (
    image_pb2.GenerateImagesResponse
    | voice_pb2.SynthesizeResponse
    | transcription_pb2.TranscribeResponse
)

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

    async def waiting(self, event: Event) -> None:
        """Tells the place in a service's queue, or that a model is being loaded; else nothing."""
        match event.WhichOneof("event"):
            case "queued" if event.queued.position > 0:
                await self.say(f"Place {event.queued.position} in the queue")
            case "loading":
                await self.say(f"Loading {event.loading.model}")
