"""A voice without a model: sine tones whose words last as long as they are, for tests.

It behaves like the others in everything but the sound: it reads, cuts, pauses, times and polls the
same way, and counts the clauses it ran. Deterministic. Its sounds are the letters themselves, so it
needs no dictionary and reads any language that the front end reads.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

import numpy as np

from lanternist.runtime.call import Call
from models.card import ModelCard
from models.placement import Placement
from models.weights import Weights
from services.base.journal import Journal
from services.voice.choice import choose_voice
from services.voice.clauses import Clause, ClauseLimits
from services.voice.engine import SpeechRequest, SpokenClause, Voice
from services.voice.joining import RawSpeech
from services.voice.speech import speak
from services.voice.text.tokens import Token, WrittenWord

SAMPLE_RATE_HERTZ = 16000
LETTER_MS = 60
_AMPLITUDE = 0.3
_LIMITS = ClauseLimits(first=40, usual=120, most=400)
_PITCHES = {"fake-en": 220.0, "fake-gb": 260.0, "fake-fr": 300.0}


class FakeVoiceEngine:
    """See `VoiceEngine`.

    The card's options: `clause_delay_seconds`, time that each clause takes (0 when absent);
    `journal`, a file that counts the clauses.
    """

    def __init__(self, card: ModelCard, weights: Weights | None, placement: Placement) -> None:
        self.clauses_run = 0
        self.loaded = False
        self._journal = Journal(str(card.options.get("journal", "")))
        self._delay = float(card.options.get("clause_delay_seconds", 0.0))
        self._voices = tuple(
            Voice(
                id=voice_id,
                display_name=name,
                language=language,
                gender="",
                license="Apache-2.0",
                model=card.id,
            )
            for voice_id, name, language in (
                ("fake-en", "Sine", "en-US"),
                ("fake-gb", "Higher sine", "en-GB"),
                ("fake-fr", "Sinus", "fr-FR"),
            )
        )

    def load(self) -> None:
        """See `VoiceEngine`."""
        self.loaded = True

    def warm_up(self) -> None:
        """See `VoiceEngine`."""

    def close(self) -> None:
        """See `VoiceEngine`."""
        self.loaded = False

    def voices(self) -> Sequence[Voice]:
        """See `VoiceEngine`."""
        return self._voices

    def synthesize(self, request: SpeechRequest, call: Call) -> Iterator[SpokenClause]:
        """See `VoiceEngine`."""
        return speak(
            request,
            call,
            model=self,
            voice=choose_voice(self._voices, request.voice, request.language),
            phonemizer=lambda: _spell,
            limits=_LIMITS,
        )

    def say(self, clause: Clause, voice: Voice, speed: float) -> RawSpeech:
        """A tone for every letter, silence for everything else; `LETTER_MS` each at speed 1."""
        self.clauses_run += 1
        if self._delay:
            time.sleep(self._delay)
        step = round(SAMPLE_RATE_HERTZ * LETTER_MS / 1000 / speed)
        self._journal.note("clause", text=clause.phonemes)
        edges = np.arange(len(clause.phonemes) + 1, dtype=np.int64) * step
        clock = np.arange(int(edges[-1])) / SAMPLE_RATE_HERTZ
        samples = _AMPLITUDE * np.sin(2 * np.pi * _PITCHES[voice.id] * clock)
        for at, sound in enumerate(clause.phonemes):
            if not sound.isalnum():
                samples[edges[at] : edges[at + 1]] = 0.0
        return RawSpeech(samples.astype(np.float32), SAMPLE_RATE_HERTZ, edges)


def _spell(sentence: Sequence[Token]) -> list[str]:
    return [
        " ".join(token.spoken) if isinstance(token, WrittenWord) else token.symbol
        for token in sentence
    ]
