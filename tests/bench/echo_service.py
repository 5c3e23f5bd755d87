"""A service that costs nothing itself: answers at once, streams bytes that are there already.

    python -m tests.bench.echo_service unix:/path.sock

It runs on the same server code as the model services, so that a bench of what stands in front of
them measures that and nothing else.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

import grpc.aio
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer

from lanternist.runtime import telemetry
from lanternist.runtime.call import Call
from lanternist.runtime.grpc_server import SERVER_OPTIONS, add_service
from lanternist.v1 import image_pb2, voice_pb2

CHUNK_BYTES = 256 * 1024
CHUNKS_PER_PICTURE = 64
VOICES = voice_pb2.ListVoicesResponse(voices=[voice_pb2.Voice(id="echo", language="en-US")])


class Echo:
    """Voices at once, pictures of 16 MiB in chunks of 256 KiB."""

    async def ListVoices(
        self, request: voice_pb2.ListVoicesRequest, call: Call
    ) -> voice_pb2.ListVoicesResponse:
        """Answers at once."""
        return VOICES

    async def Synthesize(
        self, request: voice_pb2.SynthesizeRequest, call: Call
    ) -> AsyncIterator[voice_pb2.SynthesizeResponse]:
        """Says one word."""
        yield voice_pb2.SynthesizeResponse(audio=b"\0\0")

    async def GenerateImages(
        self, request: image_pb2.GenerateImagesRequest, call: Call
    ) -> AsyncIterator[image_pb2.GenerateImagesResponse]:
        """Streams `count` pictures."""
        chunk = image_pb2.ImageChunk(data=bytes(CHUNK_BYTES))
        message = image_pb2.GenerateImagesResponse(chunk=chunk)
        for _ in range(request.count * CHUNKS_PER_PICTURE):
            yield message


async def serve(address: str) -> None:
    """Serves until killed."""
    server = grpc.aio.server(options=SERVER_OPTIONS)
    for descriptor in (
        voice_pb2.DESCRIPTOR.services_by_name["VoiceService"],
        image_pb2.DESCRIPTOR.services_by_name["ImageService"],
    ):
        add_service(server, descriptor, Echo())
    health = HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(health, server)
    await health.set("", health_pb2.HealthCheckResponse.SERVING)
    server.add_insecure_port(address)
    await server.start()
    await server.wait_for_termination()


if __name__ == "__main__":
    telemetry.configure_logging("echo")
    asyncio.run(serve(sys.argv[1]))
