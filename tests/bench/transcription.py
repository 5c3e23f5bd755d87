"""Transcription: Whisper base in our engine, against faster-whisper called directly.

    python -m tests.bench.transcription

The same weights, threads, beam and samples on both sides, words timed, silence skipped. What is
heard is the sample tale in our quickest voice: a recording that repeats itself would measure how
Whisper falls back when it believes itself stuck. Our engine runs twice, leaving word times as
Whisper has them, as the library does, and aligning them. All take turns; figures are medians of
the rounds, the ratio the median of each round's own.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import soxr
from faster_whisper import WhisperModel
from numpy.typing import NDArray

from lanternist.runtime.call import Call
from models.catalog import Catalog
from models.placement import Placement
from models.weights import resolve
from services.transcription.engine import SAMPLE_RATE_HERTZ, TranscriptionRequest
from services.transcription.engines.whisper import WhisperEngine
from services.voice.engine import SpeechRequest
from services.voice.engines.vits import VitsEngine

TALE = Path(__file__).parents[1] / "stories" / "the-lantern-and-the-fox.md"
VOICE = "piper-en-us-joe"
SECONDS = 60
ROUNDS = 5
THREADS = 2


class _Samples:
    def __init__(self, samples: NDArray[np.float32]) -> None:
        self._samples = samples

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        for start in range(0, len(self._samples), SAMPLE_RATE_HERTZ):
            yield self._samples[start : start + SAMPLE_RATE_HERTZ]


def _spoken() -> NDArray[np.float32]:
    """The beginning of the tale, (n,) float32 at 16 kHz."""
    card = Catalog.builtin().get(VOICE)
    voice = VitsEngine(card, resolve(card), Placement(threads=THREADS))
    voice.load()
    pieces: list[NDArray[np.float32]] = []
    seconds = 0.0
    for clause in voice.synthesize(SpeechRequest(TALE.read_text(encoding="utf-8")), Call()):
        rate = clause.sample_rate_hertz
        pieces.append(soxr.resample(clause.samples, rate, SAMPLE_RATE_HERTZ))
        seconds += len(clause.samples) / rate
        if seconds >= SECONDS:
            break
    voice.close()
    return np.concatenate(pieces)[: SECONDS * SAMPLE_RATE_HERTZ].astype(np.float32)


def rows() -> list[dict[str, str]]:
    """The table's rows."""
    card = Catalog.builtin().get("whisper-base")
    weights = resolve(card)
    samples = _spoken()
    plain = card.model_copy(update={"options": {**card.options, "align_words": False}})
    engines = {
        name: WhisperEngine(own, weights, Placement(threads=THREADS))
        for name, own in (("as heard", plain), ("aligned", card))
    }
    for engine in engines.values():
        engine.load()
        engine.warm_up()
    library = WhisperModel(
        str(weights.directory), compute_type="int8", cpu_threads=THREADS, local_files_only=True
    )

    def ours(engine: WhisperEngine) -> None:
        request = TranscriptionRequest(_Samples(samples), language="en")
        list(engine.transcribe(request, Call()))

    def direct() -> None:
        segments, _ = library.transcribe(
            samples, language="en", beam_size=5, word_timestamps=True, vad_filter=True
        )
        list(segments)

    works: dict[str, Callable[[], None]] = {
        "direct": direct,
        **{name: partial(ours, engine) for name, engine in engines.items()},
    }
    spent: dict[str, list[float]] = {name: [] for name in works}
    for number in range(ROUNDS + 1):
        for name, work in works.items():
            started = time.perf_counter()
            work()
            if number:  # the first round warms up
                spent[name].append(time.perf_counter() - started)
    return [
        {
            "measure": f"{SECONDS} s of speech, one caller, words {name}",
            "our engine": f"{statistics.median(spent[name]):.2f} s",
            "faster-whisper": f"{statistics.median(spent['direct']):.2f} s",
            "our speed": f"{_ratio(spent['direct'], spent[name]):.0%}",
            "target": target,
        }
        for name, target in (("as heard", "≥ 95 %"), ("aligned", "reported"))
    ]


def _ratio(theirs: Sequence[float], ours: Sequence[float]) -> float:
    return statistics.median(t / o for t, o in zip(theirs, ours, strict=True))


if __name__ == "__main__":
    for row in rows():
        print(row)
