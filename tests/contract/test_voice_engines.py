"""What every voice engine promises, asked of each: a fake always, the real ones with weights."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    CancelledError,
    DeadlineExceededError,
    InvalidArgumentError,
    NotFoundError,
)
from models.card import ModelCard
from models.catalog import Catalog
from models.placement import Placement
from models.weights import resolve
from services.base.registry import engine_class
from services.voice.engine import SpeechRequest, SpokenClause, VoiceEngine

CARDS = Path(__file__).parents[1] / "cards"
TEXT = "“Good evening,” said Dr. Owl. It was 7:45 pm, and the moon cost $3.50 — or so they say!"
WORDS = [
    "Good", "evening", "said", "Dr.", "Owl", "It", "was", "7:45", "pm", "and", "the", "moon",
    "cost", "$3.50", "or", "so", "they", "say",
]  # fmt: skip


@pytest.fixture(
    scope="module",
    params=[
        "fake-voice",
        pytest.param("kokoro-82m", marks=pytest.mark.weights),
        pytest.param("piper-en-us-joe", marks=pytest.mark.weights),
    ],
)
def engine(request: pytest.FixtureRequest) -> Iterator[VoiceEngine]:
    catalog = Catalog.builtin(CARDS)
    card: ModelCard = catalog.get(request.param)
    weights = resolve(card, catalog=catalog) if card.sources else None
    made: VoiceEngine = engine_class("voice", card.engine)(card, weights, Placement(threads=2))
    made.load()
    made.warm_up()
    yield made
    made.close()
    made.close()  # idempotent


@pytest.fixture(scope="module")
def spoken(engine: VoiceEngine) -> list[SpokenClause]:
    """`TEXT`, spoken once for the tests that only look at the result."""
    return speak(engine, TEXT)


@pytest.fixture
def runs(engine: VoiceEngine, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one for every clause that the model really ran."""
    counted: list[int] = []
    say = engine.say  # type: ignore[attr-defined]

    def counting(*arguments: Any) -> Any:
        counted.append(1)
        return say(*arguments)

    monkeypatch.setattr(engine, "say", counting)
    return counted


def speak(engine: VoiceEngine, text: str, **options: Any) -> list[SpokenClause]:
    return list(engine.synthesize(SpeechRequest(text, **options), Call()))


def seconds(clauses: list[SpokenClause]) -> float:
    return sum(clause.duration_seconds for clause in clauses)


def test_voices_are_described(engine: VoiceEngine) -> None:
    voices = engine.voices()
    assert voices
    assert len({voice.id for voice in voices}) == len(voices)
    for voice in voices:
        assert voice.display_name
        assert voice.license
        assert voice.gender in ("female", "male", "")
        assert "-" in voice.language


def test_audio_is_sound_and_words_lie_within_it(spoken: list[SpokenClause]) -> None:
    clauses = spoken
    assert [clause.index for clause in clauses] == list(range(len(clauses)))
    assert len({clause.sample_rate_hertz for clause in clauses}) == 1
    position = 0.0
    for clause in clauses:
        assert clause.samples.dtype == np.float32
        assert clause.samples.ndim == 1
        assert np.isfinite(clause.samples).all()
        assert 0.05 < float(np.abs(clause.samples).max()) <= 1.0
        start_ms, position = position * 1000, position + clause.duration_seconds
        for word in clause.words:
            assert start_ms - 1 <= word.start_ms < word.end_ms <= position * 1000 + 1


def test_every_word_is_timed_once_in_order_where_it_is_written(
    spoken: list[SpokenClause],
) -> None:
    words = [word for clause in spoken for word in clause.words]
    assert [word.text for word in words] == WORDS
    assert all(TEXT[word.char_start : word.char_end] == word.text for word in words)
    assert all(a.end_ms <= b.start_ms for a, b in itertools.pairwise(words))
    assert all(word.end_ms - word.start_ms >= 40 for word in words if len(word.text) > 3)


def test_words_sound_when_they_are_said_to(engine: VoiceEngine) -> None:
    """The energy inside the words is far above that of the pauses between them."""
    clauses = speak(engine, "Lanterns! Glowing lanterns? Nobody answered; nobody moved.")
    audio = np.concatenate([clause.samples for clause in clauses])
    rate = clauses[0].sample_rate_hertz
    spoken = np.zeros(len(audio), bool)
    for clause in clauses:
        for word in clause.words:
            spoken[word.start_ms * rate // 1000 : word.end_ms * rate // 1000] = True
    loud = float(np.sqrt(np.mean(audio[spoken] ** 2)))
    quiet = float(np.sqrt(np.mean(audio[~spoken] ** 2)))
    assert loud > 3 * quiet


def test_clauses_join_without_clicks(spoken: list[SpokenClause]) -> None:
    for clause in spoken:
        assert abs(float(clause.samples[0])) < 0.01
        assert abs(float(clause.samples[-1])) < 0.01


def test_the_same_request_sounds_the_same(engine: VoiceEngine) -> None:
    first, second = (speak(engine, "The same again.") for _ in range(2))
    assert [clause.words for clause in first] == [clause.words for clause in second]
    for one, other in zip(first, second, strict=True):
        assert np.array_equal(one.samples, other.samples)


def test_speed_scales_duration(engine: VoiceEngine) -> None:
    text = "Seven silver spoons were lying on the table."
    slow, usual, fast = (seconds(speak(engine, text, speed=s)) for s in (0.5, 1.0, 2.0))
    assert 1.6 < slow / usual < 2.3
    assert 1.35 < usual / fast < 2.3  # durations are whole frames, and none is below one


@pytest.mark.parametrize("speed", [0.0, 0.49, 2.01, -1.0, float("nan"), float("inf")])
def test_a_speed_out_of_range_is_refused(engine: VoiceEngine, speed: float) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        speak(engine, "Hello.", speed=speed)
    assert caught.value.violations[0].field == "speed"


@pytest.mark.parametrize(
    "text", ["", "   \n\t", "😀🎉🦊", "...", "?! — “”", "\x00\x01\x1b", "\u200b"]
)
def test_a_text_with_nothing_to_say_is_refused(engine: VoiceEngine, text: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        speak(engine, text)
    assert caught.value.violations[0].field == "text"
    assert caught.value.reason == "NOTHING_TO_SPEAK"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Fox 🦊 and owl 🦉!", ["Fox", "and", "owl"]),
        ("Bell\x07 and\x1b tab\tend", ["Bell", "and", "tab", "end"]),
        ("Ωmega Привет 中文", ["Ωmega", "Привет", "中文"]),
        ("e\u0301clair", ["e\u0301clair"]),
        ("(((((((((( hush ))))))))))", ["hush"]),
    ],
)
def test_odd_characters_do_no_harm(engine: VoiceEngine, text: str, words: list[str]) -> None:
    spoken = [word for clause in speak(engine, text) for word in clause.words]
    assert [word.text for word in spoken] == words
    assert all(text[word.char_start : word.char_end] == word.text for word in spoken)


def test_an_unknown_voice_is_not_found(engine: VoiceEngine) -> None:
    with pytest.raises(NotFoundError):
        speak(engine, "Hello.", voice="nobody")


def test_a_language_that_the_voice_does_not_speak_is_refused(engine: VoiceEngine) -> None:
    for voice in ("", engine.voices()[0].id):
        with pytest.raises(InvalidArgumentError) as caught:
            speak(engine, "Hallo.", voice=voice, language="de")
        assert caught.value.violations[0].field == "language"


def test_a_long_text_streams(engine: VoiceEngine, runs: list[int]) -> None:
    text = "The road went on and on, over the hills and through the woods. " * 320
    assert len(text) > 20_000
    stream = engine.synthesize(SpeechRequest(text), Call())
    first, second = next(stream), next(stream)
    stream.close()  # type: ignore[attr-defined]
    assert len(runs) == 2
    assert first.duration_seconds < 6
    assert second.words[0].char_start > first.words[-1].char_end


def test_an_enormous_word_is_spoken_piece_by_piece(engine: VoiceEngine, runs: list[int]) -> None:
    stream = engine.synthesize(SpeechRequest("ba" * 2500), Call())
    pieces = [next(stream), next(stream)]
    stream.close()  # type: ignore[attr-defined]
    assert len(runs) == 2
    assert all(piece.duration_seconds < 60 for piece in pieces)
    assert pieces[1].words[0].char_start == pieces[0].words[-1].char_end


def test_a_caller_who_leaves_stops_it_within_a_clause(engine: VoiceEngine, runs: list[int]) -> None:
    call = Call()
    stream = engine.synthesize(SpeechRequest(TEXT * 50), call)
    next(stream)
    call.cancel()
    with pytest.raises(CancelledError):
        next(stream)
    assert len(runs) == 1


def test_a_deadline_that_has_passed_runs_nothing(engine: VoiceEngine, runs: list[int]) -> None:
    call = Call(timeout_seconds=0.001)
    while call.remaining_seconds():
        pass
    with pytest.raises(DeadlineExceededError):
        next(engine.synthesize(SpeechRequest(TEXT), call))
    assert not runs
