"""Speaks a text with any model that can say one clause: what all voice engines have in common.

    text → tokens → sentences → sounds → clauses → model → cut, paused, timed → SpokenClause

Everything is lazy, so the first clause is heard before the second sentence is read. It does not
know a model; `ClauseModel` is what it asks of one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Protocol

from lanternist.runtime.call import Call
from lanternist.runtime.errors import InvalidArgumentError
from services.voice.clauses import Clause, ClauseLimits, clauses
from services.voice.engine import MAX_SPEED, MIN_SPEED, SpeechRequest, SpokenClause, Voice
from services.voice.joining import RawSpeech, join
from services.voice.phonemes.phonemizer import Phonemizer
from services.voice.text.reading import read
from services.voice.text.sentences import sentences


class ClauseModel(Protocol):
    """One run of a model."""

    def say(self, clause: Clause, voice: Voice, speed: float) -> RawSpeech:
        """Says one clause, in one go."""


def check_speed(speed: float) -> None:
    """Raises InvalidArgumentError unless `speed` is a number from 0.5 to 2."""
    if not math.isfinite(speed) or not MIN_SPEED <= speed <= MAX_SPEED:
        raise InvalidArgumentError("speed", f"must be from {MIN_SPEED} to {MAX_SPEED}.")


def speak(
    request: SpeechRequest,
    call: Call,
    *,
    model: ClauseModel,
    voice: Voice,
    phonemizer: Callable[[], Phonemizer],
    limits: ClauseLimits,
) -> Iterator[SpokenClause]:
    """Speaks a text clause by clause.

    Args:
        request: What to say; its voice has been chosen by now.
        call: Polled before every clause, and while looking for something to say.
        model: Says the clauses.
        voice: Who speaks; the text is read in the voice's language.
        phonemizer: Gives the sounds of that language; called once.
        limits: How long clauses may be.

    Raises:
        InvalidArgumentError: `text` holds nothing that can be spoken, or `speed` is out of range.
        CancelledError, DeadlineExceededError: From `call`.
    """
    check_speed(request.speed)
    call.check()
    tokens = read(request.text, voice.language)
    pending = clauses(sentences(tokens), phonemizer(), limits)
    clause = next(pending, None)
    if clause is None:
        raise InvalidArgumentError(
            "text", "holds nothing that can be spoken.", reason="NOTHING_TO_SPEAK"
        )
    index, position = 0, 0
    while clause is not None:
        call.check()
        raw = model.say(clause, voice, request.speed)
        following = next(pending, None)
        samples, words = join(
            raw,
            clause,
            first_sample=position,
            speed=request.speed,
            last=following is None,
        )
        yield SpokenClause(
            samples=samples,
            sample_rate_hertz=raw.sample_rate_hertz,
            words=words,
            text=request.text[clause.start : clause.end],
            index=index,
        )
        position += len(samples)
        index += 1
        clause = following
