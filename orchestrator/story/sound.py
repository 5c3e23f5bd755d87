"""Samples in, sound files out: one channel of 16-bit PCM, FLAC on disk.

Everything here computes and may block; call it in a worker thread. Loudness is measured as ITU-R
BS.1770-4 asks (pyloudnorm). This module knows no words and no services.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

Pcm = NDArray[np.int16]

FLAC = "audio/flac"
# Loudness of spoken-word programmes on the web, and head room for what lies between the samples.
TARGET_LUFS = -16.0
_PEAK_DBFS = -1.5
_FADE_SECONDS = 0.004
# Enough to know a voice; the same voice speaks the rest.
MEASURED_SECONDS = 180
_SHORTEST_SECONDS = 0.5  # BS.1770 measures in blocks of 400 ms
_SILENCE_LUFS = -60.0


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


def gain(takes: Sequence[Pcm], peak: int, sample_rate_hertz: int) -> float:
    """The one factor that brings a narration to −16 LUFS, or as near as its peaks allow.

    One factor for the whole: takes keep their loudness towards each other. 1.0 for what is too
    short or too quiet to measure.

    Args:
        takes: What is measured, at least the first `MEASURED_SECONDS`; shapes (n,).
        peak: Largest sample of the whole narration, 0 to 32,768.
        sample_rate_hertz: Of the takes.
    """
    audio = np.concatenate([np.zeros(0, dtype=np.int16), *takes]).astype(np.float32) / 32768
    if peak == 0 or len(audio) < _SHORTEST_SECONDS * sample_rate_hertz or not audio.any():
        return 1.0
    import pyloudnorm  # noqa: PLC0415 - it takes a second to load, and the server starts without

    loudness = float(pyloudnorm.Meter(sample_rate_hertz).integrated_loudness(audio))
    if not loudness > _SILENCE_LUFS:
        return 1.0
    head_room = 10 ** (_PEAK_DBFS / 20) * 32768 / peak
    return float(min(10 ** ((TARGET_LUFS - loudness) / 20), head_room))


class FlacWriter:
    """Writes a narration take by take, silence between them, into one FLAC file.

    Args:
        path: The file.
        sample_rate_hertz: Of every take.
        factor: Every sample is multiplied with it.
    """

    def __init__(self, path: Path, sample_rate_hertz: int, factor: float) -> None:
        self._rate = sample_rate_hertz
        self._factor = factor
        self._file = soundfile.SoundFile(
            path, "w", samplerate=sample_rate_hertz, channels=1, format="FLAC", subtype="PCM_16"
        )

    def silence(self, sample_count: int) -> None:
        """Appends silence."""
        self._file.write(np.zeros(sample_count, dtype=np.int16))

    def take(self, samples: Pcm) -> None:
        """Appends samples of shape (n,), with soft edges."""
        louder = softened(samples, self._rate).astype(np.float32) * self._factor
        self._file.write(np.clip(np.rint(louder), -32768, 32767).astype(np.int16))

    def close(self) -> None:
        """Finishes the file."""
        self._file.close()
