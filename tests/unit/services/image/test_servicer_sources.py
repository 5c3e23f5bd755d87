"""A caller's picture on its way to the engine: which model gets it, how large, and which do not."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from lanternist.runtime.errors import InvalidArgumentError
from lanternist.v1 import image_pb2
from models.catalog import Catalog
from models.placement import Placement
from services.base.host import ModelHost
from services.image.encoding import read_parameters
from services.image.engine import ImageEngine
from services.image.servicer import ImageServicer
from tests.unit.services.image.serving import CARDS, answers, files


def picture(size: tuple[int, int] = (80, 48), form: str = "PNG") -> bytes:
    target = io.BytesIO()
    Image.effect_noise(size, 90).convert("RGB").save(target, form)
    return target.getvalue()


async def test_a_source_reaches_the_engine_in_the_size_asked_for(
    servicer: ImageServicer, wanted: list[Any]
) -> None:
    for strength, taken in ((0.0, 0.6), (0.25, 0.25)):
        source = image_pb2.ImageSource(content=picture(), strength=strength)
        ((info, content),) = files(await answers(servicer, prompt="", source=source))
        assert (wanted[-1].source.shape, wanted[-1].strength) == ((64, 96, 3), taken)
        assert (info.width, info.height) == (96, 64)
        assert (read_parameters(content) or {})["strength"] == taken
        assert "source" not in repr(wanted[-1])
    assert files(await answers(servicer))
    assert wanted[-1].source is None


async def test_without_a_model_the_first_that_can_draws_from_a_picture() -> None:
    catalog = Catalog.builtin(CARDS)
    both: ModelHost[ImageEngine] = ModelHost(
        "image", ["storybook", "fake-image"], catalog, Placement(), queue_size=4
    )
    one: ModelHost[ImageEngine] = ModelHost(
        "image", ["storybook"], catalog, Placement(), queue_size=4
    )
    source = image_pb2.ImageSource(content=picture())
    ((info, _),) = files(await answers(ImageServicer(both), source=source))
    assert info.model == "fake-image"
    for host, model in ((both, "storybook"), (one, "")):
        with pytest.raises(InvalidArgumentError) as caught:
            await answers(ImageServicer(host), model=model, source=source)
        assert caught.value.violations[0].field == "source"
        assert caught.value.metadata["model"] == "storybook"
        await host.close()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"no picture", "PICTURE_NOT_READABLE"),
        (picture()[:-40], "PICTURE_NOT_READABLE"),
        (picture((4097, 1)), "PICTURE_TOO_LARGE"),
    ],
)
async def test_a_bad_source_is_named_before_a_model_is_asked(
    servicer: ImageServicer, wanted: list[Any], content: bytes, reason: str
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        await answers(servicer, source=image_pb2.ImageSource(content=content))
    assert caught.value.violations[0].field == "source.content"
    assert caught.value.reason == reason
    assert wanted == []
