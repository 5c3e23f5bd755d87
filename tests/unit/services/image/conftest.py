"""Tiny pipelines, saved once a test run, and engines around them."""

from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from lanternist.runtime.call import Call
from models.catalog import Catalog
from models.placement import Placement
from services.base.host import ModelHost
from services.image.engine import FinishedImage, ImageEngine, ImageRequest, request_for
from services.image.engines.diffusers import DiffusersEngine
from services.image.servicer import ImageServicer
from tests.unit.services.image import tiny_pipelines
from tests.unit.services.image.serving import CARDS

Build = Callable[..., "Loaded"]


class Loaded:
    """A loaded engine and short ways to ask it."""

    def __init__(self, directory: Path, options: dict[str, object], facts: dict[str, Any]) -> None:
        self.card = tiny_pipelines.card_for("tiny", options=options, **facts)
        weights = tiny_pipelines.weights_in(directory, self.card)
        self.engine = DiffusersEngine(self.card, weights, Placement())
        self.engine.load()

    @property
    def pipeline(self) -> Any:
        return self.engine._pipeline

    def request(self, **choices: Any) -> ImageRequest:
        return request_for(self.card, **{"prompt": "a fox", "step_count": 2, **choices})

    def events(self, **choices: Any) -> list[Any]:
        return list(self.engine.generate(self.request(**choices), Call()))

    def images(self, **choices: Any) -> list[FinishedImage]:
        return [event for event in self.events(**choices) if isinstance(event, FinishedImage)]


@pytest.fixture
def build() -> Iterator[Build]:
    built: list[Loaded] = []

    def _build(directory: Path, options: dict[str, object] | None = None, **facts: Any) -> Loaded:
        built.append(Loaded(directory, options or {}, facts))
        return built[-1]

    yield _build
    for loaded in built:
        loaded.engine.close()


@pytest.fixture
async def host() -> AsyncIterator[ModelHost[ImageEngine]]:
    catalog = Catalog.builtin(CARDS)
    made: ModelHost[ImageEngine] = ModelHost(
        "image", ["fake-image", "storybook"], catalog, Placement(), queue_size=4
    )
    await made.start()
    yield made
    await made.close()


@pytest.fixture
def servicer(host: ModelHost[ImageEngine]) -> ImageServicer:
    return ImageServicer(host)


@pytest.fixture
async def wanted(
    host: ModelHost[ImageEngine], monkeypatch: pytest.MonkeyPatch
) -> list[ImageRequest]:
    """What the default model's engine is asked for."""
    engine: Any = await host.default.load()
    noted: list[ImageRequest] = []
    generate = engine.generate

    def noting(request: ImageRequest, call: Call) -> Any:
        noted.append(request)
        return generate(request, call)

    monkeypatch.setattr(engine, "generate", noting)
    return noted


@pytest.fixture(scope="session")
def stable_diffusion(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_pipelines.save_stable_diffusion(tmp_path_factory.mktemp("sd"))


@pytest.fixture(scope="session")
def latent_consistency(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("lcm")
    return tiny_pipelines.save_stable_diffusion(directory, latent_consistency=True)


@pytest.fixture(scope="session")
def flux(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_pipelines.save_flux(tmp_path_factory.mktemp("flux"))


@pytest.fixture(scope="session")
def pixart(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_pipelines.save_pixart(tmp_path_factory.mktemp("pixart"))


@pytest.fixture(scope="session")
def z_image(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tiny_pipelines.save_z_image(tmp_path_factory.mktemp("z-image"))
