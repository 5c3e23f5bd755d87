"""What an export asks for: which fields go with which format, and what is taken for granted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lanternist.runtime.errors import InvalidArgumentError
from lanternist.v1 import story_pb2
from orchestrator.story.domain import Story
from orchestrator.story.export.film import Print

_SMALLEST, _LARGEST = 128, 3840
_MOST_PIXELS = 3840 * 2160
_FILM = story_pb2.EXPORT_FORMAT_MP4
_SCENE = story_pb2.EXPORT_FORMAT_PSD


@dataclass(frozen=True, slots=True)
class Wanted:
    """A checked export.

    Attributes:
        format: An `ExportFormat` of the contract.
        film: How the film is made; None for other formats.
        scene: Index of the scene; None for formats of the whole story.
    """

    format: int
    film: Print | None = None
    scene: int | None = None

    def options(self) -> dict[str, Any]:
        """As JSON values, for a key."""
        film = self.film
        how = film and [film.width, film.height, film.burn_captions, film.motion]
        return {"format": self.format, "film": how, "scene": self.scene}


def wanted(story: Story, request: story_pb2.ExportStoryRequest) -> Wanted:
    """Checks a request against a finished story.

    Raises:
        InvalidArgumentError: A field does not fit the format or the story.
    """
    film = request.format == _FILM
    for field in ("width", "height", "burn_captions"):
        if getattr(request, field) and not film:
            raise InvalidArgumentError(field, "is only for MP4")
    if request.HasField("motion") and not film:
        raise InvalidArgumentError("motion", "is only for MP4")
    if request.scene and request.format != _SCENE:
        raise InvalidArgumentError("scene", "is only for PSD")
    if request.format == _SCENE:
        if request.scene >= len(story.scenes):
            raise InvalidArgumentError("scene", f"must be at most {len(story.scenes) - 1}")
        return Wanted(request.format, scene=request.scene)
    if not film:
        return Wanted(request.format)
    width, height = _size(story, request.width, request.height)
    motion = request.motion if request.HasField("motion") else True
    return Wanted(request.format, film=Print(width, height, request.burn_captions, motion))


def _size(story: Story, width: int, height: int) -> tuple[int, int]:
    """The size of a film; what is not given follows from the first picture's shape."""
    first = story.scenes[0]
    across, down = first.width or 4, first.height or 3
    if not width and not height:
        scale = min(1.0, _LARGEST / max(across, down), (_MOST_PIXELS / (across * down)) ** 0.5)
        width, height = _even(across * scale), _even(down * scale)
    elif not width:
        width = _even(height * across / down)
    elif not height:
        height = _even(width * down / across)
    if width * height > _MOST_PIXELS:
        raise InvalidArgumentError("width", f"times height must be at most {_MOST_PIXELS:,} pixels")
    return width, height


def _even(side: float) -> int:
    return max(_SMALLEST, min(_LARGEST, round(side / 2) * 2))
