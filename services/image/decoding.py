"""A caller's picture to pixels: PNG, JPEG and WebP, and nothing that they claim is believed.

What a file says of its size is looked at before any of it is unpacked, because a small file may
claim to be an enormous picture. This module does not know messages, engines or models; colours are
taken as sRGB, whatever profile the file brings.
"""

from __future__ import annotations

import io
import struct
import zlib

import numpy as np
from PIL import Image, ImageOps, UnidentifiedImageError

from lanternist.runtime.errors import InvalidArgumentError
from services.image.engine import Pixels

MOST_SIDE_PX = 4096
"""Longest side of a picture that is taken in."""

_FORMATS = ("PNG", "JPEG", "WEBP")
# What Pillow's readers raise over files that are cut off or damaged.
_DAMAGE = (
    OSError, SyntaxError, ValueError, EOFError, LookupError, TypeError, OverflowError,
    struct.error, zlib.error,
)  # fmt: skip


def decode(content: bytes, field: str) -> Pixels:
    """Reads a picture: the first frame, turned as its Exif data say, over white.

    Computes for as long as a second: not on an event loop.

    Args:
        content: A PNG, JPEG or WebP file.
        field: What the picture is called in errors.

    Raises:
        InvalidArgumentError: It is none of these, larger than MOST_SIDE_PX a side, or damaged.
    """
    try:
        with Image.open(io.BytesIO(content), formats=_FORMATS) as picture:
            if max(picture.size) > MOST_SIDE_PX:
                raise _too_large(field)
            return np.asarray(_opaque(ImageOps.exif_transpose(picture)))
    except UnidentifiedImageError as error:
        raise InvalidArgumentError(
            field, "must be a PNG, JPEG or WebP file", reason="PICTURE_NOT_READABLE"
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(field) from error
    except _DAMAGE as error:
        raise InvalidArgumentError(
            field, "is damaged: it cannot be read to its end", reason="PICTURE_NOT_READABLE"
        ) from error


def fitted(pixels: Pixels, width: int, height: int) -> Pixels:
    """A picture of another size: its middle, cut to the proportions, resampled (Lanczos).

    Args:
        pixels: uint8, (height, width, 3).
        width: Pixels.
        height: Pixels.
    """
    if pixels.shape == (height, width, 3):
        return pixels
    size = (width, height)
    return np.asarray(ImageOps.fit(Image.fromarray(pixels), size, Image.Resampling.LANCZOS))


def _opaque(picture: Image.Image) -> Image.Image:
    """A picture in RGB, laid over white."""
    if picture.mode.startswith("I"):  # 16 bits of grey, which Pillow would cut off at 255
        picture = Image.fromarray((np.asarray(picture).astype(np.uint16) >> 8).astype(np.uint8))
    if not picture.has_transparency_data:
        return picture.convert("RGB")
    white = Image.new("RGBA", picture.size, "white")
    return Image.alpha_composite(white, picture.convert("RGBA")).convert("RGB")


def _too_large(field: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        field, f"must be at most {MOST_SIDE_PX} pixels a side", reason="PICTURE_TOO_LARGE"
    )
