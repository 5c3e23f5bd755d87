"""`Specialists`: the clients of the four model services, as one thing to hand around."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, NoReturn, cast

from lanternist.runtime.errors import FailedPreconditionError
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
        """Clients over one connection a service; using one that is missing fails."""
        kinds = {
            "image": ImageClient,
            "voice": VoiceClient,
            "text": TextClient,
            "transcription": TranscriptionClient,
        }
        clients: dict[str, Any] = {
            name: kind(connections[cast("ModalityName", name)])
            if name in connections
            else _Absent(name)
            for name, kind in kinds.items()
        }
        return cls(**clients)

    @classmethod
    def behind(cls, connection: Connection) -> Specialists:
        """Clients that all talk to one orchestrator."""
        return cls.over(dict.fromkeys(("image", "voice", "text", "transcription"), connection))


class _Absent:
    """Stands for the client of a service that this installation does not have."""

    def __init__(self, modality: str) -> None:
        self._modality = modality

    def __getattr__(self, name: str) -> NoReturn:
        raise FailedPreconditionError(
            f"This server has no {self._modality} service.", reason="SERVICE_DISABLED"
        )
