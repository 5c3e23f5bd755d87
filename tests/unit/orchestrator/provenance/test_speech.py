"""Speech that belongs to no story: a file of it is marked, a stream cannot be."""

from __future__ import annotations

import asyncio
import contextlib
import io
import tempfile
import threading
from pathlib import Path
from typing import Any

import pytest
import soundfile

from lanternist.runtime.call import Call
from lanternist.runtime.errors import UnavailableError
from lanternist.v1 import voice_pb2
from orchestrator.provenance.notary import to_the_end
from orchestrator.provenance.verify import State
from tests.unit.orchestrator.provenance.artist import CLAUSES, SAMPLES, Shop


def ask(encoding: Any, *, as_file: bool) -> voice_pb2.SynthesizeRequest:
    return voice_pb2.SynthesizeRequest(text="Three clauses.", encoding=encoding, as_file=as_file)


@pytest.mark.parametrize(
    ("encoding", "media_type", "state"),
    [
        (voice_pb2.AUDIO_ENCODING_UNSPECIFIED, "audio/wav", State.TRUSTED),
        (voice_pb2.AUDIO_ENCODING_WAV, "audio/wav", State.TRUSTED),
        (voice_pb2.AUDIO_ENCODING_FLAC, "audio/flac", State.TRUSTED),
        (voice_pb2.AUDIO_ENCODING_MP3, "audio/mpeg", State.TRUSTED),
        (voice_pb2.AUDIO_ENCODING_OGG_OPUS, "audio/ogg", State.UNMARKED),
    ],
)
async def test_speech_as_a_file_is_whole_and_marked(
    speaker: Shop, encoding: Any, media_type: str, state: State
) -> None:
    served = speaker.serve("voice")
    request = ask(encoding, as_file=True)
    events = [event async for event in served.Synthesize(request, Call())]
    kinds = [event.WhichOneof("event") for event in events]
    assert kinds[: CLAUSES + 1] == ["format", *["clause"] * CLAUSES]
    assert set(kinds[CLAUSES + 1 : -1]) == {"audio"}
    assert kinds[-1] == "summary"
    data = b"".join(event.audio for event in events)
    found = speaker.judge(data)
    assert (found.state, events[0].format.media_type) == (state, media_type)
    assert events[0].format.marked is (state is State.TRUSTED)
    if state is State.TRUSTED:
        assert (found.model, found.ingredients) == ("fake-voice", ())
    told = soundfile.info(io.BytesIO(data))
    if media_type == "audio/mpeg":  # encoders begin with some silence, and fill the last frame
        assert 0 <= told.frames - CLAUSES * SAMPLES < SAMPLES / 4
    if media_type in ("audio/wav", "audio/flac"):
        assert told.frames == CLAUSES * SAMPLES
        samples, _ = soundfile.read(io.BytesIO(data), dtype="int16")
        streamed = served.Synthesize(ask(0, as_file=False), Call())
        raw = [voice_pb2.SynthesizeResponse.FromString(event) async for event in streamed]
        assert samples.tobytes() == b"".join(event.audio for event in raw)


async def test_speech_cut_short_is_an_error(speaker: Shop) -> None:
    speaker.artist.missing = 1
    with pytest.raises(UnavailableError, match="voice service is not there"):
        async for _ in speaker.serve("voice").Synthesize(ask(0, as_file=True), Call()):
            pass


async def test_a_caller_who_leaves_leaves_nothing_behind(
    speaker: Shop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "scratch"))
    speaker.artist.endless = True
    events = speaker.serve("voice").Synthesize(ask(0, as_file=True), Call())
    async with contextlib.aclosing(events):
        async for event in events:
            if event.HasField("clause") and event.clause.index == 2 * CLAUSES:
                break
        assert list((tmp_path / "scratch").iterdir())
    await asyncio.wait_for(speaker.artist.left.wait(), 30)
    assert not list((tmp_path / "scratch").iterdir())


async def test_who_is_cancelled_waits_for_the_work_in_its_thread() -> None:
    began, go_on = threading.Event(), threading.Event()
    ended: list[bool] = []

    def work() -> None:
        began.set()
        go_on.wait(60)
        ended.append(True)

    task = asyncio.create_task(to_the_end(work))
    await asyncio.to_thread(began.wait, 60)
    task.cancel()
    await asyncio.sleep(0)
    assert not task.done()
    go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert ended
