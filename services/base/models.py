"""`ModelService` of one model service: the models in its own process, and no others."""

from __future__ import annotations

from typing import Any

from lanternist.runtime.call import Call
from lanternist.v1 import model_pb2
from models.message import model_message
from services.base.host import HostedModel, ModelHost, State

_STATES = {
    State.AVAILABLE: model_pb2.MODEL_STATE_AVAILABLE,
    State.LOADING: model_pb2.MODEL_STATE_LOADING,
    State.LOADED: model_pb2.MODEL_STATE_LOADED,
    State.FAILED: model_pb2.MODEL_STATE_FAILED,
}


def _message(model: HostedModel[Any], *, whole_card: bool = False) -> model_pb2.Model:
    return model_message(
        model.card,
        state=_STATES[model.state],
        detail=model.detail,
        default=model.default,
        whole_card=whole_card,
    )


class ModelServicer:
    """Lists, loads and unloads the models of a host."""

    def __init__(self, host: ModelHost[Any]) -> None:
        self._host = host

    def _find(self, name: str) -> HostedModel[Any]:
        return self._host.model(name.removeprefix("models/"), field="name")

    async def ListModels(
        self, request: model_pb2.ListModelsRequest, call: Call
    ) -> model_pb2.ListModelsResponse:
        """Lists the models of this service, whatever modality is asked for it has just one."""
        models = [_message(model) for model in self._host]
        wanted = request.modality
        return model_pb2.ListModelsResponse(
            models=[m for m in models if wanted in (model_pb2.MODALITY_UNSPECIFIED, m.modality)]
        )

    async def GetModel(self, request: model_pb2.GetModelRequest, call: Call) -> model_pb2.Model:
        """Gets one model with its card."""
        return _message(self._find(request.name), whole_card=True)

    async def LoadModel(self, request: model_pb2.LoadModelRequest, call: Call) -> model_pb2.Model:
        """Loads a model and waits for it."""
        model = self._find(request.name)
        await model.load()
        return _message(model)

    async def UnloadModel(
        self, request: model_pb2.UnloadModelRequest, call: Call
    ) -> model_pb2.Model:
        """Frees a model's memory."""
        model = self._find(request.name)
        await model.unload()
        return _message(model)
