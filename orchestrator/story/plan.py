"""Sentences into scenes: where one picture ends and the next begins, and what each one shows.

A cut costs nothing where the tale turns (a new paragraph, place, time or character) and much where
it goes on; a scene that is too short or too long for the eye costs more the further it is off.
The cheapest way to cut is found by dynamic programming, so the same text is always cut the same
way. This module reads and decides; it does not draw, and knows sound only as lengths of time.
"""

from __future__ import annotations

import hashlib
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.illustrator.scene import Scene as Description
from models.illustrator.scene import to_prompt
from orchestrator.story.cast import Cast, Reading
from orchestrator.story.depict import Depictor, seen_in
from orchestrator.story.domain import Narration, Scene, Script
from orchestrator.story.tongues import Tongue, tongue_of

# Time on the screen: what is aimed at, and what the eye puts up with.
TARGET_MS = 9_000
SHORTEST_MS = 4_000
LONGEST_MS = 16_000
# An unhurried reader: 14 characters a second, and a breath after each sentence.
_MS_A_CHARACTER = 1000 / 14
_MS_A_SENTENCE = 350
# A scene never holds more sentences than this, however short they are.
_MOST_SENTENCES = 40
_SEEDS = 1 << 53
_FAR = 1_000.0


@dataclass(frozen=True, slots=True)
class _Beat:
    """A sentence as the planner sees it."""

    reading: Reading
    seen: Description
    length_ms: float
    # How well the tale can be cut before it: high where it turns, negative where it goes on.
    turn: float


def plan(
    script: Script,
    seed: int,
    *,
    style: str = "",
    speed: float = 1.0,
    narration: Narration | None = None,
) -> tuple[Scene, ...]:
    """Plans the scenes of a script.

    Args:
        script: The text and its sentences.
        seed: Of the pictures; each scene gets its own, derived from it.
        style: Look of the pictures in words; goes into the prompts.
        speed: Rate of speech, for the estimate of lengths.
        narration: When the sentences are spoken, if that is known; else it is estimated.
    """
    tongue = tongue_of(script.language)
    cast = Cast([sentence.text for sentence in script.sentences], script.language)
    readings = [cast.read(sentence.text) for sentence in script.sentences]
    descriptions = [seen_in(reading.text) for reading in readings]
    lengths = _lengths(script, speed, narration)
    turns = _turns(script, readings, descriptions, tongue)
    beats = [_Beat(*beat) for beat in zip(readings, descriptions, lengths, turns, strict=True)]
    groups = _cut(beats)
    depictor = Depictor(tongue)
    shown = depictor.depict([[beat.reading for beat in beats[a:b]] for a, b in groups])
    return tuple(
        Scene(
            index=index,
            segments=tuple(range(first, end)),
            prompt=to_prompt(description, style),
            description=description,
            seed=scene_seed(seed, index),
        )
        for index, ((first, end), description) in enumerate(zip(groups, shown, strict=True))
    )


def scene_seed(seed: int, index: int) -> int:
    """The seed of a scene's picture, 0 to 2^53 − 1, from the story's."""
    digest = hashlib.sha256(f"{seed}/{index}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _SEEDS


def _lengths(script: Script, speed: float, narration: Narration | None) -> list[float]:
    """How long each sentence is heard, until the next one begins, in milliseconds."""
    if narration is None:
        return [
            (len(sentence.text) * _MS_A_CHARACTER + _MS_A_SENTENCE) / speed
            for sentence in script.sentences
        ]
    starts = [segment.start_ms for segment in narration.segments]
    ends = [*starts[1:], narration.duration_ms]
    return [float(end - start) for start, end in zip([0, *starts[1:]], ends, strict=True)]


def _turns(
    script: Script,
    readings: Sequence[Reading],
    descriptions: Sequence[Description],
    tongue: Tongue,
) -> list[float]:
    """How well the tale can be cut before each sentence."""
    turns = [0.0]
    speaking = list(_in_speech(script))
    setting = descriptions[0].setting
    time = descriptions[0].time_of_day
    for index in range(1, len(readings)):
        sentence, before = script.sentences[index], script.sentences[index - 1]
        seen = descriptions[index]
        turn = 0.0
        if sentence.paragraph != before.paragraph:
            turn += _FAR if sentence.paragraph in script.breaks else 1.0
        if seen.setting and seen.setting != setting:
            turn += 1.6 if setting else 0.6
        if seen.time_of_day and seen.time_of_day != time:
            turn += 1.2 if time else 0.5
        if tongue.turns.match(sentence.text):
            turn += 0.7
        elif tongue.links.match(sentence.text):
            turn -= 0.5
        turn += _newcomers(readings, index)
        if speaking[index]:
            turn -= 1.2
        setting = seen.setting or setting
        time = seen.time_of_day or time
        turns.append(turn)
    return turns


def _newcomers(readings: Sequence[Reading], index: int) -> float:
    """Whether someone comes who was not in the last two sentences, or everyone stays."""
    here = {character.id for character in readings[index].present}
    if not here:
        return 0.0
    lately = {
        character.id
        for reading in readings[max(0, index - 2) : index]
        for character in reading.present
    }
    if not lately:
        return 0.2
    return 0.6 if here - lately else -0.2


def _in_speech(script: Script) -> Iterator[bool]:
    """For each sentence, whether someone who began to speak in its paragraph speaks still."""
    opened, paragraph = 0, -1
    for sentence in script.sentences:
        if sentence.paragraph != paragraph:
            opened, paragraph = 0, sentence.paragraph
        yield opened > 0
        for letter in sentence.text:
            opened += (letter in "“«") - (letter in "”»")


def _cut(beats: Sequence[_Beat]) -> list[tuple[int, int]]:
    """The cheapest way to cut: the first sentence of each scene, and the one after its last."""
    cost = [0.0] + [float("inf")] * len(beats)
    origin = [0] * (len(beats) + 1)
    for end in range(1, len(beats) + 1):
        length = 0.0
        for start in range(end - 1, max(-1, end - 1 - _MOST_SENTENCES), -1):
            length += beats[start].length_ms
            whole = cost[start] + _discomfort(length) - (beats[start].turn if start else 0.0)
            if whole < cost[end]:
                cost[end], origin[end] = whole, start
            if beats[start].turn >= _FAR or (length > 2 * LONGEST_MS and start < end - 1):
                break
    cuts = [len(beats)]
    while cuts[-1]:
        cuts.append(origin[cuts[-1]])
    cuts.reverse()
    return list(itertools.pairwise(cuts))


def _discomfort(length_ms: float) -> float:
    """What it costs to show one picture for that long."""
    ratio = length_ms / TARGET_MS
    cost = 0.8 + 1.2 * (ratio - 1) ** 2
    if length_ms < SHORTEST_MS:
        cost += 0.8 + 6.0 * (SHORTEST_MS - length_ms) / SHORTEST_MS
    if length_ms > LONGEST_MS:
        cost += 4.0 * (length_ms - LONGEST_MS) / LONGEST_MS
    return cost
