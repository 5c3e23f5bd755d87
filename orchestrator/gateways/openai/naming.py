"""Which of our models and voices a request means.

OpenAI's own names mean nothing here unless settings say so: a caller who asks for another model
than the one that answers should know it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from lanternist.runtime.call import Call
from lanternist.runtime.errors import NotFoundError
from lanternist.v1 import model_pb2, voice_pb2
from orchestrator.clients.models import ModelClient
from orchestrator.clients.voice import VoiceClient

_ID = re.compile(r"[A-Za-z0-9._-]{0,100}")


class Naming:
    """Names to ids.

    Args:
        models: To ask for defaults.
        voices: To ask for voices.
        model_aliases: Names of models, from settings.
        voice_aliases: Names of voices, from settings.
    """

    def __init__(
        self,
        models: ModelClient,
        voices: VoiceClient,
        model_aliases: Mapping[str, str],
        voice_aliases: Mapping[str, str],
    ) -> None:
        self._models = models
        self._voices = voices
        self._model_aliases = model_aliases
        self._voice_aliases = voice_aliases

    def model(self, name: str | None) -> str:
        """The id that a name stands for; "" for none, the server's default.

        Raises:
            NotFoundError: No model can have such an id.
        """
        named = self._model_aliases.get(name, name) if name else ""
        if not _ID.fullmatch(named):
            raise NotFoundError("model", named, field="model")
        return named

    async def voice(self, name: str, model: str, call: Call) -> str:
        """The id of the voice that a name stands for: a voice's own id before an alias.

        Raises:
            LanternistError: What the voice service raised.
        """
        if name not in self._voice_aliases:
            return name
        listed = await self._voices.ListVoices(voice_pb2.ListVoicesRequest(model=model), call)
        own = any(voice.id == name for voice in listed.voices)
        return name if own else self._voice_aliases[name]

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
