"""An assistant over services of this process."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path
from typing import Any, cast

import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import FailedPreconditionError
from lanternist.runtime.settings import ModalityName, ServiceSettings, ServicesSettings
from lanternist.v1 import (
    assistant_pb2,
    image_pb2,
    text_pb2,
    transcription_pb2,
    voice_pb2,
)
from models.catalog import Catalog
from orchestrator.assets.store import AssetStore
from orchestrator.assistant.opening import open_assistant
from orchestrator.clients.channel import Connection
from orchestrator.forward import Line, Routes
from orchestrator.limits import Admission
from orchestrator.provenance.notary import Notary
from orchestrator.routing.reader import Reader
from tests.unit.orchestrator.assistant.specialists import Office
from tests.unit.orchestrator.conftest import Serve

ROOT = Path(__file__).parents[3]
SERVICES = ServicesSettings(
    image=ServiceSettings(models=("fake-image", "slow-image")),
    voice=ServiceSettings(models=("fake-voice",)),
    text=ServiceSettings(models=("fake-text", "slow-text")),
    transcription=ServiceSettings(models=("fake-transcription",)),
)
_DESCRIPTORS: Mapping[ModalityName, Any] = {
    "image": image_pb2.DESCRIPTOR.services_by_name["ImageService"],
    "voice": voice_pb2.DESCRIPTOR.services_by_name["VoiceService"],
    "text": text_pb2.DESCRIPTOR.services_by_name["TextService"],
    "transcription": transcription_pb2.DESCRIPTOR.services_by_name["TranscriptionService"],
}


def _no_weights() -> Any:
    raise FailedPreconditionError("Unit tests load no weights.", reason="WEIGHTS_NOT_FETCHED")


READER = Reader(_no_weights)

Respond = Callable[..., Any]


class NoOperations:
    """Where no story is made."""

    async def cancel(self, name: str) -> None:
        raise AssertionError("nothing to cancel")


@pytest.fixture
def office() -> Office:
    return Office()


@pytest.fixture
def assets(tmp_path: Path) -> AssetStore:
    return AssetStore(tmp_path / "assets")


@pytest.fixture
async def respond(serve: Serve, office: Office, assets: AssetStore) -> AsyncIterator[Respond]:
    """Calls `Respond`: words, or a request; gives a stream of events."""
    catalog = Catalog.builtin(ROOT / "cards", ROOT / "e2e" / "cards")
    routes, admission = Routes(SERVICES, catalog), Admission(64)
    connections = {
        name: Connection(await serve(descriptor, office))
        for name, descriptor in _DESCRIPTORS.items()
    }
    lines = {
        name: Line(
            modality=name,
            connection=connection,
            routes=routes,
            admission=admission,
            recovery_seconds=lambda: 1.0,
            max_upload_bytes=1000,
        )
        for name, connection in connections.items()
    }
    assistant = open_assistant(
        lines,
        routes,
        catalog,
        assets=assets,
        notary=Notary.none(),
        stories=None,
        operations=cast("Any", NoOperations()),
        reader=READER,
    )

    def call(
        words: str | assistant_pb2.RespondRequest, call: Call | None = None, **rest: Any
    ) -> Any:
        request = (
            words if isinstance(words, assistant_pb2.RespondRequest) else asking(words, **rest)
        )
        return assistant.Respond(request, call or Call())

    yield call
    for connection in connections.values():
        await connection.close()


def asking(words: str, *parts: Any, **fields: Any) -> assistant_pb2.RespondRequest:
    """A request of one message."""
    message = assistant_pb2.AssistantMessage(role=text_pb2.CHAT_ROLE_USER)
    if words:
        message.parts.add(text=words)
    message.parts.extend(parts)
    return assistant_pb2.RespondRequest(messages=[message], **fields)


async def drain(events: Any) -> list[assistant_pb2.RespondResponse]:
    """Everything that a stream sends."""
    return [event async for event in events]
