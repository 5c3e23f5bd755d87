"""What the transformer is told: the tokens of captions to attend to, and a sketch beside the noise.

This module knows tensors; it reads no words and draws nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Conditions:
    """Captions, and where their subjects are to stand.

    Attributes:
        states: (captions, tokens, width).
        mask: (captions, tokens), 1 or True where there is a token.
        sketches: (captions, channels, height, width), as `encode_sketches` gives them; None for a
            transformer that takes none.
    """

    states: Tensor
    mask: Tensor
    sketches: Tensor | None = None

    def beside(self, points: Tensor) -> Tensor:
        """The transformer's input: noisy latents, with the sketches as further channels."""
        if self.sketches is None:
            return points
        return torch.cat([points, self.sketches.to(points.device, points.dtype)], dim=1)

    def sketched(self, sketches: Tensor | None) -> Conditions:
        """The same captions with these sketches."""
        return replace(self, sketches=sketches)

    def padded(self, tokens: int) -> Conditions:
        """The same with zeros appended, up to `tokens`."""
        missing = tokens - self.mask.shape[1]
        pad = torch.nn.functional.pad
        states, mask = pad(self.states, (0, 0, 0, missing)), pad(self.mask, (0, missing))
        return replace(self, states=states, mask=mask)

    def repeated(self, times: int) -> Conditions:
        """Each caption as many times, one after another."""
        return self._each(lambda tensor: tensor.repeat_interleave(times, 0))

    def to(self, device: Any, dtype: torch.dtype) -> Conditions:
        """The same elsewhere, all tensors in that type."""
        return self._each(lambda tensor: tensor.to(device, dtype))

    def _each(self, change: Callable[[Tensor], Tensor]) -> Conditions:
        sketches = None if self.sketches is None else change(self.sketches)
        return Conditions(change(self.states), change(self.mask), sketches)


def given(states: Tensor | None, mask: Tensor | None) -> Conditions | None:
    """Conditions of states that a caller made; all of them tokens when there is no mask."""
    if states is None:
        return None
    whole = torch.ones(states.shape[:2], dtype=torch.bool, device=states.device)
    return Conditions(states, whole if mask is None else mask)


def joined(halves: Sequence[Conditions]) -> Conditions:
    """One batch of several, padded to the longest; either all of them have sketches or none."""
    tokens = max(half.mask.shape[1] for half in halves)
    padded = [half.padded(tokens) for half in halves]
    sketches = [half.sketches for half in halves if half.sketches is not None]
    return Conditions(
        torch.cat([half.states for half in padded]),
        torch.cat([half.mask for half in padded]),
        torch.cat(sketches) if sketches else None,
    )
