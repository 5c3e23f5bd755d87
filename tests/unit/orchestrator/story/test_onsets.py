"""Words moved to where the sound begins."""

from __future__ import annotations

import itertools

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.story.domain import Word
from orchestrator.story.onsets import STEP_MS, Levels, Silence, retimed, silences


def levels(*stretches: tuple[int, float]) -> Levels:
    """Stretches of milliseconds and level."""
    return np.concatenate([np.full(ms // STEP_MS, level) for ms, level in stretches])


def test_silences_lie_between_the_recordings_own_quiet_and_its_own_speech() -> None:
    room, voice = 0.003, 0.2
    found = silences(
        levels(
            (300, room),
            (700, voice),
            (40, room),
            (500, voice),
            (400, room),
            (900, voice),
            (200, room),
        )
    )
    assert found == [Silence(0, 300), Silence(1_540, 1_940)]
    assert silences(levels((5_000, voice))) == []
    assert silences(levels((5_000, 0.0))) == []
    assert silences(np.zeros(0)) == []


def test_a_sentence_begins_where_the_silence_ends() -> None:
    said = [
        [Word("He", 40, 200), Word("ran", 200, 600)],
        [Word("She", 700, 1_200), Word("hid", 1_200, 1_500), Word("there", 1_500, 1_900)],
    ]
    first, second = retimed("He ran. She hid there.", said, [Silence(0, 90), Silence(580, 1_000)])
    assert first[0].start_ms == 90
    assert first[1].end_ms <= 580
    assert second[0].start_ms == 1_000
    assert second[0].end_ms <= second[1].start_ms + 1
    assert second[2].start_ms - 1_500 < 150  # those further on hardly move
    assert retimed("He ran. She hid there.", said, []) == said


@given(
    st.lists(st.integers(0, 400), min_size=1, max_size=12),
    st.lists(st.tuples(st.integers(60, 500), st.integers(60, 900)), max_size=6),
)
def test_order_is_kept(lengths: list[int], stretches: list[tuple[int, int]]) -> None:
    bounds = list(itertools.accumulate(lengths, initial=0))
    words = [Word(f"w{n}", a, b) for n, (a, b) in enumerate(itertools.pairwise(bounds))]
    gaps, clock = [], 0
    for silent, spoken in stretches:
        gaps.append(Silence(clock, clock + silent))
        clock += silent + spoken
    (moved,) = retimed(" ".join(word.text for word in words), [words], gaps)
    assert [word.text for word in moved] == [word.text for word in words]
    assert all(word.start_ms <= word.end_ms for word in moved)
