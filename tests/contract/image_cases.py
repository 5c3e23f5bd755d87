"""The image engines that the contract suite asks, each with a count of what it really runs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lanternist.runtime.call import Call
from models.card import ModelCard
from models.catalog import Catalog
from models.placement import Placement
from models.weights import Weights, resolve
from services.base.registry import engine_class
from services.image.engine import FinishedImage, ImageEngine, limit, request_for
from tests.unit.services.image import tiny_pipelines

CARDS = Path(__file__).parents[1] / "cards"
TALE = "The little fox ran through the snow while the moon watched."


@dataclass
class Case:
    """An engine at work, and a count of what it really ran."""

    card: ModelCard
    engine: ImageEngine
    steps_run: Callable[[], int]
    has_steps: bool = True
    has_previews: bool = True

    def events(self, call: Call | None = None, **choices: Any) -> Iterator[Any]:
        size = {"width": self.small[0], "height": self.small[1]}
        wanted = {"prompt": TALE, "step_count": 3, "seed": 11, **size, **choices}
        return self.engine.generate(request_for(self.card, **wanted), call or Call())

    def images(self, **choices: Any) -> list[FinishedImage]:
        return [event for event in self.events(**choices) if isinstance(event, FinishedImage)]

    @property
    def small(self) -> tuple[int, int]:
        """The smallest size of at least 64 pixels that the card allows."""
        width, height = (max(64, int(limit(self.card, f"min_{s}"))) for s in ("width", "height"))
        return width, height


def _built(card: ModelCard, weights: Weights | None) -> ImageEngine:
    made: ImageEngine = engine_class("image", card.engine)(card, weights, Placement(threads=1))
    made.load()
    made.warm_up()
    return made


def _counting_network(engine: Any) -> Callable[[], int]:
    """Counts the runs of the denoising network, which guidance doubles in size, not in number."""
    runs: list[None] = []
    pipeline = engine._pipeline
    network = getattr(pipeline, "transformer", None) or pipeline.unet
    network.register_forward_hook(lambda *_: runs.append(None))
    return lambda: len(runs)


def _tiny(save: Callable[[Path], Path], directory: Path) -> Case:
    name = f"tiny-{save.__name__.removeprefix('save_').replace('_', '-')}"
    card = tiny_pipelines.card_for(name, tags=("variations",))
    engine = _built(card, tiny_pipelines.weights_in(save(directory), card))
    return Case(card, engine, _counting_network(engine))


def fake(_: Path) -> Case:
    card = Catalog.builtin(CARDS).get("fake-image")
    card = card.model_copy(update={"options": {"step_seconds": 0.002}})
    engine: Any = _built(card, None)
    return Case(card, engine, lambda: int(engine.steps_run))


def storybook(_: Path) -> Case:
    card = Catalog.builtin().get("storybook")
    return Case(card, _built(card, None), lambda: 0, has_steps=False, has_previews=False)


def illustrator(_: Path) -> Case:
    card = Catalog.builtin().get("illustrator")
    engine = _built(card, resolve(card))
    return Case(card, engine, _counting_network(engine))


def tiny_stable_diffusion(directory: Path) -> Case:
    return _tiny(tiny_pipelines.save_stable_diffusion, directory)


def tiny_flux(directory: Path) -> Case:
    return _tiny(tiny_pipelines.save_flux, directory)
