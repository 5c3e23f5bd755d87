"""The illustrator with its real weights: as diffusers users load it, and through the door."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import grpc
import numpy as np
import pytest
import torch
from PIL import Image

from lanternist.v1 import image_pb2, image_pb2_grpc
from models.catalog import Catalog
from models.illustrator.pipeline import IllustratorPipeline
from models.illustrator.training.sampling import composed
from models.illustrator.variation import IllustratorImg2ImgPipeline
from models.weights import resolve
from services.image.encoding import read_parameters
from tests.e2e.client import refusal
from tests.e2e.stack import Stack

pytestmark = pytest.mark.weights

FOX = "a fox, in a snowy landscape, at night"


@pytest.fixture(scope="module")
def pipe() -> Iterator[IllustratorPipeline]:
    weights = resolve(Catalog.builtin().get("illustrator"))
    assert weights.verified
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    made = IllustratorPipeline.from_pretrained(
        weights.directory, text_encoder_directory=weights.components["text_encoder"].directory
    )
    made.set_progress_bar_config(disable=True)
    yield made
    torch.set_num_threads(before)


def draw(pipe: IllustratorPipeline, prompt: str, seed: int = 101, **options: Any) -> Any:
    """The picture, and its sketch."""
    sketch = composed(prompt, 512, seed).sketch()
    generator = torch.Generator().manual_seed(seed)
    options = {"sketch": sketch, **options}
    return pipe(prompt, generator=generator, output_type="np", **options).images[0], sketch


def test_night_is_dark_and_day_is_blue(pipe: IllustratorPipeline) -> None:
    night, _ = draw(pipe, FOX)
    day, _ = draw(pipe, "a cow, in a flowery meadow, in daylight")
    assert night.shape == day.shape == (512, 512, 3)
    assert night[:128].mean() < 0.35 < day[:128].mean()
    red, green, blue = day[:128].mean((0, 1))
    assert blue > green > red  # the sky
    red, green, blue = day[-128:].mean((0, 1))
    assert green > max(red, blue)  # the meadow


def test_no_scene_is_noise(pipe: IllustratorPipeline) -> None:
    """Neighbouring pixels of flat art are nearly always alike; those of noise are not."""
    for prompt in (FOX, "a boat on the open sea", "a bus in a city, at sunset", "in a kitchen"):
        picture, _ = draw(pipe, prompt, seed=5)
        assert np.median(np.abs(np.diff(picture, axis=1))) < 0.004


def test_subjects_are_those_of_the_sketch_and_stand_where_it_says(
    pipe: IllustratorPipeline,
) -> None:
    for prompt in ("a fox, in a forest", "three red boats on the sea", "a queen in a castle"):
        picture, sketch = draw(pipe, prompt)
        solid = sketch[..., 3] == 255
        assert solid.mean() > 0.02
        wrong = np.abs(picture[solid] - sketch[solid][:, :3] / 255).mean()
        elsewhere = np.abs(np.roll(picture, 200, 1)[solid] - sketch[solid][:, :3] / 255).mean()
        assert wrong < 0.1
        assert wrong < elsewhere / 2


def test_without_a_sketch_it_draws_the_place(pipe: IllustratorPipeline) -> None:
    picture, _ = draw(pipe, "a boat on the open sea, in daylight", sketch=None)
    red, _, blue = picture[-128:].mean((0, 1))
    assert blue > red


def test_a_varied_picture_keeps_its_things_and_takes_on_another_hour(
    pipe: IllustratorPipeline,
) -> None:
    vary = IllustratorImg2ImgPipeline.from_pipe(pipe)
    vary.set_progress_bar_config(disable=True)
    drawn = composed("a girl and a fox in the forest", 512, 3)
    source, solid = drawn.render(), drawn.sketch()[..., 3] == 255
    options = {"strength": 0.75, "generator": torch.Generator().manual_seed(4)}
    night = vary("at night", Image.fromarray(source), output_type="np", **options).images[0]
    assert np.abs(night[solid] - source[solid] / 255).mean() < 0.1
    assert night[:128].mean() < 0.8 * source[:128].mean() / 255


def ask(stack: Stack, **fields: Any) -> list[image_pb2.GenerateImagesResponse]:
    with grpc.insecure_channel(stack.address) as channel:
        stub = image_pb2_grpc.ImageServiceStub(channel)
        request = image_pb2.GenerateImagesRequest(model="illustrator", seed=101, **fields)
        return list(stub.GenerateImages(request, timeout=200))


def test_through_the_door_with_previews(real_stack: Stack) -> None:
    answers = ask(real_stack, prompt="The fox ran through the snow at night.", preview_interval=1)
    looks = [answer.preview for answer in answers if answer.HasField("preview")]
    assert [look.step for look in looks] == [1, 2, 3]
    info = next(answer.image for answer in answers if answer.HasField("image"))
    content = b"".join(answer.chunk.data for answer in answers if answer.HasField("chunk"))
    assert (info.model, info.width, info.height) == ("illustrator", 512, 512)
    assert len(content) == info.size_bytes
    parameters = read_parameters(content)
    assert parameters is not None
    assert parameters["step_count"] == 4
    assert parameters["prompt"].startswith("a fox in a ")
    # The last preview shows nearly the finished picture, because a flow knows where it heads.
    finished = Image.open(io.BytesIO(content)).convert("RGB")
    look = Image.open(io.BytesIO(looks[-1].jpeg)).convert("RGB").resize(finished.size)
    assert np.abs(np.asarray(finished, int) - np.asarray(look, int)).mean() < 12


def test_a_farmer_does_not_fall_apart(real_stack: Stack) -> None:
    """As prose, this sentence turns the model's picture into noise, whatever the seed."""
    answers = ask(real_stack, prompt="The farmer woke at dawn and fed his cows.", step_count=8)
    content = b"".join(answer.chunk.data for answer in answers if answer.HasField("chunk"))
    picture = np.asarray(Image.open(io.BytesIO(content)), int)
    assert np.median(np.abs(np.diff(picture, axis=1))) <= 1


def test_sizes_that_it_was_not_trained_for_are_refused(real_stack: Stack) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        ask(real_stack, prompt=FOX, width=1024, height=768)
    assert refusal(caught.value) == (grpc.StatusCode.INVALID_ARGUMENT, "OUTSIDE_MODEL_LIMITS")


def test_a_picture_is_varied_as_far_as_is_asked(real_stack: Stack) -> None:
    source = composed("a fox, in the snow, at night", 512, 3).render()
    file = io.BytesIO()
    Image.fromarray(source).save(file, "png")
    far = []
    for strength in (0.3, 1.0):
        asked = image_pb2.ImageSource(content=file.getvalue(), strength=strength)
        answers = ask(real_stack, prompt=FOX, source=asked)
        content = b"".join(answer.chunk.data for answer in answers if answer.HasField("chunk"))
        varied = np.asarray(Image.open(io.BytesIO(content)).convert("RGB"), int)
        assert varied.shape == source.shape
        far.append(np.abs(varied - source).mean())
    assert 0.5 < far[0] < 12
    assert far[0] < far[1] / 1.5
