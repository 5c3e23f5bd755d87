"""The HTTP application: every gateway on one address, behind one layer of security.

    Ledger → Dressing → Bodies → Guard → routes
    ids, log, counts · headers · sizes, times · Host, Origin, token · openai/, studio/, mcp/, health

It talks to the orchestrator over gRPC only, like any other client.
"""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from lanternist.runtime.errors import NotFoundError
from lanternist.runtime.settings import Settings
from orchestrator.access import token_guard
from orchestrator.clients.channel import Connection
from orchestrator.gateways.bodies import Bodies
from orchestrator.gateways.guard import Dressing, Guard
from orchestrator.gateways.health import Health
from orchestrator.gateways.ledger import Ledger
from orchestrator.gateways.mcp.http import McpRoutes
from orchestrator.gateways.metrics import CONTENT_TYPE, Metrics
from orchestrator.gateways.names import Names
from orchestrator.gateways.openai.answering import Endpoint
from orchestrator.gateways.openai.routes import openai_routes
from orchestrator.gateways.openai.spec import spec_routes
from orchestrator.gateways.refusals import HttpError, refuse
from orchestrator.gateways.sessions import Sessions
from orchestrator.gateways.studio.routes import API, studio_routes


def create_app(connection: Connection, settings: Settings) -> Starlette:
    """The application of one installation.

    Args:
        connection: To its orchestrator.
        settings: Names, origins, token and limits; `http_address` as it is listened on.
    """
    metrics, mcp = Metrics(), McpRoutes(connection)
    token = settings.token.get_secret_value() if settings.token else ""
    sessions = Sessions(token, API) if token else None
    routes: list[BaseRoute] = [
        *Health(connection).routes(),
        Route("/metrics", _metrics(metrics), methods=["GET"]),
        *spec_routes(),
        *openai_routes(connection, settings, metrics),
        *studio_routes(connection, sessions),
        *mcp.routes(),
    ]
    names = Names(settings.http_address, settings.http_allowed_hosts, settings.http_allowed_origins)
    app = Starlette(
        routes=routes,
        middleware=[
            Middleware(Ledger, metrics=metrics),
            Middleware(Dressing, names=names),
            Middleware(
                Bodies,
                max_upload_bytes=min(settings.http_max_upload_bytes, settings.max_upload_bytes),
            ),
            Middleware(
                Guard,
                names=names,
                token_check=token_guard(token) if token else None,
                sessions=sessions,
            ),
        ],
        exception_handlers={HTTPException: _unrouted},
        lifespan=lambda _: mcp.running(),
    )
    # `/v1/models/` is not `/v1/models`, and a redirect would repeat what the Host header says.
    app.router.redirect_slashes = False
    return app


def _metrics(metrics: Metrics) -> Endpoint:
    async def endpoint(request: Request) -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return endpoint


async def _unrouted(request: Request, error: Exception) -> Response:
    """What no route takes: unknown addresses, methods that an address does not have."""
    assert isinstance(error, HTTPException)
    if error.status_code == 404:
        return refuse(NotFoundError("address", request.url.path, reason="UNKNOWN_ADDRESS"))
    headers = dict(error.headers or {})
    reason = "METHOD_NOT_ALLOWED" if error.status_code == 405 else "BAD_REQUEST"
    return refuse(HttpError(error.status_code, f"{error.detail}.", reason, headers=headers))
