"""`Bodies`: how large a request may be, and how long it may take to arrive or to be read.

Sizes are counted as bytes come, so that a length that is missing or wrong does not matter. It knows
nothing of what the bytes say.
"""

from __future__ import annotations

import asyncio
import contextlib
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lanternist.runtime import telemetry
from orchestrator.gateways.ledger import call_of
from orchestrator.gateways.refusals import HttpError, refuse

_log = telemetry.logger(__name__)

MOST_JSON_BYTES = 8 << 20
"""Above what one message of the contract may hold, escapes included."""

_FORM_BYTES = 1 << 20  # what a form needs around its file
_PATIENCE_SECONDS = 30.0
_SLOWEST_BYTES_PER_SECOND = 32 * 1024
_LINGER_SECONDS = 2.0
_LINGER_BYTES = 256 << 20
_SWALLOWED_BYTES = 64 * 1024


class Bodies:
    """Limits the bodies of requests, and the time that a client may take.

    A body must come whole within 30 s, and a second more for every 32 KiB; a client that does not
    read its answer for as long is given up.

    Args:
        app: What lies behind.
        max_upload_bytes: Largest file.
        patience_seconds: In place of the 30 s.
    """

    def __init__(
        self, app: ASGIApp, *, max_upload_bytes: int, patience_seconds: float = _PATIENCE_SECONDS
    ) -> None:
        self._app = app
        self._max_upload_bytes = max_upload_bytes
        self._patience = patience_seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        body = _Body(receive, self._limit(headers), self._patience)
        started = False

        async def patient(message: Message) -> None:
            nonlocal started
            started = True
            if message["type"] == "http.response.start" and not body.complete and _long(headers):
                # Nobody will read the rest; left open, the server would swallow all of it.
                MutableHeaders(scope=message)["connection"] = "close"
            try:
                async with asyncio.timeout(self._patience):
                    if message["type"] == "http.response.body" and not message.get("more_body"):
                        await _last(message, body, headers, send)
                    else:
                        await send(message)
            except TimeoutError:
                _log.info(
                    "gave up a client that does not read", request_id=call_of(scope).request_id
                )
                raise ConnectionResetError("the client does not read its answer") from None

        try:
            body.check_declared(headers.get("content-length"))
            await self._app(scope, body.receive, patient)
        except HttpError as error:
            if started:
                raise
            await refuse(error)(scope, receive, patient)

    def _limit(self, headers: Headers) -> int:
        is_json = headers.get("content-type", "").partition(";")[0].strip().lower()
        if is_json in ("application/json", ""):
            return MOST_JSON_BYTES
        return self._max_upload_bytes + _FORM_BYTES


def _long(headers: Headers) -> bool:
    declared = headers.get("content-length", "0")
    too_long = not declared.isdecimal() or int(declared) > _SWALLOWED_BYTES
    return "transfer-encoding" in headers or too_long


class _Body:
    """A request's body on its way in; `complete` once all of it is here."""

    def __init__(self, receive: Receive, limit: int, patience: float) -> None:
        self._receive = receive
        self._limit = limit
        self._patience = patience
        self._begun = time.monotonic()
        self._size = 0
        self.complete = False

    def check_declared(self, length: str | None) -> None:
        """Refuses a length before a byte is read."""
        if length is not None and (not length.isdecimal() or int(length) > self._limit):
            raise self._too_large()

    async def receive(self) -> Message:
        """The next part; once the body is complete, whatever else there is to hear."""
        if self.complete:
            return await self._receive()
        end = self._begun + self._patience + self._size / _SLOWEST_BYTES_PER_SECOND
        try:
            async with asyncio.timeout(end - time.monotonic()):
                message = await self._receive()
        except TimeoutError:
            raise HttpError(408, "The request came too slowly.", "REQUEST_TOO_SLOW") from None
        self._size += len(message.get("body", b""))
        if self._size > self._limit:
            raise self._too_large()
        self.complete = not message.get("more_body", False)
        return message

    async def swallow(self) -> None:
        """Throws away what comes, for a while."""
        size = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_LINGER_SECONDS):
                while size < _LINGER_BYTES:
                    message = await self._receive()
                    size += len(message.get("body", b""))
                    if not message.get("more_body", False):
                        return

    def _too_large(self) -> HttpError:
        return HttpError(
            413, f"The request is larger than {self._limit:,} bytes.", "REQUEST_TOO_LARGE"
        )


async def _last(message: Message, body: _Body, headers: Headers, send: Send) -> None:
    """Ends an answer. Some of what still comes is thrown away before the connection is closed:

    closing on a client that sends would lose it the answer.
    """
    if body.complete or not _long(headers):
        await send(message)
        return
    await send({**message, "more_body": True})
    await body.swallow()
    await send({"type": "http.response.body", "body": b"", "more_body": False})
