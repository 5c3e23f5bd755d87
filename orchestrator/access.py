"""Who may call, and from where: the listening address and the bearer token."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Mapping

from lanternist.runtime.errors import FailedPreconditionError, UnauthenticatedError
from lanternist.runtime.grpc_server import Guard
from lanternist.runtime.settings import Settings


def token_guard(token: str) -> Guard:
    """A guard that lets calls with the right bearer token pass."""
    expected = f"Bearer {token}".encode()

    def guard(metadata: Mapping[str, str]) -> None:
        given = metadata.get("authorization", "")
        if not given:
            raise UnauthenticatedError(
                "This server wants a token: send `authorization: Bearer …`.",
                reason="TOKEN_MISSING",
            )
        if not hmac.compare_digest(given.encode(), expected):
            raise UnauthenticatedError("The token is not the right one.", reason="TOKEN_WRONG")

    return guard


def is_local(address: str, setting: str = "address") -> bool:
    """Whether only this machine can reach a listening address.

    Args:
        address: `HOST:PORT`, `[IPV6]:PORT` or `unix:/path`.
        setting: The setting that it comes from, for the message.

    Raises:
        FailedPreconditionError: It has none of these forms.
    """
    if address.startswith("unix:"):
        return True
    host, separator, port = address.rpartition(":")
    if not separator or not port.isdecimal() or int(port) > 65535 or not host:
        raise FailedPreconditionError(
            f"{setting}: {address[:100]!r} is not of the form HOST:PORT.", reason="SETTINGS_INVALID"
        )
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host == "localhost"


def check_address(settings: Settings) -> None:
    """Refuses to open an unguarded door to other machines.

    Raises:
        FailedPreconditionError: An address is malformed, or reachable from elsewhere without a
            token and without a setting that says so.
    """
    for name, address in (("address", settings.address), ("http_address", settings.http_address)):
        if not address or is_local(address, name):
            continue
        if settings.token or settings.allow_remote_without_token:
            continue
        raise FailedPreconditionError(
            f"{name}: {address!r} can be reached from other machines. Set a token "
            "(LANTERNIST_TOKEN), or allow_remote_without_token = true if that is what you want.",
            reason="TOKEN_REQUIRED",
        )


def reachable_address(address: str) -> str:
    """Where to reach, from this machine, what listens on an address."""
    host, separator, port = address.rpartition(":")
    loopback = {"0.0.0.0": "127.0.0.1", "[::]": "[::1]"}  # noqa: S104 - what is listened on
    return f"{loopback.get(host, host)}{separator}{port}"
