"""What a request must be before any route sees it, named right, ours, known; and its headers.

It knows no route but those that are open without a token.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lanternist.runtime.errors import LanternistError
from lanternist.runtime.grpc_server import Guard as TokenCheck
from orchestrator.gateways.names import Names
from orchestrator.gateways.refusals import HttpError, refuse
from orchestrator.gateways.sessions import Sessions

_PREFLIGHT_SECONDS = "600"
_EXPOSED = "x-request-id, retry-after, mcp-session-id"
_METHODS = "GET, POST, DELETE"
# Probes carry no token, and a page cannot send one before it is there; neither tells a secret.
_OPEN = ("/health", "/health/live", "/health/ready", "/", "/studio", "/favicon.ico")
_OPEN_BELOW, _STUDIO_API = "/studio/", "/studio/api/"

_ALWAYS: Mapping[str, str] = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "x-frame-options": "DENY",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}


class Dressing:
    """Sets the headers that keep browsers in check, and those that let allowed origins read.

    Headers that a route sets itself, a page its own content security policy, stay.

    Args:
        app: What answers.
        names: The origins that may read.
    """

    def __init__(self, app: ASGIApp, *, names: Names) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        origin = Headers(scope=scope).get("origin", "")

        async def dressed(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._dress(MutableHeaders(scope=message), origin)
            await send(message)

        await self._app(scope, receive, dressed)

    def _dress(self, headers: MutableHeaders, origin: str) -> None:
        for name, value in _ALWAYS.items():
            headers.setdefault(name, value)
        if origin and self._names.allows(origin):
            headers["access-control-allow-origin"] = origin
            headers["access-control-expose-headers"] = _EXPOSED
            headers["cross-origin-resource-policy"] = "cross-origin"
            headers.add_vary_header("Origin")


class Guard:
    """Checks Host, Origin and token, and answers preflights.

    Below the studio's API a session stands for the token, for the page of this server alone.

    Args:
        app: What is guarded.
        names: The names and origins that are let in.
        token_check: Checks credentials; None: none are asked for.
        sessions: Those that the studio began; None: it begins none.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        names: Names,
        token_check: TokenCheck | None,
        sessions: Sessions | None = None,
    ) -> None:
        self._app = app
        self._names = names
        self._token_check = token_check
        self._sessions = sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        try:
            self._check(scope, headers)
        except LanternistError as error:
            await refuse(error)(scope, receive, send)
            return
        if scope["method"] == "OPTIONS" and "access-control-request-method" in headers:
            await _preflight(headers, send)
            return
        await self._app(scope, receive, send)

    def _check(self, scope: Scope, headers: Headers) -> None:
        self._names.check_host(headers.get("host", ""))
        self._names.check_origin(scope["method"], headers)
        preflight = scope["method"] == "OPTIONS" and "origin" in headers
        path = scope["path"]
        is_open = path in _OPEN or (path.startswith(_OPEN_BELOW) and _STUDIO_API not in path)
        known = preflight or is_open or self._in_session(scope["method"], path, headers)
        if self._token_check is not None and not known:
            self._token_check(headers)
        if len(headers.getlist("content-length")) > 1 or len(headers.getlist("content-type")) > 1:
            raise HttpError(400, "A header that may be there once is there twice.", "BAD_HEADERS")

    def _in_session(self, method: str, path: str, headers: Headers) -> bool:
        """Whether our own page asks, from a browser that showed the token.

        A browser sends cookies whoever makes it ask, so a cookie counts only where the browser
        says that this page asks: for what changes something it must say so.
        """
        if self._sessions is None or "authorization" in headers or not path.startswith(_STUDIO_API):
            return False
        if not self._names.is_own_page(headers, certain=method not in ("GET", "HEAD")):
            return False
        return self._sessions.of(headers.get("cookie", "")) is not None


async def _preflight(headers: Headers, send: Send) -> None:
    """Lets an allowed origin send what it wants to send; the guard has checked the origin."""
    answer: MutableMapping[str, Any] = {"type": "http.response.start", "status": 204, "headers": []}
    allowed = MutableHeaders(scope=answer)
    allowed["access-control-allow-methods"] = _METHODS
    allowed["access-control-allow-headers"] = headers.get("access-control-request-headers", "")
    allowed["access-control-max-age"] = _PREFLIGHT_SECONDS
    await send(answer)
    await send({"type": "http.response.body", "body": b""})
