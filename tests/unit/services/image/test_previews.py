"""Previews: where a flow heads for, small enough, and never an error."""

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import DDIMScheduler, FlowMatchEulerDiscreteScheduler
from torch import Tensor

from services.image.diffusion.previews import Previewer

WIDTH = HEIGHT = 64


class PlainDecoder:
    """Every latent becomes a block of 8 × 8 pixels of its own colour."""

    dtype = torch.float32
    config = SimpleNamespace(scaling_factor=2.0, shift_factor=0.5)

    def decode(self, latents: Tensor, return_dict: bool) -> tuple[Tensor]:
        return (torch.nn.functional.interpolate(latents, scale_factor=8),)


def pipeline_with(scheduler: Any) -> Any:
    scheduler.set_timesteps(4)
    return SimpleNamespace(vae=PlainDecoder(), scheduler=scheduler, vae_scale_factor=8)


def expected(latents: Tensor) -> np.ndarray[Any, Any]:
    pixels = PlainDecoder().decode(latents / 2 + 0.5, return_dict=False)[0]
    return ((pixels[0] + 1) * 127.5).clamp(0, 255).round().permute(1, 2, 0).byte().numpy()


def test_a_flow_shows_the_picture_that_it_heads_for() -> None:
    scheduler = FlowMatchEulerDiscreteScheduler()
    pipeline = pipeline_with(scheduler)
    generator = torch.Generator().manual_seed(0)
    picture, noise = (torch.randn(1, 3, 8, 8, generator=generator) for _ in range(2))
    previewer = Previewer(pipeline, WIDTH, HEIGHT)
    looks = []
    for step in range(3):
        level = scheduler.sigmas[step + 1]
        latents = (1 - level) * picture + level * noise
        looks = previewer.follow(latents, step + 1, show=step == 2)
    assert np.abs(looks[0].astype(int) - expected(picture)).max() <= 1


def test_other_models_show_their_latents() -> None:
    previewer = Previewer(pipeline_with(DDIMScheduler()), WIDTH, HEIGHT)
    latents = torch.rand(2, 3, 8, 8)
    assert previewer.follow(latents, 1, show=False) == []
    looks = previewer.follow(latents, 2, show=True)
    assert len(looks) == 2
    assert np.array_equal(looks[0], expected(latents[:1]))


def test_large_pictures_give_small_previews() -> None:
    previewer = Previewer(pipeline_with(DDIMScheduler()), 1024, 512)
    (look,) = previewer.follow(torch.rand(1, 3, 64, 128), 1, show=True)
    assert look.shape == (128, 256, 3)


@pytest.mark.parametrize("latents", [torch.rand(1, 5, 3), torch.rand(4), torch.rand(1, 3, 1, 8, 8)])
def test_latents_of_another_form_give_none(latents: Tensor) -> None:
    previewer = Previewer(pipeline_with(DDIMScheduler()), WIDTH, HEIGHT)
    assert previewer.follow(latents, 1, show=True) == []
    assert previewer.follow(torch.rand(1, 3, 8, 8), 2, show=True) == []  # and no further attempt


def test_a_pipeline_without_decoder_gives_none() -> None:
    pipeline = SimpleNamespace(scheduler=DDIMScheduler())
    assert Previewer(pipeline, WIDTH, HEIGHT).follow(torch.rand(1, 3, 8, 8), 1, show=True) == []


def test_not_a_number_becomes_a_colour() -> None:
    previewer = Previewer(pipeline_with(DDIMScheduler()), WIDTH, HEIGHT)
    (look,) = previewer.follow(torch.full((1, 3, 8, 8), torch.nan), 1, show=True)
    assert look.shape == (64, 64, 3)
