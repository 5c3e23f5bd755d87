"""`FakeTranscriptionEngine`: hears one word in every second that is not silent.

For tests without weights. The words count the seconds: `one two three`, after `ten` from `one`.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from lanternist.runtime.call import Call
from models.card import ModelCard
from models.placement import Placement
from models.weights import Weights
from services.transcription.engine import (
    SAMPLE_RATE_HERTZ,
    LanguageDetected,
    TranscribedWord,
    TranscriptionEvent,
    TranscriptionFinished,
    TranscriptionRequest,
    TranscriptSegment,
)
from services.transcription.languages import whisper_code

_SILENCE = 0.001
_WORD_MS = (200, 800)
_NUMBERS = {
    "en": ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"),
    "fr": ("un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix"),
}


class FakeTranscriptionEngine:
    """Deterministic, without a model. Knows English and French.

    The card's option `delay_seconds` makes it wait before every segment.
    """

    def __init__(self, card: ModelCard, weights: Weights | None, placement: Placement) -> None:
        self._delay = float(card.options.get("delay_seconds", 0))
        self.windows_heard = 0

    def load(self) -> None:
        """Has nothing to read."""

    def warm_up(self) -> None:
        """Has nothing to warm."""

    def close(self) -> None:
        """Has nothing to free."""

    def transcribe(self, request: TranscriptionRequest, call: Call) -> Iterator[TranscriptionEvent]:
        """Streams a segment a second; see `TranscriptionEngine.transcribe`."""
        call.check()
        language = "en"
        if request.language:
            language = whisper_code(request.language, _NUMBERS.__contains__)
        yield LanguageDetected(language, 1.0)
        samples = index = 0
        for second in _seconds(request):
            call.check()
            start_ms = samples * 1000 // SAMPLE_RATE_HERTZ
            samples += len(second)
            self.windows_heard += 1
            if float(np.abs(second).max()) < _SILENCE:
                continue
            if self._delay:
                time.sleep(self._delay)
            text = _NUMBERS[language][start_ms // 1000 % 10]
            yield _segment(index, text, start_ms, len(second), words=request.word_timings)
            index += 1
        yield TranscriptionFinished(samples * 1000 // SAMPLE_RATE_HERTZ)


def _seconds(request: TranscriptionRequest) -> Iterator[NDArray[np.float32]]:
    held = np.zeros(0, np.float32)
    for block in request.audio.blocks():
        held = np.concatenate([held, block])
        while len(held) >= SAMPLE_RATE_HERTZ:
            yield held[:SAMPLE_RATE_HERTZ]
            held = held[SAMPLE_RATE_HERTZ:]
    if len(held):
        yield held


def _segment(index: int, text: str, start_ms: int, size: int, *, words: bool) -> TranscriptSegment:
    length_ms = size * 1000 // SAMPLE_RATE_HERTZ
    begin, end = (start_ms + min(at, length_ms) for at in _WORD_MS)
    timed = (TranscribedWord(text, begin, end, 1.0),) if words else ()
    return TranscriptSegment(index, text, begin, end, timed, 1.0)
