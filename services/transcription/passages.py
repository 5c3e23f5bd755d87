"""`passages`: cuts a recording of any length into stretches of speech that a model can take.

Silence is left out, because Whisper invents words for it, and because it costs time. A passage
ends in the longest pause near its end, never in a word if there is any pause. Only one passage is
held in memory. Speech is found by Silero VAD (MIT, in the faster-whisper package). It does not know
Whisper.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np
from faster_whisper.vad import VadOptions, get_speech_timestamps
from numpy.typing import NDArray

from services.transcription.engine import SAMPLE_RATE_HERTZ

Samples = NDArray[np.float32]
Span = tuple[int, int]
"""First sample and the one after the last."""

_SECOND = SAMPLE_RATE_HERTZ
_FIRST_PASSAGE = 120 * _SECOND  # the first words come soon …
_LONGEST_PASSAGE = 600 * _SECOND  # … and later passages waste fewer half-empty windows
_CUT_WITHIN = 30 * _SECOND
_PAUSE_MS = 160  # between phrases: long enough to cut in
_SILENCE = 2 * _SECOND  # long enough to leave out
_PADDING = _SECOND * 2 // 5  # kept around speech: soft beginnings and endings
_SHORTEST_SPEECH = _SECOND * 3 // 20  # what is shorter is a click, not a word


@dataclass(frozen=True, slots=True)
class Passage:
    """Speech with the silences left out, and where each part of it was.

    Attributes:
        samples: (n,) mono float32 at 16 kHz.
        spans: Where its parts are in the recording, in samples, in order.
    """

    samples: Samples
    spans: tuple[Span, ...]

    def place(self, start: float, end: float) -> tuple[int, int]:
        """Milliseconds in the recording of a stretch of the passage, given in seconds.

        The stretch is kept within the part that holds its middle: a word is never stretched over a
        silence that was left out.
        """
        ends = self._ends()
        part = min(bisect_right(ends, (start + end) / 2 * _SECOND), len(ends) - 1)
        return self._in_part(part, start, ends), self._in_part(part, end, ends)

    def place_long(self, start: float, end: float) -> tuple[int, int]:
        """As `place`, for a stretch that may cover several parts."""
        ends = self._ends()
        first = min(bisect_right(ends, start * _SECOND), len(ends) - 1)
        last = max(first, min(bisect_left(ends, end * _SECOND), len(ends) - 1))
        return self._in_part(first, start, ends), self._in_part(last, end, ends)

    def _ends(self) -> list[int]:
        return list(accumulate(end - start for start, end in self.spans))

    def _in_part(self, part: int, seconds: float, ends: Sequence[int]) -> int:
        start, end = self.spans[part]
        before = ends[part] - (end - start)
        sample = start + seconds * _SECOND - before
        return round(min(max(sample, start), end) * 1000 / _SECOND)


def passages(blocks: Iterator[Samples]) -> Iterator[Passage]:
    """Yields the speech of a recording, passage by passage.

    Args:
        blocks: The recording from its beginning, mono float32 at 16 kHz, in pieces of any size.
    """
    wanted, offset = _FIRST_PASSAGE, 0
    held: list[Samples] = []
    size = 0
    for block in blocks:
        held.append(block)
        size += len(block)
        if size < wanted:
            continue
        sound = np.concatenate(held)
        speech = _find_speech(sound)
        cut = _best_cut(speech, len(sound))
        yield from _passage(sound, speech, cut, offset)
        held, size, offset = [sound[cut:]], len(sound) - cut, offset + cut
        wanted = min(2 * wanted, _LONGEST_PASSAGE)
    if size:
        sound = np.concatenate(held)
        yield from _passage(sound, _find_speech(sound), len(sound), offset)


def _find_speech(sound: Samples) -> list[Span]:
    """Stretches of speech between pauses, without padding."""
    options = VadOptions(min_silence_duration_ms=_PAUSE_MS, speech_pad_ms=0)
    found = get_speech_timestamps(sound, options)
    return [(span["start"], min(span["end"], len(sound))) for span in found]


def _best_cut(speech: Sequence[Span], length: int) -> int:
    """The middle of the longest pause near the end; the end itself when there is no pause."""
    starts = [start for start, _ in speech] + [length]
    ends = [0] + [end for _, end in speech]
    pauses = [(start - end, (start + end) // 2) for end, start in zip(ends, starts, strict=True)]
    for earliest in (length - _CUT_WITHIN, length // 2):
        near = [(size, middle) for size, middle in pauses if middle >= earliest and size > 0]
        if near:
            return max(near)[1]
    return length


def _passage(sound: Samples, speech: Sequence[Span], cut: int, offset: int) -> Iterator[Passage]:
    within = [(start, min(end, cut)) for start, end in speech if start < cut]
    kept = _padded(_joined(within, cut), cut)
    if kept:
        yield Passage(
            np.concatenate([sound[start:end] for start, end in kept]),
            tuple((start + offset, end + offset) for start, end in kept),
        )


def _joined(speech: Sequence[Span], length: int) -> list[Span]:
    """Joins what only short pauses divide, and drops what is too short to be speech.

    What touches an edge stays: it may be the rest of something longer.
    """
    joined: list[Span] = []
    for start, end in speech:
        if joined and start - joined[-1][1] < _SILENCE:
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return [
        (start, end)
        for start, end in joined
        if end - start >= _SHORTEST_SPEECH or start == 0 or end == length
    ]


def _padded(speech: Sequence[Span], length: int) -> list[Span]:
    # Silences between them are longer than two paddings, so padded spans never touch.
    return [(max(0, start - _PADDING), min(length, end + _PADDING)) for start, end in speech]
