"""`/health`: whether the server lives, and whether it and each of its services are ready.

It asks the orchestrator's standard health service; it decides nothing itself.
"""

from __future__ import annotations

import asyncio

from grpc_health.v1 import health_pb2, health_pb2_grpc
from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import BaseRoute, Route

from lanternist.runtime.call import Call
from lanternist.runtime.errors import LanternistError
from orchestrator.clients.channel import Connection
from orchestrator.gateways.ledger import call_of

_SECONDS = 5.0
_SERVICES = {
    "image": "lanternist.v1.ImageService",
    "voice": "lanternist.v1.VoiceService",
    "text": "lanternist.v1.TextService",
    "transcription": "lanternist.v1.TranscriptionService",
    "story": "lanternist.v1.StoryService",
}


class Health:
    """Answers probes.

    Args:
        connection: To the orchestrator.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = health_pb2_grpc.HealthStub(connection.channel)

    def routes(self) -> list[BaseRoute]:
        """`/health/live` never fails while the process serves; the others tell readiness."""
        return [
            Route("/health", self.ready, methods=["GET"]),
            Route("/health/ready", self.ready, methods=["GET"]),
            Route("/health/live", self.live, methods=["GET"]),
        ]

    async def live(self, request: Request) -> JSONResponse:
        """This server answers."""
        return JSONResponse({"status": "serving"})

    async def ready(self, request: Request) -> JSONResponse:
        """200 when everything serves, else 503; each service by name."""
        call = call_of(request.scope)
        whole, *each = await asyncio.gather(
            *(self._serving(name, call) for name in ("", *_SERVICES.values()))
        )
        services = dict(zip(_SERVICES, each, strict=True))
        return JSONResponse(
            {"status": whole, "services": services}, 200 if whole == "serving" else 503
        )

    async def _serving(self, service: str, call: Call) -> str:
        request = health_pb2.HealthCheckRequest(service=service)
        timed = Call(call.request_id, _SECONDS, call.metadata)
        try:
            answer = await self._connection.unary(self._stub.Check, request, timed)
        except LanternistError:
            return "unknown"
        serving = answer.status == health_pb2.HealthCheckResponse.SERVING
        return "serving" if serving else "not_serving"
