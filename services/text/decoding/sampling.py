"""`Sampler`: chooses the next token of one request from the model's logits.

Every request has its own generator, so what others ask at the same time cannot change its draw.
The draw runs on the CPU whatever the device, so a seed means the same on every machine that
computes the same logits. It does not know tokens' texts or other requests.
"""

from __future__ import annotations

import torch
from torch import Tensor

# Nucleus sampling rarely needs more; the whole vocabulary is sorted only when it does.
_LIKELIEST = 256


class Sampler:
    """Draws tokens for one request.

    Args:
        temperature: 0 takes the likeliest token; higher flattens the distribution.
        top_p: Draw from the smallest set of likeliest tokens with at least this probability
            (nucleus sampling, Holtzman et al. 2020, arXiv:1904.09751).
        seed: Makes the draws repeatable; None seeds from the operating system.
    """

    def __init__(self, temperature: float, top_p: float, seed: int | None) -> None:
        self._temperature = temperature
        self._top_p = top_p
        self._generator = torch.Generator(device="cpu")
        if seed is None:
            self._generator.seed()
        else:
            self._generator.manual_seed(seed)

    @property
    def greedy(self) -> bool:
        """Whether the likeliest token is always taken."""
        return self._temperature == 0

    def pick(self, logits: Tensor) -> int:
        """Chooses one token.

        Args:
            logits: float32 (vocabulary,), on the CPU.

        Returns:
            The token's id.
        """
        if self.greedy:
            return int(logits.argmax())
        # The likeliest token at 0 keeps tiny temperatures from overflowing.
        scaled = (logits - logits.max()) / self._temperature
        weights = scaled.exp()
        kept, ids = self._nucleus(weights, float(weights.sum()) * self._top_p)
        cumulative = kept.cumsum(0, dtype=torch.float64)
        draw = torch.rand((), generator=self._generator, dtype=torch.float64) * cumulative[-1]
        position = int(torch.searchsorted(cumulative, draw, right=True))
        return int(ids[min(position, len(ids) - 1)])

    def _nucleus(self, weights: Tensor, wanted: float) -> tuple[Tensor, Tensor]:
        """The likeliest tokens whose weights reach `wanted`, likeliest first."""
        if self._top_p >= 1:
            return weights, torch.arange(len(weights))
        count = min(_LIKELIEST, len(weights))
        kept, ids = weights.topk(count)
        if count < len(weights) and float(kept.sum()) < wanted:
            kept, ids = weights.sort(descending=True)
        # A token belongs to the nucleus while those before it do not reach the mass yet.
        before = kept.cumsum(0, dtype=torch.float64) - kept
        size = max(1, int((before < wanted).sum()))
        return kept[:size], ids[:size]
