"""Turns what a model said for one clause into a stretch of the speech: cut, paused, timed.

Models pad every run with silence of their own; between clauses that would be heard as stumbling.
So the silence at both ends is cut where the sound really starts and stops, the edges are faded, and
a pause is set that the closing mark asks for. It does not know models or texts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.voice.clauses import Clause
from services.voice.engine import WordTiming

PAUSES_MS = {
    "": 60, ",": 180, ";": 260, ":": 260, "—": 240, ".": 400, "!": 400, "?": 420, "…": 480,
    "¶": 750,
}  # fmt: skip
"""Silence after a clause at speed 1, by the mark that closes it."""

LAST_PAUSE_MS = 250
_MARGIN_MS = 30
_FADE_MS = 5
_WINDOW_MS = 5
_SILENCE = 0.004  # -48 dBFS, below the noise floor of the models' speech


@dataclass(frozen=True, slots=True)
class RawSpeech:
    """What a model said.

    Attributes:
        samples: Shape (n,), float32 in [-1, 1].
        sample_rate_hertz: Samples a second.
        edges: Shape (len(phonemes) + 1,), integers: phoneme i sounds from sample `edges[i]` to
            `edges[i + 1]`.
    """

    samples: NDArray[np.float32]
    sample_rate_hertz: int
    edges: NDArray[np.int64]


def join(
    raw: RawSpeech, clause: Clause, *, first_sample: int, speed: float, last: bool
) -> tuple[NDArray[np.float32], tuple[WordTiming, ...]]:
    """Cuts, pauses and times one clause.

    Args:
        raw: What the model said for the clause.
        clause: What it was asked to say.
        first_sample: Where in the whole speech this stretch begins.
        speed: Rate of speech; pauses shrink with it.
        last: Whether the speech ends here.

    Returns:
        Samples, shape (m,), float32; and the words, on the clock of the whole speech. Every word
        lies within these samples, none starts before the one before it has ended.
    """
    rate = raw.sample_rate_hertz
    start, end = _sounding(raw)
    body = raw.samples[start:end].astype(np.float32, copy=True)
    fade = min(rate * _FADE_MS // 1000, len(body) // 2)
    if fade:
        ramp = np.linspace(0.0, 1.0, fade, dtype=np.float32)
        body[:fade] *= ramp
        body[-fade:] *= ramp[::-1]
    pause_ms = LAST_PAUSE_MS if last else PAUSES_MS[clause.pause] / speed
    pause = np.zeros(int(rate * pause_ms / 1000), dtype=np.float32)
    edges = np.clip(raw.edges - start, 0, len(body)) + first_sample
    return np.concatenate([body, pause]), _timings(clause, edges, rate)


def _sounding(raw: RawSpeech) -> tuple[int, int]:
    """First and last sample to keep; never cuts into what the model placed as sound."""
    rate = raw.sample_rate_hertz
    window = max(1, rate * _WINDOW_MS // 1000)
    count = len(raw.samples) // window
    if count == 0:
        return 0, len(raw.samples)
    frames = raw.samples[: count * window].reshape(count, window)
    loud = np.flatnonzero(np.sqrt(np.mean(np.square(frames), axis=1)) > _SILENCE)
    if len(loud) == 0:
        return 0, len(raw.samples)
    margin = rate * _MARGIN_MS // 1000
    start = min(int(loud[0]) * window, int(raw.edges[0])) - margin
    end = (int(loud[-1]) + 1) * window + margin
    return max(0, start), min(len(raw.samples), max(end, start + window))


def _timings(clause: Clause, edges: NDArray[np.int64], rate: int) -> tuple[WordTiming, ...]:
    """A pause belongs to no word; a bare space, where no pause is, is shared by its neighbours."""
    spans = [_span(clause, index) for index in range(len(clause.words))]
    timings = []
    earliest = 0
    for index, (word, span) in enumerate(zip(clause.words, spans, strict=True)):
        first, last = int(edges[span[0]]), int(edges[span[1]])
        if index and span[0] - spans[index - 1][1] == 1 and span[1] > span[0]:
            first = (first + int(edges[spans[index - 1][1]])) // 2
        if index + 1 < len(spans) and spans[index + 1][0] - span[1] == 1:
            last = (last + int(edges[spans[index + 1][0]])) // 2
        start_ms = max(earliest, round(first * 1000 / rate))
        end_ms = max(start_ms, round(last * 1000 / rate))
        timings.append(WordTiming(word.text, start_ms, end_ms, word.start, word.end))
        earliest = end_ms
    return tuple(timings)


def _span(clause: Clause, index: int) -> tuple[int, int]:
    """Where a word's phonemes begin and end; a word without any takes no time, in its place."""
    places = [at for at, owner in enumerate(clause.owners) if owner == index]
    if places:
        return places[0], places[-1] + 1
    following = (at for at, owner in enumerate(clause.owners) if owner > index)
    at = next(following, len(clause.owners))
    return at, at
