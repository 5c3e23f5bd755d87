"""The illustrator's denoiser: diffusers' PixArt transformer, stored in few bits.

8 layers, patches of 2 × 2 latents, cross-attention to the tokens of the caption, a sketch as
further channels of the input (`models.illustrator.sketches`); trained to predict the flow
`noise - picture` at `timestep = 1000 t` (Liu et al. 2022, arXiv:2209.03003; architecture: Chen et
al. 2023, arXiv:2310.00426).
"""

from __future__ import annotations

from typing import Any

from diffusers import (
    ModelMixin,  # noqa: F401 - diffusers looks for it in a component's module
    PixArtTransformer2DModel,
)
from torch import Tensor

from models.illustrator.conditions import Conditions
from models.illustrator.packing import PackedWeights


class IllustratorTransformer(PackedWeights, PixArtTransformer2DModel):  # type: ignore[misc]  # diffusers ships no types
    """`PixArtTransformer2DModel` whose directory may hold packed weights."""


def predicted_flow(
    transformer: Any, points: Tensor, timesteps: Tensor, conditions: Conditions
) -> Tensor:
    """The flow that a transformer predicts at these points: float32, shaped as they are.

    Args:
        transformer: An `IllustratorTransformer`.
        points: Noisy latents, (batch, channels, height, width).
        timesteps: 0 … 1000, (batch,).
        conditions: Of as many captions.
    """
    flow: Tensor = transformer(
        conditions.beside(points).to(conditions.states.dtype),
        encoder_hidden_states=conditions.states,
        encoder_attention_mask=conditions.mask,
        timestep=timesteps,
        return_dict=False,
    )[0]
    return flow.float()
