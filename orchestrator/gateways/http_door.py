"""`HttpDoor`: one listening HTTP address, served by uvicorn inside a running event loop.

It takes no signals, knows no route, and gives requests that are under way their time at the end.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import socket
from collections.abc import Iterator

import uvicorn
from starlette.applications import Starlette
from uvicorn.protocols.http.h11_impl import H11Protocol

from lanternist.runtime.errors import FailedPreconditionError
from orchestrator.tls import ServerTls

_BACKLOG = 128
_HEAD_SECONDS = 15.0
_MOST_HEAD_BYTES = 64 * 1024
_KEEP_ALIVE_SECONDS = 30


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config) -> None:
        super().__init__(config)
        self.listening = asyncio.Event()

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.listening.set()

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Leaves signals to whoever runs the process."""
        yield


class _PatientProtocol(H11Protocol):
    """Ends a connection whose request line and headers do not come; uvicorn would wait for ever."""

    _awaiting: asyncio.TimerHandle | None = None

    # As uvicorn narrows it itself: asyncio hands every transport of a socket to it.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._await_head()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self._awaiting is None and self.cycle is not None and self.cycle.response_complete:
            self._await_head()

    def handle_events(self) -> None:
        before = self.cycle
        super().handle_events()
        if self.cycle is not before and self._awaiting is not None:
            self._awaiting.cancel()
            self._awaiting = None

    def connection_lost(self, exc: Exception | None) -> None:
        if self._awaiting is not None:
            self._awaiting.cancel()
        super().connection_lost(exc)

    def _await_head(self) -> None:
        self._awaiting = self.loop.call_later(_HEAD_SECONDS, self.timeout_keep_alive_handler)


class HttpDoor:
    """Serves an application on an address.

    Args:
        app: The application; its lifespan runs while the door is open.
        most_connections: Connections at once; more are refused with 503.
        tls: Encrypts; None: plain text.
    """

    def __init__(
        self, app: Starlette, *, most_connections: int, tls: ServerTls | None = None
    ) -> None:
        self._tls = tls
        self._app = app
        self._most_connections = most_connections
        self._server: _Server | None = None
        self._serving: asyncio.Task[None] | None = None

    async def open(self, address: str, drain_seconds: float) -> str:
        """Begins to listen.

        Args:
            address: `HOST:PORT`; port 0 lets the system choose.
            drain_seconds: Time that requests under way get at the end.

        Returns:
            The address, with the port that was given for port 0.

        Raises:
            FailedPreconditionError: The address is taken, or not one of this machine.
        """
        host, _, port = address.rpartition(":")
        tls = self._tls
        listener = _listen(host, int(port), address)
        config = uvicorn.Config(
            self._app,
            http=_PatientProtocol,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=math.ceil(drain_seconds),
            limit_concurrency=self._most_connections,
            h11_max_incomplete_event_size=_MOST_HEAD_BYTES,
            ssl_context_factory=None if tls is None else lambda *_: tls.context(),
        )
        self._server = server = _Server(config)
        self._serving = serving = asyncio.create_task(self._serve(server, listener))
        listening = asyncio.create_task(server.listening.wait())
        try:
            await asyncio.wait((serving, listening), return_when=asyncio.FIRST_COMPLETED)
            if serving.done():
                serving.result()
        except BaseException:
            await self.close()
            raise
        finally:
            listening.cancel()
        return f"{host}:{listener.getsockname()[1]}"

    async def close(self) -> None:
        """Takes no new requests, and ends those that outlast the drain. Idempotent."""
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            await asyncio.gather(self._serving, return_exceptions=True)

    async def _serve(self, server: _Server, listener: socket.socket) -> None:
        """Serves, the application's lifespan around it: one task enters and leaves it."""
        with listener:
            async with self._app.router.lifespan_context(self._app):
                await server.serve(sockets=[listener])


def _listen(host: str, port: int, address: str) -> socket.socket:
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM)
        family, kind, protocol, _, place = found[0]
        listener = socket.socket(family, kind, protocol)
        try:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listener.bind(place)
            listener.listen(_BACKLOG)
        except OSError:
            listener.close()
            raise
    except OSError as error:
        raise FailedPreconditionError(
            f"Cannot serve HTTP on {address}: it is taken, or not an address of this machine. "
            "--http HOST:PORT names another, --no-http does without.",
            reason="ADDRESS_UNAVAILABLE",
            metadata={"address": address},
        ) from error
    listener.setblocking(False)
    return listener
