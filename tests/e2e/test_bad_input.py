"""The worst input through the real door: a canonical code that names the field, never INTERNAL."""

from __future__ import annotations

import io
import math
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import av
import grpc
import numpy as np
import pytest
import soundfile
from google.rpc import error_details_pb2, status_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from lanternist.runtime.status import DETAILS_KEY
from lanternist.v1 import (
    asset_pb2,
    asset_pb2_grpc,
    image_pb2,
    image_pb2_grpc,
    model_pb2,
    model_pb2_grpc,
    story_pb2,
    story_pb2_grpc,
    text_pb2,
    text_pb2_grpc,
    transcription_pb2,
    transcription_pb2_grpc,
    voice_pb2,
    voice_pb2_grpc,
)

pytestmark = pytest.mark.weights

INVALID = grpc.StatusCode.INVALID_ARGUMENT
MISSING = grpc.StatusCode.NOT_FOUND


@pytest.fixture(scope="module")
def channel(real_stack: Any) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(real_stack.address) as opened:
        yield opened
        # Whatever came before, the stack still serves.
        health = health_pb2_grpc.HealthStub(opened).Check(health_pb2.HealthCheckRequest())
        assert health.status == health_pb2.HealthCheckResponse.SERVING


def refused(call: Callable[[], Any]) -> tuple[grpc.StatusCode, list[str], str]:
    """Code, named fields and reason of a call that must fail with full details."""

    def answer() -> None:
        answered = call()
        for _ in answered if hasattr(answered, "__iter__") else ():
            pass

    with pytest.raises(grpc.RpcError) as caught:
        answer()
    error: Any = caught.value
    fields: list[str] = []
    reason = ""
    status = status_pb2.Status.FromString(dict(error.trailing_metadata())[DETAILS_KEY])
    for packed in status.details:
        if packed.Is(error_details_pb2.BadRequest.DESCRIPTOR):
            bad = error_details_pb2.BadRequest()
            packed.Unpack(bad)
            fields += [violation.field for violation in bad.field_violations]
        if packed.Is(error_details_pb2.ErrorInfo.DESCRIPTOR):
            told = error_details_pb2.ErrorInfo()
            packed.Unpack(told)
            reason = told.reason
    assert reason, "every status says its reason"
    return error.code(), fields, reason


@pytest.mark.parametrize(
    ("choices", "code", "field"),
    [
        ({"prompt": ""}, INVALID, "prompt"),
        ({"prompt": "\x07bell"}, INVALID, "prompt"),
        ({"prompt": "x" * 100_001}, INVALID, "prompt"),
        ({"width": 7}, INVALID, "width"),
        ({"width": 4096, "height": 4096}, INVALID, "width"),
        ({"height": 5000}, INVALID, "height"),
        ({"guidance_scale": math.nan}, INVALID, "guidance_scale"),
        ({"guidance_scale": -math.inf}, INVALID, "guidance_scale"),
        ({"count": 1000}, INVALID, "count"),
        ({"seed": -5}, INVALID, "seed"),
        ({"model": "no-such-model"}, MISSING, "model"),
        ({"model": "kokoro-82m"}, MISSING, "model"),
        ({"model": "../../../etc/passwd"}, INVALID, "model"),
        ({"encoding": 77}, INVALID, "encoding"),
    ],
)
def test_pictures(channel: grpc.Channel, choices: dict[str, Any], code: Any, field: str) -> None:
    request = image_pb2.GenerateImagesRequest(**{"prompt": "a fox", **choices})
    stub = image_pb2_grpc.ImageServiceStub(channel)
    got, fields, _ = refused(lambda: stub.GenerateImages(request))
    assert (got, field in fields) == (code, True), fields


@pytest.mark.parametrize(
    "prompt",
    ["🦊🌙", "狐狸在雪地里奔跑", "ثعلب صغير", "fox " * 10_000, "<script>alert(1)</script>",
     "a\u202eb", "'; DROP TABLE stories; --", "zxqv wqpl"],
    ids=["emoji", "chinese", "arabic", "10000-words", "script", "bidi", "sql", "nonsense"],
)  # fmt: skip
def test_odd_words_still_give_a_picture(channel: grpc.Channel, prompt: str) -> None:
    request = image_pb2.GenerateImagesRequest(prompt=prompt, width=256, height=192, seed=1)
    events = list(image_pb2_grpc.ImageServiceStub(channel).GenerateImages(request))
    picture = b"".join(event.chunk.data for event in events)
    assert picture.startswith(b"\x89PNG")


@pytest.mark.parametrize(
    ("choices", "code", "field"),
    [
        ({"text": ""}, INVALID, "text"),
        ({"text": "   \n "}, INVALID, "text"),
        ({"text": "…!?—"}, INVALID, "text"),
        ({"text": "\x00"}, INVALID, "text"),
        ({"text": "x" * 200_001}, INVALID, "text"),
        ({"speed": math.nan}, INVALID, "speed"),
        ({"speed": 0.0}, INVALID, "speed"),
        ({"speed": math.inf}, INVALID, "speed"),
        ({"voice": "nobody"}, MISSING, "voice"),
        ({"voice": "../af_heart"}, INVALID, "voice"),
        ({"language": "tlh"}, INVALID, "language"),
        ({"model": "nothing"}, MISSING, "model"),
    ],
)
def test_speech(channel: grpc.Channel, choices: dict[str, Any], code: Any, field: str) -> None:
    request = voice_pb2.SynthesizeRequest(**{"text": "Hello.", **choices})
    stub = voice_pb2_grpc.VoiceServiceStub(channel)
    got, fields, _ = refused(lambda: stub.Synthesize(request))
    assert (got, field in fields) == (code, True), fields


@pytest.mark.parametrize(
    ("choices", "code", "field"),
    [
        ({"messages": []}, INVALID, "messages"),
        ({"messages": [{"role": 9, "content": "x"}]}, INVALID, "messages[0].role"),
        ({"messages": [{"role": 2, "content": "word " * 30_000}]}, INVALID, "messages"),
        ({"temperature": math.nan}, INVALID, "temperature"),
        ({"temperature": 2.5}, INVALID, "temperature"),
        ({"top_p": 0.0}, INVALID, "top_p"),
        ({"max_tokens": -1}, INVALID, "max_tokens"),
        ({"stop": ["a"] * 9}, INVALID, "stop"),
        ({"seed": 2**60}, INVALID, "seed"),
        ({"model": "storybook"}, MISSING, "model"),
    ],
)
def test_text(channel: grpc.Channel, choices: dict[str, Any], code: Any, field: str) -> None:
    hello = [{"role": 2, "content": "Hi"}]
    request = text_pb2.GenerateTextRequest(**{"messages": hello, "max_tokens": 4, **choices})
    stub = text_pb2_grpc.TextServiceStub(channel)
    got, fields, _ = refused(lambda: stub.GenerateText(request))
    assert (got, field in fields) == (code, True), fields


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


PLAYLIST = b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n"
CONCAT = b"ffconcat version 1.0\nfile /etc/passwd\n"


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


@pytest.mark.parametrize(
    ("choices", "code", "field"),
    [
        ({"text": ""}, INVALID, "text"),
        ({"text": "*** --- ***"}, INVALID, "text"),
        ({"text": "😀 😀"}, INVALID, "text"),
        ({"text": "Once.", "voice": "nobody"}, MISSING, "voice"),
        ({"text": "Once.", "image_model": "nothing"}, MISSING, "image_model"),
        ({"text": "Once.", "voice_model": "storybook"}, MISSING, "voice_model"),
        ({"text": "Once.", "language": "tlh"}, INVALID, "language"),
        ({"text": "Once.", "speed": math.nan}, INVALID, "speed"),
        ({"text": "Once.", "image_width": 10}, INVALID, "image_width"),
        ({"text": "Once.", "seed": -1}, INVALID, "seed"),
        ({"text": "Once.", "title": "a\nb"}, INVALID, "title"),
        ({"text": "Once.", "request_id": "x"}, INVALID, "request_id"),
        ({"narration": "assets/" + "0" * 64}, MISSING, "narration"),
        ({}, INVALID, "source"),
    ],
)
def test_stories(channel: grpc.Channel, choices: dict[str, Any], code: Any, field: str) -> None:
    stub = story_pb2_grpc.StoryServiceStub(channel)
    got, fields, _ = refused(lambda: stub.CreateStory(story_pb2.CreateStoryRequest(**choices)))
    assert (got, field in fields) == (code, True), fields


def test_a_request_id_with_another_body_is_refused(channel: grpc.Channel) -> None:
    stub = story_pb2_grpc.StoryServiceStub(channel)
    key = str(uuid.uuid4())
    first = stub.CreateStory(story_pb2.CreateStoryRequest(text="A fox slept.", request_id=key))
    again = stub.CreateStory(story_pb2.CreateStoryRequest(text="A fox slept.", request_id=key))
    assert again.name == first.name
    other = story_pb2.CreateStoryRequest(text="A bear slept.", request_id=key)
    assert refused(lambda: stub.CreateStory(other))[0] is grpc.StatusCode.ALREADY_EXISTS


def test_names_that_are_not_there_or_are_no_names(channel: grpc.Channel) -> None:
    assets = asset_pb2_grpc.AssetServiceStub(channel)
    stories = story_pb2_grpc.StoryServiceStub(channel)
    models = model_pb2_grpc.ModelServiceStub(channel)
    nothing = "assets/" + "f" * 64
    for call, code in [
        (lambda: assets.GetAsset(asset_pb2.GetAssetRequest(name=nothing)), MISSING),
        (lambda: assets.DownloadAsset(asset_pb2.DownloadAssetRequest(name=nothing)), MISSING),
        (lambda: assets.GetAsset(asset_pb2.GetAssetRequest(name="assets/../../x")), INVALID),
        (lambda: stories.GetStory(story_pb2.GetStoryRequest(name="stories/none")), MISSING),
        (lambda: stories.WatchStory(story_pb2.WatchStoryRequest(name="stories/none")), MISSING),
        (lambda: stories.DeleteStory(story_pb2.DeleteStoryRequest(name="stories/..")), INVALID),
        (lambda: stories.ListStories(story_pb2.ListStoriesRequest(page_token="%%")), INVALID),
        (lambda: models.GetModel(model_pb2.GetModelRequest(name="models/none")), MISSING),
        (lambda: models.LoadModel(model_pb2.LoadModelRequest(name="models/..")), MISSING),
    ]:
        assert refused(call)[0] is code


def test_a_message_above_the_limit_is_refused_and_the_next_is_served(channel: grpc.Channel) -> None:
    stub = text_pb2_grpc.TextServiceStub(channel)
    huge = text_pb2.GenerateTextRequest(messages=[{"role": 2, "content": "x" * 5_000_000}])
    with pytest.raises(grpc.RpcError) as caught:
        list(stub.GenerateText(huge))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    small = text_pb2.GenerateTextRequest(messages=[{"role": 2, "content": "Hi"}], max_tokens=2)
    assert list(stub.GenerateText(small))[-1].WhichOneof("event") == "finish"
