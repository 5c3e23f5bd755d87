"""The worst input through the real door: a canonical code that names the field, never INTERNAL."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

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
    voice_pb2,
    voice_pb2_grpc,
)
from tests.e2e.refusals import refused

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
