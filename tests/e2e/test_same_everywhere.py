"""The same request through gRPC and HTTP: the same pixels, samples and words."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import Any

import grpc
import numpy as np
import openai
import pytest

from lanternist.v1 import (
    image_pb2,
    image_pb2_grpc,
    text_pb2,
    text_pb2_grpc,
    voice_pb2,
    voice_pb2_grpc,
)
from tests.e2e.client import pixels
from tests.e2e.stack import Stack

SEED = 20261122
PROMPT = "A red fox beside a lantern in the snow"
TEXT = "The owl woke up. It looked at the moon for a long time."


@pytest.fixture(
    scope="module", params=["fakes", pytest.param("weights", marks=pytest.mark.weights)]
)
def stack(request: pytest.FixtureRequest) -> Stack:
    name = "fake_stack" if request.param == "fakes" else "real_stack"
    stack: Stack = request.getfixturevalue(name)
    return stack


@pytest.fixture(scope="module")
def both(stack: Stack) -> Iterator[tuple[grpc.Channel, openai.OpenAI]]:
    url = f"http://{stack.http}/v1"
    with (
        grpc.insecure_channel(stack.address) as channel,
        openai.OpenAI(base_url=url, api_key="none", max_retries=0) as client,
    ):
        yield channel, client


Both = tuple[grpc.Channel, openai.OpenAI]


def default(client: openai.OpenAI, modality: str) -> str:
    """The default model of a modality."""
    listed: list[Any] = list(client.models.list())
    return next(model.id for model in listed if model.modality == modality and model.default)


def test_pictures(both: Both) -> None:
    channel, client = both
    request = image_pb2.GenerateImagesRequest(
        prompt=PROMPT, seed=SEED, width=256, height=192, count=2
    )
    files: dict[int, bytes] = {}
    for event in image_pb2_grpc.ImageServiceStub(channel).GenerateImages(request):
        if event.HasField("chunk"):
            files[event.chunk.index] = files.get(event.chunk.index, b"") + event.chunk.data
    answer = client.images.generate(prompt=PROMPT, n=2, size="256x192", extra_body={"seed": SEED})
    assert answer.data is not None
    for image, through_grpc in zip(answer.data, (files[0], files[1]), strict=True):
        through_http = base64.b64decode(image.b64_json or "")
        np.testing.assert_array_equal(pixels(through_http), pixels(through_grpc))


@pytest.mark.parametrize(
    ("encoding", "form"),
    [
        (voice_pb2.AUDIO_ENCODING_WAV, "wav"),
        (voice_pb2.AUDIO_ENCODING_MP3, "mp3"),
        (voice_pb2.AUDIO_ENCODING_OGG_OPUS, "opus"),
    ],
)
def test_samples(both: Both, encoding: Any, form: Any) -> None:
    channel, client = both
    model = default(client, "voice")
    if model != "fake-voice" and form != "wav":
        pytest.skip("encoders are the same whoever speaks")
    stub = voice_pb2_grpc.VoiceServiceStub(channel)
    voice = stub.ListVoices(voice_pb2.ListVoicesRequest(model=model)).voices[0].id
    request = voice_pb2.SynthesizeRequest(model=model, text=TEXT, voice=voice, encoding=encoding)
    through_grpc = b"".join(event.audio for event in stub.Synthesize(request))
    through_http = client.audio.speech.create(
        model=model, voice=voice, input=TEXT, response_format=form
    ).content
    if form == "opus":  # Ogg gives every stream a serial number of its own
        assert len(through_http) == len(through_grpc) > 1000
    else:
        assert through_http == through_grpc


def test_words(both: Both) -> None:
    channel, client = both
    model = default(client, "text")
    message = text_pb2.ChatMessage(role=text_pb2.CHAT_ROLE_USER, content="Name three birds.")
    request = text_pb2.GenerateTextRequest(
        model=model, messages=[message], seed=SEED, temperature=0.8, max_tokens=8
    )
    events = text_pb2_grpc.TextServiceStub(channel).GenerateText(request)
    through_grpc = "".join(event.delta for event in events)
    messages: Any = [{"role": "user", "content": "Name three birds."}]
    fields: Any = {"model": model, "seed": SEED, "temperature": 0.8, "max_tokens": 8}
    whole = client.chat.completions.create(messages=messages, **fields)
    streamed = client.chat.completions.create(messages=messages, stream=True, **fields)
    assert whole.choices[0].message.content == through_grpc
    assert "".join(chunk.choices[0].delta.content or "" for chunk in streamed) == through_grpc


@pytest.mark.weights
def test_what_is_said_is_heard(real_stack: Stack) -> None:
    """Kokoro speaks through one address, Whisper hears it through another."""
    url = f"http://{real_stack.http}/v1"
    with openai.OpenAI(base_url=url, api_key="none", max_retries=0) as client:
        said = client.audio.speech.create(model="kokoro-82m", voice="alloy", input=TEXT)
        heard = client.audio.transcriptions.create(
            model="whisper-base",
            file=("said.mp3", said.content),
            response_format="verbose_json",
            timestamp_granularities=["word"],
        )
    assert "owl woke up" in heard.text.lower()
    assert heard.words is not None
    times = [word.start for word in heard.words]
    assert times == sorted(times)
