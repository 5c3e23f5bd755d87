"""How loud a programme is, and how high its peaks are, measured block by block.

Loudness as ITU-R BS.1770-4 defines it, range as EBU Tech 3342, true peak as BS.1770-4 annex 2 (four
times oversampled). The K-weighting is the standard's at any rate (the analogue prototypes of its
coefficients, found by Brecht De Man: https://github.com/BrechtDeMan/loudness.py), the oversampling
soxr's. Nothing holds a whole programme of two hours in memory. This module does not know speech.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import soxr
from numpy.typing import NDArray

Samples = NDArray[np.float32]
"""Shape (n,), full scale 1.0."""
Energies = NDArray[np.float64]
"""Shape (n,): K-weighted mean squares of steps of 100 ms."""
Response = NDArray[np.complex128]

OVERSAMPLING = 4
SILENCE_LUFS = -70.0
_OFFSET = -0.691
STEPS_A_SECOND = 10
# The two filters of the K-weighting: a shelf (hertz, quality, gain, gain at its edge), a high pass.
_SHELF = (1681.974450955533, 0.7071752369554196, 10 ** (3.999843853973347 / 20), 0.499666774155)
_HIGH_PASS = (38.13547087602444, 0.5003270373238773)
_GATE_STEPS = 4  # blocks of 400 ms
_SHORT_TERM_STEPS = 30  # 3 s
_RELATIVE_GATE_LU = 10.0
_RANGE_GATE_LU = 20.0
# The filter forgets within this time, so a chunk can be measured after a run-up.
_RUN_UP_STEPS = 5
_CHUNK_STEPS = 90


class LoudnessMeter:
    """Measures what it is given, in pieces of any length.

    Args:
        sample_rate_hertz: Of every piece.
    """

    def __init__(self, sample_rate_hertz: int) -> None:
        self._rate = sample_rate_hertz
        self._step = sample_rate_hertz // STEPS_A_SECOND
        self._held = np.zeros(0, dtype=np.float32)
        self._run_up = 0
        self._energies: list[Energies] = []

    def add(self, samples: Samples) -> None:
        """Takes the next piece."""
        self._held = np.concatenate([self._held, samples])
        while len(self._held) >= _CHUNK_STEPS * self._step:
            self._measure(_CHUNK_STEPS)

    def energies(self) -> Energies:
        """What was measured so far, the last incomplete 100 ms left out."""
        self._measure(len(self._held) // self._step)
        return np.concatenate([np.zeros(0), *self._energies])

    def _measure(self, steps: int) -> None:
        if steps <= self._run_up:
            return
        weighted = _k_weighted(self._held[: steps * self._step], self._rate)
        squares = np.square(weighted, out=weighted).reshape(steps, self._step)
        self._energies.append(squares[self._run_up :].mean(axis=1))
        kept = min(steps, _RUN_UP_STEPS)
        self._held = self._held[(steps - kept) * self._step :]
        self._run_up = kept


def _k_weighted(samples: Samples, rate: int) -> NDArray[np.float64]:
    """Samples as the ear weighs them, shape (n,); before them there was silence.

    Multiplied in the frequencies: what is left of the filters' answer after a run-up of silence,
    which the product wraps around to the start, is below the last bit.
    """
    spare = _RUN_UP_STEPS * rate // STEPS_A_SECOND
    size = 1 << (len(samples) + spare - 1).bit_length()
    spectrum = np.fft.rfft(samples.astype(np.float64), size)
    spectrum *= _response(size, rate)
    return np.asarray(np.fft.irfft(spectrum, size)[: len(samples)])


@lru_cache(maxsize=4)
def _response(size: int, rate: int) -> Response:
    """The K-weighting at the frequencies of a real transform of that size."""
    delay = np.exp(-2j * np.pi * np.arange(size // 2 + 1) / size)
    hertz, quality, high, edge = _SHELF
    turn = np.tan(np.pi * hertz / rate)
    band = high**edge * turn / quality
    shelf = _biquad((high + band + turn**2, 2 * (turn**2 - high), high - band + turn**2), delay)
    shelf /= _poles(turn, quality, delay)
    hertz, quality = _HIGH_PASS
    turn = np.tan(np.pi * hertz / rate)
    scale = 1 + turn / quality + turn**2
    return np.asarray(
        shelf * scale * _biquad((1.0, -2.0, 1.0), delay) / _poles(turn, quality, delay)
    )


def _poles(turn: float, quality: float, delay: Response) -> Response:
    edge = turn / quality
    return _biquad((1 + edge + turn**2, 2 * (turn**2 - 1), 1 - edge + turn**2), delay)


def _biquad(coefficients: tuple[float, float, float], delay: Response) -> Response:
    """A polynomial in the delay of one sample."""
    first, second, third = coefficients
    return first + (second + third * delay) * delay


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
