"""What every transcription engine promises: a fake always, the real ones with weights."""

from __future__ import annotations

import json
import re
import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    CancelledError,
    DeadlineExceededError,
    InvalidArgumentError,
)
from models.catalog import Catalog
from models.placement import Placement
from models.weights import resolve
from services.base.registry import engine_class
from services.transcription.audio import AudioFile
from services.transcription.engine import (
    LanguageDetected,
    TranscriptionEvent,
    TranscriptionFinished,
    TranscriptionRequest,
    TranscriptSegment,
)

CARDS = Path(__file__).parents[1] / "cards"
SPEECH = Path(__file__).parent / "data" / "speech"
RATE = 16_000
Sound = NDArray[np.float32]


@dataclass
class Source:
    """Sound from memory, a second at a time; may cancel a call when a block is asked for."""

    sound: Sound
    cancel_at: int = -1
    call: Call | None = None

    def blocks(self) -> Iterator[Sound]:
        for number, start in enumerate(range(0, len(self.sound), RATE)):
            if number == self.cancel_at and self.call:
                self.call.cancel()
            yield self.sound[start : start + RATE]


@cache
def speech(name: str) -> Sound:
    audio = AudioFile()
    audio.write((SPEECH / f"{name}.ogg").read_bytes())
    sound = np.concatenate(list(audio.blocks()))
    audio.close()
    return sound


def truth(name: str) -> Any:
    return json.loads((SPEECH / f"{name}.json").read_text(encoding="utf-8"))


def silence(seconds: float) -> Sound:
    return np.zeros(round(seconds * RATE), np.float32)


@pytest.fixture(
    scope="module",
    params=[
        "fake-transcription",
        pytest.param("whisper-base", marks=pytest.mark.weights),
        pytest.param("whisper-tiny-en", marks=pytest.mark.weights),
    ],
)
def engine(request: pytest.FixtureRequest) -> Iterator[Any]:
    card = Catalog.builtin(CARDS).get(request.param)
    weights = resolve(card) if card.sources else None
    made = engine_class("transcription", card.engine)(card, weights, Placement(threads=2))
    made.load()
    made.warm_up()
    yield made
    made.close()
    made.close()  # idempotent


@pytest.fixture
def whisper(engine: Any) -> Any:
    """The engine, if it understands what is said."""
    if not hasattr(engine, "_model"):
        pytest.skip("a fake understands nothing")
    return engine


def listen(
    engine: Any, sound: Sound, call: Call | None = None, **fields: Any
) -> list[TranscriptionEvent]:
    return list(engine.transcribe(TranscriptionRequest(Source(sound), **fields), call or Call()))


def segments(events: list[TranscriptionEvent]) -> list[TranscriptSegment]:
    return [event for event in events if isinstance(event, TranscriptSegment)]


def words(text: str) -> list[str]:
    return re.findall(r"[\w'-]+", text.lower().replace("7", "seven"))


def test_events_come_in_order_and_times_only_grow(engine: Any) -> None:
    sentence = 3 * RATE + RATE // 4  # the first one's end
    spoken = speech("lighthouse_en")
    sound = np.concatenate([spoken[:sentence], silence(3), spoken[sentence:]])
    first, *middle, last = listen(engine, sound)
    assert isinstance(first, LanguageDetected)
    assert first.language == "en"
    assert first.confidence > 0.5
    assert isinstance(last, TranscriptionFinished)
    assert last.duration_ms == round(len(sound) / 16)
    assert segments(middle) == middle
    now = 0
    for index, segment in enumerate(segments(middle)):
        assert segment.index == index
        assert now <= segment.start_ms <= segment.end_ms <= last.duration_ms
        assert segment.text == segment.text.strip() != ""
        assert 0 < segment.confidence <= 1
        assert [word.start_ms for word in segment.words][:1] == [segment.start_ms]
        assert [word.end_ms for word in segment.words][-1:] == [segment.end_ms]
        for word in segment.words:
            assert word.text == word.text.strip() != ""
            assert now <= word.start_ms <= word.end_ms
            assert 0 <= word.confidence <= 1
            now = word.end_ms


def test_words_can_be_left_out(engine: Any) -> None:
    heard = segments(listen(engine, speech("lighthouse_en"), word_timings=False))
    assert heard
    assert not any(segment.words for segment in heard)
    assert all(segment.end_ms > segment.start_ms for segment in heard)


@pytest.mark.parametrize("kind", ["nothing", "silence", "noise", "hum"])
def test_where_nobody_speaks_nothing_is_heard(engine: Any, kind: str) -> None:
    random = np.random.default_rng(3)
    sound = {
        "nothing": silence(0),
        "silence": silence(20),
        "noise": (random.standard_normal(20 * RATE) * 0.05).astype(np.float32),
        "hum": (0.2 * np.sin(np.arange(20 * RATE) / RATE * 2 * np.pi * 50)).astype(np.float32),
    }[kind]
    if kind in ("noise", "hum") and not hasattr(engine, "_model"):
        pytest.skip("a fake cannot tell noise from speech")
    events = listen(engine, sound)
    assert segments(events) == []
    assert isinstance(events[0], LanguageDetected)
    assert events[-1] == TranscriptionFinished(round(len(sound) / 16))


def test_who_leaves_before_listening_began_costs_nothing(engine: Any) -> None:
    call = Call()
    before = engine.windows_heard
    source = Source(speech("lighthouse_en"), cancel_at=0, call=call)
    with pytest.raises(CancelledError):
        list(engine.transcribe(TranscriptionRequest(source), call))
    assert engine.windows_heard == before


def test_who_leaves_frees_the_engine_within_a_window(engine: Any) -> None:
    call = Call()
    events = engine.transcribe(
        TranscriptionRequest(Source(np.tile(speech("lighthouse_en"), 8))), call
    )
    next(events)
    heard = engine.windows_heard
    call.cancel()
    with pytest.raises(CancelledError):
        list(events)
    assert engine.windows_heard == heard
    assert segments(listen(engine, speech("lighthouse_en")))  # the next caller is served


def test_a_deadline_of_a_millisecond_costs_nothing(engine: Any) -> None:
    before = engine.windows_heard
    with pytest.raises(DeadlineExceededError):
        listen(engine, np.tile(speech("lighthouse_en"), 200), Call(timeout_seconds=0.001))
    assert engine.windows_heard - before < 100  # quick as it is, a fake may hear some seconds


@pytest.mark.parametrize("language", ["tlh", "english", "<|fr|>", "de" * 40])
def test_unknown_languages_name_their_field(engine: Any, language: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        listen(engine, speech("lighthouse_en"), language=language)
    assert caught.value.violations[0].field == "language"


def test_trouble_with_the_audio_reaches_the_caller_as_it_is(engine: Any) -> None:
    class Broken:
        def blocks(self) -> Iterator[Sound]:
            yield silence(1)
            raise InvalidArgumentError("audio", "is damaged.", reason="AUDIO_DAMAGED")

    with pytest.raises(InvalidArgumentError, match="damaged"):
        list(engine.transcribe(TranscriptionRequest(Broken()), Call()))


def test_the_language_can_be_given(engine: Any) -> None:
    first = listen(engine, speech("lighthouse_en"), language="en-GB")[0]
    assert first == LanguageDetected("en", 1.0)


def test_english_is_understood_with_the_words_own_times(whisper: Any) -> None:
    expected = truth("lighthouse_en")
    heard = segments(listen(whisper, speech("lighthouse_en")))
    assert len(heard) == 3  # its three sentences
    spoken = [word for segment in heard for word in segment.words]
    assert [words(word.text)[0] for word in spoken] == words(expected["text"])
    late = [
        abs(word.start_ms - start)
        for word, (_, start, _) in zip(spoken, expected["words"], strict=True)
    ]
    assert statistics.median(late) < 40
    assert max(late) < 150


def test_what_comes_after_silence_keeps_its_time(whisper: Any) -> None:
    sound = np.concatenate([silence(47), speech("lighthouse_en"), silence(8)])
    spoken = [word for segment in segments(listen(whisper, sound)) for word in segment.words]
    expected = truth("lighthouse_en")
    assert [words(word.text)[0] for word in spoken] == words(expected["text"])
    for word, (_, start, _) in zip(spoken, expected["words"], strict=True):
        assert abs(word.start_ms - (47_000 + start)) < 600


def test_other_languages_are_told_apart(whisper: Any) -> None:
    if "fr" not in whisper._card.languages:
        with pytest.raises(InvalidArgumentError, match="language"):
            listen(whisper, speech("garden_fr"), language="fr")
        return
    events = listen(whisper, speech("garden_fr"))
    assert isinstance(events[0], LanguageDetected)
    assert events[0].language == "fr"
    heard = words(" ".join(segment.text for segment in segments(events)))
    expected = words(truth("garden_fr")["text"])
    assert len(set(expected) & set(heard)) > 0.7 * len(set(expected))
