"""Storing what was made: marked with its origin, under the name of its bytes."""

from __future__ import annotations

import asyncio
import contextlib
import struct
import tempfile
import wave
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Literal

from lanternist.v1 import image_pb2, voice_pb2
from orchestrator.assets.store import Asset, AssetStore
from orchestrator.provenance.claim import Claim
from orchestrator.provenance.notary import Notary

_Finish = Callable[[Path, str, str], Awaitable[Asset]]

_BUFFER_BYTES = 1 << 20
_WAV_HEADER_BYTES = 44


class Keeper:
    """Stores pictures and speech.

    Args:
        assets: Where.
        notary: Marks them.
    """

    def __init__(self, assets: AssetStore, notary: Notary) -> None:
        self._assets = assets
        self._notary = notary

    async def picture(self, data: bytes, info: image_pb2.ImageInfo) -> Asset:
        """Stores a picture with its mark."""
        claim = self._claim("image", info.model)
        marked = await self._notary.mark(data, info.media_type, claim)
        return await self._assets.put(marked, info.media_type)

    @contextlib.asynccontextmanager
    async def speech(self) -> AsyncIterator[Sound]:
        """A place for the sound of one speech, gone at the end of the block."""
        with tempfile.TemporaryDirectory(prefix="lanternist-speech-") as directory:
            sound = Sound(Path(directory) / "speech", self._finish)
            try:
                yield sound
            finally:
                await asyncio.to_thread(sound.close)

    async def _finish(self, path: Path, media_type: str, model: str) -> Asset:
        await self._notary.mark_file(path, media_type, self._claim("voice", model))
        return await self._assets.put_file(path, media_type)

    def _claim(self, role: Literal["image", "voice"], model: str) -> Claim:
        title = "Picture" if role == "image" else "Speech"
        return Claim(title, self._notary.source_type((model,)), {role: model})


class Sound:
    """Speech as it comes, collected in a file.

    Raw samples are stored as WAV, and a WAV header that was written for a stream gets its lengths,
    so that any program opens what is stored.
    """

    def __init__(self, path: Path, finish: _Finish) -> None:
        self._path = path
        self._finish = finish
        self._file = path.open("wb")
        self._pending = bytearray()
        self._format = voice_pb2.AudioFormat()

    async def take(self, event: voice_pb2.SynthesizeResponse) -> None:
        """Notes an event of the voice service."""
        if event.HasField("format"):
            self._format = event.format
        self._pending += event.audio
        if len(self._pending) >= _BUFFER_BYTES:
            block, self._pending = bytes(self._pending), bytearray()
            await asyncio.to_thread(self._file.write, block)

    async def store(self) -> Asset:
        """Stores what came."""
        path, media_type = await asyncio.to_thread(self._whole)
        return await self._finish(path, media_type, self._format.model)

    def close(self) -> None:
        """Lets go of the file. Idempotent."""
        self._file.close()

    def _whole(self) -> tuple[Path, str]:
        self._file.write(self._pending)
        self._file.close()
        match self._format.encoding:
            case voice_pb2.AUDIO_ENCODING_LINEAR16:
                return _as_wav(self._path, self._format.sample_rate_hertz), "audio/wav"
            case voice_pb2.AUDIO_ENCODING_WAV:
                _give_lengths(self._path)
        return self._path, self._format.media_type


def _as_wav(raw: Path, sample_rate_hertz: int) -> Path:
    """A WAV file of raw 16-bit samples of one channel."""
    target = raw.with_suffix(".wav")
    with raw.open("rb") as source, wave.open(str(target), "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(sample_rate_hertz)
        while block := source.read(_BUFFER_BYTES):
            writer.writeframes(block)
    return target


def _give_lengths(path: Path) -> None:
    """Writes the lengths into a RIFF header that a stream could not know."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        if file.read(_WAV_HEADER_BYTES)[36:40] == b"data":
            file.seek(4)
            file.write(struct.pack("<I", min(size - 8, 0xFFFFFFFF)))
            file.seek(40)
            file.write(struct.pack("<I", min(size - _WAV_HEADER_BYTES, 0xFFFFFFFF)))
