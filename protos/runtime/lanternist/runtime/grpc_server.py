"""Serves transport-free handlers over grpc.aio: the only module that knows both.

A handler's method is `async def Method(request, call)` returning a message, or an async generator
yielding messages; for a client stream, `request` is an async iterator. This module gives each call
its id, deadline and cancellation, checks requests against the contract, maps errors to
`google.rpc.Status`, and logs one line a call.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping
from typing import Any, NoReturn, cast

import grpc
import grpc.aio
from google.protobuf import message_factory
from google.protobuf.descriptor import MethodDescriptor, ServiceDescriptor
from google.protobuf.message import DecodeError, Message

from lanternist.runtime import telemetry
from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    CancelledError,
    Code,
    InternalError,
    InvalidArgumentError,
    LanternistError,
)
from lanternist.runtime.status import DETAILS_KEY, to_status
from lanternist.runtime.validation import validate

_log = telemetry.logger(__name__)
_GRPC_CODES = {code.value[0]: code for code in grpc.StatusCode}

Guard = Callable[[Mapping[str, str]], None]
"""Looks at a call's metadata and raises `UnauthenticatedError` or `PermissionDeniedError`."""

# Room for the largest chunk of the contract (1 MiB) and its envelope.
MAX_MESSAGE_BYTES = 4 * 1024 * 1024
SERVER_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.so_reuseport", 0),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.min_recv_ping_interval_without_data_ms", 10_000),
)


def _serialize(message: Any) -> bytes:
    """Messages become bytes; bytes, already serialised by a peer, pass through untouched."""
    return message if isinstance(message, bytes) else cast("Message", message).SerializeToString()


# gRPC answers UNKNOWN, with the exception's name, when a parser raises: so ours does not.
_Parsed = Message | DecodeError


def _parser(kind: type[Message]) -> Callable[[bytes], _Parsed]:
    def parse(data: bytes) -> _Parsed:
        try:
            return kind.FromString(data)
        except DecodeError as error:
            return error

    return parse


def _valid(request: _Parsed) -> Message:
    if isinstance(request, DecodeError):
        raise InvalidArgumentError(
            "request", "is not a message of this method's type", reason="MALFORMED_MESSAGE"
        ) from request
    validate(request)
    return request


def _open_call(context: Any) -> Call:
    metadata = {
        key: value for key, value in (context.invocation_metadata() or ()) if isinstance(value, str)
    }
    metadata[telemetry.TRACE_PARENT] = telemetry.trace_parent(metadata)
    request_id = telemetry.request_id(metadata)
    metadata[telemetry.REQUEST_ID] = request_id
    remaining = context.time_remaining()
    return Call(request_id, remaining, metadata)


class _Exchange:
    """One call from its first byte to its log line."""

    def __init__(self, method: str, context: Any, guard: Guard | None) -> None:
        self._method = method
        self._context = context
        self._started = time.perf_counter()
        self._guard = guard
        self.call = _open_call(context)

    def admit(self) -> None:
        if self._guard is not None:
            self._guard(self.call.metadata)

    async def checked(self, requests: AsyncIterator[_Parsed]) -> AsyncIterator[Message]:
        """Passes a client stream on, message by message, each checked against the contract."""
        async for request in requests:
            yield _valid(request)

    def done(self, code: int, **facts: Any) -> None:
        self.call.cancel()  # whatever still works for this call may stop
        _log.info(
            "call",
            method=self._method,
            code=Code(code).name if code else "OK",
            ms=round((time.perf_counter() - self._started) * 1000, 2),
            request_id=self.call.request_id,
            **facts,
        )

    async def fail(self, error: BaseException) -> NoReturn:
        """Ends the call with the status that describes the error.

        An exception that is not ours is a defect: logged with its traceback, it leaves as INTERNAL
        with the request id and nothing else.
        """
        if isinstance(error, asyncio.CancelledError):
            self.done(Code.CANCELLED)
            raise error
        if isinstance(error, grpc.aio.AbortError):
            self.done(Code.UNKNOWN)
            raise error
        if isinstance(error, LanternistError):
            known = error
            self.done(error.code, reason=error.reason)
        else:
            _log.error(
                "unexpected error",
                method=self._method,
                request_id=self.call.request_id,
                exc_info=error,
            )
            known = InternalError(
                f"Something went wrong on our side. Request id: {self.call.request_id}."
            )
            self.done(Code.INTERNAL)
        if isinstance(known, CancelledError) and self._context.cancelled():
            raise asyncio.CancelledError from error
        status = to_status(known, self.call.request_id)
        await self._context.abort(
            _GRPC_CODES[int(known.code)],
            known.message,
            ((DETAILS_KEY, status.SerializeToString()),),
        )
        raise AssertionError("abort always raises")


def _unary(name: str, method: Any, streams_in: bool, guard: Guard | None) -> Any:
    async def serve(request: Any, context: Any) -> Any:
        exchange = _Exchange(name, context, guard)
        try:
            exchange.admit()
            request = exchange.checked(request) if streams_in else _valid(request)
            response = await method(request, exchange.call)
        except BaseException as error:
            await exchange.fail(error)
        exchange.done(0)
        return response

    return serve


def _streaming(name: str, method: Any, streams_in: bool, guard: Guard | None) -> Any:
    async def serve(request: Any, context: Any) -> AsyncGenerator[Any, None]:
        exchange = _Exchange(name, context, guard)
        responses: AsyncGenerator[Any, None] | None = None
        try:
            exchange.admit()
            request = exchange.checked(request) if streams_in else _valid(request)
            responses = method(request, exchange.call)
            async for response in responses:
                yield response
        except GeneratorExit:
            exchange.done(Code.CANCELLED)
            raise
        except BaseException as error:
            await exchange.fail(error)
        finally:
            exchange.call.cancel()
            if responses is not None:
                await responses.aclose()
        exchange.done(0)

    return serve


def _method_handler(
    descriptor: MethodDescriptor, implementation: object, guard: Guard | None
) -> grpc.RpcMethodHandler[Any, Any]:
    method = getattr(implementation, descriptor.name)
    parse = _parser(message_factory.GetMessageClass(descriptor.input_type))
    wrap = _streaming if descriptor.server_streaming else _unary
    behaviour = wrap(descriptor.full_name, method, descriptor.client_streaming, guard)
    kinds = {
        (False, False): grpc.unary_unary_rpc_method_handler,
        (False, True): grpc.unary_stream_rpc_method_handler,
        (True, False): grpc.stream_unary_rpc_method_handler,
        (True, True): grpc.stream_stream_rpc_method_handler,
    }
    make = kinds[descriptor.client_streaming, descriptor.server_streaming]
    return make(behaviour, request_deserializer=parse, response_serializer=_serialize)


def add_service(
    server: grpc.aio.Server,
    descriptor: ServiceDescriptor,
    implementation: object,
    *,
    guard: Guard | None = None,
) -> None:
    """Serves every method of a service from an implementation's methods of the same names.

    Args:
        server: A server that has not started yet.
        descriptor: The service, from `image_pb2.DESCRIPTOR.services_by_name`, say.
        implementation: Object with one method a RPC, `async def Method(request, call)`.
        guard: Checks credentials before anything else is looked at.

    Raises:
        AttributeError: The implementation lacks a method of the service.
    """
    handlers = {
        method.name: _method_handler(method, implementation, guard) for method in descriptor.methods
    }
    server.add_generic_rpc_handlers(
        (grpc.method_handlers_generic_handler(descriptor.full_name, handlers),)
    )
