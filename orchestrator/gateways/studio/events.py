"""Streams of the contract as server-sent events.

Each event bears the name of the contract's: `event: narrated`, its data the whole message. A stream
that fails before its first event is an ordinary HTTP error; later an `error` event ends it. A
client that goes away closes the source, and so the call behind it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncGenerator
from typing import TypeVar

from google.protobuf.message import Message
from starlette.responses import Response, StreamingResponse
from starlette.types import Send

from lanternist.runtime.errors import LanternistError
from orchestrator.gateways.studio.messages import write
from orchestrator.gateways.studio.refusal import described, refusal

M = TypeVar("M", bound=Message)

# Shows intermediaries, and us, that somebody is still there while nothing happens.
_PING_SECONDS = 15.0
_PING = b": still here\n\n"


class EventStream(StreamingResponse):
    """Sends a stream of messages as they come.

    Args:
        source: Messages whose oneof `event` names what happened. Closed at the end, however the
            stream ends.
    """

    media_type = "text/event-stream"

    def __init__(self, source: AsyncGenerator[M, None]) -> None:
        self._frames = _frames(source)
        super().__init__(self._frames, headers={"X-Accel-Buffering": "no"})

    async def stream_response(self, send: Send) -> None:
        """Waits for the first event, so that a refusal has its status, then passes on."""
        async with contextlib.aclosing(self._frames) as frames:
            try:
                first = await anext(frames, b"")
            except LanternistError as error:
                answer = refusal(error)
                await _head(send, answer)
                await send({"type": "http.response.body", "body": answer.body})
                return
            await _head(send, self)
            await _part(send, first)
            pings = asyncio.create_task(_ping(send))
            try:
                async for frame in frames:
                    await _part(send, frame)
            except LanternistError as error:
                await _part(send, _frame("error", described(error)))
            finally:
                pings.cancel()
            await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _head(send: Send, answer: Response) -> None:
    head = {"status": answer.status_code, "headers": answer.raw_headers}
    await send({"type": "http.response.start", **head})


async def _part(send: Send, body: bytes) -> None:
    await send({"type": "http.response.body", "body": body, "more_body": True})


async def _frames(source: AsyncGenerator[M, None]) -> AsyncGenerator[bytes, None]:
    async with contextlib.aclosing(source) as messages:
        async for message in messages:
            yield _frame(message.WhichOneof("event") or "unknown", write(message))


def _frame(name: str, value: object) -> bytes:
    data = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return f"event: {name}\ndata: {data}\n\n".encode()


async def _ping(send: Send) -> None:
    while True:
        await asyncio.sleep(_PING_SECONDS)
        await _part(send, _PING)
