"""The image and voice services as the server offers them: forwarded, and what they make marked.

What bears no mark passes as the bytes that the service sent. This module does not know how a mark
is made.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from typing import Any

from google.protobuf.descriptor import ServiceDescriptor

from lanternist.runtime.call import Call
from lanternist.runtime.errors import UnavailableError
from lanternist.v1 import image_pb2, voice_pb2
from orchestrator.clients.image import ImageClient
from orchestrator.clients.voice import VoiceClient
from orchestrator.forward import Line, forwarder
from orchestrator.provenance.marked import marked_events
from orchestrator.provenance.notary import Notary
from orchestrator.provenance.speech import speech_file

_CHUNK_BYTES = 64 * 1024


def answering(service: ServiceDescriptor, line: Line, notary: Notary) -> object:
    """An implementation of a whole service that forwards each of its methods along a line.

    Args:
        service: Of the line's modality.
        line: The way to the service.
        notary: Marks the pictures, and the speech that is asked for as a file.
    """
    match line.modality:
        case "image" if notary.enabled:
            return _Pictures(line, notary)
        case "voice":
            return _Speech(forwarder(service, line), line, notary)
    return forwarder(service, line)


class _Pictures:
    """`ImageService`."""

    def __init__(self, line: Line, notary: Notary) -> None:
        self._line = line
        self._notary = notary

    async def GenerateImages(
        self, request: image_pb2.GenerateImagesRequest, call: Call
    ) -> AsyncGenerator[image_pb2.GenerateImagesResponse, None]:
        """Draws pictures."""
        with self._line.open(request.model) as connection:
            events = ImageClient(connection).GenerateImages(request, call)
            marking = marked_events(events, self._notary, varied=request.HasField("source"))
            async with contextlib.aclosing(marking) as marked:
                async for event in marked:
                    yield event


class _Speech:
    """`VoiceService`."""

    def __init__(self, forwarded: Any, line: Line, notary: Notary) -> None:
        self._forwarded = forwarded
        self._line = line
        self._notary = notary
        self.ListVoices = forwarded.ListVoices

    def Synthesize(
        self, request: voice_pb2.SynthesizeRequest, call: Call
    ) -> AsyncGenerator[voice_pb2.SynthesizeResponse | bytes, None]:
        """Speaks."""
        if request.as_file:
            return self._as_file(request, call)
        passed: AsyncGenerator[bytes, None] = self._forwarded.Synthesize(request, call)
        return passed

    async def _as_file(
        self, request: voice_pb2.SynthesizeRequest, call: Call
    ) -> AsyncGenerator[voice_pb2.SynthesizeResponse, None]:
        streamed = voice_pb2.SynthesizeRequest()
        streamed.CopyFrom(request)
        streamed.ClearField("as_file")
        last: voice_pb2.SynthesizeResponse | None = None
        async with speech_file(self._notary) as collected:
            with self._line.open(request.model) as connection:
                events = VoiceClient(connection).Synthesize(streamed, call)
                async with contextlib.aclosing(events):
                    async for event in events:
                        await collected.take(event)
                        match event.WhichOneof("event"):
                            case "format":
                                yield voice_pb2.SynthesizeResponse(format=collected.format)
                            case "summary":
                                last = event
                            case "audio":
                                pass
                            case _:
                                yield event
                if last is None:
                    raise UnavailableError("The service ended before the speech was complete.")
            path = await collected.finish()
            with path.open("rb") as file:
                while block := await asyncio.to_thread(file.read, _CHUNK_BYTES):
                    yield voice_pb2.SynthesizeResponse(audio=block)
        yield last
