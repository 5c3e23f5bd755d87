"""What is seen of a composed picture: for each subject, how much of it nothing else covers.

Each subject is a layer, so this is counted, not guessed. It does not know whether a drawing looks
like what it is called.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from models.illustrator.composer import Composition
from models.illustrator.layers import Layer, LayerKind
from models.illustrator.rasterising import rasterised
from models.illustrator.scene import Scene

_MAP = (160, 120)  # of the maps on which visibility is counted; pixels
_SOLID = 128  # alpha from which a pixel belongs to a subject; shadows stay below
_LEAST = 12  # pixels of the map that must be seen


def visible_shares(layers: Sequence[Layer]) -> list[float]:
    """Of each subject's layer, the share that no later layer covers; 0 if it is next to nothing."""
    masks = [rasterised(layer.svg, *_MAP)[..., 3] >= _SOLID for layer in layers]
    covered = np.zeros(masks[0].shape, np.bool_)
    shares = [0.0] * len(layers)
    for index in range(len(layers) - 1, -1, -1):
        own = masks[index]
        free = int((own & ~covered).sum())
        shares[index] = free / max(1, int(own.sum())) if free >= _LEAST else 0.0
        covered |= own
    return [
        share
        for share, layer in zip(shares, layers, strict=True)
        if layer.kind == LayerKind.SUBJECT
    ]


def subject_visibility(scene: Scene, picture: Composition) -> tuple[float, ...]:
    """Of each subject of a scene the share that is seen, 0 to 1.

    Of several copies the mean, those that are not there counting as 0; 1 for what the place itself
    shows, 0 for what the art library lacks.

    Args:
        scene: What was asked.
        picture: What was composed of it.
    """
    layers = picture.layers()
    subjects = [layer for layer in layers if layer.kind == LayerKind.SUBJECT]
    seen: dict[int, list[float]] = {}
    for layer, share in zip(subjects, visible_shares(layers), strict=True):
        if layer.subject is not None:
            seen.setdefault(layer.subject, []).append(share * _inside(layer, picture))
    return tuple(
        min(1.0, sum(seen[index]) / max(1, subject.count))
        if index in seen
        else float(subject.noun in picture.drawn)
        for index, subject in enumerate(scene.subjects)
    )


def _inside(layer: Layer, picture: Composition) -> float:
    """The share of a layer's box that lies in the picture."""
    assert layer.box is not None
    left, top, right, bottom = layer.box
    across = min(right, picture.width) - max(left, 0.0)
    down = min(bottom, picture.height) - max(top, 0.0)
    area = (right - left) * (bottom - top)
    return max(0.0, across) * max(0.0, down) / area if area > 0 else 0.0
