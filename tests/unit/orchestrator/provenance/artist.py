"""Image and voice services without models, and the server's own in front of them."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from lanternist.runtime.call import Call
from lanternist.runtime.settings import ProvenanceSettings, ServiceSettings, ServicesSettings
from lanternist.v1 import image_pb2, voice_pb2
from models.catalog import Catalog
from orchestrator.clients.channel import Connection
from orchestrator.clients.image import ImageClient, Picture
from orchestrator.forward import Line, Routes
from orchestrator.limits import Admission
from orchestrator.provenance.answers import answering
from orchestrator.provenance.notary import Notary
from orchestrator.provenance.reading import look
from orchestrator.provenance.verify import Verdict, verdict
from services.voice.encoding import Encoding, encoder_for

IMAGE = image_pb2.DESCRIPTOR.services_by_name["ImageService"]
VOICE = voice_pb2.DESCRIPTOR.services_by_name["VoiceService"]
RATE = 24_000
CLAUSES = 3
SAMPLES = RATE // 2
LARGE = np.random.default_rng(7).integers(0, 255, (400, 400, 3), dtype=np.uint8)


def png(pixels: Any) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


class Artist:
    """Sends one file as often as it is asked for, with what comes before pictures; and speaks.

    Attributes:
        file: What it draws, and of what type.
        missing: Bytes that it leaves out at the end.
        endless: Speaks until its caller leaves.
        left: Set when a speech has ended, however.
    """

    def __init__(self) -> None:
        self.file = (png(LARGE), "image/png")
        self.missing = 0
        self.endless = False
        self.left = asyncio.Event()

    async def GenerateImages(
        self, request: image_pb2.GenerateImagesRequest, call: Call
    ) -> AsyncGenerator[image_pb2.GenerateImagesResponse, None]:
        data, media_type = self.file
        step = image_pb2.StepProgress(step=1, step_count=1)
        yield image_pb2.GenerateImagesResponse(progress=step)
        look = image_pb2.ImagePreview(step=1, jpeg=b"\xff\xd8 a look")
        yield image_pb2.GenerateImagesResponse(preview=look)
        for index in range(request.count or 1):
            info = image_pb2.ImageInfo(
                index=index,
                model=request.model,
                media_type=media_type,
                size_bytes=len(data),
                seed=index,
            )
            yield image_pb2.GenerateImagesResponse(image=info)
            for at in range(0, len(data) - self.missing, 100_000):
                part = data[at : min(at + 100_000, len(data) - self.missing)]
                chunk = image_pb2.ImageChunk(index=index, data=part)
                yield image_pb2.GenerateImagesResponse(chunk=chunk)

    async def Synthesize(
        self, request: voice_pb2.SynthesizeRequest, call: Call
    ) -> AsyncGenerator[voice_pb2.SynthesizeResponse, None]:
        assert not request.as_file, "a service streams"
        encoding, code = _ENCODINGS[request.encoding]
        encoder = encoder_for(encoding, RATE)
        form = voice_pb2.AudioFormat(
            encoding=code,
            sample_rate_hertz=encoder.sample_rate_hertz,
            media_type=encoding.value,
            model="fake-voice",
        )
        try:
            yield voice_pb2.SynthesizeResponse(format=form)
            index = 0
            while index < CLAUSES or self.endless:
                sine = np.sin(np.arange(SAMPLES) * 0.06).astype(np.float32) * 0.3
                yield voice_pb2.SynthesizeResponse(audio=encoder.encode(sine))
                clause = voice_pb2.SpokenClause(index=index)
                yield voice_pb2.SynthesizeResponse(clause=clause)
                index += 1
                await asyncio.sleep(0)
            yield voice_pb2.SynthesizeResponse(audio=encoder.finish())
            if not self.missing:
                summary = voice_pb2.SpeechSummary(clause_count=CLAUSES)
                yield voice_pb2.SynthesizeResponse(summary=summary)
        finally:
            self.left.set()

    async def ListVoices(
        self, request: voice_pb2.ListVoicesRequest, call: Call
    ) -> voice_pb2.ListVoicesResponse:
        return voice_pb2.ListVoicesResponse(voices=[voice_pb2.Voice(id="ada")])


_ENCODINGS = {
    voice_pb2.AUDIO_ENCODING_UNSPECIFIED: (Encoding.LINEAR16, voice_pb2.AUDIO_ENCODING_LINEAR16),
    voice_pb2.AUDIO_ENCODING_WAV: (Encoding.WAV, voice_pb2.AUDIO_ENCODING_WAV),
    voice_pb2.AUDIO_ENCODING_FLAC: (Encoding.FLAC, voice_pb2.AUDIO_ENCODING_FLAC),
    voice_pb2.AUDIO_ENCODING_MP3: (Encoding.MP3, voice_pb2.AUDIO_ENCODING_MP3),
    voice_pb2.AUDIO_ENCODING_OGG_OPUS: (Encoding.OGG_OPUS, voice_pb2.AUDIO_ENCODING_OGG_OPUS),
}


class Shop:
    """The server's image and voice services in front of an artist, marking as settings say."""

    def __init__(self, artist: Artist, address: str, directory: Path) -> None:
        self.artist = artist
        self.directory = directory
        self.connection = Connection(address)
        services = ServicesSettings(image=ServiceSettings(models=("storybook", "flux-1-schnell")))
        self.catalog = Catalog.builtin()
        self.routes = Routes(services, self.catalog)

    def serve(self, modality: Any, **settings: Any) -> Any:
        notary = Notary(ProvenanceSettings(**settings), self.directory / "own", self.catalog)
        line = Line(
            modality=modality,
            connection=self.connection,
            routes=self.routes,
            admission=Admission(64),
            recovery_seconds=lambda: 1.0,
            max_upload_bytes=1000,
        )
        return answering(IMAGE if modality == "image" else VOICE, line, notary.of_answers)

    def judge(self, data: bytes) -> Verdict:
        anchors = Notary(ProvenanceSettings(), self.directory / "own", self.catalog).anchors()
        return verdict(look(io.BytesIO(data), anchors))

    async def draw(self, served: Any, **fields: Any) -> list[Picture]:
        request = image_pb2.GenerateImagesRequest(
            **{"prompt": "a fox", "model": "storybook", **fields}
        )
        return [picture async for picture in _Local(served).pictures(request, Call())]


class _Local(ImageClient):
    """Puts chunks together that come from this process."""

    def __init__(self, served: Any) -> None:
        self.GenerateImages = served.GenerateImages  # type: ignore[method-assign]
