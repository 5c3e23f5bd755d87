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
    """Refuses to open an unguarded door to other machines, and to let a token travel unencrypted.

    Raises:
        FailedPreconditionError: An address is malformed, or reachable from elsewhere without a
            token, a client's certificate or a setting that says so; or in plain text with a token
            and without a setting that says so.
    """
    for name, address in (("address", settings.address), ("http_address", settings.http_address)):
        if not address or is_local(address, name):
            continue
        known = settings.token or settings.tls.client_ca
        if not known and not settings.allow_remote_without_token:
            raise FailedPreconditionError(
                f"{name}: {address!r} can be reached from other machines. Set a token "
                "(LANTERNIST_TOKEN), or allow_remote_without_token = true if that is as you want.",
                reason="TOKEN_REQUIRED",
            )
        plain = settings.tls.certificate_chain is None
        if settings.token and plain and not settings.allow_remote_without_tls:
            raise FailedPreconditionError(
                f"{name}: {address!r} can be reached from other machines, and the token would "
                "travel in plain text. Set tls.certificate_chain and tls.private_key, or "
                "allow_remote_without_tls = true if something else encrypts.",
                reason="TLS_REQUIRED",
            )
