"""The frames of a film: pictures under a moving camera, fades between them, captions over them.

A frame shows the story as it is in the middle of the frame's time, so a cut or a caption is never
more than half a frame from where the clock has it. Fades lie half before and half after a cut, as
in the player. Everything is done in the colour space of the film (BT.709, 4:2:0), plane by plane:
a frame costs half of what it would in RGB. This module does not know files or codecs.
"""

from __future__ import annotations

import bisect
import itertools
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from orchestrator.story.domain import Scene
from orchestrator.story.export.camera import Box, Shot, focus_of, shot

FRAMES_A_SECOND = 30
FADE_MS = 700

Planes = tuple[Image.Image, Image.Image, Image.Image]
"""Y, U and V, mode L; U and V have half of Y's width and height."""

# Pictures are prepared a little larger than the screen: the camera then moves between pixels
# without softening some frames more than others.
_FINER = 1.25
_KEPT = 3


@dataclass(frozen=True, slots=True)
class Mask:
    """Something drawn over the frames.

    Attributes:
        place: Left and top in pixels of the frame, even.
        planes: Its colours.
        opacity: Of Y, and of U and V; mode L.
    """

    place: tuple[int, int]
    planes: Planes
    opacity: tuple[Image.Image, Image.Image]


def planes_of(picture: Image.Image) -> Planes:
    """A picture (RGB, even sides) in the colour space of the film."""
    array = np.asarray(picture.convert("RGB"))
    frame = av.VideoFrame.from_ndarray(array, format="rgb24").reformat(
        format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG"
    )
    y, u, v = (_plane(plane) for plane in frame.planes)
    return y, u, v


def _plane(plane: av.video.plane.VideoPlane) -> Image.Image:
    size = (plane.width, plane.height)
    return Image.frombuffer("L", size, bytes(plane), "raw", "L", plane.line_size, 1)


class Screen:
    """Draws frames; any thread may ask for any frame.

    Args:
        scenes: With their times; no gap, no overlap.
        load: Gives the picture of a scene, RGB.
        size: Width and height of the film in pixels, even.
        motion: Whether the camera moves.
        overlay: Gives what is drawn over the frame at a millisecond.
    """

    def __init__(
        self,
        scenes: Sequence[Scene],
        load: Callable[[Scene], Image.Image],
        size: tuple[int, int],
        *,
        motion: bool,
        overlay: Callable[[float], Mask | None] = lambda _: None,
    ) -> None:
        self._scenes = scenes
        self._load = load
        self._size = size
        self._motion = motion
        self._overlay = overlay
        self._starts = [scene.start_ms for scene in scenes]
        self._halves = _half_fades(scenes)
        self._stages: dict[int, tuple[Planes, Shot]] = {}
        self._lock = threading.Lock()

    def frame(self, number: int) -> NDArray[np.uint8]:
        """A frame as yuv420p: uint8, shape (height × 3 / 2, width), planes one after the other.

        Args:
            number: From 0, at 30 a second.
        """
        time = (number + 0.5) * 1000 / FRAMES_A_SECOND
        index, other, share = self._shown(time)
        planes = self._look(index, time)
        if share:
            following = self._look(other, time)
            y, u, v = (Image.blend(a, b, share) for a, b in zip(planes, following, strict=True))
            planes = y, u, v
        mask = self._overlay(time)
        if mask is not None:
            _lay(mask, planes)
        flat = np.concatenate([np.asarray(plane).ravel() for plane in planes])
        return flat.reshape(self._size[1] * 3 // 2, self._size[0])

    def cut_frames(self) -> frozenset[int]:
        """Numbers of the frames at which scenes begin: good places to seek to."""
        return frozenset(frame_at(scene.start_ms) for scene in self._scenes)

    def _shown(self, time: float) -> tuple[int, int, float]:
        """The scene at a time, the one that it fades to or from, and that one's share."""
        index = max(0, bisect.bisect_right(self._starts, time) - 1)
        if index + 1 < len(self._scenes):
            half = self._halves[index]
            until = self._scenes[index + 1].start_ms - time
            if until < half:
                return index, index + 1, _eased((half - until) / (2 * half))
        if index:
            half = self._halves[index - 1]
            since = time - self._scenes[index].start_ms
            if since < half:
                return index, index - 1, 1 - _eased((half + since) / (2 * half))
        return index, index, 0.0

    def _look(self, index: int, time: float) -> Planes:
        """What the camera sees of a scene's picture."""
        planes, move = self._stage(index)
        begin, end = self._visible(index)
        box = move.at((time - begin) / (end - begin))
        width, height = self._size
        y = planes[0].resize((width, height), Image.Resampling.BICUBIC, box)
        u, v = (self._colours(plane, box) for plane in planes[1:])
        return y, u, v

    def _colours(self, plane: Image.Image, box: Box) -> Image.Image:
        """A plane of half size, as seen in a box of Y."""
        size = (self._size[0] // 2, self._size[1] // 2)
        left, top, right, bottom = (side / 2 for side in box)
        inside = (left, top, min(right, plane.width), min(bottom, plane.height))
        return plane.resize(size, Image.Resampling.BILINEAR, inside)

    def _visible(self, index: int) -> tuple[float, float]:
        """When a picture can be seen, its fades included."""
        scene = self._scenes[index]
        before = self._halves[index - 1] if index else 0
        after = self._halves[index] if index < len(self._halves) else 0
        return scene.start_ms - before, scene.end_ms + after

    def _stage(self, index: int) -> tuple[Planes, Shot]:
        """A picture made ready, and the move over it; the last few are kept."""
        with self._lock:
            if index not in self._stages:
                if len(self._stages) >= _KEPT:
                    del self._stages[min(self._stages)]
                self._stages[index] = self._prepare(index)
            return self._stages[index]

    def _prepare(self, index: int) -> tuple[Planes, Shot]:
        picture = self._load(self._scenes[index])
        focus = focus_of(picture)
        width, height = self._size
        scale = _FINER * max(width / picture.width, height / picture.height)
        size = (_even(picture.width * scale), _even(picture.height * scale))
        planes = planes_of(picture.resize(size, Image.Resampling.LANCZOS))
        begin, end = self._visible(index)
        seconds = (end - begin) / 1000 if self._motion else 0.0
        return planes, shot(size, self._size, focus, seconds, outwards=index % 2 == 1)


def frame_at(milliseconds: int) -> int:
    """The frame whose beginning is nearest to a time."""
    return (milliseconds * FRAMES_A_SECOND + 500) // 1000


def frame_count(duration_ms: int) -> int:
    """Frames that cover a duration."""
    return max(1, -(-duration_ms * FRAMES_A_SECOND // 1000))


def _half_fades(scenes: Sequence[Scene]) -> list[float]:
    """Half of each fade in milliseconds; fades of short scenes are shorter, and never overlap."""
    lengths = [scene.end_ms - scene.start_ms for scene in scenes]
    return [min(FADE_MS, a, b) / 2 for a, b in itertools.pairwise(lengths)]


def _eased(share: float) -> float:
    """Slow at both ends, half at the half."""
    return share * share * (3 - 2 * share)


def _lay(mask: Mask, planes: Planes) -> None:
    left, top = mask.place
    for number, plane in enumerate(planes):
        place = (left, top) if number == 0 else (left // 2, top // 2)
        plane.paste(mask.planes[number], place, mask.opacity[min(number, 1)])


def _even(side: float) -> int:
    return max(2, -(-int(side + 0.999) // 2) * 2)
