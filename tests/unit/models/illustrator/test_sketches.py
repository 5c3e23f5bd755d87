"""Sketches: what the composer cuts out, how they are encoded, and what a pipeline makes of them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from lanternist.runtime.errors import FailedPreconditionError
from models.illustrator.composer import compose
from models.illustrator.conditions import Conditions, joined
from models.illustrator.pipeline import IllustratorPipeline
from models.illustrator.scene import Scene, Setting, Subject
from models.illustrator.sketches import NO_SKETCH, cutouts_of, encode_sketches, no_sketches
from tests.unit.models.illustrator.tiny import draw, seeded, tiny_pipeline


def square(top: int, left: int, side: int = 32) -> NDArray[np.uint8]:
    """A red square on a sketch of 64 pixels."""
    sketch = np.zeros((64, 64, 4), np.uint8)
    sketch[top : top + side, left : left + side] = (255, 0, 0, 255)
    return sketch


@pytest.fixture
def pipe() -> IllustratorPipeline:
    made = tiny_pipeline(sketches=True)
    torch.nn.init.normal_(made.transformer.proj_out.weight, std=0.1)
    return made


def test_a_sketch_shows_the_subjects_where_the_picture_has_them() -> None:
    scene = Scene((Subject("fox"), Subject("house")), setting=Setting.MEADOW)
    picture = compose(scene, width=96, height=64, seed=3)
    sketch, whole = picture.sketch(), picture.render()
    assert sketch.shape == (64, 96, 4)
    solid = sketch[..., 3] == 255
    assert 0.05 < solid.mean() < 0.7
    assert np.abs(sketch[solid][:, :3].astype(int) - whole[solid]).mean() < 3
    empty = compose(Scene(setting=Setting.SEA), width=96, height=64, seed=3).sketch()
    assert not empty.any()


def test_pictures_and_arrays_of_any_size_are_sketches() -> None:
    array = square(0, 0)
    cutouts = cutouts_of([array, Image.fromarray(array).resize((32, 32))], 96, 64)
    assert cutouts.shape == (2, 4, 96, 64)
    assert cutouts.dtype == torch.float32
    assert float(cutouts[0, 3].mean()) == pytest.approx(0.25, abs=0.02)
    assert (cutouts[0, 3] - cutouts[1, 3]).abs().mean() < 0.02
    assert cutouts_of(array, 64, 64).shape == (1, 4, 64, 64)


@pytest.mark.parametrize(
    "wrong",
    [
        np.zeros((64, 64, 3), np.uint8),
        np.zeros((64, 64, 4), np.float32),
        Image.new("RGB", (64, 64)),
        "a fox",
        [],
    ],
)
def test_other_things_are_not(wrong: Any) -> None:
    with pytest.raises(ValueError, match="sketch"):
        cutouts_of(wrong, 64, 64)


def test_latents_stand_where_subjects_do_and_coverage_beside_them() -> None:
    encoded = encode_sketches(tiny_pipeline(sketches=True).vae, cutouts_of(square(0, 32), 64, 64))
    assert encoded.shape == (1, 5, 4, 4)
    assert encoded[0, 4].tolist() == [[0, 0, 1, 1], [0, 0, 1, 1], [0] * 4, [0] * 4]
    there = encoded[0, :4].abs().sum(0) > 0
    assert torch.equal(there, encoded[0, 4] > 0)
    assert float(no_sketches(encoded[:, :4])[:, 4].unique()) == NO_SKETCH


def test_conditions_carry_sketches_through_guidance() -> None:
    sketches = torch.arange(2.0).view(2, 1, 1, 1).expand(2, 5, 4, 4)
    told = Conditions(torch.zeros(2, 3, 8), torch.ones(2, 3), sketches)
    empty = Conditions(torch.zeros(2, 2, 8), torch.ones(2, 2), sketches)
    both = joined([empty, told]).repeated(2).to("cpu", torch.bfloat16)
    assert both.sketches is not None
    assert both.sketches[:, 0, 0, 0].tolist() == [0, 0, 1, 1, 0, 0, 1, 1]
    assert both.beside(torch.zeros(8, 4, 4, 4)).shape == (8, 9, 4, 4)
    plain = Conditions(told.states, told.mask)
    assert plain.beside(sketches) is sketches
    assert joined([plain, plain]).sketches is None


def test_a_pipeline_heeds_its_sketch(pipe: IllustratorPipeline) -> None:
    without = draw(pipe)
    upper, lower = draw(pipe, sketch=square(0, 0)), draw(pipe, sketch=square(32, 0))
    assert not np.allclose(upper, lower, atol=1e-4)
    assert not np.allclose(upper, without, atol=1e-4)
    assert np.array_equal(upper, draw(pipe, sketch=Image.fromarray(square(0, 0))))


def test_one_sketch_for_all_for_each_prompt_or_for_each_picture(pipe: IllustratorPipeline) -> None:
    pictures = [square(0, 0), square(32, 0)]

    def pair(sketch: Any) -> NDArray[np.float32]:
        chance = seeded(1, 2, 1, 2)
        prompts = ["a fox", "a red owl"]
        return draw(pipe, prompts, sketch=sketch, num_images_per_prompt=2, generator=chance)

    one, each, all_four = pair(pictures[0]), pair(pictures), pair([*pictures, *pictures])
    assert np.allclose(one[:2], each[:2], atol=1e-4)
    assert not np.allclose(one[2:], each[2:], atol=1e-4)
    assert np.allclose(all_four[0], one[0], atol=1e-4)
    assert not np.allclose(all_four[1], one[1], atol=1e-4)
    with pytest.raises(ValueError, match="3 sketches for 2 prompts"):
        pair([pictures[0]] * 3)


def test_weights_that_take_none_say_so() -> None:
    with pytest.raises(ValueError, match="takes no `sketch`"):
        draw(tiny_pipeline(), sketch=square(0, 0))
    blind = tiny_pipeline(sketches=True)
    blind.vae = tiny_pipeline().vae  # stored without its encoder
    assert draw(blind).shape == (1, 64, 64, 3)
    with pytest.raises(FailedPreconditionError, match="encoder"):
        draw(blind, sketch=square(0, 0))
