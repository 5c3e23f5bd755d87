"""`Specialists`: the clients of the four model services, as one thing to hand around."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from lanternist.runtime.settings import ModalityName
from orchestrator.clients.channel import Connection
from orchestrator.clients.image import ImageClient
from orchestrator.clients.text import TextClient
from orchestrator.clients.transcription import TranscriptionClient
from orchestrator.clients.voice import VoiceClient


@dataclass(frozen=True, slots=True)
class Specialists:
    """One client a modality. Also what a test replaces with in-process handlers."""

    image: ImageClient
    voice: VoiceClient
    text: TextClient
    transcription: TranscriptionClient

    @classmethod
    def over(cls, connections: Mapping[ModalityName, Connection]) -> Specialists:
        """Clients over one connection a service."""
        return cls(
            ImageClient(connections["image"]),
            VoiceClient(connections["voice"]),
            TextClient(connections["text"]),
            TranscriptionClient(connections["transcription"]),
        )

    @classmethod
    def behind(cls, connection: Connection) -> Specialists:
        """Clients that all talk to one orchestrator."""
        return cls.over(dict.fromkeys(("image", "voice", "text", "transcription"), connection))
