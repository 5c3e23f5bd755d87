"""In what mood a sentence should be told, and what that does to the voice.

Words are counted (`mood_words`): a mood is heard where its words outweigh the others' and there is
enough of them; exclamation marks raise what is loud, the sentence before lends a little. It is a
lexicon, so irony and what is only implied are told evenly. Measured: `python -m tests.bench mood`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from orchestrator.story.language import base
from orchestrator.story.mood_words import MOOD_STEMS

EVEN = ""
_WORD = re.compile(r"[^\W\d_]+(?:[’'-][^\W\d_]+)*")
_LOUD = frozenset({"tense", "joyful", "angry"})
_ENOUGH = 1.6
_AHEAD = 0.5
_LENT = 0.4
_LONG_SENTENCE = 16
_SHORTEST_STEM = 3


@dataclass(frozen=True, slots=True)
class Delivery:
    """How a mood is told.

    Attributes:
        speed: Factor on the rate of speech.
        pause: Factor on the pause after the sentence.
    """

    speed: float = 1.0
    pause: float = 1.0


DELIVERIES: Mapping[str, Delivery] = {
    EVEN: Delivery(),
    "tense": Delivery(1.08, 0.8),
    "angry": Delivery(1.07, 0.85),
    "joyful": Delivery(1.05, 0.9),
    "wonder": Delivery(0.95, 1.25),
    "calm": Delivery(0.92, 1.3),
    "sad": Delivery(0.9, 1.4),
}
"""Delivery by mood; within what a listener takes for the same voice in another mood."""


def moods(sentences: Sequence[str], language: str) -> list[str]:
    """The mood of each sentence of a text: a key of `DELIVERIES`, `EVEN` for none."""
    stems = _stems(base(language))
    found: list[str] = []
    before: Mapping[str, float] = {}
    for sentence in sentences:
        own = _weigh(sentence, stems)
        whole = dict(own)
        if own:  # a sentence without any sign of its own is even
            for mood, weight in before.items():
                whole[mood] = whole.get(mood, 0.0) + _LENT * weight
        found.append(_choose(whole))
        before = own
    return found


def _weigh(
    sentence: str, stems: Mapping[str, tuple[tuple[str, bool, float], ...]]
) -> Mapping[str, float]:
    """What speaks for each mood in a sentence."""
    words = [word.lower().replace("’", "'") for word in _WORD.findall(sentence)]
    if not words:
        return {}
    exclaimed = "!" in sentence
    weights: dict[str, float] = {}
    for mood, entries in stems.items():
        total = 0.0
        for word in words:
            total += max(
                (
                    weight
                    for stem, whole, weight in entries
                    if (word == stem if whole else word.startswith(stem))
                ),
                default=0.0,
            )
        if total:
            loud = 1.25 if exclaimed and mood in _LOUD else 1.0
            weights[mood] = total * loud
    scale = max(1.0, len(words) / _LONG_SENTENCE) ** 0.5
    return {mood: weight / scale for mood, weight in weights.items()}


def _choose(weights: Mapping[str, float]) -> str:
    ranked = sorted(weights.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] < _ENOUGH:
        return EVEN
    second = ranked[1][1] if len(ranked) > 1 else 0.0
    return ranked[0][0] if ranked[0][1] >= second + _AHEAD else EVEN


@lru_cache
def _stems(language: str) -> Mapping[str, tuple[tuple[str, bool, float], ...]]:
    """By mood: a stem, whether it is a whole word, and its weight."""
    table = MOOD_STEMS.get(language, {})
    return {mood: tuple(map(_entry, text.split())) for mood, text in table.items()}


def _entry(written: str) -> tuple[str, bool, float]:
    weight = 2.0 if written.startswith("*") else 1.0
    stem = written.lstrip("*")
    whole = stem.endswith(("=", "!")) or len(stem) <= _SHORTEST_STEM
    return stem.rstrip("=!"), whole, weight
