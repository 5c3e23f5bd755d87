"""What the HTTP gateway adds to a call, against the same call over gRPC.

    python -m tests.bench.gateway

Both ways end at the same orchestrator and the same fakes. The HTTP client is a socket and a few
lines, so that its own cost does not count. Calls alternate in rounds; figures are medians of the
rounds.
"""

from __future__ import annotations

import asyncio
import json
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from lanternist.runtime.call import Call
from lanternist.v1 import model_pb2, text_pb2, voice_pb2
from orchestrator.clients.channel import Connection
from orchestrator.clients.models import ModelClient
from orchestrator.clients.specialists import Specialists
from tests.e2e.stack import FAKES, running_stack

ROUNDS = 7
CALLS = 100
TEXT = "one two three four five six seven eight"

Timer = Callable[[], Awaitable[float]]


class Http:
    """One kept-alive connection."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def open(self) -> None:
        """Connects."""
        host, _, port = self._address.rpartition(":")
        self._reader, self._writer = await asyncio.open_connection(host, int(port))

    def close(self) -> None:
        """Ends the connection."""
        self._writer.close()

    async def whole(self, path: str, body: dict[str, Any] | None = None) -> float:
        """Seconds until all of an answer is there."""
        started = time.perf_counter()
        chunked, length = await self._head(path, body)
        if chunked:
            while await self._chunk():
                pass
        else:
            await self._reader.readexactly(length)
        return time.perf_counter() - started

    async def first(self, path: str, body: dict[str, Any], sign: bytes) -> float:
        """Seconds until a sign is seen in an answer; reads the rest of it."""
        started = time.perf_counter()
        await self._head(path, body)
        seen, seconds = b"", 0.0
        while chunk := await self._chunk():
            if not seconds:
                seen += chunk
                if sign in seen:
                    seconds = time.perf_counter() - started
        assert seconds, "the sign never came"
        return seconds

    async def _head(self, path: str, body: dict[str, Any] | None) -> tuple[bool, int]:
        data = json.dumps(body).encode() if body is not None else b""
        method = "POST" if body is not None else "GET"
        lines = [
            f"{method} /v1/{path} HTTP/1.1",
            f"Host: {self._address}",
            "Content-Type: application/json",
            f"Content-Length: {len(data)}",
            "",
            "",
        ]
        self._writer.write("\r\n".join(lines).encode() + data)
        head = (await self._reader.readuntil(b"\r\n\r\n")).lower()
        assert b" 200 " in head[:20], head
        if b"transfer-encoding: chunked" in head:
            return True, 0
        return False, int(head.partition(b"content-length:")[2].split(b"\r", 1)[0])

    async def _chunk(self) -> bytes:
        size = int(await self._reader.readline(), 16)
        return (await self._reader.readexactly(size + 2))[:-2]


class Grpc:
    """The same calls over gRPC."""

    def __init__(self, connection: Connection) -> None:
        self._models = ModelClient(connection)
        self._specialists = Specialists.behind(connection)
        message = text_pb2.ChatMessage(role=text_pb2.CHAT_ROLE_USER, content=TEXT)
        self._text = text_pb2.GenerateTextRequest(model="fake-text", messages=[message])
        self._speech = voice_pb2.SynthesizeRequest(
            model="fake-voice", voice="fake-en", text=TEXT, encoding=voice_pb2.AUDIO_ENCODING_WAV
        )

    async def models(self) -> float:
        """A unary call."""
        started = time.perf_counter()
        await self._models.ListModels(model_pb2.ListModelsRequest(), Call())
        return time.perf_counter() - started

    async def text(self) -> float:
        """A whole text."""
        return await self._last(self._specialists.text.GenerateText(self._text, Call()))

    async def token(self) -> float:
        """The first token."""
        return await self._first(self._specialists.text.GenerateText(self._text, Call()), "delta")

    async def audio(self) -> float:
        """The first bytes of sound."""
        return await self._first(self._specialists.voice.Synthesize(self._speech, Call()), "audio")

    @staticmethod
    async def _last(events: Any) -> float:
        started = time.perf_counter()
        async for _ in events:
            pass
        return time.perf_counter() - started

    @staticmethod
    async def _first(events: Any, kind: str) -> float:
        started, seconds = time.perf_counter(), 0.0
        async for event in events:
            if not seconds and event.WhichOneof("event") == kind:
                seconds = time.perf_counter() - started
        return seconds


async def _p50(direct: Timer, gateway: Timer) -> tuple[float, float]:
    """Medians over rounds of the medians within each, in milliseconds; the first round warms up."""
    medians: tuple[list[float], list[float]] = ([], [])
    for number in range(ROUNDS + 1):
        for way, found in zip((direct, gateway), medians, strict=True):
            samples = [await way() for _ in range(CALLS)]
            if number:
                found.append(statistics.median(samples))
    one, two = (1000 * statistics.median(found) for found in medians)
    return one, two


async def _measure(address: str, http_address: str) -> list[dict[str, str]]:
    connection, http = Connection(address), Http(http_address)
    await http.open()
    grpc = Grpc(connection)
    chat = {"model": "fake-text", "messages": [{"role": "user", "content": TEXT}]}
    speech = {"model": "fake-voice", "voice": "fake-en", "input": TEXT, "response_format": "wav"}
    measures: list[tuple[str, Timer, Timer]] = [
        ("unary call, p50", grpc.models, lambda: http.whole("models")),
        ("whole text, p50", grpc.text, lambda: http.whole("chat/completions", chat)),
        (
            "first token, p50",
            grpc.token,
            lambda: http.first("chat/completions", {**chat, "stream": True}, b'"one"'),
        ),
        ("first audio, p50", grpc.audio, lambda: http.first("audio/speech", speech, b"RIFF")),
    ]
    rows = []
    for name, direct, gateway in measures:
        one, two = await _p50(direct, gateway)
        rows.append(
            {
                "measure": name,
                "gRPC": f"{one:.2f} ms",
                "HTTP": f"{two:.2f} ms",
                "added": f"{two - one:+.2f} ms",
                "target": "≤ 3 ms",
            }
        )
    http.close()
    await connection.close()
    return rows


def rows() -> list[dict[str, str]]:
    """The table's rows."""
    with (
        tempfile.TemporaryDirectory(prefix="bench-") as name,
        running_stack(Path(name), **FAKES) as stack,
    ):
        return asyncio.run(_measure(stack.address, stack.http))


if __name__ == "__main__":
    for entry in rows():
        print("  ".join(f"{value:<20}" for value in entry.values()))
