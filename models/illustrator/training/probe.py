"""The probe: a network that looks at a picture and says what is in it, where, and how often.

It works on cells, because the composer's maps say of every cell what it shows: so a few minutes of
training suffice, and a count is a sum. It is trained on the composer's pictures alone and never
sees a generated one; what it says of pictures that it has not seen is measured first.

Counting by density: Lempitsky & Zisserman 2010, "Learning to count objects in images".
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.illustrator.autoencoder import ResidualBlock
from models.illustrator.training.shards import CELLS

_PIXEL_BLOCK = 4


@dataclass(frozen=True)
class Reading:
    """What the probe sees, as logits.

    Attributes:
        concepts: (pictures, concepts + 1, 16, 16); the first class is "none of them".
        density: (pictures, 16, 16), not negative: things per cell.
        colours: (pictures, colours + 1, 16, 16); the first class is "not painted".
        settings: (pictures, settings).
        times: (pictures, times of day).
        presence: (pictures, concepts): log-odds that the concept is in the picture at all.
    """

    concepts: Tensor
    density: Tensor
    colours: Tensor
    settings: Tensor
    times: Tensor
    presence: Tensor

    def share_of(self, concept: int) -> Tensor:
        """How much each cell shows a concept: (pictures, 16, 16), 0 … 1."""
        return self.concepts.softmax(dim=1)[:, concept + 1]

    def count_of(self, concept: int) -> Tensor:
        """How many of a concept there are: (pictures,), a real number."""
        return (self.density * self.share_of(concept)).sum(dim=(1, 2))


class Probe(nn.Module):
    """Pictures to a `Reading`.

    Args:
        widths: Channels at 1/4, 1/8 and 1/16 of the picture.
        blocks: Residual blocks at the last of them.
        concepts: Judged concepts.
        colours: Colours.
        settings: Settings.
        times: Times of day.
    """

    def __init__(
        self,
        widths: tuple[int, int, int],
        blocks: int,
        *,
        concepts: int,
        colours: int,
        settings: int,
        times: int,
    ) -> None:
        super().__init__()
        fine, middle, coarse = widths
        self.look = nn.Sequential(
            nn.PixelUnshuffle(_PIXEL_BLOCK),
            nn.Conv2d(3 * _PIXEL_BLOCK**2, fine, 3, padding=1),
            nn.SiLU(),
            nn.Conv2d(fine, middle, 3, stride=2, padding=1),
            ResidualBlock(middle),
            nn.SiLU(),
            nn.Conv2d(middle, coarse, 3, stride=2, padding=1),
            *(ResidualBlock(coarse) for _ in range(blocks)),
            nn.SiLU(),
        )
        self.context = nn.Linear(coarse, coarse)
        self.sizes = (concepts + 1, 1, colours + 1)
        self.cells = nn.Conv2d(coarse, sum(self.sizes), 1)
        assert self.cells.bias is not None
        self.whole = nn.Linear(coarse, settings + times)
        self.settings = settings
        # Log-odds of presence from the cell that shows a concept most: scale and offset.
        self.presence_scale = nn.Parameter(torch.ones(()))
        self.presence_offset = nn.Parameter(torch.tensor(-5.0))
        with torch.no_grad():  # nearly every cell shows nothing, and no concept is likely
            self.cells.bias[self.sizes[0]] = -5.0

    def forward(self, pixels: Tensor) -> Reading:
        """Looks at pictures: (pictures, 3, height, width), -1 … 1."""
        seen = self.look(pixels)
        if seen.shape[-1] != CELLS:  # pictures of another size than 256
            seen = nn.functional.adaptive_avg_pool2d(seen, CELLS)
        mean = seen.mean(dim=(2, 3))
        seen = seen + self.context(mean)[:, :, None, None]
        concepts, density, colours = self.cells(seen).float().split(self.sizes, dim=1)
        settings, times = self.whole(mean).float().tensor_split([self.settings], dim=1)
        odds = concepts[:, 1:] - concepts[:, :1]
        peak = (odds.flatten(2) * 2).logsumexp(dim=2) / 2  # a soft maximum: every cell learns
        presence = peak * self.presence_scale.float() + self.presence_offset.float()
        density = nn.functional.softplus(density.squeeze(1))
        return Reading(concepts, density, colours, settings, times, presence)
