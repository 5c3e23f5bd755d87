"""Encodes speech as it comes: samples in, bytes out, nothing held back longer than a codec must.

Raw PCM and WAV are written here; FLAC, MP3, Opus and AAC by FFmpeg's libraries through PyAV, into
a sink that cannot seek, as a network stream cannot. It does not know messages or models.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

import av
import numpy as np
from numpy.typing import NDArray

_UNKNOWN_LENGTH = 0xFFFFFFFF
_OPUS_RATE = 48000
_OGG_PAGE_MICROSECONDS = 100_000


class Encoding(Enum):
    """How audio may be encoded; the value is its media type."""

    LINEAR16 = "audio/L16"
    WAV = "audio/wav"
    FLAC = "audio/flac"
    MP3 = "audio/mpeg"
    OGG_OPUS = "audio/ogg"
    AAC = "audio/aac"


@dataclass(frozen=True, slots=True)
class _Codec:
    container: str
    codec: str
    sample_format: str
    bit_rate: int


_CODECS = {
    Encoding.FLAC: _Codec("flac", "flac", "s16", 0),
    Encoding.MP3: _Codec("mp3", "libmp3lame", "s16p", 64_000),
    Encoding.OGG_OPUS: _Codec("ogg", "libopus", "s16", 32_000),
    Encoding.AAC: _Codec("adts", "aac", "fltp", 64_000),
}


class Encoder(Protocol):
    """One stream being written.

    Attributes:
        sample_rate_hertz: Samples a second of the encoded audio; Opus is always 48,000.
    """

    sample_rate_hertz: int

    def encode(self, samples: NDArray[np.float32]) -> bytes:
        """Takes samples of shape (n,) in [-1, 1]; returns the bytes that are ready, maybe none."""

    def finish(self) -> bytes:
        """Ends the stream; returns its last bytes. Nothing may be encoded after it."""


def encoder_for(encoding: Encoding, sample_rate_hertz: int) -> Encoder:
    """Starts a stream.

    Args:
        encoding: How to encode.
        sample_rate_hertz: Samples a second of what will be given to it.
    """
    if encoding in _CODECS:
        return _CodecEncoder(_CODECS[encoding], sample_rate_hertz)
    return _PcmEncoder(sample_rate_hertz, header=encoding is Encoding.WAV)


def to_int16(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    """Samples in [-1, 1] as 16-bit integers; what lies beyond is clipped."""
    scaled: NDArray[np.float32] = np.rint(np.clip(samples, -1.0, 1.0) * np.float32(32767.0))
    return scaled.astype(np.dtype("<i2"))


class _PcmEncoder:
    def __init__(self, sample_rate_hertz: int, *, header: bool) -> None:
        self.sample_rate_hertz = sample_rate_hertz
        self._pending = _wave_header(sample_rate_hertz) if header else b""

    def encode(self, samples: NDArray[np.float32]) -> bytes:
        ready, self._pending = self._pending + to_int16(samples).tobytes(), b""
        return ready

    def finish(self) -> bytes:
        ready, self._pending = self._pending, b""
        return ready


def _wave_header(rate: int) -> bytes:
    """A RIFF WAVE header for a stream of unknown length: 16-bit PCM, one channel."""
    fmt = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, rate, rate * 2, 2, 16)
    data = struct.pack("<4sI", b"data", _UNKNOWN_LENGTH)
    return struct.pack("<4sI4s", b"RIFF", _UNKNOWN_LENGTH, b"WAVE") + fmt + data


class _Sink:
    """A file that can only be written to, and emptied."""

    def __init__(self) -> None:
        self._parts: list[bytes] = []

    def write(self, data: bytes) -> int:
        self._parts.append(bytes(data))
        return len(data)

    def take(self) -> bytes:
        taken = b"".join(self._parts)
        self._parts.clear()
        return taken


class _CodecEncoder:
    def __init__(self, codec: _Codec, sample_rate_hertz: int) -> None:
        self._input_rate = sample_rate_hertz
        self.sample_rate_hertz = _OPUS_RATE if codec.codec == "libopus" else sample_rate_hertz
        self._sink = _Sink()
        # What is encoded leaves at once, in small Ogg pages, instead of filling buffers.
        options = {"flush_packets": "1"}
        if codec.container == "ogg":
            options["page_duration"] = str(_OGG_PAGE_MICROSECONDS)
        self._container = av.open(self._sink, mode="w", format=codec.container, options=options)
        stream = self._container.add_stream(codec.codec, rate=self.sample_rate_hertz)
        assert isinstance(stream, av.AudioStream)
        self._stream = stream
        self._stream.layout = "mono"
        self._stream.format = codec.sample_format
        if codec.bit_rate:
            self._stream.bit_rate = codec.bit_rate
        self._resampler = av.AudioResampler(
            format=codec.sample_format,
            layout="mono",
            rate=self.sample_rate_hertz,
            frame_size=0,
        )
        self._position = 0

    def encode(self, samples: NDArray[np.float32]) -> bytes:
        if len(samples):
            frame = av.AudioFrame.from_ndarray(
                to_int16(samples).reshape(1, -1), format="s16", layout="mono"
            )
            frame.sample_rate = self._input_rate
            frame.pts = self._position
            self._position += len(samples)
            self._write(frame)
        return self._sink.take()

    def _write(self, frame: av.AudioFrame | None) -> None:
        for resampled in self._resampler.resample(frame):
            self._container.mux(self._stream.encode(resampled))

    def finish(self) -> bytes:
        if self._position:
            self._write(None)
            self._container.mux(self._stream.encode(None))
        self._container.close()
        return self._sink.take()
