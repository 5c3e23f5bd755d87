"""`/v1/audio/speech`: text in, sound out as it is spoken.

`as_file` is ours: with it the sound comes when all of it is spoken, as a file that knows its length
and bears a C2PA mark where its format has a place for one.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, Literal

import numpy as np
import soxr
from pydantic import BeforeValidator, Field, WithJsonSchema
from starlette.requests import Request
from starlette.responses import Response

from lanternist.runtime.call import Call
from lanternist.v1 import voice_pb2
from orchestrator.clients.voice import VoiceClient
from orchestrator.gateways.ledger import call_of
from orchestrator.gateways.metrics import Metrics
from orchestrator.gateways.openai.answering import EVENTS, Stream, event, json_body
from orchestrator.gateways.openai.fields import PLAIN, Body, ModelId, Only, RequestError
from orchestrator.gateways.openai.naming import Naming

RENAMES = {"text": "input", "encoding": "response_format"}
PCM_RATE_HERTZ = 24_000
"""What clients take `pcm` for: it bears no header that would say so."""

_ENCODINGS = {
    "mp3": voice_pb2.AUDIO_ENCODING_MP3,
    "opus": voice_pb2.AUDIO_ENCODING_OGG_OPUS,
    "aac": voice_pb2.AUDIO_ENCODING_AAC,
    "flac": voice_pb2.AUDIO_ENCODING_FLAC,
    "wav": voice_pb2.AUDIO_ENCODING_WAV,
    "pcm": voice_pb2.AUDIO_ENCODING_LINEAR16,
}
_TYPES = {
    "mp3": "audio/mpeg",
    "opus": "audio/ogg",
    "aac": "audio/aac",
    "flac": "audio/flac",
    "wav": "audio/wav",
    "pcm": f"audio/pcm;rate={PCM_RATE_HERTZ};channels=1",
}
_NO_USAGE = {"input_tokens": 0, "output_tokens": 0, "total_tokens": 0}


class VoiceChoice(Body):
    """A voice by its id."""

    id: Annotated[str, Field(min_length=1, max_length=100)]


def as_choice(value: Any) -> Any:
    """A voice's name, or an object with its id."""
    return {"id": value} if isinstance(value, str) else value


class SpeechRequest(Body):
    """A request for speech."""

    model: ModelId
    input: Annotated[str, Field(min_length=1, max_length=200_000, json_schema_extra=PLAIN)]
    voice: Annotated[
        VoiceChoice,
        BeforeValidator(as_choice),
        WithJsonSchema(
            {
                "anyOf": [
                    {"type": "string", "minLength": 1, "maxLength": 100},
                    {
                        "type": "object",
                        "properties": {"id": {"type": "string", "minLength": 1, "maxLength": 100}},
                        "required": ["id"],
                        "additionalProperties": False,
                    },
                ]
            }
        ),
    ]
    speed: Annotated[float, Field(ge=0.5, le=2)] | None = None
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] | None = None
    stream_format: Literal["audio", "sse"] | None = None
    as_file: bool | None = None
    instructions: Annotated[
        Any, Only((None, ""), "no voice here takes instructions; leave it out.")
    ] = None


class Speech:
    """Speaks.

    Args:
        client: Speaks, somewhere else.
        naming: Aliases.
        metrics: Counts seconds.
    """

    def __init__(self, client: VoiceClient, naming: Naming, metrics: Metrics) -> None:
        self._client = client
        self._naming = naming
        self._metrics = metrics

    async def speak(self, request: Request) -> Response:
        """Answers one request."""
        asked = await json_body(request, SpeechRequest)
        form = asked.response_format or "mp3"
        if form == "pcm" and asked.as_file:
            raise RequestError("as_file", "pcm is raw samples, no file: ask for wav.")
        contract = voice_pb2.SynthesizeRequest(
            model=self._naming.model(asked.model),
            text=asked.input,
            voice=asked.voice.id,
            speed=asked.speed,
            encoding=_ENCODINGS[form],
            as_file=bool(asked.as_file),
        )
        audio = self._audio(contract, call_of(request.scope), pcm=form == "pcm")
        if asked.stream_format == "sse":
            return Stream(_events(audio), EVENTS)
        return Stream(audio, _TYPES[form])

    async def _audio(
        self, contract: voice_pb2.SynthesizeRequest, call: Call, *, pcm: bool
    ) -> AsyncGenerator[bytes, None]:
        rate = _Rate() if pcm else None
        model = contract.model
        contract.voice = await self._naming.voice(contract.voice, model, call)
        async with aclosing(self._client.Synthesize(contract, call)) as events:
            async for happened in events:
                match happened.WhichOneof("event"):
                    case "format":
                        model = happened.format.model
                        if rate is not None:
                            rate.begin(happened.format.sample_rate_hertz)
                    case "audio":
                        data = rate.convert(happened.audio) if rate else happened.audio
                        if data:
                            yield data
                    case "summary":
                        self._metrics.spoken(model, happened.summary.duration_ms / 1000)
        if rate and (rest := rate.finish()):
            yield rest


class _Rate:
    """Brings 16-bit mono samples to the rate that clients expect; changes none that have it."""

    def __init__(self) -> None:
        self._stream: soxr.ResampleStream | None = None

    def begin(self, rate_hertz: int) -> None:
        if rate_hertz != PCM_RATE_HERTZ:
            self._stream = soxr.ResampleStream(rate_hertz, PCM_RATE_HERTZ, 1, dtype="int16")

    def convert(self, data: bytes, *, last: bool = False) -> bytes:
        if self._stream is None:
            return data
        samples = np.frombuffer(data, "<i2").reshape(-1, 1)
        converted: bytes = self._stream.resample_chunk(samples, last=last).astype("<i2").tobytes()
        return converted

    def finish(self) -> bytes:
        return self.convert(b"", last=True)


async def _events(audio: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(audio):
        async for data in audio:
            kind = "speech.audio.delta"
            yield event({"type": kind, "audio": base64.b64encode(data).decode("ascii")}, kind)
    yield event({"type": "speech.audio.done", "usage": _NO_USAGE}, "speech.audio.done")
