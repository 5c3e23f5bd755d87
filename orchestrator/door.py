"""`Door`: one listening address with services behind it, their health and reflection beside them.

It does not know what the services do.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import grpc.aio
from google.protobuf.descriptor import ServiceDescriptor
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_reflection.v1alpha import reflection

from lanternist.runtime.errors import FailedPreconditionError
from lanternist.runtime.grpc_server import SERVER_OPTIONS, Guard, add_service
from orchestrator.tls import ServerTls

_HEALTH = health_pb2.DESCRIPTOR.services_by_name["Health"].full_name


class Door:
    """Serves implementations on an address.

    Args:
        implementations: Services of the contract and the objects with their methods.
        guard: Checks credentials; None: none are asked for.
        most_calls: Calls at once, long waits included; more are refused by gRPC itself.
    """

    def __init__(
        self,
        implementations: Sequence[tuple[ServiceDescriptor, object]],
        *,
        guard: Guard | None,
        most_calls: int,
    ) -> None:
        self._server = grpc.aio.server(options=SERVER_OPTIONS, maximum_concurrent_rpcs=most_calls)
        for descriptor, implementation in implementations:
            add_service(self._server, descriptor, implementation, guard=guard)
        # Health and reflection tell nothing secret, and probes carry no token.
        self._health = HealthServicer()
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        names = [descriptor.full_name for descriptor, _ in implementations]
        reflection.enable_server_reflection(
            (*names, _HEALTH, reflection.SERVICE_NAME), self._server
        )

    async def open(self, address: str, *, tls: ServerTls | None = None, beside: str = "") -> str:
        """Begins to listen.

        Args:
            address: Where.
            tls: Encrypts what comes to it; None: plain text.
            beside: A socket of this machine that is served too, in plain text; may be the same.

        Returns:
            The address, with the port that was given for port 0.

        Raises:
            FailedPreconditionError: The address is taken, or not one of this machine.
        """
        try:
            if tls is None:
                port = self._server.add_insecure_port(address)
            else:
                port = self._server.add_secure_port(address, tls.credentials())
            if beside not in ("", address):
                self._server.add_insecure_port(beside)
        except RuntimeError as error:
            raise FailedPreconditionError(
                f"Cannot listen on {address}: it is taken, or not an address of this machine.",
                reason="ADDRESS_UNAVAILABLE",
                metadata={"address": address},
            ) from error
        await self._server.start()
        return address if address.startswith("unix:") else f"{address.rpartition(':')[0]}:{port}"

    async def set_health(self, services: Iterable[str], *, serving: bool) -> None:
        """Publishes the health of services; "" stands for the whole server."""
        status = health_pb2.HealthCheckResponse
        for name in services:
            await self._health.set(name, status.SERVING if serving else status.NOT_SERVING)

    async def close(self, drain_seconds: float) -> None:
        """Takes no new calls, and ends those that still run after `drain_seconds`. Idempotent."""
        await self._health.enter_graceful_shutdown()
        await self._server.stop(drain_seconds)
