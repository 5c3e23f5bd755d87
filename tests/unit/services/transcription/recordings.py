"""Small recordings in every container, made in memory."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

SPEECH = Path(__file__).parents[3] / "contract" / "data" / "speech"

# Container, codec and rate of each kind that the contract names, and of some it does not.
KINDS = {
    "wav": ("wav", "pcm_s16le", 44_100),
    "wav-8bit": ("wav", "pcm_u8", 8_000),
    "wav-float": ("wav", "pcm_f32le", 48_000),
    "mp3": ("mp3", "libmp3lame", 44_100),
    "flac": ("flac", "flac", 96_000),
    "ogg": ("ogg", "libopus", 48_000),
    "m4a": ("ipod", "aac", 22_050),
    "aac": ("adts", "aac", 32_000),
    "webm": ("webm", "libopus", 48_000),
    "aiff": ("aiff", "pcm_s16be", 11_025),
}


def tone(
    seconds: float, rate: int, hertz: float = 440.0, level: float = 0.5
) -> NDArray[np.float32]:
    """A sine, (n,) float32."""
    time = np.arange(round(seconds * rate)) / rate
    return (level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)


def encoded(sound: NDArray[np.float32], kind: str, layout: str = "mono") -> bytes:
    """A file of the kind; `sound` is (n,) at the kind's rate, the same on every channel."""
    container_format, codec, rate = KINDS[kind]
    buffer = io.BytesIO()
    with av.open(buffer, "w", format=container_format) as container:
        stream = container.add_stream(codec, rate=rate, layout=layout)
        context = stream.codec_context
        resampler = av.AudioResampler(
            format=context.format, layout=layout, rate=rate, frame_size=context.frame_size or None
        )
        channels = np.tile(sound, (len(av.AudioLayout(layout).channels), 1))
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(channels), "fltp", layout)
        frame.sample_rate = rate
        for piece in [*resampler.resample(frame), *resampler.resample(None)]:
            container.mux(stream.encode(piece))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def video_only() -> bytes:
    """An MP4 file with a picture track and no sound."""
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="mp4") as container:
        stream = container.add_stream("mpeg4", rate=10)
        stream.width = stream.height = 32
        stream.pix_fmt = "yuv420p"
        for shade in range(5):
            picture = np.full((32, 32, 3), shade * 20, np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        container.mux(stream.encode(None))
    return buffer.getvalue()
