"""Sprite references: pictures of the things that a caption names, as tokens to attend to.

A small network learns slowly what three hundred things look like, and quickly how to copy. So the
transformer is shown what it is to draw: the library's sprite of each noun, drawn alone in a few
sizes, encoded by the autoencoder and cut into the very patches that the transformer works on. They
follow the caption's tokens. This module holds the sprites, finds their nouns in a text, and makes
states of them; it draws nothing and knows no library.

Retrieval-augmented diffusion: Blattmann et al. 2022, arXiv:2204.11824; Chen et al. 2022,
arXiv:2209.14491.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence

import torch
from diffusers import ConfigMixin, ModelMixin
from diffusers.configuration_utils import register_to_config
from torch import Tensor, nn

from models.illustrator.packing import PackedWeights

_WORD = re.compile(r"[a-z0-9]+(?:'[a-z]+)?")


class IllustratorReferences(PackedWeights, ModelMixin, ConfigMixin):  # type: ignore[misc]  # diffusers ships no types
    """A book of sprites, and the layer that reads them.

    Args:
        nouns: Names of the sprites.
        words: Words and phrases, as `tokens_of` gives them joined by spaces, to the number of a
            sprite; -1 for a phrase that means none, though a part of it would.
        sides: Sizes in which each sprite is held, in patches of a side.
        patch_numbers: Numbers of a patch: latent channels times its latents.
        width: Of a caption's states.
        most: Sprites that one caption gets; those named first.
    """

    @register_to_config  # type: ignore[untyped-decorator]  # as above
    def __init__(
        self,
        *,
        nouns: Sequence[str],
        words: Mapping[str, int],
        sides: Sequence[int] = (2, 3, 4),
        patch_numbers: int = 64,
        width: int = 384,
        most: int = 4,
    ) -> None:
        super().__init__()
        tokens = sum(side * side for side in sides)
        self.register_buffer("patches", torch.zeros(len(nouns), tokens, patch_numbers))
        self.register_buffer("names", torch.zeros(len(nouns), width))
        self.sprite = nn.Linear(patch_numbers + 1, width)
        self.name = nn.Linear(width, width, bias=False)
        self.place = nn.Parameter(torch.randn(tokens, width) * 0.5)
        with torch.no_grad():
            # What is seen at unit deviation; the name as a caption would say it, but softer.
            self.sprite.weight.normal_(std=patch_numbers**-0.5)
            self.name.weight.copy_(0.5 * torch.eye(width))

    def find(self, text: str) -> list[int]:
        """Numbers of the sprites that a text names, in its order, each once, at most `most`."""
        words, tokens = self.config["words"], tokens_of(text)
        longest = max((phrase.count(" ") + 1 for phrase in words), default=0)
        found: dict[int, None] = {}
        place = 0
        while place < len(tokens):
            for length in range(min(longest, len(tokens) - place), 0, -1):
                number = words.get(" ".join(tokens[place : place + length]))
                if number is not None:
                    if number >= 0:
                        found[number] = None
                    place += length
                    break
            else:
                place += 1
        return list(found)[: self.config["most"]]

    def number_of(self, noun: str) -> int:
        """The number of a sprite, by its name or a word for it.

        Raises:
            ValueError: There is no such sprite.
        """
        nouns = self.config["nouns"]
        if noun in nouns:
            return int(list(nouns).index(noun))
        number = int(self.config["words"].get(" ".join(tokens_of(noun)), -1))
        if number < 0:
            raise ValueError(f"`references`: there is no sprite of {noun[:80]!r}.")
        return number

    def forward(self, rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
        """States of the sprites of each caption of a batch.

        Args:
            rows: For each caption the numbers of its sprites; may be empty.

        Returns:
            States, (captions, tokens, width), 0 where there is no sprite; mask, (captions, tokens),
            1 where there is one, both in the weights' dtype. No tokens if no caption has a sprite.
        """
        longest = max((len(row) for row in rows), default=0)
        padded = [[*row, *[0] * (longest - len(row))] for row in rows]
        numbers = torch.tensor(padded, dtype=torch.long, device=self.place.device)
        numbers = numbers.view(len(rows), longest)
        counts = torch.tensor([len(row) for row in rows], device=numbers.device)
        there = torch.arange(longest, device=numbers.device) < counts.unsqueeze(1)
        patches = self.patches[numbers]
        # Its mean square: without it, a product of patches does not tell how near they are.
        squares = patches.float().square().mean(-1, keepdim=True).to(patches.dtype)
        seen = self.sprite(torch.cat([patches, squares], -1)) + self.place
        states = seen + self.name(self.names[numbers]).unsqueeze(2)
        mask = there.unsqueeze(2).expand(*states.shape[:3]).to(states.dtype)
        states = (states * mask.unsqueeze(3)).flatten(1, 2)
        return states, mask.flatten(1, 2)


def tokens_of(text: str) -> list[str]:
    """The words of a text: lower case, without accents, hyphens or punctuation."""
    decomposed = unicodedata.normalize("NFKD", text.lower().replace("’", "'"))
    return _WORD.findall("".join(c for c in decomposed if not unicodedata.combining(c)))
