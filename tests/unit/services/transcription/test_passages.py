"""Cutting long recordings into speech, and putting times back where they belong."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.transcription import passages as module
from services.transcription.passages import Passage, Samples, Span, passages

SECOND = 16_000


def sound(*stretches: tuple[float, bool]) -> Samples:
    """Seconds of speech (True: samples of 1) and of silence, one after another."""
    return np.concatenate(
        [np.full(round(s * SECOND), float(speaks), np.float32) for s, speaks in stretches]
    )


@pytest.fixture(autouse=True)
def _hears_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    """Speech is where samples are not 0; the real detector is asked in the contract tests."""

    def find(samples: Samples) -> list[Span]:
        edges = np.flatnonzero(np.diff(np.concatenate([[0.0], samples, [0.0]]) != 0)).tolist()
        return list(zip(edges[::2], edges[1::2], strict=True))

    monkeypatch.setattr(module, "_find_speech", find)


def blocks(samples: Samples, size: int = SECOND) -> Iterator[Samples]:
    for start in range(0, len(samples), size):
        yield samples[start : start + size]


def seconds(passage: Passage) -> list[tuple[float, float]]:
    return [(start / SECOND, end / SECOND) for start, end in passage.spans]


def test_silence_is_left_out_and_edges_are_kept_soft() -> None:
    (passage,) = passages(blocks(sound((5, False), (3, True), (10, False), (2, True), (5, False))))
    assert seconds(passage) == [(4.6, 8.4), (17.6, 20.4)]
    assert len(passage.samples) == round((3.8 + 2.8) * SECOND)


def test_short_pauses_stay() -> None:
    (passage,) = passages(blocks(sound((3, True), (1.9, False), (3, True))))
    assert seconds(passage) == [(0, 7.9)]


def test_a_click_is_no_speech() -> None:
    assert list(passages(blocks(sound((5, False), (0.1, True), (5, False))))) == []


def test_silence_and_nothing_hold_no_passage() -> None:
    assert list(passages(blocks(sound((300, False))))) == []
    assert list(passages(iter([]))) == []


def test_long_speech_is_cut_in_the_longest_pause_near_the_end() -> None:
    talk = sound((60, True), (1.5, False), (40, True), (0.3, False), (9, True), (0.9, False))
    first, second = passages(blocks(np.concatenate([talk, sound((30, True))])))
    # Of the pauses in the last 30 of the first 120 seconds, the one at 110.8 s is the longest.
    assert seconds(first) == [(0, 111.2)]
    assert seconds(second) == [(111.3, pytest.approx(141.7))]


def test_speech_without_any_pause_is_cut_all_the_same() -> None:
    found = list(passages(blocks(sound((700, True)))))
    assert sum(len(passage.samples) for passage in found) == 700 * SECOND
    assert max(len(passage.samples) for passage in found) <= 600 * SECOND


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.lists(st.tuples(st.floats(0.2, 6), st.booleans()), min_size=1, max_size=12),
    st.integers(1, 5),
)
def test_no_speech_is_lost_or_heard_twice(
    monkeypatch: pytest.MonkeyPatch, stretches: list[tuple[float, bool]], block_seconds: int
) -> None:
    monkeypatch.setattr(module, "_FIRST_PASSAGE", 5 * SECOND)
    monkeypatch.setattr(module, "_LONGEST_PASSAGE", 20 * SECOND)
    monkeypatch.setattr(module, "_CUT_WITHIN", 2 * SECOND)
    recording = sound(*stretches)
    kept = np.zeros(len(recording), np.int8)
    previous = 0
    for passage in passages(blocks(recording, block_seconds * SECOND)):
        assert sum(end - start for start, end in passage.spans) == len(passage.samples)
        for start, end in passage.spans:
            assert previous <= start < end <= len(recording)
            kept[start:end] += 1
            previous = end
        together = np.concatenate([recording[start:end] for start, end in passage.spans])
        assert np.array_equal(together, passage.samples)
    assert (kept[recording > 0] == 1).all()


def test_times_return_to_the_recording() -> None:
    passage = Passage(
        np.zeros(6 * SECOND, np.float32), ((10 * SECOND, 14 * SECOND), (100 * SECOND, 102 * SECOND))
    )
    assert passage.place(1.0, 1.5) == (11_000, 11_500)
    assert passage.place(4.5, 5.0) == (100_500, 101_000)
    # A word that reaches over the silence stays on the side of its middle.
    assert passage.place(3.5, 4.2) == (13_500, 14_000)
    assert passage.place(3.9, 4.4) == (100_000, 100_400)
    assert passage.place(5.9, 7.0) == (101_900, 102_000)
    # A segment may reach over it.
    assert passage.place_long(3.0, 5.0) == (13_000, 101_000)
    assert passage.place_long(3.0, 4.0) == (13_000, 14_000)
