"""The official `openai` package against a running stack: pictures, speech, recordings."""

from __future__ import annotations

import base64
import io
import json
from typing import Any

import av
import numpy as np
import openai
import pytest
import soundfile
from PIL import Image

FORMATS = {
    "mp3": ("audio/mpeg", "mp3"),
    "opus": ("audio/ogg", "opus"),
    "aac": ("audio/aac", "aac"),
    "flac": ("audio/flac", "flac"),
    "wav": ("audio/wav", "pcm_s16le"),
}
TEXT = "The owl woke up. It looked at the moon."


def recording(seconds: int = 3) -> tuple[str, bytes]:
    """A tone, in which the fake engine hears a word a second."""
    clock = np.arange(16000 * seconds) / 16000
    target = io.BytesIO()
    soundfile.write(target, 0.3 * np.sin(2 * np.pi * 220 * clock), 16000, format="WAV")
    return "tone.wav", target.getvalue()


def picture(encoded: str | None) -> Image.Image:
    assert encoded is not None
    return Image.open(io.BytesIO(base64.b64decode(encoded)))


class TestPictures:
    """Images."""

    @pytest.mark.parametrize(("form", "kind"), [("png", "PNG"), ("jpeg", "JPEG"), ("webp", "WEBP")])
    def test_formats(self, client: openai.OpenAI, form: Any, kind: str) -> None:
        answer = client.images.generate(
            model="fake-image", prompt="a fox", n=2, size="96x64", output_format=form
        )
        assert answer.data is not None
        assert [picture(image.b64_json).size for image in answer.data] == [(96, 64)] * 2
        assert picture(answer.data[0].b64_json).format == kind
        assert all((image.model_extra or {})["marked"] is True for image in answer.data)
        assert (answer.output_format, answer.size, answer.background) == (form, "96x64", "opaque")

    def test_compression_and_quality(self, client: openai.OpenAI) -> None:
        def size(**fields: Any) -> int:
            answer = client.images.generate(
                prompt="x", size="128x128", output_format="jpeg", extra_body={"seed": 1}, **fields
            )
            assert answer.data is not None
            return len(answer.data[0].b64_json or "")

        assert size(output_compression=10) < size(output_compression=100) / 2
        assert size(quality="low") != size(quality="high")  # fewer steps, another picture

    def test_streamed(self, client: openai.OpenAI) -> None:
        events: list[Any] = list(
            client.images.generate(prompt="x", size="64x64", stream=True, partial_images=3)
        )
        *looks, whole = events
        assert [look.type for look in looks] == ["image_generation.partial_image"] * 3
        assert [look.partial_image_index for look in looks] == [0, 1, 2]
        assert {picture(look.b64_json).format for look in looks} == {"JPEG"}
        assert {look.output_format for look in looks} == {"jpeg"}
        assert whole.type == "image_generation.completed"
        assert picture(whole.b64_json).format == "PNG"

    @pytest.mark.parametrize(
        ("fields", "param", "code"),
        [
            ({"background": "transparent"}, "background", "not_supported"),
            ({"response_format": "url"}, "response_format", "not_supported"),
            ({"style": "vivid"}, "style", "not_supported"),
            ({"output_format": "svg"}, None, "encoding_not_supported"),
            ({"output_format": "gif"}, "output_format", "invalid_field"),
            ({"output_compression": 50}, "output_compression", "invalid_field"),
            ({"size": "20x20"}, "size", "invalid_field"),
            ({"size": "9999x64"}, "size", "invalid_field"),
            ({"n": 17}, "n", "invalid_field"),
            ({"quality": "xhigh"}, "quality", "invalid_field"),
            ({"partial_images": 2}, "partial_images", "invalid_field"),
            ({"stream": True, "n": 2}, "n", "not_supported"),
            ({"prompt": "\x07"}, "prompt", "invalid_field"),
        ],
    )
    def test_refusals(
        self, client: openai.OpenAI, fields: dict[str, Any], param: str | None, code: str
    ) -> None:
        with pytest.raises(openai.BadRequestError) as caught:
            client.images.generate(**{"prompt": "x", **fields})
        assert (caught.value.param, caught.value.code) == (param, code)


class TestSpeech:
    """Speech."""

    @pytest.mark.parametrize("form", FORMATS)
    def test_files(self, client: openai.OpenAI, form: Any) -> None:
        media_type, codec = FORMATS[form]
        answer = client.audio.speech.create(
            model="fake-voice", voice="fake-en", input=TEXT, response_format=form
        )
        assert answer.response.headers["content-type"] == media_type
        with av.open(io.BytesIO(answer.content)) as container:
            stream = container.streams.audio[0]
            assert stream.codec_context.name in (codec, f"{codec}float")
            samples = sum(frame.samples for frame in container.decode(stream))
            assert samples / stream.rate > 1

    def test_pcm_is_at_the_rate_that_clients_expect(self, client: openai.OpenAI) -> None:
        def ask(form: Any, speed: float = 1.0) -> bytes:
            return client.audio.speech.create(
                model="fake-voice",
                voice="fake-en",
                input=TEXT,
                response_format=form,
                speed=speed,
            ).content

        whole, rate = soundfile.read(io.BytesIO(ask("wav")), dtype="int16")
        pcm = np.frombuffer(ask("pcm"), "<i2")
        assert len(pcm) == pytest.approx(len(whole) * 24000 / rate, abs=2)
        assert len(ask("pcm", 2.0)) < 0.7 * len(pcm) * 2

    def test_a_file_knows_its_length_and_a_stream_does_not(self, client: openai.OpenAI) -> None:
        def ask(**fields: Any) -> bytes:
            return client.audio.speech.create(
                model="fake-voice",
                voice="fake-en",
                input=TEXT,
                response_format="flac",
                extra_body=fields,
            ).content

        file, stream = ask(as_file=True), ask()
        assert b"c2pa" in file
        assert b"c2pa" not in stream
        with av.open(io.BytesIO(stream)) as container:
            frames = sum(frame.samples for frame in container.decode(audio=0))
        assert soundfile.info(io.BytesIO(file)).frames == frames

    def test_streamed(self, client: openai.OpenAI) -> None:
        with client.audio.speech.with_streaming_response.create(
            model="fake-voice", voice={"id": "fake-en"}, input=TEXT, response_format="wav"
        ) as answer:
            whole = b"".join(answer.iter_bytes())
        events = client.audio.speech.create(
            model="fake-voice",
            voice="fake-en",
            input=TEXT,
            response_format="wav",
            stream_format="sse",
        )
        assert "text/event-stream" in events.response.headers["content-type"]
        lines = [line[6:] for line in events.text.splitlines() if line.startswith("data: ")]
        parsed = [json.loads(line) for line in lines]
        assert parsed[-1]["type"] == "speech.audio.done"
        heard = b"".join(base64.b64decode(event["audio"]) for event in parsed[:-1])
        assert heard == whole

    @pytest.mark.parametrize(
        ("fields", "kind", "param"),
        [
            ({"voice": "nobody"}, openai.NotFoundError, "voice"),
            ({"model": "tts-1"}, openai.NotFoundError, "model"),
            ({"instructions": "Whisper."}, openai.BadRequestError, "instructions"),
            ({"speed": 3.0}, openai.BadRequestError, "speed"),
            ({"input": ""}, openai.BadRequestError, "input"),
            ({"input": "\x00"}, openai.BadRequestError, "input"),
            ({"response_format": "m4b"}, openai.BadRequestError, "response_format"),
            (
                {"response_format": "pcm", "extra_body": {"as_file": True}},
                openai.BadRequestError,
                "as_file",
            ),
        ],
    )
    def test_refusals(
        self,
        client: openai.OpenAI,
        fields: dict[str, Any],
        kind: type[openai.APIStatusError],
        param: str,
    ) -> None:
        with pytest.raises(kind) as caught:
            client.audio.speech.create(
                **{"model": "fake-voice", "voice": "fake-en", "input": TEXT, **fields}
            )
        assert caught.value.param == param


class TestHearing:
    """Transcriptions."""

    @pytest.mark.parametrize(
        ("form", "begins"),
        [
            ("text", "one two three"),
            ("srt", "1\n00:00:00,200 --> 00:00:00,800\none"),
            ("vtt", "WEBVTT\n\n00:00:00.200 --> "),
        ],
    )
    def test_texts(self, client: openai.OpenAI, form: Any, begins: str) -> None:
        answer: Any = client.audio.transcriptions.create(
            model="fake-transcription", file=recording(), response_format=form
        )
        assert str(answer).startswith(begins)

    def test_json(self, client: openai.OpenAI) -> None:
        answer: Any = client.audio.transcriptions.create(
            model="fake-transcription", file=recording(), language="fr", prompt="Renard"
        )
        assert answer.text == "un deux trois"
        assert (answer.usage.type, answer.usage.seconds) == ("duration", 3)

    def test_verbose_json(self, client: openai.OpenAI) -> None:
        answer = client.audio.transcriptions.create(
            model="fake-transcription",
            file=recording(),
            response_format="verbose_json",
            timestamp_granularities=["word", "segment"],
        )
        assert answer.words is not None
        assert answer.segments is not None
        assert [(word.word, word.start) for word in answer.words] == [
            ("one", 0.2),
            ("two", 1.2),
            ("three", 2.2),
        ]
        assert [segment.id for segment in answer.segments] == [0, 1, 2]
        assert (answer.duration, answer.language) == (3.0, "en")

    def test_streamed(self, client: openai.OpenAI) -> None:
        events: list[Any] = list(
            client.audio.transcriptions.create(
                model="fake-transcription", file=recording(), stream=True
            )
        )
        *deltas, done = events
        assert "".join(event.delta for event in deltas) == done.text == "one two three"

    @pytest.mark.parametrize(
        ("fields", "param"),
        [
            ({"file": b"no sound"}, "file"),
            ({"file": b""}, "file"),
            ({"temperature": 0.4}, "temperature"),
            ({"language": "tlh"}, "language"),
            ({"prompt": "x" * 1001}, "prompt"),
            ({"timestamp_granularities": ["word"]}, "timestamp_granularities"),
            ({"response_format": "diarized_json"}, "response_format"),
            ({"response_format": "srt", "stream": True}, "stream"),
            ({"include": ["logprobs"]}, "include"),
            ({"extra_body": {"foo": "1"}}, "foo"),
        ],
    )
    def test_refusals(self, client: openai.OpenAI, fields: dict[str, Any], param: str) -> None:
        with pytest.raises(openai.BadRequestError) as caught:
            client.audio.transcriptions.create(
                **{"model": "fake-transcription", "file": recording(), **fields}
            )
        assert caught.value.param == param

    @pytest.mark.filterwarnings("ignore:.*deprecated")
    def test_translations_are_refused(self, client: openai.OpenAI) -> None:
        with pytest.raises(openai.BadRequestError, match="no model here translates"):
            client.audio.translations.create(model="fake-transcription", file=recording())
