"""Segments and words on one clock; languages by their tags."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from faster_whisper.transcribe import Segment, Word

from lanternist.runtime.errors import InvalidArgumentError
from services.transcription.languages import bcp47_tag, whisper_code
from services.transcription.passages import Passage
from services.transcription.segments import SegmentClock

PASSAGE = Passage(np.zeros(160_000, np.float32), ((0, 160_000),))


def segment(text: str, start: float, end: float, words: list[tuple[Any, ...]] | None) -> Segment:
    return Segment(
        id=1, seek=0, start=start, end=end, text=text, tokens=[], avg_logprob=-0.5,
        compression_ratio=1.0, no_speech_prob=0.0, temperature=0.0,
        words=None if words is None else [Word(s, e, w, p) for w, s, e, p in words],
    )  # fmt: skip


def test_words_that_the_library_splits_are_joined() -> None:
    heard = segment(
        " At seven o'clock, $3.50.", 0, 3,
        [(" At", 0.1, 0.2, 0.9), (" seven", 0.2, 0.5, 0.9), (" o", 0.5, 0.6, 0.8),
         ("'clock,", 0.6, 0.9, 0.6), (" $3.", 1.0, 1.4, 0.9), ("50.", 1.4, 2.0, 0.7)],
    )  # fmt: skip
    placed = SegmentClock(words=True).place(heard, PASSAGE, "en")
    assert placed is not None
    assert [(w.text, w.start_ms, w.end_ms) for w in placed.words] == [
        ("At", 100, 200), ("seven", 200, 500), ("o'clock,", 500, 900), ("$3.50.", 1000, 2000),
    ]  # fmt: skip
    assert [w.confidence for w in placed.words] == [0.9, 0.9, 0.6, 0.7]
    assert (placed.start_ms, placed.end_ms, placed.text) == (100, 2000, "At seven o'clock, $3.50.")
    assert placed.confidence == pytest.approx(math.exp(-0.5))


def test_languages_without_spaces_keep_their_words_apart() -> None:
    heard = segment("你好", 0, 1, [("你", 0.0, 0.5, 0.9), ("好", 0.5, 1.0, 0.9)])
    placed = SegmentClock(words=True).place(heard, PASSAGE, "zh")
    assert placed is not None
    assert [w.text for w in placed.words] == ["你", "好"]


def test_time_never_runs_backwards() -> None:
    clock = SegmentClock(words=True)
    first = clock.place(
        segment(" One two", 0, 2, [(" One", 0.0, 1.2, 1.0), (" two", 1.0, 0.9, 1.0)]), PASSAGE, "en"
    )
    second = clock.place(segment(" three", 0.5, 3, [(" three", 0.5, 3.0, 1.0)]), PASSAGE, "en")
    assert first is not None
    assert second is not None
    assert [(w.start_ms, w.end_ms) for w in first.words] == [(0, 1200), (1200, 1200)]
    assert (second.start_ms, second.end_ms) == (1200, 3000)
    assert [first.index, second.index] == [0, 1]


def test_empty_segments_do_not_count() -> None:
    clock = SegmentClock(words=False)
    assert clock.place(segment("  ", 0, 1, None), PASSAGE, "en") is None
    placed = clock.place(segment(" Yes.", 1.25, 2, None), PASSAGE, "en")
    assert placed is not None
    assert (placed.index, placed.words, placed.start_ms, placed.end_ms) == (0, (), 1250, 2000)


@pytest.mark.parametrize(
    ("tag", "code"),
    [("en", "en"), ("EN-gb", "en"), ("fr_CA", "fr"), ("jv", "jw"), ("nb-NO", "no"),
     ("zh-Hant-TW", "zh"), ("cmn", "zh"), ("fil", "tl")],
)  # fmt: skip
def test_tags_become_whisper_codes(tag: str, code: str) -> None:
    assert whisper_code(tag, {"en", "fr", "jw", "no", "zh", "tl"}.__contains__) == code


@pytest.mark.parametrize("tag", ["xx", "english", "-", "e n", "<|en|>", "12", "x" * 500])
def test_other_tags_are_refused(tag: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        whisper_code(tag, {"en"}.__contains__)
    assert caught.value.violations[0].field == "language"
    assert len(caught.value.message) < 150


def test_codes_become_tags() -> None:
    assert [bcp47_tag(code) for code in ("en", "jw", "yue")] == ["en", "jv", "yue"]
