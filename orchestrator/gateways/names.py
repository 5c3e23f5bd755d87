"""Which names and origins an HTTP server answers to: what a hostile page must not get past.

A page of any site can make a browser call a server on the same machine. Two checks keep it out: the
`Host` must be a name of this server (a name that an attacker points at 127.0.0.1 is not, which ends
DNS rebinding), and a request that says it comes from another origin is refused unless settings
allow that origin.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from lanternist.runtime.errors import PermissionDeniedError
from orchestrator.gateways.refusals import HttpError

_CROSS = {"cross-site", "same-site"}


class Names:
    """The names of one server.

    Args:
        address: Where it listens, `HOST:PORT`.
        hosts: Further names, without a port; `*.example.org` stands for every name below it.
        origins: Origins that may call although they are not this server's own.
    """

    def __init__(self, address: str, hosts: Sequence[str], origins: Sequence[str]) -> None:
        self._listens = _host_of(address)
        self._hosts = {host.lower() for host in hosts}
        self._origins = {origin.lower().rstrip("/") for origin in origins}

    def check_host(self, host: str) -> None:
        """Checks the `Host` of a request.

        Raises:
            HttpError: 421, it is not a name of this server.
        """
        if not self._is_ours(_host_of(host)):
            raise HttpError(
                421,
                "This server does not go by that name; http_allowed_hosts lists its names.",
                "HOST_NOT_ALLOWED",
            )

    def check_origin(self, method: str, headers: Mapping[str, str]) -> None:
        """Checks where a request comes from, as the browser tells it.

        Args:
            method: Of the request.
            headers: Of the request, `Host` among them and checked.

        Raises:
            PermissionDeniedError: A page of another site is asking.
        """
        origin = headers.get("origin", "").lower()
        if origin:
            if not (self.allows(origin) or self._is_own(origin, headers.get("host", ""))):
                raise _foreign()
            return
        # Images, scripts and forms of other pages carry no Origin; browsers mark them otherwise.
        followed = method == "GET" and headers.get("sec-fetch-mode") == "navigate"
        if headers.get("sec-fetch-site") in _CROSS and not followed:
            raise _foreign()

    def is_own_page(self, headers: Mapping[str, str], *, certain: bool) -> bool:
        """Whether a page of this very server asks, as the browser tells it.

        Args:
            headers: Of the request, `Host` among them and checked.
            certain: Whether a browser that does not tell is taken for another's.
        """
        site, origin = headers.get("sec-fetch-site", ""), headers.get("origin", "").lower()
        if origin and not self._is_own(origin, headers.get("host", "")):
            return False
        if site:
            return site == "same-origin" or (site == "none" and not certain)
        return bool(origin) or not certain

    def allows(self, origin: str) -> bool:
        """Whether settings allow another origin."""
        return origin.lower() in self._origins

    def _is_own(self, origin: str, host: str) -> bool:
        parts = urlsplit(origin)
        return parts.scheme in ("http", "https") and parts.netloc == host.lower()

    def _is_ours(self, host: str) -> bool:
        if not host:
            return False
        if host in self._hosts or host in ("localhost", self._listens):
            return True
        if any(name.startswith("*.") and host.endswith(name[1:]) for name in self._hosts):
            return True
        # A number cannot be pointed elsewhere. One of another machine's is still not ours.
        given, listens = _ip(host), _ip(self._listens)
        if given is None:
            return False
        return given.is_loopback or (listens is not None and listens.is_unspecified)


def _host_of(text: str) -> str:
    """The name in `NAME`, `NAME:PORT` or `[IPV6]:PORT`, in lower case; "" when it is neither."""
    try:
        parts = urlsplit(f"//{text}")
        _ = parts.port  # raises when it is no number
    except ValueError:
        return ""
    if parts.netloc != text or "@" in text:
        return ""
    return (parts.hostname or "").rstrip(".")


def _ip(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _foreign() -> PermissionDeniedError:
    return PermissionDeniedError(
        "Pages of other sites may not call this server; http_allowed_origins lists those that may.",
        reason="ORIGIN_NOT_ALLOWED",
    )
