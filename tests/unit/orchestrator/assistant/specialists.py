"""Model services without models, scripted by what they are asked, with counts of what they ran."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

from lanternist.runtime.call import Call
from lanternist.runtime.errors import InvalidArgumentError, LanternistError
from lanternist.v1 import image_pb2, progress_pb2, text_pb2, transcription_pb2, voice_pb2

VOICES = (
    ("ada", "en-US", "female", "fake-voice"),
    ("bob", "en-GB", "male", "fake-voice"),
    ("flo", "fr-FR", "female", "other-voice"),
)


class Office:
    """All four services.

    Attributes:
        broken: Model id → error that it raises before anything else.
        breaks_later: Model ids that raise after their first word.
        asked: Requests seen.
        writing: Answers of the text models under way.
        left: Set when a caller left the endless model.
    """

    def __init__(self) -> None:
        self.broken: dict[str, LanternistError] = {}
        self.breaks_later: dict[str, LanternistError] = {}
        self.asked: list[object] = []
        self.writing = 0
        self.left = asyncio.Event()
        self.heard = b""

    async def GenerateText(
        self, request: text_pb2.GenerateTextRequest, call: Call
    ) -> AsyncGenerator[text_pb2.GenerateTextResponse, None]:
        self._ask(request, request.model)
        loading = progress_pb2.ModelLoading(model=request.model)
        yield text_pb2.GenerateTextResponse(loading=loading)
        words = request.messages[-1].content
        self.writing += 1
        try:
            while words.endswith("forever"):
                yield text_pb2.GenerateTextResponse(delta="on ")
                await asyncio.sleep(0.01)
        finally:
            self.writing -= 1
            self.left.set()
        yield text_pb2.GenerateTextResponse(delta=f"{request.model}: ")
        if request.model in self.breaks_later:
            raise self.breaks_later[request.model]
        yield text_pb2.GenerateTextResponse(delta=words)
        finish = text_pb2.TextFinish(prompt_tokens=3, completion_tokens=5, model=request.model)
        yield text_pb2.GenerateTextResponse(finish=finish)

    async def GenerateImages(
        self, request: image_pb2.GenerateImagesRequest, call: Call
    ) -> AsyncGenerator[image_pb2.GenerateImagesResponse, None]:
        self._ask(request, request.model)
        if request.width > 2000:
            raise InvalidArgumentError("width", "is too wide for this model")
        for index in range(request.count or 1):
            content = f"{request.prompt} {index}".encode()
            info = image_pb2.ImageInfo(
                index=index,
                model=request.model,
                media_type="image/gif",  # bears no mark: what is stored is what was sent
                size_bytes=len(content),
            )
            yield image_pb2.GenerateImagesResponse(image=info)
            for at in range(0, len(content), 4):
                chunk = image_pb2.ImageChunk(index=index, data=content[at : at + 4])
                yield image_pb2.GenerateImagesResponse(chunk=chunk)

    async def Synthesize(
        self, request: voice_pb2.SynthesizeRequest, call: Call
    ) -> AsyncGenerator[voice_pb2.SynthesizeResponse, None]:
        self._ask(request, request.model)
        form = voice_pb2.AudioFormat(
            encoding=voice_pb2.AUDIO_ENCODING_LINEAR16,
            sample_rate_hertz=8000,
            media_type="audio/L16",
            model=request.model,
            voice=request.voice,
        )
        yield voice_pb2.SynthesizeResponse(format=form)
        yield voice_pb2.SynthesizeResponse(audio=b"\x01\x00" * 800)
        yield voice_pb2.SynthesizeResponse(summary=voice_pb2.SpeechSummary(duration_ms=100))

    async def ListVoices(
        self, request: voice_pb2.ListVoicesRequest, call: Call
    ) -> voice_pb2.ListVoicesResponse:
        listed = [
            voice_pb2.Voice(id=name, language=language, gender=gender, model=model)
            for name, language, gender, model in VOICES
        ]
        return voice_pb2.ListVoicesResponse(voices=listed)

    async def Transcribe(
        self, requests: AsyncIterator[transcription_pb2.TranscribeRequest], call: Call
    ) -> AsyncGenerator[transcription_pb2.TranscribeResponse, None]:
        async for request in requests:
            if request.HasField("config"):
                self._ask(request.config, request.config.model)
            self.heard += request.audio
        for index, text in enumerate((" The owl", " called. ")):
            segment = transcription_pb2.TranscriptSegment(index=index, text=text)
            yield transcription_pb2.TranscribeResponse(segment=segment)
        summary = transcription_pb2.TranscriptSummary(duration_ms=900)
        yield transcription_pb2.TranscribeResponse(summary=summary)

    def _ask(self, request: object, model: str) -> None:
        self.asked.append(request)
        if model in self.broken:
            raise self.broken[model]
