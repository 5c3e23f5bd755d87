"""Previews: what a client can show at once, at most 1 MiB a result.

The file itself is behind a resource link. This module knows pictures and sounds, not tools.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence

import soundfile
from mcp.types import AudioContent, ImageContent
from PIL import Image

MAX_BYTES = 1024 * 1024
"""Of all previews of one result, as they travel (in base64)."""

_SIDES = (1024, 512, 256)
_JPEG_QUALITY = 85
_HEARD_SECONDS = 30.0


def of_pictures(pictures: Sequence[tuple[bytes, str]]) -> list[ImageContent]:
    """Previews that fit together: the files themselves, or smaller JPEGs of them.

    Args:
        pictures: Encoded files with their media types; SVG is left out, as few clients show it.
    """
    shown = [(data, kind) for data, kind in pictures if kind != "image/svg+xml"]
    if not shown:
        return []
    budget = MAX_BYTES // len(shown)
    previews = [_picture(data, kind, budget) for data, kind in shown]
    return [preview for preview in previews if preview is not None]


def _picture(data: bytes, media_type: str, budget: int) -> ImageContent | None:
    if _travelling(data) <= budget:
        return ImageContent(data=_encoded(data), mime_type=media_type)
    with Image.open(io.BytesIO(data)) as opened:
        whole = opened.convert("RGB")
    for side in _SIDES:
        small = whole.copy()
        small.thumbnail((side, side), Image.Resampling.LANCZOS)
        target = io.BytesIO()
        small.save(target, "JPEG", quality=_JPEG_QUALITY)
        if _travelling(target.getvalue()) <= budget:
            return ImageContent(data=_encoded(target.getvalue()), mime_type="image/jpeg")
    return None


def of_speech(data: bytes, media_type: str) -> AudioContent | None:
    """The speech itself, or its first half minute as MP3 when it is too large.

    None for encodings that do not say themselves what they are (raw PCM).
    """
    if media_type.lower().startswith("audio/l16"):
        return None
    if _travelling(data) <= MAX_BYTES:
        return AudioContent(data=_encoded(data), mime_type=media_type)
    with soundfile.SoundFile(io.BytesIO(data)) as file:
        samples = file.read(int(_HEARD_SECONDS * file.samplerate), dtype="float32")
        rate = file.samplerate
    target = io.BytesIO()
    soundfile.write(target, samples, rate, format="MP3")
    return AudioContent(data=_encoded(target.getvalue()), mime_type="audio/mpeg")


def _travelling(data: bytes) -> int:
    """Bytes in base64."""
    return (len(data) + 2) // 3 * 4


def _encoded(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")
