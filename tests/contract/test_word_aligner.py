"""What the forced aligner promises, with the models of its package: English and French."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from services.transcription import aligner as aligner_module
from services.transcription.aligner import ForcedAligner, aligner_for
from services.transcription.audio import AudioFile

SPEECH = Path(__file__).parent / "data" / "speech"
RATE = 16_000
RECORDINGS = [("lighthouse_en", "en"), ("garden_fr", "fr")]
Sound = NDArray[np.float32]

pytestmark = pytest.mark.weights


def speech(name: str) -> tuple[Sound, list[tuple[str, int, int]]]:
    """A recording, and the synthesiser's own times of its words in milliseconds."""
    audio = AudioFile()
    audio.write((SPEECH / f"{name}.ogg").read_bytes())
    sound = np.concatenate(list(audio.blocks()))
    audio.close()
    truth: Any = json.loads((SPEECH / f"{name}.json").read_text(encoding="utf-8"))
    return sound, [(text, start, end) for text, start, end in truth["words"]]


@cache
def opened(language: str) -> ForcedAligner:
    aligner = aligner_for(language)
    assert aligner is not None
    return aligner


def errors_ms(aligner: ForcedAligner, name: str, sound: Sound | None = None) -> list[float]:
    recorded, words = speech(name)
    spans = aligner.align(recorded if sound is None else sound, [text for text, _, _ in words])
    assert spans is not None
    found = [span for span in spans if span is not None]
    assert len(found) == len(words)
    assert all(start < end <= len(recorded) / RATE for start, end in found)
    return [abs(span[0] * 1000 - word[1]) for span, word in zip(found, words, strict=True)]


@pytest.mark.parametrize(("name", "language"), RECORDINGS)
def test_words_are_found_to_a_few_hundredths_of_a_second(name: str, language: str) -> None:
    errors = errors_ms(opened(language), name)
    assert np.median(errors) <= 25
    assert np.percentile(errors, 95) <= 60


@pytest.mark.parametrize(("name", "language"), RECORDINGS)
def test_noise_does_not_mislead(name: str, language: str) -> None:
    sound, _ = speech(name)
    noise = np.random.default_rng(1).standard_normal(len(sound)).astype(np.float32)
    noisy = np.clip(sound + noise * np.sqrt(np.mean(sound**2)) / 10, -1, 1)  # 20 dB
    errors = errors_ms(opened(language), name, noisy)
    assert np.median(errors) <= 40
    assert np.percentile(errors, 95) <= 100


def test_words_of_no_dictionary_hold_their_place() -> None:
    sound, words = speech("lighthouse_en")
    said = [text for text, _, _ in words]
    said[2] = "Lytehowss"
    spans = opened("en").align(sound, [*said[:4], "—", *said[4:]])
    assert spans is not None
    assert spans.pop(4) is None
    for span, (_, start, _) in zip(spans, words, strict=True):
        assert span is not None
        assert abs(span[0] * 1000 - start) < 150


def test_what_does_not_fit_is_refused_and_the_next_is_served() -> None:
    aligner = opened("en")
    sound, _ = speech("lighthouse_en")
    assert aligner.align(sound[: RATE // 2], ["incomprehensibilities"] * 40) is None
    assert aligner.align(sound[:100], ["hello"]) is None
    assert aligner.align(np.zeros(0, np.float32), ["hello"]) is None
    assert aligner.align(sound, []) is None
    assert aligner.align(sound, ["—", "日本", "…"]) is None
    for hostile in (["<sil>", "[NOISE]", "</s>"], ["a b", "hello(2)"], ["x" * 5_000], ["\0", "%s"]):
        spans = aligner.align(sound, hostile)
        assert spans is None or len(spans) == len(hostile)
    assert np.median(errors_ms(aligner, "lighthouse_en")) <= 25


def test_guessed_words_do_not_pile_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(aligner_module, "_MOST_GUESSES", 3)
    aligner = ForcedAligner("en")
    sound, _ = speech("lighthouse_en")
    aligner.align(sound[:RATE], ["zqa", "zqb", "zqc"])
    before = aligner._decoder
    aligner.align(sound[:RATE], ["zqa", "zqd"])
    assert aligner._decoder is before
    assert aligner._guesses == 4
    aligner.align(sound[:RATE], ["zqe"])
    assert aligner._decoder is not before
    assert aligner._guesses == 1
    assert np.median(errors_ms(aligner, "lighthouse_en")) <= 25


def test_languages_without_a_model_have_no_aligner() -> None:
    assert aligner_for("de") is None
    assert aligner_for("en-us") is None
