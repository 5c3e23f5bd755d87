"""Pictures on the clock of the voice.

A scene begins at the first word of its first sentence, the first one at 0; it ends where the next
one begins, the last one with the sound. Milliseconds, no gap, no overlap. This module makes times
and proves them; it does not know where words came from.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Sequence
from dataclasses import replace

from lanternist.runtime.errors import InternalError
from orchestrator.story.domain import Scene, Segment, Word


def in_order(words: Iterable[Word], *, earliest: int = 0, latest: int | None = None) -> list[Word]:
    """Words whose times never run backwards, nor out of `earliest` to `latest`.

    Whoever measures words may round or guess them into each other by a little; the word that came
    first keeps its place and the next one gives way.
    """
    ordered: list[Word] = []
    clock = earliest
    for word in words:
        start = max(clock, word.start_ms)
        end = max(start, word.end_ms)
        if latest is not None:
            start, end = min(start, latest), min(end, latest)
        ordered.append(replace(word, start_ms=start, end_ms=end))
        clock = end
    return ordered


def closed(segments: Sequence[Segment], duration_ms: int) -> tuple[Segment, ...]:
    """Segments with times from their words; one without words lies between its neighbours."""
    timed: list[Segment] = []
    clock = 0
    for segment in segments:
        words = tuple(in_order(segment.words, earliest=clock, latest=duration_ms))
        start = words[0].start_ms if words else clock
        end = words[-1].end_ms if words else clock
        timed.append(replace(segment, words=words, start_ms=start, end_ms=end))
        clock = end
    # What was heard but not recognised lasts until someone else is heard.
    following = duration_ms
    for position in range(len(timed) - 1, -1, -1):
        if not timed[position].words:
            timed[position] = replace(timed[position], end_ms=following)
        following = timed[position].start_ms
    return tuple(timed)


def cut(
    scenes: Sequence[Scene], segments: Sequence[Segment], duration_ms: int
) -> tuple[Scene, ...]:
    """Gives each scene its time on the screen.

    Args:
        scenes: In order; their segments follow each other and leave none out.
        segments: With their times.
        duration_ms: Length of the sound, at least a millisecond a scene.

    Raises:
        InternalError: The arguments are not as described.
    """
    if not scenes or duration_ms < len(scenes):
        raise InternalError("There is no time for the scenes of a story.")
    starts: list[int] = []
    for scene in scenes:
        first = segments[scene.segments[0]].start_ms
        # Two cuts at one instant would leave a scene of no length: the later one gives way, but
        # never so far that those after it have no room.
        earliest = starts[-1] + 1 if starts else 0
        latest = duration_ms - (len(scenes) - len(starts))
        starts.append(min(max(first, earliest), latest) if starts else 0)
    ends = [*starts[1:], duration_ms]
    placed = tuple(
        replace(scene, start_ms=start, end_ms=end)
        for scene, start, end in zip(scenes, starts, ends, strict=True)
    )
    prove(placed, segments, duration_ms)
    return placed


def prove(scenes: Sequence[Scene], segments: Sequence[Segment], duration_ms: int) -> None:
    """Checks everything that a timeline promises.

    Raises:
        InternalError: Says which promise is broken.
    """

    def hold(promise: bool, text: str) -> None:
        if not promise:
            raise InternalError(f"A timeline is broken: {text}.")

    hold(bool(scenes) and scenes[0].start_ms == 0, "it does not begin at 0")
    hold(scenes[-1].end_ms == duration_ms, "it does not end with the sound")
    hold(all(scene.start_ms < scene.end_ms for scene in scenes), "a scene has no length")
    hold(
        all(a.end_ms == b.start_ms for a, b in itertools.pairwise(scenes)),
        "scenes leave a gap or overlap",
    )
    hold(
        [index for scene in scenes for index in scene.segments] == list(range(len(segments))),
        "a segment is in no scene, or in two",
    )
    clock = 0
    for segment in segments:
        hold(clock <= segment.start_ms <= segment.end_ms <= duration_ms, "segments overlap")
        spoken = segment.start_ms
        for word in segment.words:
            hold(
                spoken <= word.start_ms <= word.end_ms <= segment.end_ms,
                "words overlap or leave their segment",
            )
            spoken = word.end_ms
        clock = segment.end_ms
