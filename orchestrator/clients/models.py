"""Client of `ModelService`."""

from __future__ import annotations

from lanternist.runtime.call import Call
from lanternist.v1 import model_pb2, model_pb2_grpc
from orchestrator.clients.channel import Connection


class ModelClient:
    """Knows the models of a server."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = model_pb2_grpc.ModelServiceStub(connection.channel)

    async def ListModels(
        self, request: model_pb2.ListModelsRequest, call: Call
    ) -> model_pb2.ListModelsResponse:
        """Lists the models."""
        return await self._connection.unary(self._stub.ListModels, request, call)

    async def GetModel(self, request: model_pb2.GetModelRequest, call: Call) -> model_pb2.Model:
        """Gets one model with its card."""
        return await self._connection.unary(self._stub.GetModel, request, call)

    async def LoadModel(self, request: model_pb2.LoadModelRequest, call: Call) -> model_pb2.Model:
        """Brings a model into memory."""
        return await self._connection.unary(self._stub.LoadModel, request, call)

    async def UnloadModel(
        self, request: model_pb2.UnloadModelRequest, call: Call
    ) -> model_pb2.Model:
        """Frees a model's memory."""
        return await self._connection.unary(self._stub.UnloadModel, request, call)
