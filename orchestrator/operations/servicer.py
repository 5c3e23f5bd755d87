"""The standard `google.longrunning.Operations` service over the operation store."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from google.longrunning import operations_pb2
from google.protobuf import empty_pb2

from lanternist.runtime.errors import InvalidArgumentError

if TYPE_CHECKING:
    from lanternist.runtime.call import Call
    from orchestrator.operations.store import OperationStore

# Taken off the caller's own deadline, so that the answer arrives before it.
_ANSWER_SECONDS = 0.05
_DEFAULT_PAGE, _LARGEST_PAGE = 50, 1000
_FILTERS = {"": None, "done=true": True, "done=false": False}


class OperationsServicer:
    """Gets, lists, awaits, cancels and deletes operations (https://google.aip.dev/151)."""

    def __init__(self, store: OperationStore) -> None:
        self._store = store

    async def GetOperation(
        self, request: operations_pb2.GetOperationRequest, call: Call
    ) -> operations_pb2.Operation:
        """Gets an operation as it stands."""
        return await self._store.get(request.name)

    async def ListOperations(
        self, request: operations_pb2.ListOperationsRequest, call: Call
    ) -> operations_pb2.ListOperationsResponse:
        """Lists operations, newest first; `filter` is empty, `done=true` or `done=false`."""
        if request.name not in ("", "operations"):
            raise InvalidArgumentError("name", "must be `operations` or empty")
        if request.page_size < 0:
            raise InvalidArgumentError("page_size", "must not be negative")
        wanted = request.filter.replace(" ", "")
        if wanted not in _FILTERS:
            raise InvalidArgumentError("filter", "must be empty, `done=true` or `done=false`")
        operations, token = await self._store.page(
            page_size=min(request.page_size or _DEFAULT_PAGE, _LARGEST_PAGE),
            page_token=request.page_token,
            done=_FILTERS[wanted],
        )
        return operations_pb2.ListOperationsResponse(operations=operations, next_page_token=token)

    async def WaitOperation(
        self, request: operations_pb2.WaitOperationRequest, call: Call
    ) -> operations_pb2.Operation:
        """Waits until the operation ends, the given time or the caller's deadline is up."""
        limits: list[float] = []
        if request.HasField("timeout"):
            limits.append(request.timeout.ToTimedelta().total_seconds())
            if limits[0] < 0:
                raise InvalidArgumentError("timeout", "must not be negative")
        remaining = call.remaining_seconds()
        if remaining is not None:
            limits.append(max(0.0, remaining - _ANSWER_SECONDS))
        at_most = timedelta(seconds=min(limits)) if limits else None
        return await self._store.wait(request.name, at_most)

    async def CancelOperation(
        self, request: operations_pb2.CancelOperationRequest, call: Call
    ) -> empty_pb2.Empty:
        """Asks a running operation to stop."""
        await self._store.cancel(request.name)
        return empty_pb2.Empty()

    async def DeleteOperation(
        self, request: operations_pb2.DeleteOperationRequest, call: Call
    ) -> empty_pb2.Empty:
        """Forgets an operation; does not stop it."""
        await self._store.delete(request.name)
        return empty_pb2.Empty()
