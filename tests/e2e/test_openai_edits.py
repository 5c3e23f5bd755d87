"""The official `openai` package against a running stack: pictures from pictures."""

from __future__ import annotations

import base64
import io
from typing import Any

import numpy as np
import openai
import pytest
from PIL import Image

# The package calls variations out of date.
pytestmark = pytest.mark.filterwarnings("ignore:.*deprecated")
SOURCE = np.tile(np.linspace(0, 255, 96, dtype=np.uint8)[:, None], (64, 1, 3))


def png(pixels: Any) -> bytes:
    target = io.BytesIO()
    Image.fromarray(pixels).save(target, "PNG")
    return target.getvalue()


def distance(answer: Any) -> float:
    """How far the one picture of an answer is from SOURCE, in levels a channel."""
    (drawn,) = answer.data
    assert drawn.model_extra["marked"] is True
    pixels = np.asarray(Image.open(io.BytesIO(base64.b64decode(drawn.b64_json))))
    assert pixels.shape == SOURCE.shape
    return float(np.abs(pixels.astype(int) - SOURCE).mean())


def test_an_edit_keeps_as_much_of_the_picture_as_its_strength_says(client: openai.OpenAI) -> None:
    def edit(strength: float, **fields: Any) -> float:
        own = {"extra_body": {"seed": 1, "strength": strength}}
        asked = {"image": ("a.png", png(SOURCE)), "prompt": "a hat", "size": "96x64", **own}
        return distance(client.images.edit(**{**asked, **fields}))

    assert 0 < edit(0.05) < edit(0.4) < edit(1.0)
    assert edit(0.4) == edit(0.4, image=[("a.png", png(SOURCE))])
    assert edit(0.4) != edit(0.4, prompt="a coat")


def test_a_variation_needs_no_words(client: openai.OpenAI) -> None:
    size: Any = {"size": "96x64"}
    assert distance(client.images.create_variation(image=png(SOURCE), **size)) > 0


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"image": b"x" * 100_000}, "image", "picture_not_readable"),
        ({"image": b"x" * ((3 << 20) + 1)}, "image", "invalid_field"),
        ({"image": [png(SOURCE), png(SOURCE)]}, "image", "invalid_field"),
        ({"model": "slow-image"}, "image", "setting_not_supported"),
        ({"mask": b"x"}, "mask", "not_supported"),
        ({"stream": True}, "stream", "not_supported"),
        ({"extra_body": {"strength": 2}}, "strength", "invalid_field"),
    ],
)
def test_refusals(client: openai.OpenAI, fields: dict[str, Any], param: str, code: str) -> None:
    with pytest.raises(openai.BadRequestError) as caught:
        client.images.edit(**{"image": png(SOURCE), "prompt": "a hat", **fields})
    assert (caught.value.param, caught.value.code) == (param, code)
