"""Models of every service, also of one that is down."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import NotFoundError, UnavailableError
from lanternist.v1 import model_pb2
from models.catalog import Catalog
from models.message import model_message
from orchestrator.forward import Routes
from orchestrator.models_service import ModelServicer
from tests.unit.orchestrator.test_forward import SERVICES

CATALOG = Catalog.builtin(Path(__file__).parents[2] / "cards")


class OneModel:
    """The client of a service with one model, loaded and with its card."""

    def __init__(self, model_id: str) -> None:
        self._model = model_message(
            CATALOG.get(model_id), state=model_pb2.MODEL_STATE_LOADED, whole_card=True
        )
        self.down = False
        self.loads = 0

    def _answer(self) -> model_pb2.Model:
        if self.down:
            raise UnavailableError("Down.")
        return self._model

    async def ListModels(self, request: object, call: Call) -> model_pb2.ListModelsResponse:
        return model_pb2.ListModelsResponse(models=[self._answer()])

    async def GetModel(self, request: object, call: Call) -> model_pb2.Model:
        return self._answer()

    async def LoadModel(self, request: object, call: Call) -> model_pb2.Model:
        self.loads += 1
        return self._answer()

    UnloadModel = LoadModel


@pytest.fixture
def clients() -> dict[str, OneModel]:
    return {"voice": OneModel("fake-voice"), "image": OneModel("fake-image")}


@pytest.fixture
def servicer(clients: dict[str, OneModel]) -> ModelServicer:
    return ModelServicer(CATALOG, Routes(SERVICES, CATALOG), clients)  # type: ignore[arg-type]


async def listed(servicer: ModelServicer, modality: int = 0) -> dict[str, model_pb2.Model]:
    request = model_pb2.ListModelsRequest(modality=modality)  # type: ignore[arg-type]
    answer = await servicer.ListModels(request, Call())
    return {model.id: model for model in answer.models}


async def test_the_list_is_whole_and_sorted(servicer: ModelServicer) -> None:
    assert list(await listed(servicer)) == ["fake-image", "fake-voice"]
    assert list(await listed(servicer, model_pb2.MODALITY_VOICE)) == ["fake-voice"]
    assert list(await listed(servicer, model_pb2.MODALITY_TEXT)) == []


async def test_a_service_that_is_down_hides_nothing(
    servicer: ModelServicer, clients: dict[str, OneModel]
) -> None:
    clients["voice"].down = True
    voice = (await listed(servicer))["fake-voice"]
    assert voice.state == model_pb2.MODEL_STATE_UNSPECIFIED
    assert "voice service" in voice.state_detail
    assert voice.default_model
    got = await servicer.GetModel(model_pb2.GetModelRequest(name="models/fake-voice"), Call())
    assert got.card


async def test_loading_goes_to_the_models_service(
    servicer: ModelServicer, clients: dict[str, OneModel]
) -> None:
    await servicer.LoadModel(model_pb2.LoadModelRequest(name="models/fake-image"), Call())
    assert (clients["image"].loads, clients["voice"].loads) == (1, 0)
    clients["image"].down = True
    with pytest.raises(UnavailableError):
        await servicer.LoadModel(model_pb2.LoadModelRequest(name="models/fake-image"), Call())


@pytest.mark.parametrize("name", ["models/none", "models/fake-text", "models/storybook"])
async def test_unknown_models_name_what_there_is(servicer: ModelServicer, name: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        await servicer.GetModel(model_pb2.GetModelRequest(name=name), Call())
    assert caught.value.field == "name"
    assert "fake-image, fake-voice" in caught.value.message
