"""Layers of a composed picture.

`Composition.layers()` gives them from far to near. Stacked in that order they are the picture, so
they serve layered files (PSD) and gentle parallax: each knows what it shows, where its subject is,
and how near it lies. This module composes nothing.

    for layer in compose(scene, width=1024, height=768).layers():
        layer.kind, layer.name, layer.depth, layer.box, layer.render()
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from models.illustrator.placed import Placed
from models.illustrator.rasterising import rasterised
from models.illustrator.ties import leaders_of, tied

_SKY, _AIR = 0.05, 0.5
_FARTHEST, _NEAREST = 0.3, 0.85  # of what stands at the top and at the foot of the picture


class LayerKind(StrEnum):
    """What a layer holds."""

    BACKGROUND = "background"
    SUBJECT = "subject"
    FOREGROUND = "foreground"


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer: a whole SVG document of the picture's size, transparent where it shows nothing.

    Attributes:
        name: "background", "foreground", or the noun of the subject, as the scene words it. Copies
            of a subject ("three geese") are layers of the same name.
        svg: With the subject's own shadow, halo or wave. The background alone is opaque.
        kind: What it holds.
        width: Pixels of the picture.
        height: Pixels of the picture.
        subject: Index of the subject in the scene; None for the two others, and for what the
            composer added (the boat of somebody who is at sea).
        depth: Nearness for parallax, 0 (the background) … 1 (the foreground); never falls from one
            layer to the next, and a rider has his horse's.
        box: Left, top, right and bottom of the subject in pixels, without its shadow or halo; None
            for the background and the foreground.
    """

    name: str
    svg: str
    kind: LayerKind
    width: int
    height: int
    subject: int | None = None
    depth: float = 0.0
    box: tuple[float, float, float, float] | None = None

    def render(self, scale: float = 1.0) -> NDArray[np.uint8]:
        """The layer's pixels: uint8, shape (height, width, 4), sRGB, straight alpha.

        Args:
            scale: 1 for the picture's own size; more to move it about without blur.
        """
        width, height = round(self.width * scale), round(self.height * scale)
        return rasterised(self.svg, max(1, width), max(1, height))


def depths(placed: Sequence[Placed], height: float) -> list[float]:
    """How near each of the placed lies, in painting order; see `Layer.depth`.

    Args:
        placed: In painting order.
        height: Of the canvas, in its units.
    """
    leaders = leaders_of(list(placed))
    found: list[float] = []
    for one in placed:
        host, passed = one, {one.actor.subject}
        while tied(host, leaders) and host.actor.words.relation_target not in passed:
            assert host.actor.words.relation_target is not None
            passed.add(host.actor.words.relation_target)
            host = leaders[host.actor.words.relation_target]
        foot = min(1.0, max(0.0, host.foot / height))
        near = {"sky": _SKY, "air": _AIR}.get(
            host.element, _FARTHEST + (_NEAREST - _FARTHEST) * foot
        )
        found.append(max(near, found[-1] if found else 0.0))
    return found
