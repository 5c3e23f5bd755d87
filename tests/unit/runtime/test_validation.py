"""The contract's shape rules, and how their violations name fields."""

from __future__ import annotations

import math

import pytest

from lanternist.runtime.errors import InvalidArgumentError
from lanternist.runtime.validation import validate
from lanternist.v1 import (
    asset_pb2,
    image_pb2,
    model_pb2,
    scene_pb2,
    story_pb2,
    text_pb2,
    transcription_pb2,
    voice_pb2,
)


def fields(message) -> list[str]:
    with pytest.raises(InvalidArgumentError) as caught:
        validate(message)
    return [violation.field for violation in caught.value.violations]


def image(**choices):
    return image_pb2.GenerateImagesRequest(**{"prompt": "a fox", **choices})


def speech(**choices):
    return voice_pb2.SynthesizeRequest(**{"text": "Hello.", **choices})


def chat(**choices):
    message = text_pb2.ChatMessage(role=text_pb2.CHAT_ROLE_USER, content="Hi")
    return text_pb2.GenerateTextRequest(**{"messages": [message], **choices})


@pytest.mark.parametrize(
    "message",
    [
        image(),
        image(prompt="", scene=scene_pb2.SceneDescription(setting="forest")),
        image(prompt="", source=image_pb2.ImageSource(content=b"x")),
        image(source=image_pb2.ImageSource(content=b"x" * (3 << 20), strength=1.0)),
        image(seed=0, width=64, height=4096, guidance_scale=0.0, count=16, step_count=200),
        speech(speed=0.5),
        speech(speed=2.0, text="x" * 200_000),
        chat(temperature=0.0, top_p=1.0, stop=["\n"], max_tokens=32768),
        transcription_pb2.TranscribeRequest(audio=b"x" * 1048576),
        story_pb2.CreateStoryRequest(
            text="Once.", request_id="9f1c3b0e-8a39-4d5e-9a53-3e2a7a1d6a10"
        ),
        model_pb2.GetModelRequest(name="models/kokoro-82m"),
        asset_pb2.GetAssetRequest(name="assets/" + "0a" * 32),
    ],
    ids=lambda m: type(m).__name__,
)
def test_good_requests_pass(message) -> None:
    validate(message)


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (image(prompt=""), "prompt"),
        (image(prompt=" \n\t "), "prompt"),
        (image(prompt="a\x00b"), "prompt"),
        (image(prompt="a\x1b[31mb"), "prompt"),
        (image(prompt="x" * 100_001), "prompt"),
        (image(width=63), "width"),
        (image(height=4097), "height"),
        (image(width=-1), "width"),
        (image(seed=-1), "seed"),
        (image(seed=2**53), "seed"),
        (image(step_count=201), "step_count"),
        (image(count=17), "count"),
        (image(guidance_scale=math.nan), "guidance_scale"),
        (image(guidance_scale=math.inf), "guidance_scale"),
        (image(guidance_scale=-0.1), "guidance_scale"),
        (image(source=image_pb2.ImageSource()), "source.content"),
        (image(source=image_pb2.ImageSource(content=b"x" * ((3 << 20) + 1))), "source.content"),
        (image(source=image_pb2.ImageSource(content=b"x", strength=1.01)), "source.strength"),
        (image(source=image_pb2.ImageSource(content=b"x", strength=-0.1)), "source.strength"),
        (image(source=image_pb2.ImageSource(content=b"x", strength=math.nan)), "source.strength"),
        (image(model="../../etc/passwd"), "model"),
        (image(encoding=99), "encoding"),
        (image(quality=101), "quality"),
        (
            image(scene=scene_pb2.SceneDescription(subjects=[{"noun": "fox"}, {"noun": ""}])),
            "scene.subjects[1].noun",
        ),
        (speech(text=""), "text"),
        (speech(text="x" * 200_001), "text"),
        (speech(speed=0.49), "speed"),
        (speech(speed=math.nan), "speed"),
        (speech(voice="a/b"), "voice"),
        (speech(language="en_US; rm"), "language"),
        (chat(messages=[]), "messages"),
        (chat(temperature=math.inf), "temperature"),
        (chat(top_p=0.0), "top_p"),
        (chat(stop=[""]), "stop[0]"),
        (chat(stop=["x"] * 9), "stop"),
        (chat(messages=[{"role": 0, "content": "x"}]), "messages[0].role"),
        (transcription_pb2.TranscribeRequest(), "payload"),
        (transcription_pb2.TranscribeRequest(audio=b"x" * 1048577), "audio"),
        (story_pb2.CreateStoryRequest(), "source"),
        (story_pb2.CreateStoryRequest(text="x", request_id="not-a-uuid"), "request_id"),
        (story_pb2.CreateStoryRequest(narration="assets/../../x"), "narration"),
        (story_pb2.GetStoryRequest(name="stories/../x"), "name"),
        (asset_pb2.DownloadAssetRequest(name="assets/" + "0" * 63), "name"),
        (asset_pb2.DownloadAssetRequest(name="assets/" + "0" * 64, offset=-1), "offset"),
        (model_pb2.LoadModelRequest(name="models/"), "name"),
    ],
    ids=lambda value: value if isinstance(value, str) else type(value).__name__,
)
def test_a_bad_field_is_named(message, field: str) -> None:
    assert field in fields(message)


def test_every_wrong_field_is_named_at_once() -> None:
    assert {"width", "seed", "count"} <= set(fields(image(width=1, seed=-1, count=99)))
