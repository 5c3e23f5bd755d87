"""Whether something listens on an address; asked before gRPC is troubled."""

from __future__ import annotations

import socket

from orchestrator.access import is_local

_PATIENCE_SECONDS = 1.0


def answers(address: str) -> bool:
    """Whether a connection to an address can be made within a second.

    Args:
        address: `HOST:PORT` or `unix:/path`.

    Raises:
        FailedPreconditionError: It is of neither form.
    """
    is_local(address)  # checks the form
    try:
        if address.startswith("unix:"):
            with socket.socket(socket.AF_UNIX) as probe:
                probe.settimeout(_PATIENCE_SECONDS)
                probe.connect(address.removeprefix("unix:"))
        else:
            host, _, port = address.rpartition(":")
            socket.create_connection((host.strip("[]"), int(port)), _PATIENCE_SECONDS).close()
    except OSError:
        return False
    return True
