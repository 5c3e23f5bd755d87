"""Models of one service: loaded when needed, once, and freed on demand."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from typing import ClassVar

import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    FailedPreconditionError,
    NotFoundError,
    UnavailableError,
)
from models.card import ModelCard
from models.catalog import Catalog
from models.placement import Placement
from services.base import host as host_module
from services.base.host import Loading, ModelHost, State

CARD = """---
license: apache-2.0
lanternist:
  id: {id}
  modality: {modality}
  engine: counting
  display_name: Counting
---
A card for a test.
"""


class CountingEngine:
    made: ClassVar[list[CountingEngine]] = []
    trouble: ClassVar[Exception | None] = None

    def __init__(self, card: ModelCard, weights: object, placement: Placement) -> None:
        self.card, self.events = card, ["made"]
        CountingEngine.made.append(self)

    def load(self) -> None:
        time.sleep(0.02)
        if CountingEngine.trouble is not None:
            raise CountingEngine.trouble
        self.events.append("load")

    def warm_up(self) -> None:
        self.events.append("warm_up")

    def close(self) -> None:
        self.events.append("close")

    def count(self) -> Iterator[int]:
        yield from range(3)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> ModelHost[CountingEngine]:
    CountingEngine.made, CountingEngine.trouble = [], None
    monkeypatch.setattr(host_module, "engine_class", lambda modality, name: CountingEngine)
    cards = [CARD.format(id=i, modality="text") for i in ("one", "two")]
    cards.append(CARD.format(id="other", modality="image"))
    catalog = Catalog(ModelCard.parse(card, "test") for card in cards)
    return ModelHost("text", ["one", "two"], catalog, Placement(), queue_size=4)


async def run(model) -> list:
    return [item async for item in model.run(Call(), lambda engine: engine.count())]


async def test_only_the_default_is_loaded_at_start_and_it_has_warmed_up(host) -> None:
    await host.start()
    assert [engine.events for engine in CountingEngine.made] == [["made", "load", "warm_up"]]
    assert host.model("").card.id == "one"
    assert host.model("one").state is State.LOADED
    assert host.model("two").state is State.AVAILABLE


async def test_another_model_is_loaded_on_first_use_and_callers_are_told(host) -> None:
    await host.start()
    assert await run(host.model("two")) == [Loading("two"), 0, 1, 2]
    assert await run(host.model("two")) == [0, 1, 2]


async def test_callers_at_the_same_time_share_one_loading(host) -> None:
    answers = await asyncio.gather(*(run(host.model("two")) for _ in range(4)))
    assert len(CountingEngine.made) == 1
    assert all(items[-3:] == [0, 1, 2] for items in answers)


async def test_a_caller_who_leaves_does_not_stop_the_loading_for_others(host) -> None:
    impatient = asyncio.create_task(run(host.model("two")))
    patient = asyncio.create_task(run(host.model("two")))
    await asyncio.sleep(0.005)
    impatient.cancel()
    assert (await patient)[-3:] == [0, 1, 2]


async def test_a_failed_loading_is_told_and_tried_again(host) -> None:
    CountingEngine.trouble = RuntimeError("secret path /x/y")
    with pytest.raises(FailedPreconditionError) as failed:
        await run(host.model("two"))
    assert "secret" not in failed.value.message
    assert host.model("two").state is State.FAILED
    CountingEngine.trouble = UnavailableError("The weights cannot be fetched just now.")
    with pytest.raises(UnavailableError):
        await run(host.model("two"))
    CountingEngine.trouble = None
    assert (await run(host.model("two")))[-3:] == [0, 1, 2]


async def test_unloading_frees_and_the_next_use_loads_again(host) -> None:
    await run(host.model("two"))
    await host.model("two").unload()
    assert CountingEngine.made[0].events[-1] == "close"
    assert host.model("two").state is State.AVAILABLE
    assert (await run(host.model("two")))[0] == Loading("two")
    assert len(CountingEngine.made) == 2


async def test_the_default_stays(host) -> None:
    await host.start()
    with pytest.raises(FailedPreconditionError):
        await host.model("one").unload()


def test_an_unknown_model_is_named_with_what_there_is(host) -> None:
    with pytest.raises(NotFoundError, match="one, two") as unknown:
        host.model("three")
    assert unknown.value.field == "model"


@pytest.mark.parametrize("models", [[], ["other"], ["none"]])
def test_a_service_that_cannot_be_is_refused_at_start(models: list[str]) -> None:
    catalog = Catalog([ModelCard.parse(CARD.format(id="other", modality="image"), "test")])
    with pytest.raises(
        (FailedPreconditionError, NotFoundError), match=r"services\.text\.models|none"
    ):
        ModelHost("text", models, catalog, Placement(), queue_size=1)
