"""Which of our models and voices a request means.

OpenAI's own names mean nothing here unless settings say so: a caller who asks for another model
than the one that answers should know it.
"""

from __future__ import annotations

from collections.abc import Mapping

from lanternist.runtime.call import Call
from lanternist.runtime.errors import NotFoundError
from lanternist.v1 import model_pb2
from orchestrator.clients.models import ModelClient


class Naming:
    """Names to ids.

    Args:
        models: To ask for defaults.
        model_aliases: Names of models, from settings.
        voice_aliases: Names of voices, from settings.
    """

    def __init__(
        self,
        models: ModelClient,
        model_aliases: Mapping[str, str],
        voice_aliases: Mapping[str, str],
    ) -> None:
        self._models = models
        self._model_aliases = model_aliases
        self._voice_aliases = voice_aliases

    def model(self, name: str | None) -> str:
        """The id that a name stands for; "" for none, the server's default."""
        return self._model_aliases.get(name, name) if name else ""

    def voice(self, name: str) -> str:
        """The id of the voice that a name stands for."""
        return self._voice_aliases.get(name, name)

    async def default(self, modality: model_pb2.Modality.ValueType, call: Call) -> str:
        """The id of a modality's default model.

        Raises:
            NotFoundError: There is no model of that modality.
        """
        request = model_pb2.ListModelsRequest(modality=modality)
        listed = await self._models.ListModels(request, call)
        for model in listed.models:
            if model.default_model:
                return model.id
        raise NotFoundError("model", "default", field="model")
