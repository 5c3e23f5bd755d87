"""`Connection`: one kept-alive gRPC channel, and the four ways to call through it.

Every call takes a `Call`: its remaining time becomes the deadline, its request id and trace travel
on, and what goes wrong comes back as a `LanternistError`. Leaving a stream's iterator cancels the
call at the peer; use `contextlib.aclosing` around a loop that may be left early. This module knows
no service.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from typing import TYPE_CHECKING, TypeVar

import grpc
import grpc.aio

from lanternist.runtime import telemetry
from lanternist.runtime.call import Call
from lanternist.runtime.grpc_server import MAX_MESSAGE_BYTES
from orchestrator.clients.status import UploadStatus, translate

if TYPE_CHECKING:
    from orchestrator.clients.tls import ClientTls

Q = TypeVar("Q")
R = TypeVar("R")

_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    ("grpc.keepalive_time_ms", 20_000),
    ("grpc.keepalive_timeout_ms", 20_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.http2.max_pings_without_data", 0),
    # A restarted service is on this machine or near: find it again at once, not in two minutes.
    ("grpc.initial_reconnect_backoff_ms", 100),
    ("grpc.min_reconnect_backoff_ms", 100),
    ("grpc.max_reconnect_backoff_ms", 1_000),
    # Retrying is the caller's decision: a repeated generation costs as much as the first.
    ("grpc.enable_retries", 0),
)


class Connection:
    """A channel to one address. Make it inside the running event loop.

    Args:
        address: `HOST:PORT` or `unix:/path`.
        token: Sent as a bearer token with every call.
        tls: Encrypts; None: plain text.
    """

    def __init__(
        self,
        address: str,
        *,
        token: str = "",
        tls: ClientTls | None = None,
    ) -> None:
        options: dict[str, str | int] = dict(_OPTIONS)
        if address.startswith("unix:"):
            # Else the socket's path travels as the HTTP/2 authority, which some peers refuse.
            options["grpc.default_authority"] = "localhost"
            # Looking for a local socket costs next to nothing.
            options["grpc.max_reconnect_backoff_ms"] = 200
        if tls is not None and tls.server_name:
            options["grpc.ssl_target_name_override"] = tls.server_name
        self.address = address
        self.channel = (
            grpc.aio.insecure_channel(address, options=list(options.items()))
            if tls is None
            else grpc.aio.secure_channel(address, tls.credentials, options=list(options.items()))
        )
        self._credentials = (("authorization", f"Bearer {token}"),) if token else ()

    async def unary(
        self, method: grpc.aio.UnaryUnaryMultiCallable[Q, R], request: Q, call: Call
    ) -> R:
        """One request, one response.

        Raises:
            LanternistError: What the peer raised, or `UnavailableError` when it is not there.
        """
        call.check()
        rpc = method(request, timeout=call.remaining_seconds(), metadata=self._metadata(call))
        try:
            return await rpc
        except grpc.aio.AioRpcError as error:
            raise translate(error) from error

    async def stream(
        self, method: grpc.aio.UnaryStreamMultiCallable[Q, R], request: Q, call: Call
    ) -> AsyncGenerator[R, None]:
        """One request, a stream of responses.

        Raises:
            LanternistError: As `unary`.
        """
        call.check()
        rpc = method(request, timeout=call.remaining_seconds(), metadata=self._metadata(call))
        try:
            async for response in rpc:
                yield response
        except grpc.aio.AioRpcError as error:
            raise translate(error) from error
        finally:
            rpc.cancel()

    async def upload(
        self,
        method: grpc.aio.StreamUnaryMultiCallable[Q, R],
        requests: AsyncIterable[Q],
        call: Call,
    ) -> R:
        """A stream of requests, one response.

        Raises:
            LanternistError: As `unary`.
            Exception: What `requests` raised; the peer sees the call cancelled.
        """
        call.check()
        source = _Source(requests)
        rpc = method(source, timeout=call.remaining_seconds(), metadata=self._metadata(call))
        status = UploadStatus(rpc)
        try:
            return await rpc
        except grpc.aio.AioRpcError as error:
            raise source.error or translate(await status.real(error)) from error
        except asyncio.CancelledError:
            if source.error is not None:
                raise source.error from None
            raise
        finally:
            rpc.cancel()

    async def exchange(
        self,
        method: grpc.aio.StreamStreamMultiCallable[Q, R],
        requests: AsyncIterable[Q],
        call: Call,
    ) -> AsyncGenerator[R, None]:
        """A stream of requests, a stream of responses, both with flow control.

        Raises:
            LanternistError: As `unary`.
            Exception: What `requests` raised; the peer sees the call cancelled.
        """
        call.check()
        source = _Source(requests)
        rpc = method(source, timeout=call.remaining_seconds(), metadata=self._metadata(call))
        status = UploadStatus(rpc)
        try:
            async for response in rpc:
                yield response
        except grpc.aio.AioRpcError as error:
            raise source.error or translate(await status.real(error)) from error
        except asyncio.CancelledError:
            if source.error is not None:
                raise source.error from None
            raise
        finally:
            rpc.cancel()

    async def close(self) -> None:
        """Ends the connection and the calls on it. Idempotent."""
        await self.channel.close()

    def _metadata(self, call: Call) -> tuple[tuple[str, str], ...]:
        carried = call.metadata
        forwarded = [(key, carried[key]) for key in telemetry.FORWARDED if key in carried]
        if telemetry.REQUEST_ID not in carried and call.request_id:
            forwarded.append((telemetry.REQUEST_ID, call.request_id))
        return (*forwarded, *self._credentials)


class _Source(AsyncIterator[Q]):
    """A stream of requests that remembers what broke it: gRPC only cancels the call then."""

    def __init__(self, requests: AsyncIterable[Q]) -> None:
        self._requests = aiter(requests)
        self.error: Exception | None = None

    async def __anext__(self) -> Q:
        try:
            return await anext(self._requests)
        except StopAsyncIteration:
            raise
        except Exception as error:
            self.error = error
            raise
