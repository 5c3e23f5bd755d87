"""Which address is which call of the contract. Everything else lies behind the calls."""

from __future__ import annotations

from starlette.routing import BaseRoute, Route

from orchestrator.clients.channel import Connection
from orchestrator.gateways.sessions import Sessions
from orchestrator.gateways.studio.knowing import Knowing
from orchestrator.gateways.studio.making import Making
from orchestrator.gateways.studio.page import Page, to_the_page
from orchestrator.gateways.studio.refusal import Endpoint, answering
from orchestrator.gateways.studio.signing import Signing
from orchestrator.gateways.studio.telling import Telling

API = "/studio/api"


def studio_routes(connection: Connection, sessions: Sessions | None) -> list[BaseRoute]:
    """The addresses of the studio.

    Args:
        connection: To the orchestrator whose page it is.
        sessions: Those that the guard honours; None where no token is asked for.
    """
    return [
        *(
            Route(API + path, answering(endpoint), methods=[method])
            for method, path, endpoint in _calls(connection, sessions)
        ),
        Route("/", to_the_page, methods=["GET"]),
        Route("/studio", to_the_page, methods=["GET"]),
        Route("/studio/{path:path}", answering(Page()), methods=["GET"]),
    ]


def _calls(connection: Connection, sessions: Sessions | None) -> list[tuple[str, str, Endpoint]]:
    making, telling, knowing = Making(connection), Telling(connection), Knowing(connection)
    signing = Signing(sessions)
    return [
        ("GET", "/session", signing.get),
        ("POST", "/session", signing.begin),
        ("DELETE", "/session", signing.end),
        ("POST", "/respond", making.respond),
        ("POST", "/images", making.images),
        ("POST", "/speech", making.speech),
        ("POST", "/transcriptions", making.transcription),
        ("POST", "/narrations", telling.upload),
        ("GET", "/stories", telling.page),
        ("POST", "/stories", telling.create),
        ("GET", "/stories/{story}", telling.get),
        ("DELETE", "/stories/{story}", telling.delete),
        ("GET", "/stories/{story}/events", telling.watch),
        ("POST", "/stories/{story}/revise", telling.revise),
        ("POST", "/stories/{story}/pause", telling.pause),
        ("POST", "/stories/{story}/resume", telling.resume),
        ("POST", "/stories/{story}/export", telling.export),
        ("GET", "/operations", knowing.operations),
        ("GET", "/operations/{operation}", knowing.operation),
        ("POST", "/operations/{operation}/cancel", knowing.cancel),
        ("GET", "/models", knowing.models),
        ("GET", "/models/{model}", knowing.model),
        ("POST", "/models/{model}/load", knowing.load),
        ("POST", "/models/{model}/unload", knowing.unload),
        ("GET", "/voices", knowing.voices),
        ("GET", "/assets/{asset}", knowing.asset),
        ("GET", "/assets/{asset}/provenance", knowing.provenance),
    ]
