"""Speech as a file: collected as it is spoken, made whole, marked.

A mark covers a whole file, so a stream of speech cannot bear one. This module does not know who
speaks, nor where the file goes.
"""

from __future__ import annotations

import asyncio
import contextlib
import struct
import tempfile
import wave
from collections.abc import AsyncIterator
from pathlib import Path

from lanternist.v1 import voice_pb2
from orchestrator.provenance.claim import Claim
from orchestrator.provenance.notary import Notary, to_the_end

_BUFFER_BYTES = 1 << 20
_WAV_HEADER_BYTES = 44
_STREAM_INFO = slice(18, 26)
"""Of a FLAC file: rate, channels and bits in 28 bits, then the number of samples in 36."""
_FLAC_COUNT_BITS = 36


class SpeechFile:
    """Speech as it comes, collected in a file.

    Raw samples become WAV, and a header that was written for a stream gets its length, so that any
    program opens the file.

    Args:
        path: Where to write; beside it there may be other files for a while.
        notary: Marks the file.
    """

    def __init__(self, path: Path, notary: Notary) -> None:
        self._path = path
        self._notary = notary
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

    @property
    def format(self) -> voice_pb2.AudioFormat:
        """What the file will be, once a service has said what it sends."""
        told = voice_pb2.AudioFormat()
        told.CopyFrom(self._format)
        if told.encoding == voice_pb2.AUDIO_ENCODING_LINEAR16:
            told.encoding, told.media_type = voice_pb2.AUDIO_ENCODING_WAV, "audio/wav"
        told.marked = self._notary.marks(told.media_type)
        return told

    async def finish(self) -> Path:
        """The file, whole and marked; nothing may be taken after it.

        Raises:
            InternalError: It could not be signed.
        """
        path, model = await to_the_end(self._whole), self._format.model
        claim = Claim("Speech", self._notary.source_type([model]), {"voice": model})
        await self._notary.mark_file(path, self.format.media_type, claim)
        return path

    def close(self) -> None:
        """Lets go of the file. Idempotent."""
        self._file.close()

    def _whole(self) -> Path:
        self._file.write(self._pending)
        self._file.close()
        match self._format.encoding:
            case voice_pb2.AUDIO_ENCODING_LINEAR16:
                return _as_wav(self._path, self._format.sample_rate_hertz)
            case voice_pb2.AUDIO_ENCODING_WAV:
                _give_wav_lengths(self._path)
            case voice_pb2.AUDIO_ENCODING_MP3:
                return _as_mp3_with_length(self._path)
            case voice_pb2.AUDIO_ENCODING_FLAC:
                _give_flac_length(self._path)
        return self._path


@contextlib.asynccontextmanager
async def speech_file(notary: Notary) -> AsyncIterator[SpeechFile]:
    """A place for the sound of one speech, gone at the end of the block."""
    with tempfile.TemporaryDirectory(prefix="lanternist-speech-") as directory:
        file = SpeechFile(Path(directory) / "speech", notary)
        try:
            yield file
        finally:
            file.close()


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


def _as_mp3_with_length(stream: Path) -> Path:
    """The same frames behind one that tells their number, for programs that guess from the size."""
    import av  # noqa: PLC0415 - a tenth of a second, for those who never ask for it

    target = stream.with_suffix(".mp3")
    with av.open(stream, format="mp3") as source, av.open(target, "w", format="mp3") as writer:
        copy = writer.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.dts is not None:  # the last one is empty, and only ends the stream
                packet.stream = copy
                writer.mux(packet)
    return target


def _give_wav_lengths(path: Path) -> None:
    """Writes the lengths into a RIFF header that a stream could not know."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        if file.read(_WAV_HEADER_BYTES)[36:40] == b"data":
            file.seek(4)
            file.write(struct.pack("<I", min(size - 8, 0xFFFFFFFF)))
            file.seek(40)
            file.write(struct.pack("<I", min(size - _WAV_HEADER_BYTES, 0xFFFFFFFF)))


def _give_flac_length(path: Path) -> None:
    """Writes the number of samples into a STREAMINFO that a stream could not know (RFC 9639)."""
    import av  # noqa: PLC0415 - a tenth of a second, for those who never ask for it

    with av.open(path) as container:
        packets = container.demux(container.streams.audio[0])
        samples = sum(packet.duration or 0 for packet in packets)
    with path.open("r+b") as file:
        head = file.read(_STREAM_INFO.stop)
        if head.startswith(b"fLaC") and samples < 1 << _FLAC_COUNT_BITS:
            facts = int.from_bytes(head[_STREAM_INFO], "big") >> _FLAC_COUNT_BITS
            file.seek(_STREAM_INFO.start)
            file.write((facts << _FLAC_COUNT_BITS | samples).to_bytes(8, "big"))
