"""How loud a programme is, and how high its peaks are, measured block by block.

Loudness as ITU-R BS.1770-4 defines it, range as EBU Tech 3342, true peak as BS.1770-4 annex 2 (four
times oversampled). The K-weighting is pyloudnorm's (the coefficients of the standard, after Brecht
De Man), the oversampling soxr's; the gates are here, because whole programmes of two hours do not
belong in memory. This module does not know speech.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Shape (n,), full scale 1.0."""
Energies = NDArray[np.float64]
"""Shape (n,): K-weighted mean squares of steps of 100 ms."""

OVERSAMPLING = 4
SILENCE_LUFS = -70.0
_OFFSET = -0.691
_STEPS_A_SECOND = 10
_GATE_STEPS = 4  # blocks of 400 ms
_SHORT_TERM_STEPS = 30  # 3 s
_RELATIVE_GATE_LU = 10.0
_RANGE_GATE_LU = 20.0
# The filter forgets within this time, so a chunk can be measured after a run-up.
_RUN_UP_STEPS = 5
_CHUNK_STEPS = 600


class LoudnessMeter:
    """Measures what it is given, in pieces of any length.

    Args:
        sample_rate_hertz: Of every piece.
    """

    def __init__(self, sample_rate_hertz: int) -> None:
        self._rate = sample_rate_hertz
        self._step = sample_rate_hertz // _STEPS_A_SECOND
        self._held = np.zeros(0, dtype=np.float32)
        self._run_up = 0
        self._energies: list[Energies] = []

    def add(self, samples: Samples) -> None:
        """Takes the next piece."""
        self._held = np.concatenate([self._held, samples])
        if len(self._held) >= _CHUNK_STEPS * self._step:
            self._measure()

    def energies(self) -> Energies:
        """What was measured so far, the last incomplete 100 ms left out."""
        self._measure()
        return np.concatenate([np.zeros(0), *self._energies])

    def _measure(self) -> None:
        steps = len(self._held) // self._step
        if steps <= self._run_up:
            return
        import pyloudnorm  # noqa: PLC0415 - it takes a second to load, and the server starts without

        meter = pyloudnorm.Meter(
            self._rate, "DeMan", block_size=self._step / self._rate, overlap=0.0
        )
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore", RuntimeWarning)  # logarithms of silence
            meter.integrated_loudness(self._held[: steps * self._step].astype(np.float64))
        loudness = np.asarray(meter.blockwise_loudness[self._run_up : steps])
        self._energies.append(10 ** ((loudness - _OFFSET) / 10))
        kept = min(steps, _RUN_UP_STEPS)
        self._held = self._held[(steps - kept) * self._step :]
        self._run_up = kept


def integrated_lufs(energies: Energies) -> float:
    """Gated loudness in LUFS; `SILENCE_LUFS` when there is none, or less than 400 ms."""
    blocks = _means(energies, _GATE_STEPS)
    loud = blocks[_lufs(blocks) >= SILENCE_LUFS]
    if not len(loud):
        return SILENCE_LUFS
    gate = _lufs(loud.mean()) - _RELATIVE_GATE_LU
    return float(_lufs(loud[_lufs(loud) > gate].mean()))


def range_lu(energies: Energies) -> float:
    """Loudness range in LU: between the 10th and 95th percentile of what is heard in 3 s."""
    blocks = _means(energies, min(_SHORT_TERM_STEPS, max(1, len(energies))))
    loud = blocks[_lufs(blocks) >= SILENCE_LUFS]
    if not len(loud):
        return 0.0
    levels = _lufs(loud)
    levels = levels[levels >= _lufs(loud.mean()) - _RANGE_GATE_LU]
    low, high = np.percentile(levels, [10, 95])
    return float(high - low)


def _means(energies: Energies, steps: int) -> Energies:
    """Means of every run of so many steps."""
    if len(energies) < steps:
        return np.zeros(0)
    sums = np.concatenate([[0.0], np.cumsum(energies)])
    return np.asarray(np.maximum(sums[steps:] - sums[:-steps], 0.0) / steps)


def _lufs(energy: NDArray[np.float64] | np.float64) -> NDArray[np.float64]:
    with np.errstate(divide="ignore"):
        return np.asarray(_OFFSET + 10 * np.log10(energy))


class TruePeakMeter:
    """Finds the highest point of the sound between its samples as well.

    Args:
        sample_rate_hertz: Of every piece.
    """

    def __init__(self, sample_rate_hertz: int) -> None:
        self._stream = oversampler(sample_rate_hertz)
        self._peak = 0.0

    def add(self, samples: Samples, *, last: bool = False) -> None:
        """Takes the next piece; nothing after the last one."""
        found = self._stream.resample_chunk(samples, last=last)
        self._peak = max(self._peak, peak_of([samples, found]))

    def dbtp(self) -> float:
        """The peak in dBTP; −120 for silence."""
        return 20 * float(np.log10(max(self._peak, 1e-6)))


def oversampler(sample_rate_hertz: int) -> soxr.ResampleStream:
    """A stream of four samples for each one, in step with its input."""
    return soxr.ResampleStream(
        sample_rate_hertz, OVERSAMPLING * sample_rate_hertz, 1, dtype="float32"
    )


def peak_of(pieces: Sequence[Samples]) -> float:
    """The largest absolute value."""
    return max((float(np.max(np.abs(piece))) for piece in pieces if len(piece)), default=0.0)
