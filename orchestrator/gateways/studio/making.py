"""Calls of the models: each lives as long as its request, and ends with it."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, AsyncIterator
from typing import BinaryIO

from starlette.requests import Request
from starlette.responses import Response

from lanternist.runtime.call import Call
from lanternist.v1 import assistant_pb2, image_pb2, transcription_pb2, voice_pb2
from orchestrator.clients.assistant import AssistantClient
from orchestrator.clients.channel import Connection
from orchestrator.clients.specialists import Specialists
from orchestrator.gateways.studio import files
from orchestrator.gateways.studio.calls import patient
from orchestrator.gateways.studio.events import EventStream
from orchestrator.gateways.studio.messages import from_query, read


class Making:
    """Answers, pictures, speech and transcripts."""

    def __init__(self, connection: Connection) -> None:
        self._assistant = AssistantClient(connection)
        self._specialists = Specialists.behind(connection)

    async def respond(self, request: Request) -> Response:
        """Whatever is asked for."""
        message = await read(request, assistant_pb2.RespondRequest())
        return EventStream(self._assistant.Respond(message, patient(request)))

    async def images(self, request: Request) -> Response:
        """Pictures."""
        message = await read(request, image_pb2.GenerateImagesRequest())
        return EventStream(self._specialists.image.GenerateImages(message, patient(request)))

    async def speech(self, request: Request) -> Response:
        """A text spoken."""
        message = await read(request, voice_pb2.SynthesizeRequest())
        return EventStream(self._specialists.voice.Synthesize(message, patient(request)))

    async def transcription(self, request: Request) -> Response:
        """A recording written down: it is the body, its settings are in the address."""
        config = from_query(request, transcription_pb2.TranscriptionConfig())
        file = await files.received(request)
        return EventStream(self._transcripts(config, file, patient(request)))

    async def _transcripts(
        self, config: transcription_pb2.TranscriptionConfig, file: BinaryIO, call: Call
    ) -> AsyncGenerator[transcription_pb2.TranscribeResponse, None]:
        async def requests() -> AsyncIterator[transcription_pb2.TranscribeRequest]:
            yield transcription_pb2.TranscribeRequest(config=config)
            async for chunk in files.chunks(file):
                yield transcription_pb2.TranscribeRequest(audio=chunk)

        transcripts = self._specialists.transcription.Transcribe(requests(), call)
        with file:
            async with contextlib.aclosing(transcripts) as events:
                async for event in events:
                    yield event
