"""The probe: a network that looks at a picture and says what is in it, where, and how often.

It works on cells, because the composer's maps say of every cell what it shows: so a few minutes of
training suffice, and a count is a sum. What a cell is said to show depends on the 200 pixels or so
around it, whatever the size of the picture: so it can learn on crops. It is trained on the
composer's pictures alone and never sees a generated one; what it says of pictures that it has not
seen is measured first.

Counting by density: Lempitsky & Zisserman 2010, "Learning to count objects in images".
Bottlenecks: He et al. 2015, arXiv:1512.03385; their order: He et al. 2016, arXiv:1603.05027.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

_PIXEL_BLOCK = 4
_NOTHING_ODDS = 5.0  # an untrained probe's log-odds that a cell shows none of the concepts


@dataclass(frozen=True)
class Reading:
    """What the probe sees, as logits. A picture has 16 × 16 cells, a crop of it fewer.

    Attributes:
        concepts: (pictures, concepts + 1, rows, columns); the first class is "none of them".
        density: (pictures, rows, columns), not negative: things per cell.
        colours: (pictures, colours + 1, rows, columns); the first class is "not painted".
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
        """How much each cell shows a concept: (pictures, rows, columns), 0 … 1."""
        return self.concepts.softmax(dim=1)[:, concept + 1]

    def count_of(self, concept: int) -> Tensor:
        """How many of a concept there are: (pictures,), a real number.

        Of what lies in a cell, as much is its as it is likelier than the other concepts: that the
        backdrop fills most of a cell does not count.
        """
        among = self.concepts[:, 1:].softmax(dim=1)[:, concept]
        return (self.density * among).sum(dim=(1, 2))


class Probe(nn.Module):
    """Pictures to a `Reading`.

    Args:
        widths: Channels at 1/8 and at 1/16 of the picture.
        blocks: Bottlenecks at the last of them.
        cell: Pixels of a cell's side.
        concepts: Judged concepts.
        colours: Colours.
        settings: Settings.
        times: Times of day.
    """

    def __init__(
        self,
        widths: tuple[int, int],
        blocks: int,
        *,
        cell: int,
        concepts: int,
        colours: int,
        settings: int,
        times: int,
    ) -> None:
        super().__init__()
        fine, coarse = widths
        self.look = nn.Sequential(
            nn.PixelUnshuffle(_PIXEL_BLOCK),
            nn.Conv2d(3 * _PIXEL_BLOCK**2, fine, 3, stride=2, padding=1),
            _Bottleneck(fine),
            nn.ReLU(),
            nn.Conv2d(fine, coarse, 3, stride=2, padding=1),
            *(_Bottleneck(coarse) for _ in range(blocks)),
            _ChannelNorm(coarse),
            nn.ReLU(),
        )
        self.cell = cell
        self.sizes = (concepts + 1, 1, colours + 1)
        self.cells = nn.Conv2d(coarse, sum(self.sizes), 1)
        assert self.cells.bias is not None
        self.whole = nn.Linear(coarse, settings + times)
        self.settings = settings
        # Log-odds of presence from the cell that shows a concept most: scale and offset.
        self.presence_scale = nn.Parameter(torch.ones(()))
        self.presence_offset = nn.Parameter(torch.zeros(()))
        with torch.no_grad():  # nearly every cell shows nothing, and no concept is likely
            self.cells.bias[0] = _NOTHING_ODDS
            self.cells.bias[self.sizes[0]] = -5.0

    def forward(self, pixels: Tensor) -> Reading:
        """Looks at pictures or crops of them: (pictures, 3, height, width), -1 … 1."""
        seen = self.look(pixels)
        rows, columns = (side // self.cell for side in pixels.shape[2:])
        if seen.shape[2:] != (rows, columns):  # cells of another size than 16 pixels
            seen = nn.functional.adaptive_avg_pool2d(seen, (rows, columns))
        concepts, density, colours = self.cells(seen).float().split(self.sizes, dim=1)
        whole = self.whole(seen.mean(dim=(2, 3))).float()
        settings, times = whole.tensor_split([self.settings], dim=1)
        odds = concepts[:, 1:] - concepts[:, :1]
        peak = (odds.flatten(2) * 2).logsumexp(dim=2) / 2  # a soft maximum: every cell learns
        presence = peak * self.presence_scale.float() + self.presence_offset.float()
        density = nn.functional.softplus(density.squeeze(1))
        return Reading(concepts, density, colours, settings, times, presence)


class _ChannelNorm(nn.LayerNorm):
    """Normalises the channels of each place by themselves, so that a crop is like its picture."""

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(x.permute(0, 2, 3, 1)).permute(0, 3, 1, 2)


class _Bottleneck(nn.Sequential):
    """x + what a 3 × 3 convolution of half as many channels makes of it."""

    def __init__(self, channels: int) -> None:
        half = channels // 2
        last = nn.Conv2d(half, channels, 1)
        with torch.no_grad():
            last.weight.mul_(0.2)  # near the identity, so that deep stacks start to learn
        super().__init__(
            _ChannelNorm(channels),
            nn.ReLU(),
            nn.Conv2d(channels, half, 1),
            nn.ReLU(),
            nn.Conv2d(half, half, 3, padding=1),
            nn.ReLU(),
            last,
        )

    def forward(self, x: Tensor) -> Tensor:
        changed: Tensor = super().forward(x)  # type: ignore[no-untyped-call]  # untyped in torch
        return x + changed
