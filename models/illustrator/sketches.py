"""Sketches: the subjects of a picture, cut out and put where they are to stand.

A small network learns slowly what three hundred things look like and where they belong, and quickly
how to take over what it is shown. So the illustrator is shown the subjects as the composer drew
them and paints the place, the light and the weather around them. A sketch reaches the transformer
as further channels of its input, as the picture to be edited does in Brooks et al. 2022,
arXiv:2211.09800. This module encodes sketches; it draws none.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor

NO_SKETCH = -1.0
"""The channel of coverage, where nothing is said of what stands where."""


def sketch_channels(latent_channels: int) -> int:
    """Channels of an encoded sketch."""
    return latent_channels + 1


def cutouts_of(pictures: Any, height: int, width: int) -> Tensor:
    """Sketches as a tensor: float32, (sketches, 4, height, width), 0 … 1, straight alpha.

    Args:
        pictures: One or a list: PIL pictures with alpha, or arrays uint8, (height, width, 4).
            They are stretched to the size.
        height: Pixels.
        width: Pixels.

    Raises:
        ValueError: It is none of these, or has no alpha.
    """
    rows = []
    for one in pictures if isinstance(pictures, list | tuple) else [pictures]:
        if isinstance(one, np.ndarray) and (one.dtype != np.uint8 or one.shape[2:] != (4,)):
            raise ValueError("A `sketch` must be uint8 of four channels, or a picture with alpha.")
        picture = Image.fromarray(one) if isinstance(one, np.ndarray) else one
        if not isinstance(picture, Image.Image) or not picture.has_transparency_data:
            raise ValueError("A `sketch` must be uint8 of four channels, or a picture with alpha.")
        resized = picture.convert("RGBA").resize((width, height), Image.Resampling.LANCZOS)
        rows.append(np.asarray(resized))
    if not rows:
        raise ValueError("There is no `sketch`.")
    return torch.from_numpy(np.stack(rows)).permute(0, 3, 1, 2).float() / 255


@torch.no_grad()
def encode_sketches(vae: Any, cutouts: Tensor) -> Tensor:
    """Brings sketches into the form that the transformer reads.

    Args:
        vae: An `IllustratorAutoencoder` with its encoder.
        cutouts: (sketches, 4, height, width), float, 0 … 1, straight alpha; sides multiples of
            16.

    Returns:
        float32, (sketches, channels + 1, height / 16, width / 16): latents of the subjects on grey,
        0 where no subject is; and last how much of each latent's square they cover, 0 … 1.

    Raises:
        FailedPreconditionError: The autoencoder was stored without its encoder.
    """
    colours, alpha = cutouts[:, :3].float(), cutouts[:, 3:].float()
    pixels = (colours * 2 - 1) * alpha  # on middle grey
    pixels = pixels.to(vae.dtype).contiguous(memory_format=torch.channels_last)
    latents = vae.encode(pixels, return_dict=False)[0].float()
    coverage = torch.nn.functional.avg_pool2d(alpha, vae.scale_factor)
    return torch.cat([latents * (coverage > 0), coverage], dim=1)


def no_sketches(latents: Tensor) -> Tensor:
    """What stands for a missing sketch, beside latents (batch, channels, height, width)."""
    blank = torch.zeros_like(latents)
    return torch.cat([blank, torch.full_like(latents[:, :1], NO_SKETCH)], dim=1)


def sketches_beside(vae: Any, pictures: Any, latents: Tensor, prompts: int) -> Tensor:
    """What stands beside the latents of a batch, those of a prompt together.

    Args:
        vae: As in `encode_sketches`.
        pictures: As in `cutouts_of`: one for all, or one for each prompt or each of the latents.
            None for none.
        latents: (pictures, channels, height, width).
        prompts: How many.

    Returns:
        (pictures, channels + 1, height, width), where the latents are.

    Raises:
        ValueError: As `cutouts_of`, or there are more or fewer than that.
        FailedPreconditionError: The autoencoder was stored without its encoder.
    """
    if pictures is None:
        return no_sketches(latents)
    height, width = (side * vae.scale_factor for side in latents.shape[2:])
    cutouts = cutouts_of(pictures, height, width)
    if len(cutouts) not in {1, prompts, len(latents)}:
        raise ValueError(f"{len(cutouts)} sketches for {prompts} prompts.")
    encoded = encode_sketches(vae, cutouts.to(latents.device))
    return encoded.repeat_interleave(len(latents) // len(encoded), 0)
