"""What the transformer attends to: the tokens of captions, and after them those of their sprites.

This module knows tensors and the book of sprites; it reads no words and draws nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor


@dataclass(frozen=True)
class Conditions:
    """States to attend to.

    Attributes:
        states: (captions, tokens, width).
        mask: (captions, tokens), 1 or True where there is a token.
    """

    states: Tensor
    mask: Tensor

    def padded(self, tokens: int) -> Conditions:
        """The same with zeros appended, up to `tokens`."""
        missing = tokens - self.mask.shape[1]
        pad = torch.nn.functional.pad
        return Conditions(pad(self.states, (0, 0, 0, missing)), pad(self.mask, (0, missing)))

    def repeated(self, times: int) -> Conditions:
        """Each caption as many times, one after another."""
        return Conditions(
            self.states.repeat_interleave(times, 0), self.mask.repeat_interleave(times, 0)
        )

    def to(self, device: Any, dtype: torch.dtype) -> Conditions:
        """The same elsewhere, both tensors in that type."""
        return Conditions(self.states.to(device, dtype), self.mask.to(device, dtype))


def given(states: Tensor | None, mask: Tensor | None) -> Conditions | None:
    """Conditions of states that a caller made; all of them tokens when there is no mask."""
    if states is None:
        return None
    whole = torch.ones(states.shape[:2], dtype=torch.bool, device=states.device)
    return Conditions(states, whole if mask is None else mask)


def joined(halves: Sequence[Conditions]) -> Conditions:
    """One batch of several, padded to the longest."""
    tokens = max(half.mask.shape[1] for half in halves)
    padded = [half.padded(tokens) for half in halves]
    return Conditions(
        torch.cat([half.states for half in padded]), torch.cat([half.mask for half in padded])
    )


def with_references(
    conditions: Conditions, references: Any, rows: Sequence[Sequence[int]]
) -> Conditions:
    """Captions followed by sprites.

    Args:
        conditions: Of the captions.
        references: An `IllustratorReferences`; may be None where no caption has a sprite.
        rows: For each caption the numbers of its sprites.
    """
    if not any(rows):
        return conditions
    seen, there = references(rows)
    states, mask = conditions.states, conditions.mask
    return Conditions(
        torch.cat([states, seen.to(states.device, states.dtype)], 1),
        torch.cat([mask, there.to(mask.device, mask.dtype)], 1),
    )


def sprites_of(references: Any, captions: Sequence[str | None]) -> list[list[int]]:
    """Numbers of the sprites that each caption names; none without a book or a caption."""
    return [[] if references is None or not one else references.find(one) for one in captions]


def sprites_named(
    references: Any, nouns: Sequence[Sequence[str]], captions: int
) -> list[list[int]]:
    """Numbers of the sprites of given nouns, a list for each caption.

    Raises:
        ValueError: There are not as many lists as captions, or no sprite of a noun.
    """
    if len(nouns) != captions:
        raise ValueError(f"{len(nouns)} lists of references for {captions} prompts.")
    if references is None and any(nouns):
        raise ValueError("This pipeline has no sprites to refer to.")
    return [[references.number_of(noun) for noun in row] for row in nouns]
