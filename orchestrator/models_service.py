"""`ModelService` of the whole installation: cards, joined with what the services say live.

A service that is down does not hide its models: they are listed with the reason in their state.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from lanternist.runtime import telemetry
from lanternist.runtime.call import Call
from lanternist.runtime.errors import LanternistError, NotFoundError
from lanternist.runtime.settings import ModalityName
from lanternist.v1 import model_pb2
from models.catalog import Catalog
from models.message import NAMES, model_message
from orchestrator.clients.models import ModelClient
from orchestrator.forward import Routes

# A list must not wait for a service that is stuck.
_LIVE_SECONDS = 2.0
_NOBODY_KNOWS = "The {modality} service does not answer just now."


class ModelServicer:
    """Lists models of every service; loads and unloads them where they live.

    Args:
        catalog: The cards.
        routes: Which service has which model.
        clients: Clients of the services that this installation has.
    """

    def __init__(
        self, catalog: Catalog, routes: Routes, clients: Mapping[ModalityName, ModelClient]
    ) -> None:
        self._catalog = catalog
        self._routes = routes
        self._clients = clients

    async def ListModels(
        self, request: model_pb2.ListModelsRequest, call: Call
    ) -> model_pb2.ListModelsResponse:
        """Lists models, sorted by modality and id."""
        wanted = NAMES.get(request.modality)
        modalities = [name for name in self._clients if wanted in (None, name)]
        lists = await asyncio.gather(*(self._of_service(name, call) for name in modalities))
        models = [model for models in lists for model in models]
        models.sort(key=lambda model: (model.modality, model.id))
        return model_pb2.ListModelsResponse(models=models)

    async def GetModel(self, request: model_pb2.GetModelRequest, call: Call) -> model_pb2.Model:
        """Gets one model with its card, also while its service is down."""
        modality = await self._modality(request.name, call)
        try:
            return await self._clients[modality].GetModel(request, _soon(call))
        except LanternistError as error:
            card_id = request.name.removeprefix("models/")
            if isinstance(error, NotFoundError) or card_id not in self._catalog:
                raise
            return self._from_card(modality, card_id, whole_card=True)

    async def LoadModel(self, request: model_pb2.LoadModelRequest, call: Call) -> model_pb2.Model:
        """Loads a model in its service and waits for it."""
        modality = await self._modality(request.name, call)
        return await self._clients[modality].LoadModel(request, call)

    async def UnloadModel(
        self, request: model_pb2.UnloadModelRequest, call: Call
    ) -> model_pb2.Model:
        """Frees a model's memory in its service."""
        modality = await self._modality(request.name, call)
        return await self._clients[modality].UnloadModel(request, call)

    async def _of_service(self, modality: ModalityName, call: Call) -> list[model_pb2.Model]:
        try:
            listed = await self._clients[modality].ListModels(
                model_pb2.ListModelsRequest(), _soon(call)
            )
        except LanternistError:
            known = [model for model in self._routes.models(modality) if model in self._catalog]
            return [self._from_card(modality, model) for model in known]
        return list(listed.models)

    def _from_card(
        self, modality: ModalityName, model_id: str, *, whole_card: bool = False
    ) -> model_pb2.Model:
        return model_message(
            self._catalog.get(model_id),
            state=model_pb2.MODEL_STATE_UNSPECIFIED,
            detail=_NOBODY_KNOWS.format(modality=modality),
            default=self._routes.models(modality)[:1] == (model_id,),
            whole_card=whole_card,
        )

    async def _modality(self, name: str, call: Call) -> ModalityName:
        model_id = name.removeprefix("models/")
        modality = self._routes.modality_of(model_id)
        if modality is not None and modality in self._clients:
            return modality
        # A service run elsewhere may have models that these settings do not list.
        models = await self.ListModels(model_pb2.ListModelsRequest(), call)
        for model in models.models:
            if model.id == model_id:
                return next(key for key in self._clients if key == NAMES[model.modality])
        known = ", ".join(model.id for model in models.models)
        raise NotFoundError("model", model_id, field="name", hint=f"Available: {known or 'none'}.")


def _soon(call: Call) -> Call:
    """The same call with little patience."""
    remaining = call.remaining_seconds()
    patience = _LIVE_SECONDS if remaining is None else min(remaining, _LIVE_SECONDS)
    return Call(call.request_id, patience, {**call.metadata, telemetry.REQUEST_ID: call.request_id})
