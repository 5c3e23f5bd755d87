"""Words of a recording moved to where the sound really begins: after each silence.

A listener's word times are guesses to about a tenth of a second. Where the waveform rises out of
silence is known to 5 ms, and it is there that sentences begin; so the words that follow a silence
are moved to its end, and those after them make room. This module does not know what is said.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from orchestrator.story.domain import Word
from orchestrator.story.spans import locate

STEP_MS = 5
_SHORTEST_SILENCE_MS = 60
_REACH_MS = 300
# A word that begins a clause is worth this much of distance.
_CLAUSE_MS = 150
# Listeners hear a word a little early: Whisper base by 36 ms, in the median of 900 words.
_EARLY_MS = 36
_ROOM_MS, _ROOM_TIMES = 600, 3
_FLOOR_DB, _CEILING_DB = -70.0, 0.0
_SHARE = 0.3
_LEAST_RANGE_DB = 15.0
_MARK = re.compile(r"[,;:.!?…—–”»]")

Levels = NDArray[np.float64]
"""Shape (n,): root mean squares of steps of 5 ms, full scale 1.0."""


@dataclass(frozen=True, slots=True)
class Silence:
    """A stretch without speech, in milliseconds."""

    start_ms: int
    end_ms: int


def silences(levels: Levels) -> list[Silence]:
    """Where nothing is said for at least 60 ms.

    What counts as silence lies between the recording's own quiet and its own speech; none is found
    where the two are not far apart. The silence at the end is left out: nothing follows it.
    """
    if not len(levels):
        return []
    decibels = np.clip(20 * np.log10(np.maximum(levels, 1e-9)), _FLOOR_DB, _CEILING_DB)
    floor, speech = np.percentile(decibels, [5, 95])
    if speech - floor < _LEAST_RANGE_DB:
        return []
    quiet = decibels < floor + max(6.0, _SHARE * (speech - floor))
    edges = np.flatnonzero(np.diff(np.concatenate([[False], quiet, [False]]).astype(np.int8)))
    return [
        Silence(int(start) * STEP_MS, int(end) * STEP_MS)
        for start, end in zip(edges[::2], edges[1::2], strict=True)
        if (end - start) * STEP_MS >= _SHORTEST_SILENCE_MS and end < len(levels)
    ]


def snapped(
    words: Sequence[Word], begins_clause: Sequence[bool], gaps: Sequence[Silence]
) -> list[Word]:
    """Words moved to the sound.

    Args:
        words: In order.
        begins_clause: Of each word, whether a mark stands before it.
        gaps: The recording's silences, in order.
    """
    anchors: dict[int, Silence] = {}
    first = 0
    for gap in gaps:
        best, least = -1, float(_REACH_MS)
        for index in range(first, len(words)):
            distance = _distance(words[index].start_ms, gap)
            if distance > _REACH_MS and words[index].start_ms > gap.end_ms:
                break
            cost = distance - (_CLAUSE_MS if begins_clause[index] else 0)
            if distance <= _REACH_MS and cost < least:
                best, least = index, cost
        if best >= 0:
            anchors[best] = gap
            first = best + 1
    return _moved(words, anchors)


def _distance(start_ms: int, gap: Silence) -> int:
    """How far a word's start is from a silence that it may follow; none within the silence."""
    return max(gap.start_ms - start_ms, start_ms - gap.end_ms, 0)


def _moved(words: Sequence[Word], anchors: dict[int, Silence]) -> list[Word]:
    """Words that follow a silence begin where it ends; those after them make room."""
    moved = [
        replace(word, start_ms=word.start_ms + _EARLY_MS, end_ms=word.end_ms + _EARLY_MS)
        for word in words
    ]
    places = sorted(anchors)
    for begin, following in itertools.pairwise([*places, len(words)]):
        gap = anchors[begin]
        old = moved[begin].start_ms
        shift = gap.end_ms - old
        room = max(_ROOM_MS, _ROOM_TIMES * abs(shift))
        for index in range(begin, following):
            word = moved[index]
            start, end = (
                time + round(shift * max(0.0, 1 - max(0, time - old) / room))
                for time in (word.start_ms, word.end_ms)
            )
            moved[index] = replace(word, start_ms=start, end_ms=max(start, end))
        if begin:  # nobody speaks in a silence
            before = moved[begin - 1]
            end = min(before.end_ms, max(before.start_ms, gap.start_ms))
            moved[begin - 1] = replace(before, end_ms=end)
    return moved


def retimed(
    text: str, sentences: Sequence[Sequence[Word]], gaps: Sequence[Silence]
) -> list[list[Word]]:
    """The words of each sentence of a text, moved to the sound.

    Args:
        text: What is said.
        sentences: The words of each sentence, in order.
        gaps: The recording's silences.
    """
    if not gaps:
        return [list(sentence) for sentence in sentences]
    words = [word for sentence in sentences for word in sentence]
    firsts = set(itertools.accumulate((len(sentence) for sentence in sentences), initial=0))
    begins: list[bool] = []
    position = 0
    for index, place in enumerate(locate(text, (word.text for word in words))):
        between = text[position : place[0]] if place else ""
        before = words[index - 1].text if index else ""
        begins.append(index in firsts or bool(_MARK.search(between) or _MARK.search(before[-2:])))
        position = place[1] if place else position
    moved = iter(snapped(words, begins, gaps))
    return [[next(moved) for _ in sentence] for sentence in sentences]
