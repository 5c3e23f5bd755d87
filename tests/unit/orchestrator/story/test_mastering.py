"""Loudness and peaks, against pyloudnorm and against sounds whose answer is known."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile
import soxr
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from orchestrator.story.loudness import (
    LoudnessMeter,
    TruePeakMeter,
    integrated_lufs,
    range_lu,
)
from orchestrator.story.mastering import Limiter, Part, master

RATE = 24_000


def tone(level: float, seconds: float, hertz: float = 997.0) -> NDArray[np.float32]:
    clock = np.arange(int(seconds * RATE)) / RATE
    return (level * np.sin(2 * np.pi * hertz * clock)).astype(np.float32)


def babble(seconds: float, seed: int = 0) -> NDArray[np.float32]:
    """Noise that comes and goes like syllables, with pauses."""
    generator = np.random.default_rng(seed)
    count = max(64, int(seconds * RATE))
    noise = np.cumsum(generator.normal(size=count))
    noise = np.diff(noise - np.convolve(noise, np.ones(40) / 40, "same"), prepend=0.0)
    clock = np.arange(count) / RATE
    loud: NDArray[np.float64] = np.clip(np.sin(2 * np.pi * 3.1 * clock), 0, None) * (
        np.sin(2 * np.pi * 0.23 * clock) > -0.6
    )
    sound: NDArray[np.float32] = (0.1 * noise * loud)[: int(seconds * RATE)].astype(np.float32)
    return sound


def pcm(samples: NDArray[np.float32]) -> NDArray[np.int16]:
    return np.rint(samples * 32767).astype(np.int16)


def measure(samples: NDArray[np.float32], piece: int = 7_001) -> LoudnessMeter:
    meter = LoudnessMeter(RATE)
    for start in range(0, len(samples), piece):
        meter.add(samples[start : start + piece])
    return meter


def test_a_full_scale_tone_of_997_hertz_is_3_lufs_down() -> None:
    assert integrated_lufs(measure(tone(1.0, 5)).energies()) == pytest.approx(-3.01, abs=0.1)


@pytest.mark.parametrize("seconds", [20.0, 61.3])
def test_measured_in_pieces_it_is_what_pyloudnorm_measures(seconds: float) -> None:
    sound = np.concatenate([0.2 * babble(seconds, 1), np.zeros(RATE, np.float32), babble(9, 2)])
    energies = measure(sound).energies()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        whole = pyloudnorm.Meter(RATE, "DeMan")
        assert integrated_lufs(energies) == pytest.approx(
            whole.integrated_loudness(sound), abs=0.05
        )
        expected = whole.loudness_range(sound)
    assert range_lu(energies) == pytest.approx(expected, abs=1.0)


def test_silence_and_what_is_too_short() -> None:
    for sound in (np.zeros(5 * RATE, np.float32), np.zeros(0, np.float32), tone(0.5, 0.2)):
        meter = measure(sound)
        assert integrated_lufs(meter.energies()) == -70
        assert range_lu(meter.energies()) >= 0


def test_a_true_peak_lies_between_the_samples() -> None:
    # A quarter of the rate, half-way between samples: they reach 0.707, the wave reaches 1.
    clock = np.arange(RATE)
    wave = np.sin(np.pi / 2 * clock + np.pi / 4).astype(np.float32)
    meter = TruePeakMeter(RATE)
    meter.add(wave[:5_000])
    meter.add(wave[5_000:], last=True)
    assert np.abs(wave).max() < 0.71
    assert meter.dbtp() == pytest.approx(0.0, abs=0.2)


def true_peak(samples: NDArray[np.float32]) -> float:
    return float(np.abs(soxr.resample(samples, RATE, 8 * RATE)).max())


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.integers(1, 9_000), min_size=1, max_size=8),
    st.floats(0.2, 8),
    st.integers(0, 5),
)
def test_the_limiter_holds_peaks_and_nothing_else(
    pieces: list[int], level: float, seed: int
) -> None:
    sound = (level * babble((sum(pieces) + 0.5) / RATE, seed)).astype(np.float32)
    limiter, given_back, start = Limiter(RATE), [], 0
    for piece in pieces:
        given_back.append(limiter.process(sound[start : start + piece]))
        start += piece
    given_back.append(limiter.process(sound[start:], last=True))
    held = np.concatenate(given_back)
    assert len(held) == len(sound)
    assert true_peak(held) <= 10 ** (-1 / 20)
    if not limiter.acted:
        assert np.array_equal(held, sound)
    assert np.all(np.abs(held) <= np.abs(sound) + 1e-6)


def parts(*sounds: tuple[str, NDArray[np.float32]]) -> list[Part]:
    def loader(samples: NDArray[np.float32]) -> Callable[[], NDArray[np.int16]]:
        return partial(pcm, samples)

    return [Part(RATE // 2, voice, loader(sound)) for voice, sound in sounds]


@pytest.mark.parametrize("target", [-16.0, -23.0, -14.0])
def test_a_programme_has_the_asked_loudness_and_its_voices_match(
    tmp_path: Path, target: float
) -> None:
    programme = parts(
        ("anna", 0.3 * babble(6, 1)), ("luc", 0.6 * babble(6, 1)), ("anna", 0.3 * babble(6, 1))
    )
    report = master(programme, tmp_path / "a.flac", RATE, tail=RATE, target_lufs=target)
    written, rate = soundfile.read(tmp_path / "a.flac", dtype="float32")
    assert rate == RATE
    assert len(written) == 18 * RATE + 3 * RATE // 2 + RATE
    whole = pyloudnorm.Meter(RATE, "DeMan").integrated_loudness(written)
    assert whole == pytest.approx(target, abs=0.5)
    assert report.integrated_lufs == pytest.approx(whole, abs=0.1)
    assert 20 * np.log10(true_peak(written)) <= -0.95
    assert report.true_peak_dbtp <= -1.0
    first, second = (
        pyloudnorm.Meter(RATE, "DeMan").integrated_loudness(written[start : start + 6 * RATE])
        for start in (RATE // 2, 7 * RATE)
    )
    assert first == pytest.approx(second, abs=1.0)


def test_short_lines_in_long_silences_are_as_loud_as_asked_at_the_first_writing(
    tmp_path: Path,
) -> None:
    loaded: list[int] = []

    def line(number: int) -> NDArray[np.int16]:
        loaded.append(number)
        return pcm(0.2 * babble(0.7 + 0.13 * number, number))

    programme = [
        Part(round(RATE * (0.3 + 0.37 * number)), "anna", partial(line, number))
        for number in range(9)
    ]
    report = master(programme, tmp_path / "a.flac", RATE, tail=RATE, target_lufs=-20.0)
    assert report.integrated_lufs == pytest.approx(-20.0, abs=0.15)
    assert sorted(loaded) == sorted([*range(9), *range(9)])  # measured once, written once


def test_any_rate_is_weighted_as_pyloudnorm_does() -> None:
    for rate in (8_000, 16_000, 22_050, 44_100, 48_000):
        sound = 0.1 * np.random.default_rng(rate).normal(size=13 * rate).astype(np.float32)
        meter = LoudnessMeter(rate)
        for start in range(0, len(sound), rate):
            meter.add(sound[start : start + rate])
        expected = pyloudnorm.Meter(rate, "DeMan").integrated_loudness(sound)
        assert integrated_lufs(meter.energies()) == pytest.approx(expected, abs=0.001)


def test_silence_stays_silence(tmp_path: Path) -> None:
    report = master(
        parts(("anna", np.zeros(RATE, np.float32))), tmp_path / "a.flac", RATE,
        tail=10, target_lufs=-16.0,
    )  # fmt: skip
    written, _ = soundfile.read(tmp_path / "a.flac")
    assert not written.any()
    assert report.gain_db == 0
