"""Client of the standard `google.longrunning.Operations` service."""

from __future__ import annotations

from google.longrunning import operations_pb2, operations_pb2_grpc
from google.protobuf import empty_pb2

from lanternist.runtime.call import Call
from orchestrator.clients.channel import Connection


class OperationsClient:
    """Follows long-running operations."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = operations_pb2_grpc.OperationsStub(connection.channel)

    async def GetOperation(
        self, request: operations_pb2.GetOperationRequest, call: Call
    ) -> operations_pb2.Operation:
        """Gets an operation as it stands."""
        return await self._connection.unary(self._stub.GetOperation, request, call)

    async def ListOperations(
        self, request: operations_pb2.ListOperationsRequest, call: Call
    ) -> operations_pb2.ListOperationsResponse:
        """Lists operations."""
        return await self._connection.unary(self._stub.ListOperations, request, call)

    async def WaitOperation(
        self, request: operations_pb2.WaitOperationRequest, call: Call
    ) -> operations_pb2.Operation:
        """Waits until an operation ends, or the time is up."""
        return await self._connection.unary(self._stub.WaitOperation, request, call)

    async def CancelOperation(
        self, request: operations_pb2.CancelOperationRequest, call: Call
    ) -> empty_pb2.Empty:
        """Asks an operation to stop."""
        return await self._connection.unary(self._stub.CancelOperation, request, call)

    async def DeleteOperation(
        self, request: operations_pb2.DeleteOperationRequest, call: Call
    ) -> empty_pb2.Empty:
        """Forgets an operation."""
        return await self._connection.unary(self._stub.DeleteOperation, request, call)
