"""`Ledger`: one request from its first byte to its line in the log.

Gives every request its id, counts it, logs one line, and turns what nobody caught into an answer
that says nothing. Lines carry the route as it is written, never the address, which may hold what a
caller typed.
"""

from __future__ import annotations

import time
from contextlib import suppress

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lanternist.runtime import telemetry
from lanternist.runtime.call import Call
from lanternist.runtime.errors import LanternistError
from orchestrator.gateways.metrics import Metrics
from orchestrator.gateways.refusals import internal, refuse

_log = telemetry.logger(__name__)
_CALL = "lanternist.call"
_LEFT = 499  # nginx's number for a client that did not wait
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def call_of(scope: Scope) -> Call:
    """The call that a request's work is done under: its id and trace, without a deadline."""
    call: Call = scope[_CALL]
    return call


class Ledger:
    """Keeps account of requests.

    Args:
        app: What answers them.
        metrics: Where they are counted.
    """

    def __init__(self, app: ASGIApp, *, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        entry = _Entry(scope, send)
        with self._metrics.in_flight.track_inprogress():
            try:
                await self._app(scope, receive, entry.send)
            except LanternistError as error:
                await entry.refuse(error, receive)
            except (ClientDisconnect, ConnectionError):
                entry.left = True
            except Exception as error:
                _log.error("unexpected error", request_id=entry.call.request_id, exc_info=error)
                await entry.refuse(internal(entry.call.request_id), receive)
            finally:
                entry.call.cancel()  # whatever still works for this request may stop
                self._close(scope, entry)

    def _close(self, scope: Scope, entry: _Entry) -> None:
        method = scope["method"] if scope["method"] in _METHODS else "other"
        route = getattr(scope.get("route"), "path", "") or "none"
        status = _LEFT if entry.left or not entry.complete else entry.status
        seconds = time.perf_counter() - entry.started
        self._metrics.answered(method, route, status, seconds, entry.first)
        _log.info(
            "http",
            method=method,
            route=route,
            status=status,
            ms=round(seconds * 1000, 2),
            request_id=entry.call.request_id,
        )


class _Entry:
    """One request's account."""

    def __init__(self, scope: Scope, send: Send) -> None:
        self.started = time.perf_counter()
        self.first: float | None = None
        self.status = 0
        self.complete = False
        self.left = False
        self._scope = scope
        self._send = send
        headers = Headers(scope=scope)
        given = {name: headers.get(name, "") for name in telemetry.FORWARDED}
        request_id = telemetry.request_id(given)
        self.call = Call(
            request_id,
            None,
            {
                telemetry.REQUEST_ID: request_id,
                telemetry.TRACE_PARENT: telemetry.trace_parent(given),
            },
        )
        scope[_CALL] = self.call

    async def send(self, message: Message) -> None:
        """Passes a part of the answer on, with the request's id in its head."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            MutableHeaders(scope=message)[telemetry.REQUEST_ID] = self.call.request_id
        elif message["type"] == "http.response.body":
            if self.first is None and message.get("body"):
                self.first = time.perf_counter() - self.started
            self.complete = not message.get("more_body", False)
        await self._send(message)

    async def refuse(self, error: LanternistError, receive: Receive) -> None:
        """Answers with an error; an answer that has begun can only be broken off."""
        if self.status:
            self.left = True
            raise ConnectionAbortedError from error
        with suppress(ConnectionError):
            await refuse(error)(self._scope, receive, self.send)
