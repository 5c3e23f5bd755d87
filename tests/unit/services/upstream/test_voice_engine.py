"""Speech from an upstream: a real local HTTP server that speaks, and misbehaves on demand."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

import numpy as np
import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    CancelledError,
    DeadlineExceededError,
    FailedPreconditionError,
    InvalidArgumentError,
    LanternistError,
    NotFoundError,
    UnavailableError,
)
from models.card import ModelCard
from models.catalog import Catalog
from models.placement import Placement
from services.base.registry import engine_class
from services.voice.engine import SpeechRequest, SpokenClause
from services.voice.engines.openai import OpenAIVoiceEngine
from tests.unit.services.upstream.media_server import KEY, MODEL, RATE, MediaServer

CARD = Catalog.builtin().get("openai-compatible-voice")
TEXT = "The owl called twice. Then the whole valley was quiet, and nobody answered at all."


def card_with(**options: object) -> ModelCard:
    return CARD.model_copy(update={"options": {**CARD.options, **options}})


@pytest.fixture
def engine(server: MediaServer) -> Iterator[OpenAIVoiceEngine]:
    made: OpenAIVoiceEngine = engine_class("voice", "openai")(CARD, None, Placement())
    made.load()
    yield made
    made.close()
    made.close()  # idempotent


def speak(engine: OpenAIVoiceEngine, text: str, call: Call | None = None) -> list[SpokenClause]:
    return list(engine.synthesize(SpeechRequest(text), call or Call()))


def test_a_text_is_spoken_clause_by_clause(server: MediaServer, engine: OpenAIVoiceEngine) -> None:
    clauses = speak(engine, TEXT)
    assert len(clauses) == len(server.requests) >= 2
    assert " ".join(body["input"] for _, body in server.requests).split() == TEXT.split()
    path, body = server.requests[0]
    assert path == "/v1/audio/speech"
    assert (body["model"], body["voice"], body["response_format"]) == (MODEL, "alloy", "pcm")
    assert all(clause.sample_rate_hertz == RATE for clause in clauses)
    assert all(clause.samples.dtype == np.float32 for clause in clauses)
    assert max(float(np.abs(clause.samples).max()) for clause in clauses) > 0.2


def test_the_first_clause_is_heard_before_the_second_is_asked_for(
    server: MediaServer, engine: OpenAIVoiceEngine
) -> None:
    clauses = engine.synthesize(SpeechRequest(TEXT), Call())
    next(clauses)
    assert len(server.requests) == 1


def test_words_follow_each_other_within_the_sound(engine: OpenAIVoiceEngine) -> None:
    clauses = speak(engine, TEXT)
    words = [word for clause in clauses for word in clause.words]
    assert [word.text for word in words] == [w.strip(".,") for w in TEXT.split()]
    assert all(a.end_ms <= b.start_ms for a, b in itertools.pairwise(words))
    length = sum(clause.duration_seconds for clause in clauses) * 1000
    assert words[-1].end_ms <= length
    assert words[0].start_ms < 100  # the silence at the beginning was cut


@pytest.mark.parametrize("form", ["wav", "flac", "ogg"])
def test_files_are_read_as_well_as_samples(server: MediaServer, form: str) -> None:
    engine = OpenAIVoiceEngine(card_with(response_format=form), None, Placement())
    engine.load()
    (clause,) = speak(engine, "Good evening.")
    assert clause.sample_rate_hertz == RATE
    assert clause.duration_seconds > 0.5
    engine.close()


def test_speed_and_voice_are_passed_on(server: MediaServer, engine: OpenAIVoiceEngine) -> None:
    request = SpeechRequest("Good evening.", voice="nova", speed=1.5, language="fr")
    list(engine.synthesize(request, Call()))
    assert server.requests[-1][1]["voice"] == "nova"
    assert server.requests[-1][1]["speed"] == 1.5


@pytest.mark.parametrize(
    ("request_", "error"),
    [
        (SpeechRequest("Hi.", voice="nobody"), NotFoundError),
        (SpeechRequest("Hi.", language="tlh"), InvalidArgumentError),
        (SpeechRequest("..."), InvalidArgumentError),
        (SpeechRequest("Hi.", speed=9), InvalidArgumentError),
    ],
)
def test_what_cannot_be_spoken_is_never_sent(
    server: MediaServer,
    engine: OpenAIVoiceEngine,
    request_: SpeechRequest,
    error: type[LanternistError],
) -> None:
    with pytest.raises(error):
        list(engine.synthesize(request_, Call()))
    assert not server.requests


def test_a_refusal_names_the_field_and_not_the_key(engine: OpenAIVoiceEngine) -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        speak(engine, "!status 400")
    assert raised.value.violations[0].field == "voice"
    assert KEY not in raised.value.message


@pytest.mark.parametrize("text", ["!html", "!nothing"])
def test_what_is_no_sound_is_refused(engine: OpenAIVoiceEngine, text: str) -> None:
    with pytest.raises(UnavailableError) as raised:
        speak(engine, text)
    assert raised.value.reason == "UPSTREAM_NOT_COMPATIBLE"


def test_a_caller_who_leaves_closes_the_connection(
    server: MediaServer, engine: OpenAIVoiceEngine
) -> None:
    class Leaving(Call):
        def check(self) -> None:
            if server.requests:
                self.cancel()
            super().check()

    with pytest.raises(CancelledError):
        speak(engine, "!silence", Leaving())
    assert server.left.wait(5)


def test_a_deadline_ends_the_wait(server: MediaServer, engine: OpenAIVoiceEngine) -> None:
    speak(engine, "Hi.")  # the connection stands: what follows reaches the server at once
    with pytest.raises(DeadlineExceededError):
        speak(engine, "!silence", Call(timeout_seconds=0.4))
    assert server.left.wait(5)


def test_voices_come_from_the_card(engine: OpenAIVoiceEngine) -> None:
    assert [voice.id for voice in engine.voices()][:2] == ["alloy", "echo"]
    assert {voice.model for voice in engine.voices()} == {CARD.id}


def test_a_card_without_voices_cannot_be_loaded(server: MediaServer) -> None:
    engine = OpenAIVoiceEngine(card_with(voices=[]), None, Placement())
    with pytest.raises(FailedPreconditionError, match="voices"):
        engine.load()
