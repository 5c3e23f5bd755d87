"""The autoencoder: shapes, statistics, flat areas, and life without an encoder."""

import pytest
import torch

from lanternist.runtime.errors import FailedPreconditionError
from models.illustrator.autoencoder import IllustratorAutoencoder

CHANNELS = 4


def autoencoder(**changes: object) -> IllustratorAutoencoder:
    torch.manual_seed(0)
    config = {
        "latent_channels": CHANNELS,
        "widths": (8, 16, 16),
        "latent_mean": (0.0,) * CHANNELS,
        "latent_deviation": (1.0,) * CHANNELS,
        **changes,
    }
    return IllustratorAutoencoder(**config).eval()


def test_sides_shrink_sixteenfold_and_grow_back() -> None:
    model = autoencoder()
    assert model.scale_factor == 16
    latents = model.encode(torch.zeros(2, 3, 64, 96)).latents
    assert latents.shape == (2, CHANNELS, 4, 6)
    assert model.decode(latents).sample.shape == (2, 3, 64, 96)
    assert model(torch.zeros(1, 3, 32, 32)).shape == (1, 3, 32, 32)


def test_statistics_bring_latents_to_mean_0_and_deviation_1() -> None:
    pixels = torch.rand(8, 3, 64, 64) * 2 - 1
    raw = autoencoder().encode(pixels, return_dict=False)[0]
    mean, deviation = raw.mean((0, 2, 3)), raw.std((0, 2, 3))
    model = autoencoder(
        latent_mean=tuple(mean.tolist()), latent_deviation=tuple(deviation.tolist())
    )
    latents = model.encode(pixels).latents
    assert torch.allclose(latents.mean((0, 2, 3)), torch.zeros(CHANNELS), atol=1e-4)
    assert torch.allclose(latents.std((0, 2, 3)), torch.ones(CHANNELS), atol=1e-4)
    plain = autoencoder().decode(raw, return_dict=False)[0]
    assert torch.allclose(model.decode(latents).sample, plain, atol=1e-4)


def test_the_decoder_works_alone() -> None:
    model = autoencoder(encoder_blocks=())
    assert not any(name.startswith("encoder") for name in model.state_dict())
    assert model.decode(torch.zeros(1, CHANNELS, 2, 2)).sample.shape == (1, 3, 32, 32)
    with pytest.raises(FailedPreconditionError):
        model.encode(torch.zeros(1, 3, 32, 32))


def test_statistics_keep_float32_when_the_weights_do_not() -> None:
    model = autoencoder(latent_mean=(1.00048828125,) * CHANNELS).to(torch.bfloat16)
    assert model._mean.dtype == torch.float32
    assert model.decode(torch.zeros(1, CHANNELS, 2, 2)).sample.dtype == torch.float32
