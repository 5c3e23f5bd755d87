"""The MCP server over streamable HTTP, as a route of the HTTP application.

Host, Origin, token and slow clients are checked by the application for every route; what is left
here is the protocol's own.
"""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager

from mcp.server.transport_security import TransportSecuritySettings
from starlette.applications import Starlette
from starlette.routing import BaseRoute

from orchestrator.clients.channel import Connection
from orchestrator.gateways.bodies import MOST_JSON_BYTES
from orchestrator.gateways.mcp.link import Link
from orchestrator.gateways.mcp.server import build_server

PATH = "/mcp"

_MOST_SESSIONS = 1_000
_IDLE_SECONDS = 30 * 60.0


class McpRoutes:
    """The routes of `/mcp`, and what has to run while they are served.

    Args:
        connection: To the orchestrator.
    """

    def __init__(self, connection: Connection) -> None:
        server = build_server(Link(connection))
        self._app: Starlette = server.streamable_http_app(
            streamable_http_path=PATH,
            max_request_body_size=MOST_JSON_BYTES,
            max_sessions=_MOST_SESSIONS,
            session_idle_timeout=_IDLE_SECONDS,
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        self._sessions = server.session_manager

    def routes(self) -> list[BaseRoute]:
        """For the application."""
        return list(self._app.routes)

    def running(self) -> AbstractAsyncContextManager[None]:
        """Open it for as long as the routes are served; it ends the sessions when it is closed."""
        return self._sessions.run()
