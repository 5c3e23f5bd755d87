"""The concept loss: half-way through, each token must know which concept it is to show.

The composer knows what stands where, so the tokens can be told, not only their pixels. The head
that reads them is thrown away after training. Whether it pays is for an A/B at equal time to say:
`transformer.concept_loss` is its weight, and 0 builds no head.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.illustrator.scene import Scene
from models.illustrator.training.shards import CELLS, NOTHING, OTHER
from models.illustrator.training.vocabulary import UNJUDGED, Vocabulary

_IGNORED = -1


class ConceptHead(nn.Module):
    """Reads concepts off tokens, and the setting off their mean.

    Args:
        width: Channels of a token.
        concepts: Judged concepts; "none of them" is one class more, the first.
        settings: Settings.
    """

    def __init__(self, width: int, concepts: int, settings: int) -> None:
        super().__init__()
        self.concepts = nn.Linear(width, concepts + 1)
        self.settings = nn.Linear(width, settings)

    def loss(self, tokens: Tensor, wanted: Tensor, settings: Tensor, told: Tensor) -> Tensor:
        """Mean cross-entropy of both, over the samples that were told their caption.

        Args:
            tokens: (batch, tokens, width).
            wanted: (batch, tokens), int64: classes; `_IGNORED` where nothing is asked.
            settings: (batch,), int64.
            told: (batch,), bool: False where the caption was withheld.
        """
        wanted = torch.where(told.unsqueeze(1), wanted, _IGNORED)
        settings = torch.where(told, settings, _IGNORED)
        if not bool(told.any()):
            return tokens.sum() * 0.0
        logits = self.concepts(tokens).float()
        where = nn.functional.cross_entropy(
            logits.flatten(0, 1), wanted.flatten(), ignore_index=_IGNORED
        )
        place = self.settings(tokens.mean(dim=1)).float()
        return where + nn.functional.cross_entropy(place, settings, ignore_index=_IGNORED)


def concept_classes(cells: NDArray[np.uint8], scene: Scene, vocabulary: Vocabulary) -> NDArray[Any]:
    """The map of one scene as classes: int64, (16, 16); 0 is none, 1 + label a judged concept."""
    labels = [vocabulary.label(subject.noun) for subject in scene.subjects]
    classes = [_IGNORED if label == UNJUDGED else label + 1 for label in labels]
    table = np.full(256, _IGNORED, np.int64)
    table[NOTHING] = 0
    table[1 : 1 + len(classes)] = classes
    table[OTHER] = _IGNORED
    mapped: NDArray[Any] = table[cells]
    return mapped


def token_classes(classes: Tensor, side: int) -> Tensor:
    """Classes of cells brought to a grid of `side` × `side` tokens: (batch, side²), int64.

    A token that covers several cells takes the subject that most of them show, if any does.
    """
    if side >= CELLS:
        grown = classes.repeat_interleave(side // CELLS, 1).repeat_interleave(side // CELLS, 2)
        return grown.flatten(1)
    block = CELLS // side
    blocks = classes.view(-1, side, block, side, block).transpose(2, 3).flatten(3)
    # The mode of the cells that show something; of equals, the smallest class.
    something = torch.where(blocks > 0, blocks, -1)
    modes = something.mode(dim=-1).values
    most = something.amax(dim=-1)
    fallback = torch.where((blocks == 0).any(dim=-1), 0, _IGNORED)
    return torch.where(most > 0, torch.where(modes > 0, modes, most), fallback).flatten(1)
