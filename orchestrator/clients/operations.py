"""Client of the standard `google.longrunning.Operations` service."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import timedelta

from google.longrunning import operations_pb2, operations_pb2_grpc
from google.protobuf import empty_pb2

from lanternist.runtime.call import Call
from lanternist.runtime.errors import LanternistError
from lanternist.runtime.status import from_status
from orchestrator.clients.channel import Connection

_WAIT_SECONDS = 0.5  # between two looks at how far an operation is
_CANCEL_SECONDS = 5.0


class OperationsClient:
    """Follows long-running operations."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = operations_pb2_grpc.OperationsStub(connection.channel)
        self._cancelling: set[asyncio.Task[None]] = set()

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

    async def ended(
        self,
        begin: Awaitable[operations_pb2.Operation],
        call: Callable[[], Call] = Call,
        watch: Callable[[operations_pb2.Operation], Awaitable[None]] | None = None,
    ) -> operations_pb2.Operation:
        """Waits until an operation has ended; whoever interrupts the wait cancels it.

        Args:
            begin: The call that begins it. It is awaited even when the wait is interrupted at
                once: an operation that nobody knows could not be cancelled.
            call: Makes the deadline and ids of each call.
            watch: Sees the operation after each turn of waiting.

        Raises:
            LanternistError: What the server raised, or ended the operation.
        """
        beginning = asyncio.ensure_future(begin)
        try:
            operation = await asyncio.shield(beginning)
            while not operation.done:
                wait = operations_pb2.WaitOperationRequest(name=operation.name)
                wait.timeout.FromTimedelta(timedelta(seconds=_WAIT_SECONDS))
                operation = await self.WaitOperation(wait, call())
                if watch is not None:
                    await watch(operation)
        except asyncio.CancelledError:
            await self.cancel_begun(beginning, call)
            raise
        if operation.HasField("error"):
            raise from_status(operation.error)
        return operation

    async def cancel_begun(
        self,
        beginning: Awaitable[operations_pb2.Operation],
        call: Callable[[], Call] = Call,
    ) -> None:
        """Cancels an operation whose beginning may still be under way; gives up after a while.

        In a task of its own: where a cancelled scope of anyio surrounds the caller, every further
        wait of his is cancelled too, and the operation would go on for nobody.
        """

        async def cancel() -> None:
            with contextlib.suppress(LanternistError, TimeoutError):
                async with asyncio.timeout(_CANCEL_SECONDS):
                    request = operations_pb2.CancelOperationRequest(name=(await beginning).name)
                    await self.CancelOperation(request, call())

        task = asyncio.create_task(cancel())
        self._cancelling.add(task)
        task.add_done_callback(self._cancelling.discard)
        await asyncio.shield(task)

    async def DeleteOperation(
        self, request: operations_pb2.DeleteOperationRequest, call: Call
    ) -> empty_pb2.Empty:
        """Forgets an operation."""
        return await self._connection.unary(self._stub.DeleteOperation, request, call)
