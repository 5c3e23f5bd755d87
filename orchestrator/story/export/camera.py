"""Where the camera looks, at every moment: a slow pan and zoom over a picture, as pure geometry.

A shot goes from one rectangle of the picture to another. Both have the shape of the screen and lie
in the picture, so everything in between does, and no border is ever seen. Rectangles have
fractions of pixels: nothing jumps. This module knows no time and no files.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels of the picture."""

# As gentle as the player: a picture grows by 9 % in 20 seconds.
_ZOOM_A_SECOND = 0.0075
_MOST_ZOOM = 0.12
# Where the picture is wider or taller than the screen, the camera wanders along it.
_PAN_A_SECOND = 0.02
_MOST_PAN = 0.5
_THUMBNAIL = 64


@dataclass(frozen=True, slots=True)
class Shot:
    """A move of the camera, from `first` to `last`."""

    first: Box
    last: Box

    def at(self, share: float) -> Box:
        """What is seen when a share of the move is done, 0 to 1."""
        share = min(max(share, 0.0), 1.0)
        a, b = self.first, self.last
        return (
            a[0] + (b[0] - a[0]) * share,
            a[1] + (b[1] - a[1]) * share,
            a[2] + (b[2] - a[2]) * share,
            a[3] + (b[3] - a[3]) * share,
        )


def shot(
    size: tuple[int, int],
    screen: tuple[int, int],
    focus: tuple[float, float],
    seconds: float,
    *,
    outwards: bool,
) -> Shot:
    """Plans a move.

    Args:
        size: Width and height of the picture.
        screen: Width and height of the film.
        focus: What to keep in sight, as shares of width and height.
        seconds: How long the picture is shown; 0: the camera stands still.
        outwards: Whether the camera draws back, or comes closer.
    """
    width, height = size
    scale = min(width / screen[0], height / screen[1])
    wide = screen[0] * scale, screen[1] * scale
    zoom = 1 + min(_ZOOM_A_SECOND * seconds, _MOST_ZOOM)
    pan_x, pan_y = (
        min(spare, side * min(_PAN_A_SECOND * seconds, _MOST_PAN)) / 2
        for spare, side in ((width - wide[0], wide[0]), (height - wide[1], wide[1]))
    )
    sign = -1 if outwards else 1
    middle = focus[0] * width, focus[1] * height
    far = _inside(size, wide, (middle[0] - sign * pan_x, middle[1] - sign * pan_y))
    # The far end is held to the picture first, so that the near end is a true step from it.
    reach = (far[0] + far[2]) / 2 + 2 * sign * pan_x, (far[1] + far[3]) / 2 + 2 * sign * pan_y
    drawn = tuple(r + (m - r) * 0.5 for r, m in zip(reach, middle, strict=True))
    near = _inside(size, (wide[0] / zoom, wide[1] / zoom), (drawn[0], drawn[1]))
    return Shot(near, far) if outwards else Shot(far, near)


def _inside(size: tuple[int, int], box: tuple[float, float], middle: tuple[float, float]) -> Box:
    """A box of that size, as near to `middle` as the picture allows."""
    left, top = (min(max(m - b / 2, 0.0), s - b) for s, b, m in zip(size, box, middle, strict=True))
    return left, top, left + box[0], top + box[1]


def focus_of(picture: Image.Image) -> tuple[float, float]:
    """Where most is to be seen in a picture, as shares of its width and height.

    The centre of what stands out from its surroundings; plain skies and meadows weigh nothing.

    Args:
        picture: RGB, any size.
    """
    small = picture.resize((_THUMBNAIL, _THUMBNAIL), Image.Resampling.BOX)
    around = small.filter(ImageFilter.GaussianBlur(_THUMBNAIL / 8))
    one, other = (np.asarray(image, dtype=np.float32) for image in (small, around))
    weight: NDArray[np.float32] = np.square(one - other).sum(axis=2)
    total = float(weight.sum())
    if total < 1.0:
        return 0.5, 0.5
    places = (np.arange(_THUMBNAIL, dtype=np.float32) + 0.5) / _THUMBNAIL
    x = float((weight.sum(axis=0) * places).sum()) / total
    y = float((weight.sum(axis=1) * places).sum()) / total
    return x, y
