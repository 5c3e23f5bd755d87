"""Sentences into scenes: where one picture ends and the next begins, and what each one shows.

A cut is worth what the tale turns there (`turns`); a scene that is too short or too long for the
eye costs more the further it is off (`pacing`). The best way to cut is found by dynamic
programming, so the same text is always cut the same way. This module reads and decides; it does
not draw, and knows sound only as lengths of time.
"""

from __future__ import annotations

import hashlib
import itertools
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from models.illustrator.parser import parse
from orchestrator.story.asked_plan import WrittenPlan, spread
from orchestrator.story.cast import Cast
from orchestrator.story.coreference import Reader, Reading
from orchestrator.story.depict import Depictor, seen_in
from orchestrator.story.domain import Character, Narration, Scene, Script
from orchestrator.story.language import base
from orchestrator.story.pacing import Pacing, lengths
from orchestrator.story.sheet import prompt_of, sheet_of
from orchestrator.story.tongues import tongue_of
from orchestrator.story.turns import BREAK, Vectors, signs, turns

READ = frozenset({"en", "fr"})
"""Languages in which who and where is found."""

_MOST_ACTION = 200
_SEEDS = 1 << 53
# How much a cut that a text model wants is worth, and what is taken from any other.
_WANTED, _UNWANTED = 4.0, -2.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is shown when, and who is seen.

    Attributes:
        scenes: In order; together they hold every sentence once.
        cast: Who appears, in the order in which they come.
        notes: What the maker should know.
    """

    scenes: tuple[Scene, ...]
    cast: tuple[Character, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Beat:
    """A sentence as the cutter sees it: how long it is, and how well it begins a scene."""

    length_ms: float
    turn: float


def plan_scenes(
    script: Script,
    seed: int,
    *,
    style: str = "",
    speed: float = 1.0,
    narration: Narration | None = None,
    pacing: Pacing | None = None,
    vectors: Vectors | None = None,
    written: WrittenPlan | None = None,
) -> Plan:
    """Plans the scenes of a script, by rules where nobody has planned it yet.

    Args:
        script: The text and its sentences.
        seed: Of the pictures; each scene gets its own, derived from it.
        style: Look of the pictures in words; goes into the prompts.
        speed: Rate of speech, for the estimate of lengths.
        narration: When the sentences are spoken, if that is known; else it is estimated.
        pacing: How long a picture may stay.
        vectors: Of the sentences, from `models.sentences`; without them the words alone decide.
        written: A text model's plan: it says what is shown, and where cuts are wanted; how long a
            picture stays is decided here.
    """
    hints = {one.index: one.illustration for one in script.sentences if one.illustration}
    tongue = tongue_of(script.language)
    cast, readings = read(script)
    # That a place is spoken of at all is a sign of a turn, though nobody need be there.
    seen = [seen_in(reading.text, surely=False) for reading in readings]
    found = signs(script, readings, seen, tongue, vectors)
    odds = turns(script, found, encoded=vectors is not None)
    if written is not None:
        odds = [
            turn if turn >= BREAK else _WANTED if index in written.firsts else _UNWANTED + turn
            for index, turn in enumerate(odds)
        ]
    beats = [
        _Beat(length, BREAK if index in hints else turn)
        for index, (length, turn) in enumerate(
            zip(lengths(script, speed, narration), odds, strict=True)
        )
    ]
    groups = _cut(beats, pacing or Pacing())
    asked = [hints.get(first, "") for first, _ in groups]
    actions: tuple[str, ...] = ("",) * len(groups)
    if written is None and base(script.language) not in READ:
        # The words of other languages mean other things: "den" is no cave. An engine that reads
        # prose may read the sentence itself.
        shown = [parse(hint).scene for hint in asked]
        actions = tuple(script.sentences[first].text[:_MOST_ACTION] for first, _ in groups)
        people: tuple[Character, ...] = ()
    elif written is None:
        shown = Depictor(tongue).depict([readings[first:end] for first, end in groups], asked)
        people = sheet_of(cast.figures, shown, seed)
    else:
        places = spread(written.firsts, len(script.sentences))
        chosen = [_most(places[first:end]) for first, end in groups]
        shown = [
            parse(hint).scene if hint else written.descriptions[place]
            for hint, place in zip(asked, chosen, strict=True)
        ]
        actions = tuple(written.actions[place] for place in chosen)
        people = written.cast
    return Plan(
        tuple(
            Scene(
                index=index,
                segments=tuple(range(first, end)),
                prompt=prompt_of(description, people, style, action=action),
                description=description,
                seed=scene_seed(seed, index),
            )
            for index, ((first, end), description, action) in enumerate(
                zip(groups, shown, actions, strict=True)
            )
        ),
        people,
    )


def _most(places: Sequence[int]) -> int:
    """The place that most sentences have; of equals the first."""
    return Counter(places).most_common(1)[0][0]


def read(script: Script) -> tuple[Cast, list[Reading]]:
    """Everybody of a script, and its sentences with everyone named by noun."""
    texts = [sentence.text for sentence in script.sentences]
    cast = Cast(texts, script.language)
    reader = Reader(cast)
    readings = [reader.read(text) for text in texts]
    cast.settle()
    return cast, readings


def scene_seed(seed: int, index: int) -> int:
    """The seed of a scene's picture, 0 to 2^53 − 1, from the story's."""
    digest = hashlib.sha256(f"{seed}/{index}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _SEEDS


def _cut(beats: Sequence[_Beat], pacing: Pacing) -> list[tuple[int, int]]:
    """The best way to cut: the first sentence of each scene, and the one after its last."""
    cost = [0.0] + [float("inf")] * len(beats)
    origin = [0] * (len(beats) + 1)
    for end in range(1, len(beats) + 1):
        length = 0.0
        for start in range(end - 1, -1, -1):
            length += beats[start].length_ms
            whole = cost[start] + pacing.discomfort(length) - (beats[start].turn if start else 0.0)
            if whole < cost[end]:
                cost[end], origin[end] = whole, start
            if beats[start].turn >= BREAK or (length > 2 * pacing.longest_ms and start < end - 1):
                break
    cuts = [len(beats)]
    while cuts[-1]:
        cuts.append(origin[cuts[-1]])
    cuts.reverse()
    return list(itertools.pairwise(cuts))
