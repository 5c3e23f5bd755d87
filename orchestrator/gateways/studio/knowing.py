"""Calls that look things up: models, voices, operations, stored files."""

from __future__ import annotations

from google.longrunning import operations_pb2
from starlette.requests import Request
from starlette.responses import Response

from lanternist.v1 import asset_pb2, model_pb2, voice_pb2
from orchestrator.clients.assets import AssetClient
from orchestrator.clients.channel import Connection
from orchestrator.clients.models import ModelClient
from orchestrator.clients.operations import OperationsClient
from orchestrator.clients.voice import VoiceClient
from orchestrator.gateways.studio import files
from orchestrator.gateways.studio.calls import answer, brief, patient
from orchestrator.gateways.studio.messages import from_query

_LOADING_SECONDS = 900.0


class Knowing:
    """What there is, and how it stands."""

    def __init__(self, connection: Connection) -> None:
        self._models = ModelClient(connection)
        self._voices = VoiceClient(connection)
        self._operations = OperationsClient(connection)
        self._assets = AssetClient(connection)

    async def models(self, request: Request) -> Response:
        """The models on offer."""
        message = from_query(request, model_pb2.ListModelsRequest())
        return answer(await self._models.ListModels(message, brief(request)))

    async def model(self, request: Request) -> Response:
        """A model with its card."""
        message = model_pb2.GetModelRequest(name=_model(request))
        return answer(await self._models.GetModel(message, brief(request)))

    async def load(self, request: Request) -> Response:
        """Brings a model into memory."""
        message = model_pb2.LoadModelRequest(name=_model(request))
        return answer(await self._models.LoadModel(message, brief(request, _LOADING_SECONDS)))

    async def unload(self, request: Request) -> Response:
        """Frees a model's memory."""
        message = model_pb2.UnloadModelRequest(name=_model(request))
        return answer(await self._models.UnloadModel(message, brief(request)))

    async def voices(self, request: Request) -> Response:
        """The voices on offer."""
        message = from_query(request, voice_pb2.ListVoicesRequest())
        return answer(await self._voices.ListVoices(message, brief(request)))

    async def operations(self, request: Request) -> Response:
        """Long work, the newest first."""
        message = from_query(request, operations_pb2.ListOperationsRequest())
        return answer(await self._operations.ListOperations(message, brief(request)))

    async def operation(self, request: Request) -> Response:
        """Long work as it stands."""
        message = operations_pb2.GetOperationRequest(name=_operation(request))
        return answer(await self._operations.GetOperation(message, brief(request)))

    async def cancel(self, request: Request) -> Response:
        """Asks long work to stop."""
        message = operations_pb2.CancelOperationRequest(name=_operation(request))
        return answer(await self._operations.CancelOperation(message, brief(request)))

    async def asset(self, request: Request) -> Response:
        """A stored file."""
        return await files.download(self._assets, _asset(request), request, patient(request))

    async def provenance(self, request: Request) -> Response:
        """Who made a stored file."""
        message = asset_pb2.VerifyAssetRequest(name=_asset(request))
        return answer(await self._assets.VerifyAsset(message, brief(request)))


def _model(request: Request) -> str:
    return files.resource("models", request.path_params["model"])


def _operation(request: Request) -> str:
    return files.resource("operations", request.path_params["operation"])


def _asset(request: Request) -> str:
    return files.resource("assets", request.path_params["asset"])
