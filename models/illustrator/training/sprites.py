"""The book of sprites of a run: the library's things drawn alone, encoded, and named.

Each is drawn as `snapping` stands it into training pictures: its frame on whole patches. So where
a picture shows it in one of the sizes that the book holds, its latents are, but for the backdrop,
the book's. A crown that stands out of its frame is cut. Knows the art library and the autoencoder;
out comes `models.illustrator.references`.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from models.illustrator.figures import Look, sprite_for
from models.illustrator.library import Item, Library
from models.illustrator.rasterising import rasterised
from models.illustrator.references import IllustratorReferences, tokens_of
from models.illustrator.snapping import frame_of
from models.illustrator.training.conditioning import CaptionReader
from models.illustrator.training.config import Config

_BACKDROP = "#a8b8a8"
"""Neither as light nor as dark nor as vivid as most art is."""

_NO_SPRITES = ("saw", "rose", "storybook", "storybook illustration", "picture book")
"""Words of captions that are, mostly, no nouns of the library: verbs, and the kind of picture."""


def build_references(config: Config, autoencoder: Any, reader: CaptionReader) -> Any:
    """The book of the whole art library, its layer untrained. Repeats itself.

    Args:
        config: Of the run; its transformer's `references` are the sizes.
        autoencoder: Finished.
        reader: Names the things; its scale is set.
    """
    library = Library.load()
    items = list(library.items.values())
    settings = config.transformer
    torch.manual_seed(config.seed)
    book = IllustratorReferences(
        nouns=[item.key for item in items],
        words=_words(library),
        sides=list(settings.references),
        patch_numbers=config.autoencoder.latent_channels * settings.patch**2,
        width=reader.width,
        most=settings.most_references,
    )
    pixels = config.autoencoder.factor * settings.patch
    parts = []
    for side in settings.references:
        drawn = [draw_sprite(item, library, side * pixels, pixels) for item in items]
        parts.append(_patches(autoencoder, drawn, settings.patch))
    book.patches.copy_(torch.cat(parts, 1))
    book.names.copy_(_names(items, reader))
    return book


def draw_sprite(item: Item, library: Library, side: int, margin: int) -> NDArray[np.uint8]:
    """A thing alone on a plain backdrop, in a look that its key chooses.

    Args:
        item: The thing.
        library: It is of.
        side: Pixels of its frame.
        margin: Pixels of backdrop around the frame.

    Returns:
        uint8, (side + 2 margin, side + 2 margin, 3).
    """
    sprite = sprite_for(item, Look.choose(random.Random(item.key)), library)  # noqa: S311 - art, not secrets
    frame = frame_of(item)
    edge = frame * margin / side
    whole = frame + 2 * edge
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'viewBox="{-edge:g} {-edge:g} {whole:g} {whole:g}">'
        f'<rect x="{-edge:g}" y="{-edge:g}" width="{whole:g}" height="{whole:g}" '
        f'fill="{_BACKDROP}"/>{sprite.body}</svg>'
    )
    size = side + 2 * margin
    return np.ascontiguousarray(rasterised(svg, size, size)[..., :3])


@torch.inference_mode()
def _patches(autoencoder: Any, drawn: Sequence[NDArray[np.uint8]], patch: int) -> Tensor:
    """Latents of pictures without their outer patches: (pictures, side², numbers of a patch)."""
    parts = []
    for first in range(0, len(drawn), 16):
        pixels = torch.from_numpy(np.stack(drawn[first : first + 16])).permute(0, 3, 1, 2)
        pixels = pixels.to(autoencoder.dtype).div_(127.5).sub_(1.0)
        encoded = autoencoder.encode(pixels).latents[:, :, patch:-patch, patch:-patch]
        cut = encoded.unflatten(3, (-1, patch)).unflatten(2, (-1, patch))
        parts.append(cut.permute(0, 2, 4, 1, 3, 5).flatten(3).flatten(1, 2).float())
    return torch.cat(parts)


def _names(items: Sequence[Item], reader: CaptionReader) -> Tensor:
    """(items, width): the mean state of the tokens of each first word."""
    read = reader.read([item.english[0] for item in items])
    lengths = read.mask.sum(1).long()
    rows = [states[1 : int(n) - 1].mean(0) for states, n in zip(read.states, lengths, strict=True)]
    return torch.stack(rows).float()


def _words(library: Library) -> dict[str, int]:
    numbers = {key: number for number, key in enumerate(library.items)}
    words = {" ".join(tokens_of(word)): numbers[key] for word, key in library.english.items()}
    return {**words, **dict.fromkeys(_NO_SPRITES, -1)}
