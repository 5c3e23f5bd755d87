"""The icons of the app package, drawn by the storybook composer.

Two are asked for: a coloured one of 192 × 192 pixels, and one of 32 × 32 that is white lines on
nothing. This module knows no manifests.
"""

from __future__ import annotations

import io

from PIL import Image, ImageChops, ImageFilter, ImageOps

from models.illustrator.composer import compose
from models.illustrator.scene import Scene, Subject

COLOR_SIDE = 192
OUTLINE_SIDE = 32
ACCENT = "#27306b"  # the composed sky at night

_SEED = 3
_LARGE_SIDE = 512
# Small enough to survive being scaled down sixteen times, large enough to stay apart.
_WORKING_SIDE = 128
_SOLID = 200  # below it is the lantern's glow, which is no outline
_EDGE = 70


def color_icon() -> bytes:
    """A lantern at night: an opaque PNG of 192 × 192 pixels."""
    picture = compose(_scene("night"), width=COLOR_SIDE, height=COLOR_SIDE, seed=_SEED)
    return _png(Image.fromarray(picture.render()))


def outline_icon() -> bytes:
    """The lantern's lines in white on transparency: a PNG of 32 × 32 pixels."""
    picture = compose(_scene("day"), width=_LARGE_SIDE, height=_LARGE_SIDE, seed=_SEED)
    lantern = next(layer for layer in picture.layers() if layer.name == "lantern")
    image = Image.fromarray(lantern.render())
    solid = image.getchannel("A").point(lambda alpha: 255 if alpha > _SOLID else 0)
    image.putalpha(solid)
    lines = _lines(_fitted(image.crop(solid.getbbox())))
    icon = Image.new("RGBA", (OUTLINE_SIDE, OUTLINE_SIDE), (255, 255, 255, 0))
    icon.putalpha(lines.resize((OUTLINE_SIDE, OUTLINE_SIDE), Image.Resampling.LANCZOS))
    return _png(icon)


def _scene(time_of_day: str) -> Scene:
    subject = Subject(noun="lantern", size="large")
    return Scene(subjects=(subject,), setting="hills", time_of_day=time_of_day, framing="close")


def _fitted(image: Image.Image) -> Image.Image:
    """The image scaled into the working square, with a margin for the width of its lines."""
    margin = 6
    side = _WORKING_SIDE - 2 * margin
    return ImageOps.expand(ImageOps.pad(image, (side, side)), margin, (0, 0, 0, 0))


def _lines(image: Image.Image) -> Image.Image:
    """Where the shape ends, and where its colours meet: white on black."""
    alpha = image.getchannel("A")
    border = ImageChops.subtract(
        alpha.filter(ImageFilter.MaxFilter(5)), alpha.filter(ImageFilter.MinFilter(5))
    )
    gray = Image.composite(image.convert("L"), Image.new("L", image.size, 128), alpha)
    edges = ImageOps.autocontrast(gray.filter(ImageFilter.FIND_EDGES))
    seams = edges.point(lambda value: 255 if value > _EDGE else 0).filter(ImageFilter.MaxFilter(3))
    return ImageChops.lighter(border, ImageChops.multiply(seams, alpha))


def _png(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "PNG", optimize=True)
    return target.getvalue()
