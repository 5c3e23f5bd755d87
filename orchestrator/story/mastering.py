"""One loudness for a whole narration: voices matched, gain set, peaks held, everything reported.

Twice through the programme, take by take: measured first, then written. The limiter looks ahead, so
it turns the sound down smoothly before a peak comes; speech at −16 LUFS needs it rarely. Nothing
here holds more than one take in memory. Everything blocks; call it in a worker thread. It does not
know words or services.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile

from orchestrator.story.loudness import (
    OVERSAMPLING,
    SILENCE_LUFS,
    STEPS_A_SECOND,
    Energies,
    LoudnessMeter,
    Samples,
    TruePeakMeter,
    integrated_lufs,
    oversampler,
    range_lu,
)
from orchestrator.story.proofs import Loudness
from orchestrator.story.sound import Pcm, softened

TARGET_LUFS = -16.0
TRUE_PEAK_DBTP = -1.0
# Four times oversampling misses up to 0.4 dB of what eight times finds in speech.
_CEILING = 10 ** ((TRUE_PEAK_DBTP - 0.5) / 20)
_LOOK_AHEAD_SECONDS = 0.005
_CLOSE_ENOUGH_LU = 0.15
_MOST_TRIES = 4
_MOST_MATCH_DB = 8.0
_MOST_GAIN_DB = 40.0


@dataclass(frozen=True, slots=True)
class Part:
    """A stretch of the programme.

    Attributes:
        silence: Samples of silence before it.
        voice: Whose it is; parts of one voice get the same gain.
        load: Reads its samples.
        soft: Whether it begins and ends in silence; not where it goes on from the part before.
    """

    silence: int
    voice: str
    load: Callable[[], Pcm]
    soft: bool = True


def master(
    parts: Sequence[Part], path: Path, sample_rate_hertz: int, *, tail: int, target_lufs: float
) -> Loudness:
    """Writes a programme as one FLAC file of the asked loudness.

    Args:
        parts: In order; the first one's voice is the one that the others are matched to.
        path: The file.
        sample_rate_hertz: Of every part.
        tail: Samples of silence at the end.
        target_lufs: Integrated loudness to reach; less is reached where peaks do not allow it.
    """
    gains, loudness = _match(parts, sample_rate_hertz, tail)
    wanted = target_lufs - loudness if loudness > SILENCE_LUFS else 0.0
    gain_db = min(wanted, _MOST_GAIN_DB)
    for attempt in range(_MOST_TRIES):
        scaled = {voice: gain * 10 ** (gain_db / 20) for voice, gain in gains.items()}
        writer = _Writer(path, sample_rate_hertz)
        for part in parts:
            writer.silence(part.silence)
            writer.take(_samples(part, sample_rate_hertz), scaled[part.voice])
        writer.silence(tail)
        reached = writer.close()
        short = target_lufs - reached.integrated_lufs
        # What the limiter took away is given back as far as that goes.
        silent = reached.integrated_lufs <= SILENCE_LUFS
        if silent or abs(short) <= _CLOSE_ENOUGH_LU or attempt == _MOST_TRIES - 1:
            break
        gain_db = min(gain_db + short, _MOST_GAIN_DB)
    return Loudness(
        reached.integrated_lufs, target_lufs, reached.true_peak_dbtp, reached.range_lu, gain_db
    )


def _samples(part: Part, rate: int) -> Pcm:
    samples = part.load()
    return softened(samples, rate) if part.soft else samples


def _match(parts: Sequence[Part], rate: int, tail: int) -> tuple[dict[str, float], float]:
    """A factor a voice that makes all as loud as the first, and how loud the whole is then."""
    step = rate // STEPS_A_SECOND
    measured: list[Energies] = []
    silences: list[int] = []
    written = steps = 0
    for part in parts:
        samples = _samples(part, rate)
        meter = LoudnessMeter(rate)
        meter.add(_float(samples))
        meter.add(np.zeros(-len(samples) % step, dtype=np.float32))
        measured.append(meter.energies())
        # Silences are thinned into blocks with what is around them: each part in its own place.
        silences.append(max(0, round((written + part.silence) / step) - steps))
        written += part.silence + len(samples)
        steps += silences[-1] + len(measured[-1])
    of_voice: defaultdict[str, list[Energies]] = defaultdict(list)
    for part, energies in zip(parts, measured, strict=True):
        of_voice[part.voice].append(energies)
    levels = {voice: integrated_lufs(np.concatenate(found)) for voice, found in of_voice.items()}
    heard = [level for level in levels.values() if level > SILENCE_LUFS]
    if not heard:
        return dict.fromkeys(levels, 1.0), SILENCE_LUFS
    gains = {
        voice: 10 ** (float(np.clip(heard[0] - level, -_MOST_MATCH_DB, _MOST_MATCH_DB)) / 20)
        if level > SILENCE_LUFS
        else 1.0
        for voice, level in levels.items()
    }
    whole = [np.zeros(0)]
    for part, silence, energies in zip(parts, silences, measured, strict=True):
        whole += [np.zeros(silence), energies * gains[part.voice] ** 2]
    return gains, integrated_lufs(np.concatenate([*whole, np.zeros(tail // step)]))


class Limiter:
    """Holds true peaks under the ceiling, in pieces of any length, sample for sample.

    Args:
        sample_rate_hertz: Of every piece.
    """

    def __init__(self, sample_rate_hertz: int) -> None:
        self._ahead = max(1, int(_LOOK_AHEAD_SECONDS * sample_rate_hertz))
        self._stream = oversampler(sample_rate_hertz)
        window = np.hanning(2 * self._ahead + 3)[1:-1]
        self._window = window / window.sum()
        self._dry = np.zeros(0, dtype=np.float32)
        self._fine = np.zeros(0, dtype=np.float32)
        # Gains that samples need, from two look-aheads before the first sample still held.
        self._needed = np.ones(2 * self._ahead)
        self.acted = False

    def process(self, samples: Samples, *, last: bool = False) -> Samples:
        """The samples that can be given away by now."""
        self._dry = np.concatenate([self._dry, samples])
        self._fine = np.concatenate([self._fine, self._stream.resample_chunk(samples, last=last)])
        start = len(self._needed) - 2 * self._ahead
        known = min(len(self._fine) // OVERSAMPLING, len(self._dry) - start)
        fine = np.abs(self._fine[: known * OVERSAMPLING]).reshape(known, OVERSAMPLING)
        # The oversampler rolls off the very highest tones: the samples themselves count too.
        peaks = np.maximum(fine.max(axis=1, initial=0.0), np.abs(self._dry[start : start + known]))
        self._fine = self._fine[known * OVERSAMPLING :]
        needed = np.minimum(1.0, _CEILING / np.maximum(peaks, 1e-9))
        self._needed = np.concatenate([self._needed, needed])
        if last:
            missing = len(self._dry) + 4 * self._ahead - len(self._needed)
            self._needed = np.concatenate([self._needed, np.ones(max(0, missing))])
        ready = min(len(self._dry), len(self._needed) - 4 * self._ahead)
        if ready <= 0:
            return np.zeros(0, dtype=np.float32)
        around = self._needed[: ready + 4 * self._ahead]
        given = self._dry[:ready]
        if around.min() < 1.0:
            self.acted = True
            given = (given * self._smooth(around)).astype(np.float32)
        self._dry = self._dry[ready:]
        self._needed = self._needed[ready:]
        return given

    def _smooth(self, needed: Energies) -> Energies:
        """Gains without steps that are nowhere above what is needed."""
        width = 2 * self._ahead + 1
        lowest = np.lib.stride_tricks.sliding_window_view(needed, width).min(axis=1)
        return np.convolve(lowest, self._window, mode="valid")


class _Writer:
    """Writes a narration take by take into one FLAC file, limited and measured."""

    def __init__(self, path: Path, rate: int) -> None:
        self._rate = rate
        self._limiter = Limiter(rate)
        self._meter = LoudnessMeter(rate)
        self._peak = TruePeakMeter(rate)
        self._file = soundfile.SoundFile(
            path, "w", samplerate=rate, channels=1, format="FLAC", subtype="PCM_16"
        )

    def silence(self, sample_count: int) -> None:
        """Appends silence."""
        for count in _pieces(sample_count, self._rate):
            self._write(self._limiter.process(np.zeros(count, dtype=np.float32)))

    def take(self, samples: Pcm, factor: float) -> None:
        """Appends samples of shape (n,), multiplied."""
        start = 0
        for count in _pieces(len(samples), self._rate):
            piece = samples[start : start + count].astype(np.float32) * (factor / 32768)
            self._write(self._limiter.process(piece.astype(np.float32)))
            start += count

    def close(self) -> Loudness:
        """Finishes the file; what it holds."""
        empty = np.zeros(0, dtype=np.float32)
        self._write(self._limiter.process(empty, last=True))
        self._file.close()
        self._peak.add(empty, last=True)
        energies = self._meter.energies()
        return Loudness(integrated_lufs(energies), 0.0, self._peak.dbtp(), range_lu(energies), 0.0)

    def _write(self, samples: Samples) -> None:
        written = np.clip(np.rint(samples * 32768), -32768, 32767).astype(np.int16)
        heard = _float(written)
        self._meter.add(heard)
        self._peak.add(heard)
        self._file.write(written)


def _pieces(count: int, most: int) -> Iterator[int]:
    while count > 0:
        yield min(count, most)
        count -= most


def _float(samples: Pcm) -> Samples:
    return samples.astype(np.float32) / np.float32(32768)
