"""A voice, a painter and a listener that behave, without models: sines, small PNGs, set words."""

from __future__ import annotations

import asyncio
import io
import re
from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable
from typing import Any, cast

import numpy as np
from PIL import Image

from lanternist.runtime.call import Call
from lanternist.runtime.errors import LanternistError
from lanternist.v1 import image_pb2, progress_pb2, transcription_pb2, voice_pb2
from orchestrator.clients.image import Picture
from orchestrator.clients.specialists import Specialists

RATE = 8_000
MS_A_LETTER = 10
PAUSE_MS = 80
_CLAUSE = re.compile(r"[^,.!?;…]+[,.!?;…”»\"\s]*")
_WORD = re.compile(r"\w[\w'’$-]*")


class SineVoice:
    """Speaks a tone of 10 ms a letter for each word, clause by clause, 80 ms of rest after each."""

    def __init__(self) -> None:
        self.requests: list[voice_pb2.SynthesizeRequest] = []
        self.clauses_spoken = 0
        self.errors: list[LanternistError] = []
        # After how many clauses of a call an error of `errors` is raised.
        self.error_after = 0
        self.hold = asyncio.Event()
        self.hold.set()
        self.speaking = asyncio.Event()
        self.left = 0
        self.silent = asyncio.Event()  # a request was left
        # From this request on it holds its breath; `stopped` says that it does.
        self.stop_at_request = 0
        self.stopped = asyncio.Event()
        self.voices = [
            voice_pb2.Voice(id="anna", language="en-GB", model="sine"),
            voice_pb2.Voice(id="luc", language="fr-FR", model="sine"),
        ]

    async def ListVoices(
        self, request: voice_pb2.ListVoicesRequest, call: Call
    ) -> voice_pb2.ListVoicesResponse:
        return voice_pb2.ListVoicesResponse(voices=self.voices)

    async def Synthesize(
        self, request: voice_pb2.SynthesizeRequest, call: Call
    ) -> AsyncGenerator[voice_pb2.SynthesizeResponse, None]:
        self.requests.append(request)
        if len(self.requests) == self.stop_at_request:
            self.hold.clear()
            self.stopped.set()
        try:
            yield voice_pb2.SynthesizeResponse(
                format=voice_pb2.AudioFormat(
                    encoding=request.encoding,
                    sample_rate_hertz=RATE,
                    voice=request.voice or "anna",
                    model=request.model or "sine",
                    language=request.language,
                )
            )
            clock = 0
            for index, clause in enumerate(_CLAUSE.findall(request.text)):
                if self.errors and index >= self.error_after:
                    raise self.errors.pop(0)
                self.speaking.set()
                await self.hold.wait()
                start, words = clock, []
                for word in _WORD.findall(clause):
                    length = MS_A_LETTER * len(word)
                    words.append(
                        progress_pb2.WordTiming(text=word, start_ms=clock, end_ms=clock + length)
                    )
                    clock += length
                clock += PAUSE_MS
                self.clauses_spoken += 1
                yield voice_pb2.SynthesizeResponse(audio=tone(clock - start, PAUSE_MS))
                spoken = voice_pb2.SpokenClause(
                    index=index, text=clause, start_ms=start, end_ms=clock, words=words
                )
                yield voice_pb2.SynthesizeResponse(clause=spoken)
            yield voice_pb2.SynthesizeResponse(summary=voice_pb2.SpeechSummary(duration_ms=clock))
        finally:
            self.left += 1
            self.silent.set()


def tone(milliseconds: int, silent_ms: int = 0) -> bytes:
    """LINEAR16 bytes of a tone, its end silent."""
    count = milliseconds * RATE // 1000
    wave = 0.3 * np.sin(np.arange(count) * 2 * np.pi * 220 / RATE)
    wave[count - silent_ms * RATE // 1000 :] = 0
    return (wave * 32767).astype("<i2").tobytes()


def png(seed: int) -> bytes:
    """A small picture, another for each seed."""
    file = io.BytesIO()
    Image.new("RGB", (8, 6), (seed % 256, seed // 256 % 256, 90)).save(file, "PNG")
    return file.getvalue()


class PlainPainter:
    """Paints a colour; counts, waits and fails on demand."""

    def __init__(self) -> None:
        self.requests: list[image_pb2.GenerateImagesRequest] = []
        self.errors: list[LanternistError] = []
        self.hold = asyncio.Event()
        self.hold.set()
        self.at_work = 0
        self.most_at_work = 0
        self.busy = asyncio.Event()  # two pictures are being painted

    async def pictures(
        self,
        request: image_pb2.GenerateImagesRequest,
        call: Call,
        watch: Callable[[image_pb2.GenerateImagesResponse], None] | None = None,
    ) -> AsyncGenerator[Picture, None]:
        self.requests.append(request)
        self.at_work += 1
        self.most_at_work = max(self.most_at_work, self.at_work)
        if self.at_work == 2:
            self.busy.set()
        try:
            await self.hold.wait()
            await asyncio.sleep(0)
            if self.errors:
                raise self.errors.pop(0)
            info = image_pb2.ImageInfo(
                model=request.model or "plain",
                seed=request.seed,
                width=8,
                height=6,
                media_type="image/png",
            )
            yield Picture(info, png(request.seed))
        finally:
            self.at_work -= 1


class GoodEar:
    """Hears set segments: (text, words) where a word is (text, start_ms, end_ms)."""

    def __init__(self, segments: list[tuple[str, list[tuple[str, int, int]]]]) -> None:
        self.segments = segments
        self.received = 0
        self.calls = 0

    async def Transcribe(
        self, requests: AsyncIterable[transcription_pb2.TranscribeRequest], call: Call
    ) -> AsyncGenerator[transcription_pb2.TranscribeResponse, None]:
        self.calls += 1
        async for request in requests:
            self.received += len(request.audio)
        for index, (text, words) in enumerate(self.segments):
            yield transcription_pb2.TranscribeResponse(
                segment=transcription_pb2.TranscriptSegment(
                    index=index,
                    text=text,
                    start_ms=words[0][1] if words else 0,
                    end_ms=words[-1][2] if words else 0,
                    words=[
                        progress_pb2.WordTiming(text=w, start_ms=start, end_ms=end, confidence=0.9)
                        for w, start, end in words
                    ],
                )
            )
        yield transcription_pb2.TranscribeResponse(
            summary=transcription_pb2.TranscriptSummary(model="ear", language="en")
        )


class AnyModel:
    """Knows every model but `nothing`."""

    def check(self, modality: str, model_id: str, field: str) -> None:
        from lanternist.runtime.errors import NotFoundError

        if model_id == "nothing":
            raise NotFoundError("model", model_id, field=field)

    def languages(self, modality: str, model_id: str) -> tuple[str, ...]:
        return ("en", "fr") if model_id != "any-ear" else ()


def specialists(**clients: Any) -> Specialists:
    """The four clients, some of them fakes."""
    whole = {"image": PlainPainter(), "voice": SineVoice(), "text": None, "transcription": None}
    return Specialists(**cast(Any, {**whole, **clients}))


async def chunks(*messages: Any) -> AsyncIterator[Any]:
    """A client stream."""
    for message in messages:
        yield message
