"""Where a tale turns: how likely a reader is to see another picture from a sentence on.

Two kinds of signs are weighed: what the words say (a new paragraph, place, time or person, a word
that turns or ties) and how like the sentences before and after are as wholes, which the sentence
encoder tells. The weights are those of a logistic regression over hand-marked stories
(`tests/bench/segmentation.py`); without the encoder another set of weights makes do with the
words. This module does not know time on the screen.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass

import numpy as np
from numpy.typing import NDArray

from models.illustrator.scene import Scene as Description
from orchestrator.story.coreference import Reading
from orchestrator.story.domain import Script
from orchestrator.story.tongues import Tongue

Vectors = NDArray[np.float32]

BREAK = 1_000.0
"""The turn at a ruled line or a chapter: nothing outweighs it."""

# How many sentences before a place the next one is compared with, as a whole.
_REACH = 4
_SPEECH = '“«"—–'


@dataclass(frozen=True, slots=True)
class Signs:
    """What is seen at the beginning of a sentence; 0 or 1 each, but the last.

    Attributes:
        paragraph: It begins a paragraph.
        place: It names another place than the last one named.
        time: It names another time of day, or leaps in time.
        turn: It begins with a word that turns the tale.
        frame: It begins with words that set a place or time.
        newcomer: Somebody is in it who was not in the last sentences.
        speech: It begins with speech, or somebody speaks still.
        unlike: How unlike the sentences before it is, against the story's own mean, in its standard
            deviations.
    """

    paragraph: float
    place: float
    time: float
    turn: float
    frame: float
    newcomer: float
    speech: float
    unlike: float


def signs(
    script: Script,
    readings: Sequence[Reading],
    seen: Sequence[Description],
    tongue: Tongue,
    vectors: Vectors | None,
) -> list[Signs]:
    """The signs before each sentence but the first.

    Args:
        script: The text.
        readings: Of each sentence.
        seen: What each sentence shows by itself.
        tongue: Rules of its language.
        vectors: (sentences, dimensions), of length 1 each; None: `unlike` is 0.
    """
    found: list[Signs] = []
    unlike = _unlike(vectors) if vectors is not None else np.zeros(len(seen), np.float32)
    speaking = list(_in_speech(script))
    place, time = seen[0].setting, seen[0].time_of_day
    for index in range(1, len(seen)):
        sentence, before = script.sentences[index], script.sentences[index - 1]
        here = seen[index]
        leaps = tongue.leaps.search(sentence.text) is not None
        said = sentence.text.lstrip()[:1] in _SPEECH or speaking[index]
        turns = tongue.turns.match(sentence.text) is not None
        found.append(
            Signs(
                paragraph=sentence.paragraph != before.paragraph,
                place=bool(here.setting and place and here.setting != place),
                time=leaps or bool(here.time_of_day and here.time_of_day != time),
                turn=turns,
                frame=not turns and tongue.frames.match(sentence.text) is not None,
                newcomer=_comes(readings, index),
                speech=said,
                unlike=float(unlike[index]),
            )
        )
        place = here.setting or place
        time = here.time_of_day or time
    return found


def turns(script: Script, found: Sequence[Signs], *, encoded: bool) -> list[float]:
    """The log-odds that a scene begins at each sentence; `BREAK` where the text itself breaks.

    Args:
        script: The text.
        found: Before each sentence but the first.
        encoded: Whether the encoder had its say in `unlike`.
    """
    bias, weights = (_BIAS, _WEIGHTS) if encoded else (_BIAS_OF_WORDS, _WEIGHTS_OF_WORDS)
    odds = [0.0]
    for sentence, one in zip(script.sentences[1:], found, strict=True):
        before = script.sentences[sentence.index - 1]
        if sentence.paragraph != before.paragraph and sentence.paragraph in script.breaks:
            odds.append(BREAK)
        else:
            odds.append(bias + sum(w * s for w, s in zip(weights, astuple(one), strict=True)))
    return odds


def _unlike(vectors: Vectors) -> Vectors:
    """Standardised distance of each sentence from the mean of those before it."""
    count = len(vectors)
    sums = np.concatenate([np.zeros((1, vectors.shape[1]), np.float32), vectors.cumsum(0)])
    places = np.arange(count)
    before = sums[places] - sums[np.maximum(0, places - _REACH)]
    lengths = np.maximum(np.linalg.norm(before, axis=1), 1e-6)
    distance = 1 - (before * vectors).sum(1) / lengths
    inner = distance[1:]
    if len(inner) < 2:
        return np.zeros(count, np.float32)
    scaled: Vectors = ((distance - inner.mean()) / max(float(inner.std()), 1e-3)).astype(np.float32)
    return np.clip(scaled, -2.5, 2.5)


def _comes(readings: Sequence[Reading], index: int) -> bool:
    """Whether somebody comes who was not in the last two sentences, in which somebody was."""
    here = set(readings[index].present)
    near = range(max(0, index - 2), index)
    lately = {figure for at in near for figure in readings[at].present}
    return bool(lately and here - lately)


def _in_speech(script: Script) -> Iterator[bool]:
    """For each sentence, whether someone who began to speak in its paragraph speaks still."""
    opened, paragraph = 0, -1
    for sentence in script.sentences:
        if sentence.paragraph != paragraph:
            opened, paragraph = 0, sentence.paragraph
        yield opened > 0
        for letter in sentence.text:
            opened += (letter in "“«") - (letter in "”»")


# Fitted to the tuned half of the marked stories, run together; but the first one: our own stories
# begin a paragraph with nearly every scene (4.1 would fit), other people's do not.
_BIAS, _WEIGHTS = -2.3, (3.0, 1.2, 0.95, 1.85, 1.2, 0.45, -1.3, 0.6)
_BIAS_OF_WORDS, _WEIGHTS_OF_WORDS = -2.2, (3.0, 1.25, 1.0, 1.8, 1.25, 0.45, -1.35, 0.0)
