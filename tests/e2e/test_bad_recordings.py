"""What is no recording, or is a hostile one, through the real door."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import av
import grpc
import numpy as np
import pytest
import soundfile

from lanternist.v1 import (
    story_pb2,
    story_pb2_grpc,
    transcription_pb2,
    transcription_pb2_grpc,
)
from tests.e2e.refusals import refused

pytestmark = pytest.mark.weights

INVALID = grpc.StatusCode.INVALID_ARGUMENT
MISSING = grpc.StatusCode.NOT_FOUND

PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
CONCAT = b"ffconcat version 1.0\nfile /etc/passwd\n"


@pytest.fixture(scope="module")
def channel(real_stack: Any) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(real_stack.address) as opened:
        yield opened


def encoded(container: str, seconds: float, *, video: bool = False) -> bytes:
    """A small file: quiet noise as sound, or a grey film without sound."""
    target = io.BytesIO()
    with av.open(target, "w", format=container) as output:
        if video:
            stream = output.add_stream("mpeg4", rate=5)
            stream.width, stream.height, stream.pix_fmt = 64, 64, "yuv420p"
            frame = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 90, np.uint8), format="rgb24")
            for packet in (*stream.encode(frame), *stream.encode(None)):
                output.mux(packet)
    if not video:
        rate = 16_000
        noise = np.random.default_rng(1).normal(0, 1e-3, int(rate * seconds)).astype(np.float32)
        target = io.BytesIO()
        soundfile.write(target, noise, rate, format=container.upper())
    return target.getvalue()


def sending(audio: bytes, **config: Any) -> Iterator[transcription_pb2.TranscribeRequest]:
    yield transcription_pb2.TranscribeRequest(
        config=transcription_pb2.TranscriptionConfig(**config)
    )
    for start in range(0, len(audio), 1 << 20):
        yield transcription_pb2.TranscribeRequest(audio=audio[start : start + (1 << 20)])


@pytest.mark.parametrize(
    "audio",
    [
        b"", b"\x00" * 5000, b"RIFF\xff\xff\xff\xffWAVEfmt ", b"ID3\x04" + b"\xff" * 4000,
        b"<html>not sound</html>", b"fLaC" + b"\x00" * 100, PLAYLIST, CONCAT,
        encoded("avi", 0, video=True),
        encoded("flac", 1.0)[:60],
    ],
    ids=["empty", "zeros", "cut-header", "mp3-in-name-only", "html", "flac-header", "playlist",
         "concat", "film-without-sound", "truncated"],
)  # fmt: skip
def test_what_is_no_recording_is_refused(channel: grpc.Channel, audio: bytes) -> None:
    stub = transcription_pb2_grpc.TranscriptionServiceStub(channel)
    code, fields, _ = refused(lambda: stub.Transcribe(sending(audio)))
    assert (code, fields) == (INVALID, ["audio"])
    upload = story_pb2_grpc.StoryServiceStub(channel).UploadNarration

    def uploading() -> Iterator[story_pb2.UploadNarrationRequest]:
        yield story_pb2.UploadNarrationRequest(config=story_pb2.NarrationConfig())
        if audio:
            yield story_pb2.UploadNarrationRequest(audio=audio)

    code, fields, _ = refused(lambda: upload(uploading()))
    assert (code, fields) == (INVALID, ["audio"])


def test_a_recording_out_of_order_or_without_end(channel: grpc.Channel) -> None:
    stub = transcription_pb2_grpc.TranscriptionServiceStub(channel)
    chunk = transcription_pb2.TranscribeRequest(audio=b"RIFF")
    config = transcription_pb2.TranscribeRequest(config=transcription_pb2.TranscriptionConfig())
    assert refused(lambda: stub.Transcribe(iter([chunk])))[0] is INVALID
    assert refused(lambda: stub.Transcribe(iter([config, config])))[0] is INVALID
    assert refused(lambda: stub.Transcribe(iter([])))[0] is INVALID
    assert refused(lambda: stub.Transcribe(sending(b"x", model="none")))[0] is MISSING
    assert refused(lambda: stub.Transcribe(sending(b"x", language="xx-klingon")))[0] is INVALID


def test_an_hour_of_near_silence_is_heard_through(channel: grpc.Channel) -> None:
    rate, target = 8_000, io.BytesIO()
    soundfile.write(target, np.zeros(rate * 3600, np.int16), rate, format="FLAC")
    stub = transcription_pb2_grpc.TranscriptionServiceStub(channel)
    events = list(stub.Transcribe(sending(target.getvalue(), language="en")))
    assert events[-1].summary.duration_ms == 3_600_000
    assert not [event for event in events if event.WhichOneof("event") == "segment"]
