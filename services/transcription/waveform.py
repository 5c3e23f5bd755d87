"""`decode`: from packets of any codec to one mono waveform on one clock.

What the container leaves out (gaps between its time stamps, packets that cannot be decoded) becomes
silence, so that a time in the waveform is a time in the recording. It does not know files.
"""

from __future__ import annotations

from collections.abc import Iterator

import av.error
import numpy as np
from av.audio.frame import AudioFrame
from av.audio.resampler import AudioResampler
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from services.transcription.engine import SAMPLE_RATE_HERTZ

_BLOCK_SAMPLES = SAMPLE_RATE_HERTZ
# Time stamps are rounded, and encoders start with some milliseconds of padding.
_TOLERATED_GAP_SAMPLES = SAMPLE_RATE_HERTZ // 10
_MICROSECONDS = 1_000_000


class Damaged(Exception):  # noqa: N818 - never leaves this package
    """Too little of the audio can be decoded; the text completes 'the audio …'."""


class TooLong(Exception):  # noqa: N818 - never leaves this package
    """The audio exceeds its limit."""


def decode(
    container: InputContainer, stream: AudioStream, max_seconds: float
) -> Iterator[NDArray[np.float32]]:
    """Decodes one stream from where the container stands.

    Args:
        container: Open, at its beginning.
        stream: The stream to listen to.
        max_seconds: Where to give up.

    Yields:
        (n,) mono float32 at 16 kHz within -1 and 1; about a second each.

    Raises:
        Damaged: Less than half of the packets could be decoded, or none.
        TooLong: There is more than `max_seconds`.
    """
    clock = _Clock(container, max_seconds)
    good = bad = 0
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.error.InvalidDataError:
            bad += 1
            continue
        for frame in frames:
            good += 1
            yield from clock.add(frame)
    if bad > good:
        raise Damaged("is damaged: most of it cannot be decoded.")
    yield from clock.rest()


class _Clock:
    """Collects frames into blocks and keeps them where their time stamps say."""

    def __init__(self, container: InputContainer, max_seconds: float) -> None:
        start: int | None = container.start_time  # None in WAV, whatever PyAV's types say
        self._start: float | None = None if start is None else start / _MICROSECONDS
        self._most = int(max_seconds * SAMPLE_RATE_HERTZ)
        self._resampler: AudioResampler | None = None
        self._shape: tuple[object, ...] = ()
        self._pieces: list[NDArray[np.float32]] = []
        self._held = 0
        self._total = 0

    def add(self, frame: AudioFrame) -> Iterator[NDArray[np.float32]]:
        shape = (frame.sample_rate, frame.layout.name, frame.format.name)
        if self._resampler is None or shape != self._shape:  # streams may change midway
            self._flush()
            self._resampler, self._shape = _resampler(), shape
        yield from self._fill_gap(frame)
        frame.pts = None  # the resampler would do its own guessing
        self._take(self._resampler.resample(frame))
        if self._held >= _BLOCK_SAMPLES:
            yield self._block()

    def rest(self) -> Iterator[NDArray[np.float32]]:
        self._flush()
        if self._held:
            yield self._block()

    def _fill_gap(self, frame: AudioFrame) -> Iterator[NDArray[np.float32]]:
        if frame.pts is None or frame.time_base is None:
            return
        now = float(frame.pts * frame.time_base)
        if self._start is None:
            self._start = now
        gap = round((now - self._start) * SAMPLE_RATE_HERTZ) - self._total
        if gap <= _TOLERATED_GAP_SAMPLES:
            return
        if self._total + gap > self._most:
            raise TooLong
        while gap > 0:
            size = min(gap, _BLOCK_SAMPLES)
            self._append(np.zeros(size, np.float32))
            gap -= size
            if self._held >= _BLOCK_SAMPLES:
                yield self._block()

    def _take(self, frames: list[AudioFrame]) -> None:
        for frame in frames:
            self._append(frame.to_ndarray().reshape(-1).astype(np.float32) / np.float32(32768))

    def _append(self, samples: NDArray[np.float32]) -> None:
        self._pieces.append(samples)
        self._held += len(samples)
        self._total += len(samples)
        if self._total > self._most:
            raise TooLong

    def _flush(self) -> None:
        if self._resampler is not None:
            self._take(self._resampler.resample(None))
            self._resampler = None

    def _block(self) -> NDArray[np.float32]:
        block = np.concatenate(self._pieces)
        self._pieces, self._held = [], 0
        return block


def _resampler() -> AudioResampler:
    # Through 16-bit integers: FFmpeg then scales the mix of several channels to full scale, where
    # for floats it lets them exceed it; and float files may hold infinities. Enough for speech.
    return AudioResampler(format="s16", layout="mono", rate=SAMPLE_RATE_HERTZ)
