"""Words moved to where the sound begins after each silence, for languages without an aligner.

A listener's word times are guesses to about a tenth of a second. Where the waveform rises out of
silence is known to 5 ms, and it is there that sentences begin; so the words that follow a silence
are moved to its end, and those after them make room. It does not know what is said, or languages.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np

from services.transcription.aligner import Span
from services.transcription.engine import SAMPLE_RATE_HERTZ
from services.transcription.passages import Samples

_STEP_SECONDS = 0.005
_SHORTEST_SILENCE = 0.06
_REACH = 0.3
# A word that begins a clause is worth this much of distance.
_CLAUSE = 0.15
# Whisper hears a word a little early: base by 36 ms, in the median of 900 words.
_EARLY = 0.036
_ROOM, _ROOM_TIMES = 0.6, 3
_FLOOR_DB, _CEILING_DB = -70.0, 0.0
_SHARE = 0.3
_LEAST_RANGE_DB = 15.0
_LEAST_RISE_DB = 6.0


def silences(samples: Samples) -> list[Span]:
    """Where nothing is said for at least 60 ms, in order.

    What counts as silence lies between the recording's own quiet and its own speech; none is found
    where the two are not far apart. The silence at the end is left out: nothing follows it.

    Args:
        samples: Shape (n,), mono float32 at 16 kHz.
    """
    step = round(_STEP_SECONDS * SAMPLE_RATE_HERTZ)
    count = len(samples) // step
    if not count:
        return []
    frames = samples[: count * step].reshape(count, step)
    power = np.einsum("ij,ij->i", frames, frames) / step
    decibels = np.clip(10 * np.log10(np.maximum(power, 1e-18)), _FLOOR_DB, _CEILING_DB)
    floor, speech = np.percentile(decibels, [5, 95])
    if speech - floor < _LEAST_RANGE_DB:
        return []
    quiet = decibels < floor + max(_LEAST_RISE_DB, _SHARE * (speech - floor))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], quiet, [False]]).astype(np.int8)))
    return [
        (int(start) * _STEP_SECONDS, int(end) * _STEP_SECONDS)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
        if (end - start) * _STEP_SECONDS >= _SHORTEST_SILENCE and end < count
    ]


def snapped(
    words: Sequence[Span], begins_clause: Sequence[bool], gaps: Sequence[Span]
) -> list[Span]:
    """Words moved to the sound; as they are where there is no silence to go by.

    Args:
        words: In order.
        begins_clause: Of each word, whether a mark stands before it.
        gaps: The silences around them, in order.
    """
    anchors: dict[int, Span] = {}
    first = 0
    for gap in gaps:
        best, least = -1, _REACH
        for index in range(first, len(words)):
            start = words[index][0]
            distance = max(gap[0] - start, start - gap[1], 0.0)
            if distance > _REACH and start > gap[1]:
                break
            cost = distance - (_CLAUSE if begins_clause[index] else 0)
            if distance <= _REACH and cost < least:
                best, least = index, cost
        if best >= 0:
            anchors[best] = gap
            first = best + 1
    return _moved(words, anchors) if gaps else list(words)


def _moved(words: Sequence[Span], anchors: dict[int, Span]) -> list[Span]:
    """Words that follow a silence begin where it ends; those after them make room."""
    moved = [(start + _EARLY, end + _EARLY) for start, end in words]
    for begin, following in itertools.pairwise([*sorted(anchors), len(words)]):
        silence, sound = anchors[begin]
        old = moved[begin][0]
        shift = sound - old
        room = max(_ROOM, _ROOM_TIMES * abs(shift))
        for index in range(begin, following):
            start, end = (
                time + shift * max(0.0, 1 - max(0.0, time - old) / room) for time in moved[index]
            )
            moved[index] = start, max(start, end)
        if begin:  # nobody speaks in a silence
            before, end = moved[begin - 1]
            moved[begin - 1] = before, min(end, max(before, silence))
    return moved
