"""`Intent`: what a request can ask for, and the modality that answers it."""

from __future__ import annotations

from enum import StrEnum

from lanternist.runtime.settings import ModalityName


class Intent(StrEnum):
    """What is asked for."""

    TEXT = "text"
    IMAGE = "image"
    SPEECH = "speech"
    TRANSCRIPTION = "transcription"
    STORY = "story"

    @property
    def modality(self) -> ModalityName | None:
        """Whose models answer it; None for a story, which needs several."""
        return _MODALITIES.get(self)

    @classmethod
    def of_modality(cls, modality: ModalityName) -> Intent:
        """What a model of a modality is asked for."""
        return next(intent for intent, name in _MODALITIES.items() if name == modality)


_MODALITIES: dict[Intent, ModalityName] = {
    Intent.TEXT: "text",
    Intent.IMAGE: "image",
    Intent.SPEECH: "voice",
    Intent.TRANSCRIPTION: "transcription",
}
