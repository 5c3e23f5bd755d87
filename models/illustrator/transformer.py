"""The illustrator's denoiser: diffusers' PixArt transformer, stored in few bits.

8 layers, patches of 2 × 2 latents, cross-attention to the tokens of the caption, a sketch as
further channels of the input (`models.illustrator.sketches`); trained to predict the flow
`noise - picture` at `timestep = 1000 t` (Liu et al. 2022, arXiv:2209.03003; architecture: Chen et
al. 2023, arXiv:2310.00426).
"""

from __future__ import annotations

from diffusers import (
    ModelMixin,  # noqa: F401 - diffusers looks for it in a component's module
    PixArtTransformer2DModel,
)

from models.illustrator.packing import PackedWeights


class IllustratorTransformer(PackedWeights, PixArtTransformer2DModel):  # type: ignore[misc]  # diffusers ships no types
    """`PixArtTransformer2DModel` whose directory may hold packed weights."""
