"""`Sessions`: what a browser shows in place of the token, where it can send no header.

Pictures, players and links of a page send cookies and nothing else. A cookie holds an id and an end
under a signature (HMAC-SHA256), never the token: the key is drawn from the token by scrypt (RFC
7914), so that a cookie helps nobody to find the token, another token ends all sessions, and every
gateway with the same token honours them. This module knows no route and no page.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from http.cookies import CookieError, SimpleCookie

SESSION_SECONDS = 12 * 3600
_SALT = b"lanternist studio session"
_MOST_CHARS = 200
# 8 MiB and some 25 ms, once.
_SCRYPT_N, _SCRYPT_R = 1 << 13, 8


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that showed the token.

    Attributes:
        id: Random.
        ends: When it ends, in whole seconds since 1970.
    """

    id: str
    ends: int


class Sessions:
    """Begins, knows and ends sessions.

    Args:
        token: What a browser must show first.
        path: Addresses below it get the cookie, no others.
        clock: Seconds since 1970.
    """

    def __init__(self, token: str, path: str, clock: Callable[[], float] = time.time) -> None:
        self._token = token
        self._path = path
        self._clock = clock
        # Those that were ended before their time, until it comes; of this process alone.
        self._ended: dict[str, int] = {}

    def begin(self, *, secure: bool) -> tuple[Session, str]:
        """A new session, and the `Set-Cookie` that begins it.

        Args:
            secure: Whether the page came over TLS; the cookie is never sent without, then.
        """
        session = Session(secrets.token_urlsafe(24), int(self._clock()) + SESSION_SECONDS)
        value = f"{session.id}.{session.ends}"
        signed = f"{value}.{self._signature(value)}"
        return session, self._cookie(signed, SESSION_SECONDS, secure=secure)

    def end(self, session: Session | None, *, secure: bool) -> str:
        """Ends a session; returns the `Set-Cookie` that takes it from the browser."""
        now = self._clock()
        self._ended = {id_: ends for id_, ends in self._ended.items() if ends > now}
        if session is not None:
            self._ended[session.id] = session.ends
        return self._cookie("", 0, secure=secure)

    def of(self, cookies: str) -> Session | None:
        """The session that a `Cookie` header shows; None when it shows none that is good."""
        if not cookies:
            return None
        try:
            shown = SimpleCookie(cookies).get(self.name)
        except CookieError:
            return None
        if shown is None or len(shown.value) > _MOST_CHARS or not shown.value.isascii():
            return None
        value, _, signature = shown.value.rpartition(".")
        if not hmac.compare_digest(signature, self._signature(value)):
            return None
        id_, _, ends = value.rpartition(".")
        session = Session(id_, int(ends))
        return None if session.ends <= self._clock() or id_ in self._ended else session

    @cached_property
    def name(self) -> str:
        """The cookie's name: servers on other ports of a host share the browser's cookies."""
        return f"lanternist-{self._signature('name')[:8]}"

    @cached_property
    def _key(self) -> bytes:
        return hashlib.scrypt(self._token.encode(), salt=_SALT, n=_SCRYPT_N, r=_SCRYPT_R, p=1)

    def _signature(self, value: str) -> str:
        return hmac.new(self._key, value.encode(), hashlib.sha256).hexdigest()

    def _cookie(self, value: str, seconds: int, *, secure: bool) -> str:
        facts = f"{self.name}={value}; Max-Age={seconds}; Path={self._path}"
        return f"{facts}; HttpOnly; SameSite=Strict" + ("; Secure" if secure else "")
