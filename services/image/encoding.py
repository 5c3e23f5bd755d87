"""Finished pictures to files: PNG, JPEG and WebP that say how they were made.

The generation parameters travel as JSON in the file: in PNG as the international text chunk
`parameters`, in JPEG and WebP as the Exif field UserComment; the field Software names the program.
`read_parameters` reads them back. Equal pictures give equal bytes. This module does not know
engines or messages.

Standards: PNG (ISO/IEC 15948) iTXt; Exif 2.32 (CIPA DC-008) tags 0x0131 and 0x9286.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from enum import Enum
from typing import Any

from PIL import ExifTags, Image
from PIL.PngImagePlugin import PngImageFile, PngInfo

from services.image.engine import Pixels

SOFTWARE = "Lanternist"
DEFAULT_QUALITY = 90

_PARAMETERS = "parameters"
_ASCII = b"ASCII\0\0\0"  # character code that opens a UserComment
# Exif must fit into one JPEG segment of 64 KiB; a text of this many characters is at most 12 times
# as many bytes of escaped JSON, and there are three texts.
_LONGEST_TEXT = 1500


class ImageFormat(Enum):
    """A file format, by its name in Pillow and its media type."""

    PNG = ("PNG", "image/png")
    JPEG = ("JPEG", "image/jpeg")
    WEBP = ("WEBP", "image/webp")

    @property
    def media_type(self) -> str:
        """For example `image/png`."""
        return self.value[1]


def encode(
    pixels: Pixels,
    image_format: ImageFormat,
    *,
    quality: int = DEFAULT_QUALITY,
    parameters: Mapping[str, str | int | float] | None = None,
) -> bytes:
    """Writes a picture.

    Args:
        pixels: uint8, (height, width, 3), sRGB.
        image_format: Which format; PNG is lossless.
        quality: 1 to 100, for JPEG and WebP.
        parameters: What made the picture. Texts beyond 1,500 characters are cut; None writes no
            metadata at all.
    """
    image = Image.fromarray(pixels)
    name, _ = image_format.value
    target = io.BytesIO()
    settings: dict[str, Any] = {}
    comment = None if parameters is None else _to_json(parameters)
    if image_format is ImageFormat.PNG:
        settings["compress_level"] = 6
        if comment is not None:
            text = PngInfo()
            text.add_itxt(_PARAMETERS, comment)
            text.add_itxt("Software", SOFTWARE)
            settings["pnginfo"] = text
    else:
        settings["quality"] = quality
        if image_format is ImageFormat.JPEG and quality >= DEFAULT_QUALITY:
            settings["subsampling"] = 0  # flat art has hard colour edges
        if comment is not None:
            settings["exif"] = _exif(comment)
    image.save(target, name, **settings)
    return target.getvalue()


def thumbnail(pixels: Pixels, longest_px: int, quality: int = 75) -> bytes:
    """A JPEG of at most `longest_px` pixels a side, the picture's proportions kept."""
    image = Image.fromarray(pixels)
    image.thumbnail((longest_px, longest_px))
    target = io.BytesIO()
    image.save(target, "JPEG", quality=quality)
    return target.getvalue()


def read_parameters(file: bytes) -> dict[str, Any] | None:
    """The parameters in a file that `encode` wrote; None when there are none.

    Raises:
        PIL.UnidentifiedImageError: The bytes are no picture.
    """
    with Image.open(io.BytesIO(file)) as image:
        if isinstance(image, PngImageFile):
            comment = image.text.get(_PARAMETERS)
        else:
            raw = image.getexif().get_ifd(ExifTags.IFD.Exif).get(ExifTags.Base.UserComment)
            comment = raw.removeprefix(_ASCII).decode() if isinstance(raw, bytes) else None
    if not comment:
        return None
    try:
        found = json.loads(comment)
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _to_json(parameters: Mapping[str, str | int | float]) -> str:
    short = {
        key: f"{value[: _LONGEST_TEXT - 1]}…"
        if isinstance(value, str) and len(value) > _LONGEST_TEXT
        else value
        for key, value in parameters.items()
    }
    return json.dumps(short)  # ASCII, so that it fits a UserComment of code ASCII


def _exif(comment: str) -> Image.Exif:
    exif = Image.Exif()
    exif[ExifTags.Base.Software] = SOFTWARE
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.UserComment] = _ASCII + comment.encode("ascii")
    return exif
