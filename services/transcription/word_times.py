"""`WordTimes`: Whisper's guesses at when words are said, made exact.

Whisper reads word times off its attention: a tenth of a second off now and then, and sentences
begin in the silence before them. Here the words are laid over the sound again, a stretch between
two pauses at a time: by a forced aligner where there is one for the language, and else moved to
where the sound begins. Words themselves are never changed. It does not know recordings, only
passages.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Protocol

import numpy as np
from faster_whisper.transcribe import Segment, Word

from services.transcription.aligner import Span
from services.transcription.engine import SAMPLE_RATE_HERTZ
from services.transcription.onsets import silences, snapped
from services.transcription.passages import Samples
from services.transcription.segments import whole_words

# A stretch ends in a pause like this, unless there is none for so long.
_PAUSE_SECONDS = 0.15
_LONGEST_SECONDS = 40.0
# How far before the first word and behind the last one Whisper may be wrong.
_MARGIN_SECONDS = 1.0
# An aligner whose words are, in the median, further than this from Whisper's is not believed.
_BELIEVED_SECONDS = 0.5
_MARK = re.compile(r"[,;:.!?…—–”»]$")


class Aligner(Protocol):
    """What is asked of a forced aligner; see `ForcedAligner`."""

    def align(self, samples: Samples, words: Sequence[str]) -> list[Span | None] | None:
        """Start and end of each word in seconds; None for a word that holds nothing to say."""


class WordTimes:
    """Moves words to where they are said. Not for several threads at once.

    Args:
        open_aligner: The aligner of a language (Whisper's code of it), None where there is none.
    """

    def __init__(self, open_aligner: Callable[[str], Aligner | None]) -> None:
        self._open_aligner = open_aligner
        self._aligners: dict[str, Aligner | None] = {}

    def close(self) -> None:
        """Frees the aligners. Idempotent; they open again where they are needed."""
        self._aligners.clear()

    def correct(
        self,
        segments: Iterator[Segment],
        samples: Samples,
        language: str,
        check: Callable[[], None],
    ) -> Iterator[Segment]:
        """The same segments, their words at better times; each comes when the next is known.

        Args:
            segments: What was heard in a passage, with words, in seconds of the passage.
            samples: The passage: shape (n,), mono float32 at 16 kHz.
            language: Whisper's code of it.
            check: Called before every stretch; what it raises ends the work.
        """
        pauses: list[Span] | None = None
        held: list[Segment] = []
        begin = 0.0
        for segment in segments:
            pauses = silences(samples) if pauses is None else pauses
            cut = _cut(held, segment, begin, pauses)
            if cut is not None:
                check()
                yield from self._placed(held, samples, language, (begin, cut), pauses)
                held, begin = [], cut
            held.append(segment)
        if held:
            check()
            end = len(samples) / SAMPLE_RATE_HERTZ
            yield from self._placed(held, samples, language, (begin, end), pauses or [])

    def _placed(
        self,
        held: Sequence[Segment],
        samples: Samples,
        language: str,
        stretch: Span,
        pauses: Sequence[Span],
    ) -> Iterator[Segment]:
        by_segment = [whole_words(segment.words or (), language) for segment in held]
        words = list(itertools.chain.from_iterable(by_segment))
        if not words:
            yield from held
            return
        begin = max(stretch[0], words[0].start - _MARGIN_SECONDS)
        end = min(stretch[1], words[-1].end + _MARGIN_SECONDS)
        spans = self._aligned(words, samples, language, (begin, end))
        if spans is None:
            near = [gap for gap in pauses if gap[1] > begin and gap[0] < end]
            spans = snapped([(w.start, w.end) for w in words], _begins_clause(by_segment), near)
        moved = iter(
            replace(word, start=start, end=end)
            for word, (start, end) in zip(words, spans, strict=True)
        )
        for segment, own in zip(held, by_segment, strict=True):
            yield replace(segment, words=[next(moved) for _ in own])

    def _aligned(
        self, words: Sequence[Word], samples: Samples, language: str, stretch: Span
    ) -> list[Span] | None:
        if language not in self._aligners:
            self._aligners[language] = self._open_aligner(language)
        aligner = self._aligners[language]
        if aligner is None:
            return None
        first, last = (round(time * SAMPLE_RATE_HERTZ) for time in stretch)
        found = aligner.align(samples[first:last], [word.word for word in words])
        if found is None or _strayed(words, found, first / SAMPLE_RATE_HERTZ):
            return None
        now = offset = first / SAMPLE_RATE_HERTZ
        placed: list[Span] = []
        for span in found:
            if span is None:  # a dash takes no time
                placed.append((now, now))
            else:
                now = span[1] + offset
                placed.append((span[0] + offset, now))
        return placed


def _cut(
    held: Sequence[Segment], segment: Segment, begin: float, pauses: Sequence[Span]
) -> float | None:
    """Where the stretch of the held segments ends; None while it goes on."""
    if not held or not held[-1].words or not segment.words:
        return None
    last, first = held[-1].words[-1], segment.words[0]
    near = [
        (end - start, (start + end) / 2)
        for start, end in pauses
        if end - start >= _PAUSE_SECONDS and end > _middle(last) and start < _middle(first)
    ]
    if near:
        return max(near)[1]
    too_long = segment.words[-1].end - begin > _LONGEST_SECONDS
    return (last.end + first.start) / 2 if too_long else None


def _strayed(words: Sequence[Word], found: Sequence[Span | None], offset: float) -> bool:
    """Whether an aligner lost its way: attention wanders, but seldom this far."""
    apart = [
        abs(span[0] + offset - word.start)
        for word, span in zip(words, found, strict=True)
        if span is not None
    ]
    return bool(apart) and float(np.median(apart)) > _BELIEVED_SECONDS


def _middle(word: Word) -> float:
    return float(word.start + word.end) / 2


def _begins_clause(by_segment: Sequence[Sequence[Word]]) -> list[bool]:
    begins: list[bool] = []
    for words in by_segment:
        for at, _ in enumerate(words):
            begins.append(at == 0 or bool(_MARK.search(words[at - 1].word.rstrip())))
    return begins
