"""Voice: speed against kokoro-onnx, and how well it is understood.

The peer is the `kokoro-onnx` package with the same weights, voice, text and threads, if it is
installed (`pip install kokoro-onnx`; it brings espeak-ng, which is GPL, so it is no dependency of
ours). Runs alternate; medians are given. Seconds are wall-clock, CPU seconds are of this process.
"""

from __future__ import annotations

import importlib.util
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

import models
from lanternist.runtime.call import Call
from models.catalog import Catalog
from models.placement import Placement
from models.weights import Weights, resolve
from services.base.registry import engine_class
from services.voice.engine import SpeechRequest, VoiceEngine
from tests.bench.hearing import DATA, Listener, sentence_pairs

THREADS = 2
ROUNDS = 3
_VOICE = "af_heart"


@dataclass(frozen=True, slots=True)
class Run:
    """One synthesis, timed."""

    first_audio: float
    seconds: float
    cpu_seconds: float
    audio_seconds: float

    @property
    def real_time_factor(self) -> float:
        return self.seconds / self.audio_seconds

    @property
    def cpu_factor(self) -> float:
        return self.cpu_seconds / self.audio_seconds


def timed(speech: Callable[[], Iterator[tuple[NDArray[np.float32], int]]]) -> Run:
    """Times a stream of audio."""
    started, cpu_started = time.perf_counter(), time.process_time()
    first_audio, audio_seconds = 0.0, 0.0
    for samples, rate in speech():
        first_audio = first_audio or time.perf_counter() - started
        audio_seconds += len(samples) / rate
    return Run(
        first_audio,
        time.perf_counter() - started,
        time.process_time() - cpu_started,
        audio_seconds,
    )


def load(model_id: str) -> tuple[VoiceEngine, Weights]:
    """An engine, loaded and warm."""
    card = Catalog.builtin().get(model_id)
    weights = resolve(card)
    engine: VoiceEngine = engine_class("voice", card.engine)(
        card, weights, Placement(threads=THREADS)
    )
    engine.load()
    engine.warm_up()
    return engine, weights


def ours(
    engine: VoiceEngine, text: str, voice: str = ""
) -> Callable[[], Iterator[tuple[NDArray[np.float32], int]]]:
    """Our engine as something that can be timed."""

    def speech() -> Iterator[tuple[NDArray[np.float32], int]]:
        for clause in engine.synthesize(SpeechRequest(text, voice), Call()):
            yield clause.samples, clause.sample_rate_hertz

    return speech


def peer(
    weights: Weights, text: str
) -> Callable[[], Iterator[tuple[NDArray[np.float32], int]]] | None:
    """kokoro-onnx on the same weights and threads; None when it is not installed."""
    if importlib.util.find_spec("kokoro_onnx") is None:
        return None
    import asyncio

    from kokoro_onnx import Kokoro

    options = ort.SessionOptions()
    options.intra_op_num_threads = THREADS
    session = ort.InferenceSession(
        str(weights.path(str(weights.card.options["model_file"]))),
        options,
        providers=["CPUExecutionProvider"],
    )
    table = np.fromfile(Path(models.__file__).parent / "voices" / f"{_VOICE}.bin", "<f4")
    with tempfile.TemporaryDirectory() as folder:
        voices = Path(folder) / "voices.npz"
        np.savez(voices, **{_VOICE: table.reshape(510, 1, 256)})
        kokoro: Any = Kokoro.from_session(session, str(voices))
        kokoro.create("Ready.", voice=_VOICE)

    def speech() -> Iterator[tuple[NDArray[np.float32], int]]:
        loop = asyncio.new_event_loop()
        try:
            stream = kokoro.create_stream(text, voice=_VOICE).__aiter__()
            while True:
                try:
                    yield loop.run_until_complete(stream.__anext__())
                except StopAsyncIteration:
                    return
        finally:
            loop.close()

    return speech


def _row(measure: str, value: str, other: str = "", target: str = "") -> dict[str, str]:
    return {"measure": measure, "Lanternist": value, "kokoro-onnx": other, "target": target}


def speed_rows() -> list[dict[str, str]]:
    """Real-time factors and first audio of a text of one minute."""
    text = " ".join((DATA / "minute_en.txt").read_text(encoding="utf-8").split())
    engine, weights = load("kokoro-82m")
    speeches = {"ours": ours(engine, text, _VOICE)}
    other = peer(weights, text)
    if other is not None:
        speeches["peer"] = other
    runs: dict[str, list[Run]] = {name: [] for name in speeches}
    for _ in range(ROUNDS):
        for name, speech in speeches.items():
            runs[name].append(timed(speech))

    def median(name: str, value: Callable[[Run], float], digits: int = 2) -> str:
        if name not in runs:
            return "not installed"
        return f"{statistics.median(map(value, runs[name])):.{digits}f}"

    both = ("ours", "peer")
    rtf, cpu, first = (
        [median(name, value) for name in both]
        for value in (
            lambda run: run.real_time_factor,
            lambda run: run.cpu_factor,
            lambda run: run.first_audio,
        )
    )
    minute = [median(name, lambda run: run.audio_seconds, 1) for name in both]
    engine.close()
    joe, _ = load("piper-en-us-joe")
    fast = statistics.median(timed(ours(joe, text)).real_time_factor for _ in range(ROUNDS))
    joe.close()
    return [
        _row(f"Kokoro: seconds a second of speech, {THREADS} threads", *rtf, "not slower"),
        _row("Kokoro: CPU seconds a second of speech", *cpu),
        _row("Kokoro: first audio of a one-minute text, s", *first, "≤ 1.0"),
        _row("Kokoro: length of the speech, s", *minute),
        _row("Piper joe: seconds a second of speech", f"{fast:.3f}"),
    ]


def hearing_rows() -> list[dict[str, str]]:
    """Word error rates, as heard by Whisper base."""
    listener = Listener()
    rows = []
    for model_id, voice, language, target in (
        ("kokoro-82m", _VOICE, "en", "≤ 6 %"),
        ("kokoro-82m", "bf_emma", "en", ""),
        ("piper-en-us-joe", "joe", "en", ""),
        ("kokoro-82m", "ff_siwis", "fr", ""),
    ):
        engine, _ = load(model_id)
        pairs = list(sentence_pairs(f"sentences_{language}.txt"))

        def say(text: str, engine: VoiceEngine = engine, voice: str = voice) -> Any:
            parts = list(ours(engine, text, voice)())
            return np.concatenate([samples for samples, _ in parts]), parts[0][1]

        rate = listener.error_rate(say, pairs, language)
        engine.close()
        rows.append(
            _row(
                f"word error rate, {len(pairs)} sentences ({language}), {model_id} {voice}",
                f"{rate:.1%}",
                "",
                target,
            )
        )
    return rows


def rows() -> list[dict[str, str]]:
    """Every figure of the voice service."""
    return [*speed_rows(), *hearing_rows()]


def main() -> None:
    """Prints the figures, a line each."""
    for row in rows():
        print(" | ".join(row.values()))


if __name__ == "__main__":
    main()
