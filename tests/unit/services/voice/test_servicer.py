"""The servicer: requests in, events out, in the order that the contract promises."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    CancelledError,
    DeadlineExceededError,
    InvalidArgumentError,
    NotFoundError,
)
from lanternist.v1 import voice_pb2
from models.catalog import Catalog
from models.placement import Placement
from services.base.host import ModelHost
from services.voice.servicer import CHUNK_BYTES, VoiceServicer

CARD = """---
license: apache-2.0
language: [en, fr]
lanternist:
  id: {id}
  modality: voice
  engine: fake
  display_name: {id}
  options: {{clause_delay_seconds: {delay}}}
---

For tests.
"""
TEXT = "The owl woke up, stretched, and looked at the moon. It was round and cold.\n\nThe end."


@pytest_asyncio.fixture
async def servicer(tmp_path: Path) -> AsyncIterator[VoiceServicer]:
    for name, delay in (("one", 0.0), ("slow", 0.05)):
        (tmp_path / f"{name}.md").write_text(CARD.format(id=name, delay=delay))
    host = ModelHost("voice", ["one", "slow"], Catalog.builtin(tmp_path), Placement(), 4)
    await host.start()
    yield VoiceServicer(host)
    await host.close()


async def speak(
    servicer: VoiceServicer, request: voice_pb2.SynthesizeRequest, call: Call | None = None
) -> list[voice_pb2.SynthesizeResponse]:
    return [event async for event in servicer.Synthesize(request, call or Call())]


async def test_a_stream_is_format_then_audio_and_clauses_then_summary(
    servicer: VoiceServicer,
) -> None:
    events = await speak(servicer, voice_pb2.SynthesizeRequest(text=TEXT))
    kinds = [event.WhichOneof("event") for event in events]
    assert kinds[0] == "format"
    assert kinds[-1] == "summary"
    assert set(kinds[1:-1]) == {"audio", "clause"}
    assert kinds[1] == "audio"
    audio = b"".join(event.audio for event in events)
    clauses = [event.clause for event in events if event.HasField("clause")]
    summary = events[-1].summary
    assert len(audio) // 2 * 1000 / 16000 == pytest.approx(summary.duration_ms, abs=1)
    assert summary.clause_count == len(clauses)
    assert [clause.index for clause in clauses] == list(range(len(clauses)))
    assert clauses[0].start_ms == 0
    assert all(a.end_ms == b.start_ms for a, b in itertools.pairwise(clauses))
    assert clauses[-1].end_ms == summary.duration_ms
    words = [word for clause in clauses for word in clause.words]
    assert [word.text for word in words] == TEXT.replace(",", "").replace(".", "").split()
    assert all(word.confidence == 0 for word in words)


async def test_the_format_says_who_speaks_and_how(servicer: VoiceServicer) -> None:
    events = await speak(
        servicer,
        voice_pb2.SynthesizeRequest(
            text="Bonjour.", language="fr", encoding=voice_pb2.AUDIO_ENCODING_OGG_OPUS
        ),
    )
    heading = events[0].format
    assert (heading.voice, heading.language, heading.model) == ("fake-fr", "fr-FR", "one")
    assert heading.encoding == voice_pb2.AUDIO_ENCODING_OGG_OPUS
    assert (heading.media_type, heading.sample_rate_hertz) == ("audio/ogg", 48000)


async def test_unspecified_means_linear16(servicer: VoiceServicer) -> None:
    events = await speak(servicer, voice_pb2.SynthesizeRequest(text="Hello."))
    heading = events[0].format
    assert heading.encoding == voice_pb2.AUDIO_ENCODING_LINEAR16
    assert (heading.media_type, heading.sample_rate_hertz) == ("audio/L16", 16000)
    samples = np.frombuffer(b"".join(event.audio for event in events), "<i2")
    assert int(np.abs(samples).max()) > 9000


async def test_chunks_stay_below_the_limit(servicer: VoiceServicer) -> None:
    request = voice_pb2.SynthesizeRequest(text="A long clause goes on and on " * 30, speed=0.5)
    events = await speak(servicer, request)
    sizes = [len(event.audio) for event in events if event.WhichOneof("event") == "audio"]
    assert max(sizes) == CHUNK_BYTES
    assert min(sizes) > 0


async def test_a_speed_that_is_zero_is_not_taken_for_absent(servicer: VoiceServicer) -> None:
    with pytest.raises(InvalidArgumentError, match="speed"):
        await speak(servicer, voice_pb2.SynthesizeRequest(text="Hello.", speed=0.0))


@pytest.mark.parametrize(
    ("request_", "error", "field"),
    [
        (voice_pb2.SynthesizeRequest(text="😀"), InvalidArgumentError, "text"),
        (voice_pb2.SynthesizeRequest(text="a", language="de"), InvalidArgumentError, "language"),
    ],
)
async def test_wrong_fields_are_named(
    servicer: VoiceServicer,
    request_: voice_pb2.SynthesizeRequest,
    error: type[InvalidArgumentError],
    field: str,
) -> None:
    with pytest.raises(error) as caught:
        await speak(servicer, request_)
    assert caught.value.violations[0].field == field


@pytest.mark.parametrize(
    "request_",
    [
        voice_pb2.SynthesizeRequest(text="a", voice="nobody"),
        voice_pb2.SynthesizeRequest(text="a", model="nothing"),
    ],
)
async def test_unknown_names_are_not_found(
    servicer: VoiceServicer, request_: voice_pb2.SynthesizeRequest
) -> None:
    with pytest.raises(NotFoundError):
        await speak(servicer, request_)


async def test_a_cancelled_speech_stops_within_one_clause(servicer: VoiceServicer) -> None:
    call = Call()
    request = voice_pb2.SynthesizeRequest(model="slow", text=TEXT * 20)
    clauses = 0

    async def leave_after_the_first_clause() -> None:
        nonlocal clauses
        async for event in servicer.Synthesize(request, call):
            if event.HasField("clause"):
                clauses += 1
                call.cancel()

    with pytest.raises(CancelledError):
        await leave_after_the_first_clause()
    # What was on its way to us when we left, and no more: the line of events holds a few clauses.
    assert clauses <= 8
    engine = await servicer._host.model("slow").load()
    run = engine.clauses_run  # type: ignore[attr-defined]
    await asyncio.sleep(0.2)
    assert engine.clauses_run == run  # type: ignore[attr-defined]


async def test_a_deadline_of_a_millisecond_frees_the_engine(servicer: VoiceServicer) -> None:
    with pytest.raises(DeadlineExceededError):
        await speak(
            servicer,
            voice_pb2.SynthesizeRequest(model="slow", text=TEXT * 20),
            Call(timeout_seconds=0.001),
        )
    assert await speak(servicer, voice_pb2.SynthesizeRequest(model="slow", text="Still here."))


async def test_voices_are_listed_sorted_and_filtered_without_loading(
    servicer: VoiceServicer,
) -> None:
    every = await servicer.ListVoices(voice_pb2.ListVoicesRequest(), Call())
    names = [(voice.model, voice.id) for voice in every.voices]
    assert names == sorted(names)
    assert len(names) == 6
    english = await servicer.ListVoices(
        voice_pb2.ListVoicesRequest(language="en", model="slow"), Call()
    )
    assert [voice.id for voice in english.voices] == ["fake-en", "fake-gb"]
    british = await servicer.ListVoices(voice_pb2.ListVoicesRequest(language="en-GB"), Call())
    assert {voice.id for voice in british.voices} == {"fake-gb"}
    with pytest.raises(NotFoundError):
        await servicer.ListVoices(voice_pb2.ListVoicesRequest(model="nothing"), Call())
