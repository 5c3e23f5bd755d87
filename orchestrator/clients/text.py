"""Client of `TextService`."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from lanternist.runtime.call import Call
from lanternist.v1 import text_pb2, text_pb2_grpc
from orchestrator.clients.channel import Connection


class TextClient:
    """Writes, somewhere else."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = text_pb2_grpc.TextServiceStub(connection.channel)

    def GenerateText(
        self, request: text_pb2.GenerateTextRequest, call: Call
    ) -> AsyncGenerator[text_pb2.GenerateTextResponse, None]:
        """Continues a conversation; see the contract for the order of events."""
        return self._connection.stream(self._stub.GenerateText, request, call)
