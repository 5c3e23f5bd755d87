"""Transcription: Whisper base in our engine, against faster-whisper called directly.

    python -m tests.bench.transcription

The same weights, threads, beam and decoded samples on both sides, words timed, silence skipped. The
two alternate; figures are medians of the rounds, the ratio the median of each round's own.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from faster_whisper import WhisperModel
from faster_whisper.audio import decode_audio
from numpy.typing import NDArray

from lanternist.runtime.call import Call
from models.catalog import Catalog
from models.placement import Placement
from models.weights import resolve
from services.transcription.engine import SAMPLE_RATE_HERTZ, TranscriptionRequest
from services.transcription.engines.whisper import WhisperEngine

SPEECH = Path(__file__).parents[1] / "contract/data/speech"
SECONDS = 60
ROUNDS = 3
THREADS = 2


class _Samples:
    def __init__(self, samples: NDArray[np.float32]) -> None:
        self._samples = samples

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        for start in range(0, len(self._samples), SAMPLE_RATE_HERTZ):
            yield self._samples[start : start + SAMPLE_RATE_HERTZ]


def _minute() -> NDArray[np.float32]:
    """The English test recording, over and over."""
    recording = SPEECH / "lighthouse_en.ogg"
    samples = decode_audio(str(recording), sampling_rate=SAMPLE_RATE_HERTZ)
    return np.resize(samples, SECONDS * SAMPLE_RATE_HERTZ).astype(np.float32)


def rows() -> list[dict[str, str]]:
    """The table's rows."""
    card = Catalog.builtin().get("whisper-base")
    weights = resolve(card)
    samples = _minute()
    engine = WhisperEngine(card, weights, Placement(threads=THREADS))
    engine.load()
    engine.warm_up()
    library = WhisperModel(
        str(weights.directory), compute_type="int8", cpu_threads=THREADS, local_files_only=True
    )

    def ours() -> None:
        request = TranscriptionRequest(_Samples(samples), language="en")
        list(engine.transcribe(request, Call()))

    def direct() -> None:
        segments, _ = library.transcribe(
            samples, language="en", beam_size=5, word_timestamps=True, vad_filter=True
        )
        list(segments)

    spent: dict[str, list[float]] = {"ours": [], "direct": []}
    for _ in range(ROUNDS):
        for name, work in (("direct", direct), ("ours", ours)):
            started = time.perf_counter()
            work()
            spent[name].append(time.perf_counter() - started)
    ratio = statistics.median(d / o for d, o in zip(spent["direct"], spent["ours"], strict=True))
    return [
        {
            "measure": f"{SECONDS} s of speech, one caller",
            "our engine": f"{statistics.median(spent['ours']):.2f} s",
            "faster-whisper": f"{statistics.median(spent['direct']):.2f} s",
            "our speed": f"{ratio:.0%}",
            "target": "≥ 95 %",
        }
    ]


if __name__ == "__main__":
    for row in rows():
        print(row)
