"""How an address answers: its body read, its errors told, its work ended when the caller leaves."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Mapping
from contextlib import aclosing
from typing import Any, TypeVar

from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from lanternist.runtime import telemetry
from lanternist.runtime.errors import (
    CancelledError,
    InvalidArgumentError,
    LanternistError,
    NotFoundError,
)
from orchestrator.gateways.ledger import call_of
from orchestrator.gateways.openai.fields import Body, RequestError, parse
from orchestrator.gateways.refusals import HttpError, describe, internal, refuse

T = TypeVar("T")
B = TypeVar("B", bound=Body)

Endpoint = Callable[[Request], Awaitable[Response]]
EVENTS = "text/event-stream"
_log = telemetry.logger(__name__)


def endpoint(work: Endpoint, renames: Mapping[str, str] | None = None) -> Endpoint:
    """An endpoint whose refusals have the interface's form.

    Args:
        work: Answers a request, or raises.
        renames: The contract's names of fields to those that the request has.
    """
    named = dict(renames or {})

    async def answer(request: Request) -> Response:
        request.scope["lanternist.renames"] = own = dict(named)
        try:
            return await work(request)
        except HttpError:
            raise  # the request may not have been read to its end: answered further out
        except LanternistError as error:
            return refuse(renamed(error, own))

    return answer


def renamed(error: LanternistError, names: Mapping[str, str]) -> LanternistError:
    """An error about the contract's fields as one about the request's."""
    if isinstance(error, RequestError):
        return error
    if isinstance(error, InvalidArgumentError):
        return error.renamed(lambda field: _rename(field, names))
    if isinstance(error, NotFoundError) and error.field:
        error.field = _rename(error.field, names)
    return error


def _rename(field: str, names: Mapping[str, str]) -> str:
    if field in names:
        return names[field]
    head, dot, rest = field.partition(".")
    bare, bracket, index = head.partition("[")
    return f"{names.get(bare, bare)}{bracket}{index}{dot}{rest}"


async def json_body(request: Request, kind: type[B]) -> B:
    """The request's JSON.

    Raises:
        HttpError: 415, it is said to be something else; 400, it is not JSON.
        RequestError, NotSupportedError: Its fields are wrong.
    """
    require_type(request, "application/json")
    return parse(kind, await request.body())


def require_type(request: Request, media_type: str) -> None:
    """Checks what a request says that its body is.

    Raises:
        HttpError: 415, it is not that.
    """
    given = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if given != media_type:
        raise HttpError(415, f"Content-Type: must be {media_type}.", "WRONG_CONTENT_TYPE")


async def while_connected(receive: Receive, work: Coroutine[Any, Any, T]) -> T:
    """Does some work, and ends it as soon as the caller leaves. The body must have been read.

    Raises:
        ClientDisconnect: The caller left.
    """
    working = asyncio.ensure_future(work)
    leaving = asyncio.ensure_future(_left(receive))
    try:
        await asyncio.wait((working, leaving), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientDisconnect
    finally:
        working.cancel()
        leaving.cancel()
        await asyncio.gather(working, leaving, return_exceptions=True)


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


class Stream(Response):
    """An answer that is sent as it is made.

    Nothing is sent before the first part is there, so that a refusal has its own status. An error
    after it is told as an event when the stream is one of events; else the answer is broken off,
    which clients notice.

    Args:
        parts: The parts; closed however the answer ends, which ends the work behind it.
        media_type: What they are.
        headers: More headers.
    """

    def __init__(
        self,
        parts: AsyncGenerator[bytes, None],
        media_type: str,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._parts = parts
        self.status_code = 200
        self.media_type = media_type
        self.background = None
        self.body = b""
        self.init_headers({"x-accel-buffering": "no", **(headers or {})})
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        try:
            async with aclosing(self._parts):
                await while_connected(receive, self._send(scope, send))
        except LanternistError as error:
            await refuse(renamed(error, scope["lanternist.renames"]))(scope, receive, send)

    async def _send(self, scope: Scope, send: Send) -> None:
        first = await anext(self._parts, b"")
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        await send({"type": "http.response.body", "body": first, "more_body": True})
        try:
            async for part in self._parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        except Exception as error:
            if self.media_type != EVENTS:
                raise ConnectionAbortedError from error
            part = event(describe(_known(error, scope)))
            await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body", "body": b"", "more_body": False})


def _known(error: Exception, scope: Scope) -> LanternistError:
    if isinstance(error, LanternistError) and not isinstance(error, CancelledError):
        return renamed(error, scope["lanternist.renames"])
    call = call_of(scope)
    _log.error("unexpected error", request_id=call.request_id, exc_info=error)
    return internal(call.request_id)


def event(data: Mapping[str, Any], name: str = "") -> bytes:
    """A server-sent event of JSON (HTML, 9.2)."""
    line = json.dumps(data, ensure_ascii=False, separators=(",", ":"))
    return f"event: {name}\ndata: {line}\n\n".encode() if name else f"data: {line}\n\n".encode()


DONE = b"data: [DONE]\n\n"
"""Ends a stream of the older interfaces."""
