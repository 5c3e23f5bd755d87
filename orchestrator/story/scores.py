"""Scores of pictures: does one show what it was asked for, and does it fit the others of its story.

*Prompt* is counted where the engine says exactly how much is seen of each subject; it is never
guessed. *Consistency* compares how a picture is made (grain, edges, colours, palette) with the
other pictures of its story: it finds one that is drawn in another manner, not one that shows
somebody in another coat. Which scores are worth something for which model is measured by
`tests/bench/scores.py` and stands in the model's card. This module redraws nothing.
"""

from __future__ import annotations

import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from models.illustrator.scene import Scene as Description

Vector = NDArray[np.float32]

# Of a subject that is half seen nobody asks where it is.
_ENOUGH = 0.5
# A story is about somebody: a missing character is worse than a missing lamp.
_CHARACTER, _THING = 2.0, 1.0
_SIDE = 256  # pixels of the longer side at which pictures are compared
# What each feature varies by between pictures of one hand (mean absolute deviation over the
# composer's pictures of the test stories, measured by `tests/bench/scores.py`).
_SPREAD = np.array([0.022, 0.017, 0.003, 0.007, 0.05, 0.019, 0.072, 0.061], np.float32)
_LEAST_PICTURES = 3


def prompt_score(asked: Description, visibility: Sequence[float]) -> float | None:
    """How well a picture shows what was asked for, 0 to 1; None when nobody knows.

    Args:
        asked: The description of the picture.
        visibility: Of each subject in order, the share that is seen, 0 to 1.
    """
    if not visibility or len(visibility) != len(asked.subjects):
        return None
    weights = [_CHARACTER if one.character else _THING for one in asked.subjects]
    seen = [min(1.0, share / _ENOUGH) for share in visibility]
    return sum(w * s for w, s in zip(weights, seen, strict=True)) / sum(weights)


def manner(picture: bytes) -> Vector:
    """How a picture is made, as (8,) features: grain, edges, colourfulness, palette.

    Args:
        picture: An image file.
    """
    with Image.open(io.BytesIO(picture)) as image:
        small = image.convert("RGB")
        small.thumbnail((_SIDE, _SIDE), Image.Resampling.BOX)
        pixels = np.asarray(small, np.float32) / 255
    light = pixels @ np.array([0.299, 0.587, 0.114], np.float32)
    across = np.abs(np.diff(light, axis=1))
    blurred = (light[:-2, 1:-1] + light[2:, 1:-1] + light[1:-1, :-2] + light[1:-1, 2:]) / 4
    grain = np.abs(light[1:-1, 1:-1] - blurred)
    chroma = pixels.max(-1) - pixels.min(-1)
    coarse = (pixels * 7.999).astype(np.int32) @ np.array([64, 8, 1])
    counts = np.sort(np.bincount(coarse.ravel(), minlength=512))[::-1] / coarse.size
    return np.array(
        [
            (across < 0.008).mean(),  # flat places
            (across > 0.1).mean() * 2,  # hard edges
            np.median(grain) * 10,
            grain.mean() * 4,
            chroma.mean(),
            light.std(),
            counts[:4].sum(),  # how much the commonest colours cover
            (counts > 0.001).sum() / 100,  # how many colours there are
        ],
        np.float32,
    )


def consistency_scores(manners: Sequence[Vector]) -> list[float | None]:
    """How well each picture fits the others, 0 to 1; None for each when there are fewer than three.

    Args:
        manners: Of the pictures of one story.
    """
    if len(manners) < _LEAST_PICTURES:
        return [None] * len(manners)
    every = np.stack(manners)
    scores: list[float | None] = []
    for index in range(len(every)):
        usual = np.median(np.delete(every, index, axis=0), axis=0)
        off = np.minimum(np.abs(every[index] - usual) / _SPREAD, 6.0).mean()
        scores.append(round(float(np.exp(-((max(0.0, off - 1.0) / 2.5) ** 2))), 3))
    return scores
