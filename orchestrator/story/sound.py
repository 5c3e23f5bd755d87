"""Samples in, sound files out: one channel of 16-bit PCM, FLAC on disk.

Everything here computes and may block; call it in a worker thread. This module knows no words and
no services; the loudness of the whole is the business of `mastering`.
"""

from __future__ import annotations

import io
from collections.abc import Iterable

import numpy as np
import soundfile
from numpy.typing import NDArray

Pcm = NDArray[np.int16]

FLAC = "audio/flac"
_FADE_SECONDS = 0.004
# What a voice leaves behind its last word, below hearing.
_SILENT = 24
_KEPT_SECONDS = 0.01


def pcm(data: bytes | bytearray) -> Pcm:
    """Samples of raw LINEAR16 bytes, shape (n,)."""
    return np.frombuffer(bytes(data[: len(data) // 2 * 2]), dtype="<i2")


def to_flac(samples: Pcm, sample_rate_hertz: int) -> bytes:
    """A FLAC file of samples of shape (n,)."""
    file = io.BytesIO()
    soundfile.write(file, samples, sample_rate_hertz, format="FLAC", subtype="PCM_16")
    return file.getvalue()


def joined(files: Iterable[bytes]) -> Pcm:
    """The samples of FLAC files that `to_flac` made, one after the other, shape (n,)."""
    takes = [soundfile.read(io.BytesIO(file), dtype="int16")[0] for file in files]
    return np.concatenate([np.zeros(0, dtype=np.int16), *takes])


def softened(samples: Pcm, sample_rate_hertz: int) -> Pcm:
    """Samples that begin and end in silence, faded over 4 ms, so that a join is no click."""
    fade = min(int(_FADE_SECONDS * sample_rate_hertz), len(samples) // 2)
    if fade == 0:
        return samples
    shaped = samples.astype(np.float32)
    ramp = np.linspace(0.0, 1.0, fade, dtype=np.float32)
    shaped[:fade] *= ramp
    shaped[-fade:] *= ramp[::-1]
    return shaped.astype(np.int16)


def sounding(samples: Pcm, sample_rate_hertz: int) -> int:
    """How many of the samples, shape (n,), there are until nothing is heard any more."""
    loud = np.flatnonzero(np.abs(samples.astype(np.int32)) > _SILENT)
    if not len(loud):
        return 0
    return min(len(samples), int(loud[-1]) + 1 + int(_KEPT_SECONDS * sample_rate_hertz))
