"""In-process services and servers, so that forwarding is tested without processes or models."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from pathlib import Path

import grpc.aio
import pytest
from google.protobuf.descriptor import ServiceDescriptor

from lanternist.runtime.call import Call
from lanternist.runtime.errors import LanternistError, ResourceExhaustedError
from lanternist.runtime.grpc_server import SERVER_OPTIONS, add_service
from lanternist.v1 import text_pb2, transcription_pb2, voice_pb2

Serve = Callable[[ServiceDescriptor, object], Awaitable[str]]


class EchoText:
    """Writes what it is told, word by word; remembers what it saw of its callers."""

    def __init__(self) -> None:
        self.calls: list[Call] = []
        self.steps = 0
        self.left = asyncio.Event()
        self.error: LanternistError | None = None

    async def GenerateText(
        self, request: text_pb2.GenerateTextRequest, call: Call
    ) -> AsyncGenerator[text_pb2.GenerateTextResponse, None]:
        self.calls.append(call)
        if self.error is not None:
            raise self.error
        try:
            for word in request.messages[-1].content.split():
                yield text_pb2.GenerateTextResponse(delta=word)
            while request.messages[-1].content.endswith("forever"):
                self.steps += 1
                yield text_pb2.GenerateTextResponse(delta="on")
                await asyncio.sleep(0.01)
        finally:
            self.left.set()
        finish = text_pb2.TextFinish(reason=text_pb2.FINISH_REASON_STOP, model=request.model)
        yield text_pb2.GenerateTextResponse(finish=finish)


class CountingTranscription:
    """Counts the bytes that arrive."""

    def __init__(self) -> None:
        self.received = 0
        self.messages = 0
        self.arrived = asyncio.Event()
        self.cancelled = asyncio.Event()
        self.full = False

    async def Transcribe(
        self, requests: AsyncIterator[transcription_pb2.TranscribeRequest], call: Call
    ) -> AsyncGenerator[transcription_pb2.TranscribeResponse, None]:
        try:
            async for request in requests:
                self.messages += 1
                self.received += len(request.audio)
                if self.received:
                    self.arrived.set()
                if self.full and self.received:
                    raise ResourceExhaustedError("Full.", subject="queue", retry_delay_seconds=7)
                segment = transcription_pb2.TranscriptSegment(text=str(self.received))
                yield transcription_pb2.TranscribeResponse(segment=segment)
            summary = transcription_pb2.TranscriptSummary(duration_ms=self.received)
            yield transcription_pb2.TranscribeResponse(summary=summary)
        except (asyncio.CancelledError, GeneratorExit):
            self.cancelled.set()
            raise


class OneVoice:
    """Offers one voice."""

    async def ListVoices(
        self, request: voice_pb2.ListVoicesRequest, call: Call
    ) -> voice_pb2.ListVoicesResponse:
        return voice_pb2.ListVoicesResponse(voices=[voice_pb2.Voice(id="ada")])

    async def Synthesize(
        self, request: voice_pb2.SynthesizeRequest, call: Call
    ) -> AsyncGenerator[voice_pb2.SynthesizeResponse, None]:
        yield voice_pb2.SynthesizeResponse(audio=b"\x00\x01")


@pytest.fixture
async def serve(tmp_path: Path) -> AsyncIterator[Serve]:
    """Serves an implementation in this process; returns its address."""
    async with contextlib.AsyncExitStack() as stack:
        count = 0

        async def start(descriptor: ServiceDescriptor, implementation: object) -> str:
            nonlocal count
            count += 1
            server = grpc.aio.server(options=SERVER_OPTIONS)
            add_service(server, descriptor, implementation)
            address = f"unix:{tmp_path}/{count}.sock"
            server.add_insecure_port(address)
            await server.start()
            stack.push_async_callback(server.stop, 0)
            return address

        yield start
