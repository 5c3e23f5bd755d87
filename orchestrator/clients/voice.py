"""Client of `VoiceService`."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from lanternist.runtime.call import Call
from lanternist.v1 import voice_pb2, voice_pb2_grpc
from orchestrator.clients.channel import Connection


class VoiceClient:
    """Speaks, somewhere else."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = voice_pb2_grpc.VoiceServiceStub(connection.channel)

    def Synthesize(
        self, request: voice_pb2.SynthesizeRequest, call: Call
    ) -> AsyncGenerator[voice_pb2.SynthesizeResponse, None]:
        """Speaks a text; see the contract for the order of events."""
        return self._connection.stream(self._stub.Synthesize, request, call)

    async def ListVoices(
        self, request: voice_pb2.ListVoicesRequest, call: Call
    ) -> voice_pb2.ListVoicesResponse:
        """Lists voices."""
        return await self._connection.unary(self._stub.ListVoices, request, call)
