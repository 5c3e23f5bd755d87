"""The transcription servicer with a fake engine: messages in, messages out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import InvalidArgumentError, NotFoundError
from lanternist.v1 import transcription_pb2 as pb
from models.catalog import Catalog
from models.placement import Placement
from services.base.host import ModelHost
from services.transcription.engine import TranscriptionEngine
from services.transcription.servicer import TranscriptionServicer
from tests.unit.services.transcription.recordings import encoded, tone

CARDS = Path(__file__).parents[3] / "cards"
RECORDING = encoded(tone(2.5, 44_100), "mp3")


@pytest.fixture
async def servicer() -> AsyncIterator[TranscriptionServicer]:
    catalog = Catalog.builtin(CARDS)
    host: ModelHost[TranscriptionEngine] = ModelHost(
        "transcription", ["fake-transcription"], catalog, Placement(), 4
    )
    await host.start()
    yield TranscriptionServicer(host)
    await host.close()


async def stream(*messages: pb.TranscribeRequest) -> AsyncIterator[pb.TranscribeRequest]:
    for message in messages:
        yield message


def audio(data: bytes = RECORDING) -> list[pb.TranscribeRequest]:
    return [pb.TranscribeRequest(audio=data[n : n + 5000]) for n in range(0, len(data), 5000)]


def config(**fields: object) -> pb.TranscribeRequest:
    return pb.TranscribeRequest(config=pb.TranscriptionConfig(**fields))  # type: ignore[arg-type]


async def transcribe(
    servicer: TranscriptionServicer, *messages: pb.TranscribeRequest
) -> list[pb.TranscribeResponse]:
    return [event async for event in servicer.Transcribe(stream(*messages), Call())]


async def test_a_recording_becomes_language_segments_and_summary(
    servicer: TranscriptionServicer,
) -> None:
    events = await transcribe(servicer, config(language="fr-CA"), *audio())
    kinds = [event.WhichOneof("event") for event in events]
    assert kinds == ["language", "segment", "segment", "segment", "summary"]
    assert events[0].language == pb.DetectedLanguage(language="fr", confidence=1.0)
    segment = events[2].segment
    assert (segment.index, segment.text) == (1, "deux")
    assert (segment.words[0].text, segment.words[0].start_ms) == ("deux", 1200)
    summary = events[-1].summary
    assert (summary.model, summary.language) == ("fake-transcription", "fr")
    assert summary.duration_ms == pytest.approx(2500, abs=60)


async def test_words_can_be_left_out(servicer: TranscriptionServicer) -> None:
    events = await transcribe(servicer, config(skip_word_timings=True), *audio())
    assert not any(event.segment.words for event in events)


@pytest.mark.parametrize(
    ("messages", "field"),
    [
        ([], "config"),
        (audio(), "config"),
        ([config(), *audio(), config()], "config"),
        ([config()], "audio"),
        ([config(), *audio(b"no sound")], "audio"),
        ([config(language="tlh"), *audio()], "language"),
    ],
    ids=["nothing", "no-config", "two-configs", "no-audio", "no-sound", "klingon"],
)
async def test_bad_streams_name_what_is_wrong(
    servicer: TranscriptionServicer, messages: list[pb.TranscribeRequest], field: str
) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        await transcribe(servicer, *messages)
    assert caught.value.violations[0].field == field


async def test_an_unknown_model_is_named(servicer: TranscriptionServicer) -> None:
    with pytest.raises(NotFoundError) as caught:
        await transcribe(servicer, config(model="whisper-giant"), *audio())
    assert caught.value.resource_name == "whisper-giant"
