"""Joining: silence cut, pauses set, words on the clock of the whole speech."""

from __future__ import annotations

import numpy as np
import pytest

from services.voice.clauses import Clause
from services.voice.joining import LAST_PAUSE_MS, PAUSES_MS, RawSpeech, join
from services.voice.text.tokens import WrittenWord

RATE = 16000


def raw_speech() -> RawSpeech:
    """300 ms of silence, two words of 200 ms with 100 ms between them, 500 ms of silence."""
    silence = np.zeros(RATE * 3 // 10)
    tone = 0.4 * np.sin(np.arange(RATE * 2 // 10) / 5)
    samples = np.concatenate([silence, tone, silence[:1600], tone, silence, silence[:3200]])
    edges = np.array([4800, 8000, 9600, 12800, 12800])
    return RawSpeech(samples.astype(np.float32), RATE, edges.astype(np.int64))


def clause(pause: str = ".") -> Clause:
    words = (WrittenWord("a", 0, 1, ("a",)), WrittenWord("b", 2, 3, ("b",)))
    return Clause(0, 4, words, "a b.", (0, -1, 1, -1), pause)


def test_words_are_timed_after_the_cut() -> None:
    samples, words = join(raw_speech(), clause(), first_sample=0, speed=1.0, last=False)
    assert [(w.text, w.start_ms, w.end_ms) for w in words] == [("a", 30, 280), ("b", 280, 530)]
    expected_ms = 30 + 500 + 30 + PAUSES_MS["."]
    assert len(samples) * 1000 / RATE == pytest.approx(expected_ms, abs=6)


def test_a_pause_belongs_to_no_word() -> None:
    words = clause().words
    paused = Clause(0, 5, words, "a, b", (0, -1, -1, 1), "")
    edges = np.array([4800, 8000, 8800, 9600, 12800], dtype=np.int64)
    raw = RawSpeech(raw_speech().samples, RATE, edges)
    _, timed = join(raw, paused, first_sample=0, speed=1.0, last=False)
    assert [(w.start_ms, w.end_ms) for w in timed] == [(30, 230), (330, 530)]


def test_the_clock_goes_on_from_clause_to_clause() -> None:
    _, words = join(raw_speech(), clause(), first_sample=RATE, speed=1.0, last=False)
    assert words[0].start_ms == 1030
    assert (words[1].char_start, words[1].char_end) == (2, 3)


@pytest.mark.parametrize("mark", PAUSES_MS)
def test_pauses_follow_the_mark_and_the_speed(mark: str) -> None:
    slow, _ = join(raw_speech(), clause(mark), first_sample=0, speed=1.0, last=False)
    fast, _ = join(raw_speech(), clause(mark), first_sample=0, speed=2.0, last=False)
    assert len(slow) - len(fast) == pytest.approx(RATE * PAUSES_MS[mark] / 2000, abs=2)


def test_the_end_is_short_whatever_the_mark() -> None:
    samples, _ = join(raw_speech(), clause("¶"), first_sample=0, speed=1.0, last=True)
    assert len(samples) * 1000 / RATE == pytest.approx(560 + LAST_PAUSE_MS, abs=6)


def test_edges_are_faded_so_that_nothing_clicks() -> None:
    loud = RawSpeech(
        np.ones(RATE, dtype=np.float32), RATE, np.array([0, 8000, 8000, RATE, RATE], dtype=np.int64)
    )
    samples, _ = join(loud, clause(""), first_sample=0, speed=1.0, last=False)
    assert samples[0] == 0.0
    assert float(np.abs(np.diff(samples)).max()) < 0.02


@pytest.mark.parametrize("samples", [0, 1, 200])
def test_hardly_any_sound_is_no_failure(samples: int) -> None:
    speech = RawSpeech(np.zeros(samples, dtype=np.float32), RATE, np.zeros(5, dtype=np.int64))
    joined, words = join(speech, clause(), first_sample=0, speed=1.0, last=False)
    assert joined.dtype == np.float32
    assert [(w.start_ms, w.end_ms) for w in words] == [(0, 0), (0, 0)]
