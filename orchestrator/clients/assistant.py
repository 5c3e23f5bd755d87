"""Client of `AssistantService`."""

from __future__ import annotations

from collections.abc import AsyncGenerator

from lanternist.runtime.call import Call
from lanternist.v1 import assistant_pb2, assistant_pb2_grpc
from orchestrator.clients.channel import Connection


class AssistantClient:
    """Asks for anything."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = assistant_pb2_grpc.AssistantServiceStub(connection.channel)

    def Respond(
        self, request: assistant_pb2.RespondRequest, call: Call
    ) -> AsyncGenerator[assistant_pb2.RespondResponse, None]:
        """Decides and answers; see the contract for the order of events."""
        return self._connection.stream(self._stub.Respond, request, call)
