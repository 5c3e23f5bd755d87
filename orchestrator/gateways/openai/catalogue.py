"""`/v1/models`: what there is, as OpenAI lists it, with what our cards know beside it."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lanternist.v1 import model_pb2
from orchestrator.clients.models import ModelClient
from orchestrator.gateways.ledger import call_of
from orchestrator.gateways.openai.answering import while_connected
from orchestrator.gateways.openai.naming import Naming

_PREFIX = "MODALITY_"


class Catalogue:
    """Lists models.

    Args:
        client: To the orchestrator.
        naming: Aliases.
    """

    def __init__(self, client: ModelClient, naming: Naming) -> None:
        self._client = client
        self._naming = naming

    async def list(self, request: Request) -> Response:
        """Every model."""
        work = self._client.ListModels(model_pb2.ListModelsRequest(), call_of(request.scope))
        listed = await while_connected(request.receive, work)
        return JSONResponse({"object": "list", "data": [_entry(m) for m in listed.models]})

    async def get(self, request: Request) -> Response:
        """One model, by its id or an alias."""
        name = f"models/{self._naming.model(request.path_params['model'])}"
        wanted = model_pb2.GetModelRequest(name=name)
        work = self._client.GetModel(wanted, call_of(request.scope))
        return JSONResponse(_entry(await while_connected(request.receive, work)))


def _entry(model: model_pb2.Model) -> dict[str, Any]:
    return {
        "id": model.id,
        "object": "model",
        "created": 0,  # cards do not know
        "owned_by": "lanternist" if model.local else "upstream",
        "modality": model_pb2.Modality.Name(model.modality).removeprefix(_PREFIX).lower(),
        "display_name": model.display_name,
        "description": model.description,
        "license": model.license,
        "languages": list(model.languages),
        "speed_class": model.speed_class,
        "default": model.default_model,
    }
