"""Which status a peer really sent, and which error it stands for."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any

import grpc
import grpc.aio

from lanternist.runtime.errors import (
    CancelledError,
    FailedPreconditionError,
    LanternistError,
    UnavailableError,
)
from lanternist.runtime.status import from_rpc_error

# What a peer's end looks like when it dies in the middle of an answer and no status arrives.
_MASK = "Internal error from Core"
_BROKEN_OFF = (_MASK, "Stream removed", "RST_STREAM", "Socket closed", "Connection reset")
_NO_STATUS = (grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL)
_STATUS_SECONDS = 1.0
_NOT_CONNECTED = "failed to connect to all addresses"
_HANDSHAKES = {
    "CERTIFICATE_VERIFY_FAILED": "The server's certificate is not from an authority that this "
    "client believes; tls.ca names a file with those.",
    "Hostname Verification": "The server's certificate is for another name than the address; "
    "tls.server_name says which.",
    "WRONG_VERSION_NUMBER": "The server speaks no TLS, and the settings ask for it (tls).",
}


def translate(error: grpc.aio.AioRpcError) -> LanternistError:
    """The error that a peer's answer stands for, seen from the caller that waits behind us.

    A peer that breaks off without a status, or cancels what nobody asked it to cancel (it was
    stopped), is unavailable; the same call may succeed shortly.
    """
    details = error.details() or ""
    if problem := _handshake_problem(details):
        return problem
    broken_off = error.code() in _NO_STATUS and any(sign in details for sign in _BROKEN_OFF)
    known = from_rpc_error(error)
    if broken_off or isinstance(known, CancelledError):
        return UnavailableError("The service broke off its answer; it may be restarting.")
    return known


def _handshake_problem(details: str) -> LanternistError | None:
    """What is wrong when two machines do not agree on TLS; calling again would not help."""
    for sign, message in _HANDSHAKES.items():
        if sign in details:
            return FailedPreconditionError(message, reason="TLS_HANDSHAKE_FAILED")
    if _NOT_CONNECTED in details and "Socket closed" in details and "unix:" not in details:
        return UnavailableError(
            "The server closes the connection at once. It may want TLS (tls.ca), or a certificate "
            "of the client (tls.client_certificate)."
        )
    return None


class UploadStatus:
    """Finds the real status of a call whose requests are streamed.

    When a peer ends such a call early, a write that is under way fails, and grpc.aio then replaces
    the peer's status with INTERNAL (https://github.com/grpc/grpc/issues/36066). Every status passes
    through the call's done callbacks, so the real one is caught there, whichever comes first.

    Args:
        rpc: The call, just begun.
    """

    def __init__(self, rpc: Any) -> None:
        self._rpc = rpc
        self._real: grpc.aio.AioRpcError | None = None
        self._arrived = asyncio.Event()
        rpc.add_done_callback(self._seen)

    async def real(self, raised: grpc.aio.AioRpcError) -> grpc.aio.AioRpcError:
        """The status behind an error that the call raised."""
        if not _masked(raised):
            return raised
        try:
            async with asyncio.timeout(_STATUS_SECONDS):
                await self._arrived.wait()
        except TimeoutError:
            return raised
        assert self._real is not None
        return self._real

    def _seen(self, _rpc: Any) -> None:
        rpc = self._rpc
        status = grpc.aio.AioRpcError(
            _at_once(rpc.code()),
            grpc.aio.Metadata(),
            _at_once(rpc.trailing_metadata()) or grpc.aio.Metadata(),
            details=_at_once(rpc.details()),
        )
        if not _masked(status) and self._real is None:
            self._real = status
            self._arrived.set()


def _masked(status: grpc.aio.AioRpcError) -> bool:
    return status.code() is grpc.StatusCode.INTERNAL and status.details() == _MASK


def _at_once(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """Result of a coroutine that has nothing to wait for: the call's status is there."""
    try:
        coroutine.send(None)
    except StopIteration as finished:
        return finished.value
    coroutine.close()
    return None
