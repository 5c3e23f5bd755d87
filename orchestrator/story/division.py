"""Sentences divided where another voice begins, and made whole again.

Scenes are planned for whole sentences; they are carried over to the pieces, and back when a story
comes to be told in another way. This module does not know who speaks.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import replace

from orchestrator.story.domain import Scene, Script, Sentence
from orchestrator.story.ingest import speakable


def divide(script: Script, borders: Sequence[int]) -> tuple[Script, list[int]]:
    """Divides sentences; a piece without anything to say stays with the one beside it.

    Args:
        script: The text.
        borders: Offsets in `Script.text` at which a piece may begin, in order.

    Returns:
        The script, and for each of its sentences the index of the one it was cut from.
    """
    pieces: list[Sentence] = []
    origins: list[int] = []
    for sentence in script.sentences:
        first = bisect_right(borders, sentence.start)
        inner = borders[first : bisect_left(borders, sentence.end)]
        spans: list[tuple[int, int]] = []
        for start, end in itertools.pairwise([sentence.start, *inner, sentence.end]):
            if spans and not (_says(script, start, end) and _says(script, *spans[-1])):
                spans[-1] = (spans[-1][0], end)
            else:
                spans.append((start, end))
        for number, (start, end) in enumerate(spans):
            pieces.append(
                replace(
                    _placed(script, sentence, start, end),
                    index=len(pieces),
                    begins=number == 0 and sentence.begins,
                    earliest_ms=sentence.earliest_ms if number == 0 else None,
                    latest_ms=sentence.latest_ms if number == len(spans) - 1 else None,
                    illustration=sentence.illustration if number == 0 else "",
                )
            )
            origins.append(sentence.index)
    return replace(script, sentences=tuple(pieces)), origins


def undivided(script: Script) -> Script:
    """The script with every divided sentence whole again."""
    whole: list[Sentence] = []
    for sentence in script.sentences:
        if sentence.begins or sentence.earliest_ms is not None or not whole:
            whole.append(replace(sentence, index=len(whole)))
        else:
            placed = _placed(script, whole[-1], whole[-1].start, sentence.end)
            whole[-1] = replace(placed, latest_ms=sentence.latest_ms)
    return replace(script, sentences=tuple(whole))


def carried_over(
    scenes: Sequence[Scene], before: Sequence[Sentence], now: Sequence[Sentence]
) -> tuple[Scene, ...]:
    """Scenes of one division of a text, for another division of the same text.

    A scene goes when the other division leaves it nothing.
    """
    starts = [before[scene.segments[0]].start for scene in scenes]
    groups: list[list[int]] = [[] for _ in scenes]
    for sentence in now:
        groups[max(0, bisect_right(starts, sentence.start) - 1)].append(sentence.index)
    kept = [
        replace(scene, segments=tuple(group))
        for scene, group in zip(scenes, groups, strict=True)
        if group
    ]
    return tuple(replace(scene, index=index) for index, scene in enumerate(kept))


def _says(script: Script, start: int, end: int) -> bool:
    return speakable(script.text[start:end])


def _placed(script: Script, sentence: Sentence, start: int, end: int) -> Sentence:
    """The sentence with other bounds, without the white space around them."""
    whole = script.text[start:end]
    first = start + len(whole) - len(whole.lstrip())
    text = whole.strip()
    return replace(sentence, text=text, start=first, end=first + len(text))
