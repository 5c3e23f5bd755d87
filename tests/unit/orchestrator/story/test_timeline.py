from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanternist.runtime.errors import InternalError
from models.illustrator.scene import Scene as Description
from orchestrator.story import timeline
from orchestrator.story.domain import Scene, Segment, Word


def scenes_over(segment_counts: list[int]) -> list[Scene]:
    scenes, first = [], 0
    for index, count in enumerate(segment_counts):
        scenes.append(Scene(index, tuple(range(first, first + count)), "", Description(), 0))
        first += count
    return scenes


@st.composite
def stories(draw: st.DrawFn) -> tuple[list[Scene], list[Segment], int]:
    """Any grouping of any segments, whose words may overlap, run backwards or be missing."""
    counts = draw(st.lists(st.integers(1, 4), min_size=1, max_size=8))
    duration = draw(st.integers(len(counts), 20_000))
    segments = []
    for index in range(sum(counts)):
        spans = draw(
            st.lists(st.tuples(st.integers(0, 25_000), st.integers(0, 25_000)), max_size=5)
        )
        words = tuple(Word("w", start, end) for start, end in spans)
        segments.append(Segment(index, "x", words=words))
    return scenes_over(counts), segments, duration


@given(stories())
def test_any_words_become_a_timeline_that_holds_its_promises(
    story: tuple[list[Scene], list[Segment], int],
) -> None:
    scenes, segments, duration = story
    closed = timeline.closed(segments, duration)
    placed = timeline.cut(scenes, closed, duration)
    timeline.prove(placed, closed, duration)
    assert placed[0].start_ms == 0
    assert placed[-1].end_ms == duration
    assert sum(scene.end_ms - scene.start_ms for scene in placed) == duration


@given(st.lists(st.integers(1, 2_000), min_size=1, max_size=30), st.data())
def test_scenes_begin_at_the_first_word_of_their_first_sentence(
    lengths: list[int], data: st.DataObject
) -> None:
    clock, segments = data.draw(st.integers(0, 500)), []
    for index, length in enumerate(lengths):
        words = (
            Word("a", clock, clock + length // 2),
            Word("b", clock + length // 2, clock + length),
        )
        segments.append(Segment(index, "a b", words=words))
        clock += length + data.draw(st.integers(0, 900))
    counts, left = [], len(segments)
    while left:
        counts.append(data.draw(st.integers(1, left)))
        left -= counts[-1]
    closed = timeline.closed(segments, clock)
    placed = timeline.cut(scenes_over(counts), closed, clock)
    for scene in placed[1:]:
        assert scene.start_ms == segments[scene.segments[0]].words[0].start_ms


def test_a_sentence_without_words_lies_between_its_neighbours() -> None:
    segments = [
        Segment(0, "a", words=(Word("a", 100, 200),)),
        Segment(1, "…"),
        Segment(2, "b", words=(Word("b", 700, 900),)),
    ]
    closed = timeline.closed(segments, 1000)
    assert [(s.start_ms, s.end_ms) for s in closed] == [(100, 200), (200, 700), (700, 900)]


def test_no_time_for_the_scenes_is_a_defect() -> None:
    with pytest.raises(InternalError):
        timeline.cut(
            scenes_over([1, 1, 1]), timeline.closed([Segment(i, "x") for i in range(3)], 2), 2
        )


@pytest.mark.parametrize(
    "change",
    [
        {"start_ms": 5},
        {"end_ms": 400},
        {"end_ms": 0},
    ],
)
def test_a_broken_timeline_is_noticed(change: dict[str, int]) -> None:
    from dataclasses import replace

    segments = timeline.closed([Segment(i, "x") for i in range(2)], 1000)
    first, second = timeline.cut(scenes_over([1, 1]), segments, 1000)
    with pytest.raises(InternalError):
        timeline.prove([replace(first, **change), second], segments, 1000)
