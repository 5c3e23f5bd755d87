"""Real voices, really heard: Whisper writes down what they say, and when."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from numpy.typing import NDArray

from lanternist.runtime.call import Call
from models.catalog import Catalog
from models.placement import Placement
from models.weights import resolve
from services.base.registry import engine_class
from services.voice.engine import SpeechRequest, SpokenClause, VoiceEngine
from tests.bench.hearing import Listener, sentence_pairs

pytestmark = pytest.mark.weights

TALE = (
    "The miller had three sons, and a cat. When he died, the eldest took the mill; the second took "
    "the donkey, and the youngest got the cat. “What shall I do with you?” he sighed. “Give me a "
    "pair of boots,” said the cat, “and you will see.”"
)


@pytest.fixture(scope="module")
def listener() -> Listener:
    return Listener()


def _load(model_id: str) -> VoiceEngine:
    card = Catalog.builtin().get(model_id)
    engine: VoiceEngine = engine_class("voice", card.engine)(
        card, resolve(card), Placement(threads=2)
    )
    engine.load()
    return engine


@pytest.fixture(scope="module")
def kokoro() -> Iterator[VoiceEngine]:
    engine = _load("kokoro-82m")
    yield engine
    engine.close()


@pytest.fixture(scope="module")
def joe() -> Iterator[VoiceEngine]:
    engine = _load("piper-en-us-joe")
    yield engine
    engine.close()


def speak(engine: VoiceEngine, text: str, voice: str = "") -> list[SpokenClause]:
    return list(engine.synthesize(SpeechRequest(text, voice), Call()))


def audio(clauses: list[SpokenClause]) -> tuple[NDArray[np.float32], int]:
    samples = np.concatenate([clause.samples for clause in clauses])
    return samples, clauses[0].sample_rate_hertz


@pytest.mark.parametrize(
    ("engine_name", "voice", "sentences", "most"),
    [
        ("kokoro", "bm_george", ("en", 28, 33), 0.1),
        ("kokoro", "ff_siwis", ("fr", 3, 8), 0.25),
        ("joe", "joe", ("en", 28, 33), 0.15),
    ],
)
def test_what_is_said_is_understood(
    request: pytest.FixtureRequest,
    listener: Listener,
    engine_name: str,
    voice: str,
    sentences: tuple[str, int, int],
    most: float,
) -> None:
    """A few sentences; `make bench` takes them all. The bounds leave Whisper room to mishear."""
    engine: VoiceEngine = request.getfixturevalue(engine_name)
    language, first, end = sentences
    pairs = list(sentence_pairs(f"sentences_{language}.txt"))[first:end]
    rate = listener.error_rate(lambda text: audio(speak(engine, text, voice)), pairs, language)
    assert rate <= most, f"{rate:.1%}"


@pytest.mark.parametrize("engine_name", ["kokoro", "joe"])
def test_words_are_heard_when_they_are_said_to_be(
    request: pytest.FixtureRequest, listener: Listener, engine_name: str
) -> None:
    """Whisper's own word times agree, as closely as it hears: a tenth of a second or so."""
    clauses = speak(request.getfixturevalue(engine_name), TALE)
    ours = {}
    for word in (word for clause in clauses for word in clause.words):
        ours.setdefault(word.text.lower(), []).append(word.start_ms)
    gaps = []
    for text, start, _ in listener.words(*audio(clauses), "en"):
        times = ours.get(text.strip(" .,;:?!“”\"'").lower(), [])
        if len(times) == 1:  # a word said once cannot be confused with another
            gaps.append(abs(start * 1000 - times[0]))
    assert len(gaps) >= 12
    assert float(np.median(gaps)) < 120
    assert float(np.percentile(gaps, 90)) < 400


def test_the_models_durations_are_the_whole_audio(kokoro: VoiceEngine) -> None:
    """Summed and times the frame, they give the sample count exactly: nothing is estimated."""
    session = kokoro._session  # type: ignore[attr-defined]
    style = kokoro._styles.style("af_heart", 20)  # type: ignore[attr-defined]
    ids = np.array([[0, *range(43, 63), 0]], np.int64)
    for speed in (0.5, 1.0, 1.7):
        samples, durations = session.run(
            ["audio", "/encoder/Clip_output_0"],
            {"tokens": ids, "style": style, "speed": np.array([speed], np.float32)},
        )
        assert durations.size == ids.size
        assert int(durations.sum()) * 600 == samples.size


def test_loudness_is_even_from_clause_to_clause(kokoro: VoiceEngine) -> None:
    levels = []
    for clause in speak(kokoro, TALE):
        loud = clause.samples[np.abs(clause.samples) > 0.01]
        levels.append(20 * np.log10(float(np.sqrt(np.mean(loud**2)))))
    assert max(levels) - min(levels) < 6.0
    assert -32 < float(np.mean(levels)) < -14
