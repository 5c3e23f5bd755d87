"""Pictures from pictures, with a tiny model of random weights."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
import PIL.Image
import pytest
import torch
from diffusers import UniPCMultistepScheduler

from lanternist.runtime.errors import FailedPreconditionError
from models.illustrator.autoencoder import IllustratorAutoencoder
from models.illustrator.pipeline import IllustratorPipeline
from models.illustrator.variation import IllustratorImg2ImgPipeline
from tests.unit.models.illustrator.tiny import draw, seeded, tiny_pipeline

PICTURE = PIL.Image.fromarray(
    np.random.default_rng(0).integers(0, 255, (64, 64, 3), dtype=np.uint8)
)


@pytest.fixture
def pipe() -> IllustratorPipeline:
    return tiny_pipeline()


@pytest.fixture
def vary(pipe: IllustratorPipeline) -> IllustratorImg2ImgPipeline:
    torch.manual_seed(3)
    torch.nn.init.normal_(pipe.transformer.proj_out.weight, std=0.1)
    statistics = {"latent_mean": (0.0,) * 4, "latent_deviation": (0.5,) * 4}
    vae = IllustratorAutoencoder(latent_channels=4, widths=(8, 8, 8), **statistics)
    pipe.vae = vae.eval()
    made: IllustratorImg2ImgPipeline = IllustratorImg2ImgPipeline.from_pipe(pipe)
    made.set_progress_bar_config(disable=True)
    return made


def latents(given: Any, prompt: Any = "a fox", **options: Any) -> torch.Tensor:
    return torch.as_tensor(draw(given, prompt, output_type="latent", **options))


def test_it_shares_the_parts_of_a_loaded_pipeline(vary: IllustratorImg2ImgPipeline) -> None:
    back = IllustratorPipeline.from_pipe(vary)
    assert back.transformer is vary.transformer
    assert back.config.text_scale == vary.config.text_scale == 2.0
    assert back.config.max_text_tokens == vary.config.max_text_tokens == 8


def test_it_takes_all_that_a_call_with_words_takes() -> None:
    calls = (IllustratorPipeline.__call__, IllustratorImg2ImgPipeline.__call__)
    words, both = (inspect.signature(call).parameters for call in calls)
    assert set(both) - set(words) == {"image", "strength"}
    assert all(both[name] == words[name] for name in words)


def test_the_more_strength_the_less_of_the_picture_is_left(
    vary: IllustratorImg2ImgPipeline,
) -> None:
    source = vary.encode_image(PICTURE, 64, 64)
    away = [
        float((latents(vary, image=PICTURE, strength=s, num_inference_steps=20) - source).norm())
        for s in (0.05, 0.3, 0.6, 1.0)
    ]
    assert away == sorted(away)
    assert away[0] < away[-1] / 3


@pytest.mark.parametrize("scheduler", ["euler", "unipc"])
def test_at_full_strength_it_draws_what_words_alone_draw(
    vary: IllustratorImg2ImgPipeline, scheduler: str
) -> None:
    if scheduler == "unipc":
        vary.scheduler = UniPCMultistepScheduler(
            prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=1.5
        )
    words = IllustratorPipeline.from_pipe(vary)
    words.set_progress_bar_config(disable=True)
    varied = latents(vary, image=PICTURE, strength=1.0, num_inference_steps=4)
    assert torch.allclose(varied, latents(words, num_inference_steps=4), atol=0.05)


def test_the_picture_is_its_own_sketch_unless_one_is_given() -> None:
    words = tiny_pipeline(sketches=True)
    torch.nn.init.normal_(words.transformer.proj_out.weight, std=0.1)
    vary = IllustratorImg2ImgPipeline.from_pipe(words)
    vary.set_progress_bar_config(disable=True)

    def varied(**sketch: Any) -> torch.Tensor:
        return latents(
            vary, image=PICTURE, num_images_per_prompt=2, generator=seeded(1, 2), **sketch
        )

    own, clear = varied(), PIL.Image.new("RGBA", (64, 64))
    assert torch.allclose(own, varied(sketch=PICTURE.convert("RGBA")), atol=1e-4)
    assert not torch.allclose(own, varied(sketch=clear), atol=1e-2)


def test_steps_are_counted_as_they_are_drawn(vary: IllustratorImg2ImgPipeline) -> None:
    seen: list[int] = []

    def look(_: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        seen.append(step)
        return tensors

    for strength, drawn in ((0.5, 5), (0.3, 3), (0.01, 1), (1.0, 10)):
        seen.clear()
        draw(vary, image=PICTURE, strength=strength, num_inference_steps=10,
             callback_on_step_end=look)  # fmt: skip
        assert seen == list(range(drawn))
        assert vary.num_timesteps == drawn
        assert vary.strength == strength


def test_seeds_prompts_and_sizes(vary: IllustratorImg2ImgPipeline) -> None:
    one = draw(vary, image=PICTURE)
    assert np.array_equal(one, draw(vary, image=PICTURE))
    assert not np.array_equal(one, draw(vary, image=PICTURE, generator=seeded(2)))
    assert draw(vary, image=PICTURE.resize((300, 100)), width=96, height=32).shape == (1, 32, 96, 3)
    options = {"num_images_per_prompt": 2, "generator": seeded(1, 2, 1, 2)}
    four = draw(vary, ["a fox", "a red owl"], image=[PICTURE, PICTURE.rotate(90)], **options)
    assert four.shape[0] == 4
    assert np.allclose(four[0], one[0], atol=1e-4)
    assert np.allclose(four[2:3], draw(vary, "a red owl", image=PICTURE.rotate(90)), atol=1e-4)


def test_pictures_of_all_kinds(vary: IllustratorImg2ImgPipeline) -> None:
    array = np.asarray(PICTURE, dtype=np.float32) / 255
    tensor = torch.from_numpy(array).permute(2, 0, 1)
    wanted = vary.encode_image(PICTURE, 64, 64)
    for image in (array, [array], tensor, tensor[None], PICTURE.convert("RGBA")):
        assert torch.allclose(vary.encode_image(image, 64, 64), wanted, atol=1e-5)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"image": "a picture"},
        {"image": torch.zeros(1, 1, 64, 64)},
        {"image": PICTURE, "strength": 0.0},
        {"image": PICTURE, "strength": 1.5},
        {"image": [PICTURE, PICTURE]},
        {"image": PICTURE, "width": 40},
    ],
)
def test_arguments_that_do_not_fit(
    vary: IllustratorImg2ImgPipeline, options: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"."):
        draw(vary, **options)


def test_without_an_encoder_it_says_so(
    pipe: IllustratorPipeline,
) -> None:
    with pytest.raises(FailedPreconditionError, match="encoder"):
        draw(IllustratorImg2ImgPipeline.from_pipe(pipe), image=PICTURE)
