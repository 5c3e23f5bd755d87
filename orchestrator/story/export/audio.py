"""The narration in a form that everything plays: MP3, at a bit rate that is enough for a voice."""

from __future__ import annotations

import io
from pathlib import Path

import av

MP3 = "audio/mpeg"
_BIT_RATE = 64_000


def to_mp3(source: Path) -> bytes:
    """A whole sound file as one-channel MP3 of 64 kbit/s, with its exact length in the header.

    Constant bit rate: players then find every millisecond without an index.

    Args:
        source: A file that this program made or has examined.

    Raises:
        av.FFmpegError: It cannot be decoded.
    """
    target = io.BytesIO()
    with av.open(str(source)) as sound, av.open(target, "w", format="mp3") as file:
        reader = sound.streams.audio[0]
        writer = file.add_stream("libmp3lame", rate=_rate(reader.rate))
        writer.bit_rate = _BIT_RATE
        writer.layout = "mono"
        # The encoder wants frames of its own size, in its own format.
        shaper = av.AudioResampler("s16p", "mono", writer.rate, writer.frame_size or 1152)
        for decoded in sound.decode(reader):
            for frame in shaper.resample(decoded):
                file.mux(writer.encode(frame))
        for frame in shaper.resample(None):
            file.mux(writer.encode(frame))
        file.mux(writer.encode(None))
    return target.getvalue()


def _rate(source_hertz: int) -> int:
    """The nearest sample rate that MP3 has at this bit rate, never one that loses speech."""
    return min((16_000, 22_050, 24_000, 44_100, 48_000), key=lambda r: abs(r - source_hertz))
