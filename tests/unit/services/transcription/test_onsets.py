"""Words moved to where the sound begins."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from services.transcription.onsets import silences, snapped


def sound(*stretches: tuple[int, float]) -> NDArray[np.float32]:
    """Stretches of milliseconds and level."""
    return np.concatenate([np.full(ms * 16, level, np.float32) for ms, level in stretches])


def test_silences_lie_between_the_recordings_own_quiet_and_its_own_speech() -> None:
    room, voice = 0.003, 0.2
    found = silences(
        sound(
            (300, room),
            (700, voice),
            (40, room),
            (500, voice),
            (400, room),
            (900, voice),
            (200, room),
        )
    )
    assert found == [pytest.approx((0.0, 0.3)), pytest.approx((1.54, 1.94))]
    assert silences(sound((5_000, voice))) == []
    assert silences(sound((5_000, 0.0))) == []
    assert silences(np.zeros(0, np.float32)) == []


def test_a_sentence_begins_where_the_silence_ends() -> None:
    said = [(0.04, 0.2), (0.2, 0.6), (0.7, 1.2), (1.2, 1.5), (1.5, 1.9)]
    begins = [True, False, True, False, False]
    he, ran, she, hid, there = snapped(said, begins, [(0.0, 0.09), (0.58, 1.0)])
    assert he[0] == pytest.approx(0.09)
    assert ran[1] <= 0.58
    assert she[0] == pytest.approx(1.0)
    assert she[1] <= hid[0] + 1e-9
    assert there[0] - 1.5 < 0.15  # those further on hardly move
    assert snapped(said, begins, []) == said


@given(
    st.lists(st.integers(0, 400), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(60, 500), st.integers(60, 900)), max_size=6),
)
def test_no_word_ends_before_it_begins(
    lengths: list[int], stretches: list[tuple[int, int]]
) -> None:
    bounds = list(itertools.accumulate(lengths, initial=0))
    words = [(a / 1000, b / 1000) for a, b in itertools.pairwise(bounds)]
    gaps, clock = [], 0
    for silent, spoken in stretches:
        gaps.append((clock / 1000, (clock + silent) / 1000))
        clock += silent + spoken
    moved = snapped(words, [False] * len(words), gaps)
    assert len(moved) == len(words)
    assert all(start <= end for start, end in moved)
