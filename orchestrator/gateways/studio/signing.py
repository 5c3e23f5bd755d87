"""Signing in and out: the token, shown once in its header, for a cookie.

The guard has checked the token, or the cookie, before any of this is reached.
"""

from __future__ import annotations

from datetime import UTC, datetime

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from orchestrator.gateways.sessions import Session, Sessions


class Signing:
    """Sessions of the page.

    Args:
        sessions: None where no token is asked for.
    """

    def __init__(self, sessions: Sessions | None) -> None:
        self._sessions = sessions

    async def get(self, request: Request) -> Response:
        """Until when the browser may go on; `expire_time` is null where nothing is asked for."""
        return _told(self._shown(request))

    async def begin(self, request: Request) -> Response:
        """Begins a session; repeated with a cookie alone, it gives none that lasts longer."""
        if self._sessions is None or "authorization" not in request.headers:
            return _told(self._shown(request))
        session, cookie = self._sessions.begin(secure=_secure(request))
        answer = _told(session)
        answer.headers["set-cookie"] = cookie
        return answer

    async def end(self, request: Request) -> Response:
        """Ends the session, here and in the browser."""
        answer = _told(None)
        if self._sessions is not None:
            session = self._shown(request)
            answer.headers["set-cookie"] = self._sessions.end(session, secure=_secure(request))
        return answer

    def _shown(self, request: Request) -> Session | None:
        return self._sessions.of(request.headers.get("cookie", "")) if self._sessions else None


def _told(session: Session | None) -> JSONResponse:
    ends = datetime.fromtimestamp(session.ends, UTC) if session else None
    return JSONResponse({"expire_time": ends and ends.isoformat().replace("+00:00", "Z")})


def _secure(request: Request) -> bool:
    """Whether the page came over TLS, which a proxy in front may have ended."""
    return request.url.scheme == "https" or request.headers.get("origin", "").startswith("https:")
