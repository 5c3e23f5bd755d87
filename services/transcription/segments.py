"""`SegmentClock`: what faster-whisper heard in a passage, as segments on the recording's clock.

It does not know models or audio.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from faster_whisper.transcribe import Segment, Word

from services.transcription.engine import TranscribedWord, TranscriptSegment
from services.transcription.passages import Passage

# Written without spaces between words, so a missing space says nothing about where words end.
_WITHOUT_SPACES = {"zh", "ja", "th", "lo", "my", "yue"}


class SegmentClock:
    """Numbers segments and keeps them, and their words, one after another.

    Args:
        words: Whether segments carry their words.
    """

    def __init__(self, *, words: bool) -> None:
        self._with_words = words
        self._index = 0
        self._now_ms = 0

    def place(self, segment: Segment, passage: Passage, language: str) -> TranscriptSegment | None:
        """The segment in the recording; None when nothing is said in it.

        Args:
            segment: With times in seconds of the passage.
            passage: What was listened to.
            language: Whisper's code of it.
        """
        text = segment.text.strip()
        if not text:
            return None
        words = tuple(self._words(segment, passage, language)) if self._with_words else ()
        if words:
            start_ms, end_ms = words[0].start_ms, words[-1].end_ms
        else:
            start_ms, end_ms = self._after(*passage.place_long(segment.start, segment.end))
        self._now_ms = end_ms
        self._index += 1
        confidence = min(1.0, math.exp(segment.avg_logprob))
        return TranscriptSegment(self._index - 1, text, start_ms, end_ms, words, confidence)

    def _words(
        self, segment: Segment, passage: Passage, language: str
    ) -> Iterator[TranscribedWord]:
        for word in whole_words(segment.words or (), language):
            start_ms, end_ms = self._after(*passage.place(word.start, word.end))
            self._now_ms = end_ms
            yield TranscribedWord(word.word.strip(), start_ms, end_ms, float(word.probability))

    def _after(self, start_ms: int, end_ms: int) -> tuple[int, int]:
        start_ms = max(start_ms, self._now_ms)
        return start_ms, max(start_ms, end_ms)


def whole_words(words: Sequence[Word], language: str) -> list[Word]:
    """Joins what belongs together: the library ends words at punctuation (`o` `'clock`).

    Args:
        words: Of a segment.
        language: Whisper's code of it.
    """
    joined: list[Word] = []
    for word in words:
        if not word.word.strip():
            continue
        if joined and not word.word[0].isspace() and language not in _WITHOUT_SPACES:
            held = joined[-1]
            joined[-1] = replace(
                held,
                word=held.word + word.word,
                end=max(held.end, word.end),
                probability=min(held.probability, word.probability),
            )
        else:
            joined.append(word)
    return joined
