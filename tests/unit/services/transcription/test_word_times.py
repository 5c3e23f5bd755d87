"""Whisper's words laid over the sound again, stretch by stretch."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import pairwise

import numpy as np
import pytest
from faster_whisper.transcribe import Segment, Word
from numpy.typing import NDArray

from lanternist.runtime.call import Call
from lanternist.runtime.errors import CancelledError
from services.transcription.onsets import Span
from services.transcription.word_times import WordTimes

Samples = NDArray[np.float32]


def segment(*words: tuple[str, float, float]) -> Segment:
    return Segment(
        id=1, seek=0, start=words[0][1] if words else 0.0, end=words[-1][2] if words else 0.0,
        text="".join(text for text, _, _ in words), tokens=[], avg_logprob=-0.5,
        compression_ratio=1.0, no_speech_prob=0.0, temperature=0.0,
        words=[Word(start, end, text, 0.9) for text, start, end in words],
    )  # fmt: skip


def sound(*stretches: tuple[float, float]) -> Samples:
    """Stretches of seconds and level."""
    return np.concatenate([np.full(round(s * 16_000), level, np.float32) for s, level in stretches])


class Ruler:
    """Gives every word of a stretch the same time; knows nothing of marks."""

    def __init__(self, answer: Callable[[int], list[Span | None] | None] | None = None) -> None:
        self.asked: list[tuple[float, list[str]]] = []
        self._answer = answer

    def align(self, samples: Samples, words: Sequence[str]) -> list[Span | None] | None:
        seconds = len(samples) / 16_000
        self.asked.append((seconds, [word.strip() for word in words]))
        if self._answer:
            return self._answer(len(words))
        each = seconds / len(words)
        return [
            (at * each, (at + 1) * each) if word.strip().strip("—") else None
            for at, word in enumerate(words)
        ]


def times(heard: Sequence[Segment]) -> list[tuple[str, float, float]]:
    return [
        (word.word.strip(), round(word.start, 3), round(word.end, 3))
        for segment in heard
        for word in segment.words or ()
    ]


def corrected(
    aligner: Ruler | None, samples: Samples, *segments: Segment, language: str = "en"
) -> list[Segment]:
    word_times = WordTimes(lambda _: aligner)
    return list(word_times.correct(iter(segments), samples, language, Call().check))


def test_stretches_end_in_pauses() -> None:
    ruler = Ruler()
    samples = sound((2, 0.2), (1, 0.0), (2, 0.2), (0.1, 0.0), (1.9, 0.2))
    heard = corrected(
        ruler,
        samples,
        segment((" One", 0, 1), (" two.", 1, 2)),
        segment((" Three", 2.2, 4), (" four", 4, 5)),
        segment((" and", 5, 6), (" o", 6, 6.5), ("'clock.", 6.5, 7)),
    )
    assert ruler.asked == [
        (2.5, ["One", "two."]),
        (4.5, ["Three", "four", "and", "o'clock."]),
    ]
    assert times(heard) == [
        ("One", 0, 1.25), ("two.", 1.25, 2.5), ("Three", 2.5, 3.625), ("four", 3.625, 4.75),
        ("and", 4.75, 5.875), ("o'clock.", 5.875, 7),
    ]  # fmt: skip
    assert [len(part.words or ()) for part in heard] == [2, 2, 2]


def test_what_never_pauses_is_cut_all_the_same() -> None:
    ruler = Ruler()
    said = [segment((f" w{n}", n * 5.0, n * 5.0 + 5)) for n in range(24)]
    heard = corrected(ruler, sound((120, 0.2)), *said)
    assert max(seconds for seconds, _ in ruler.asked) <= 42
    assert [text for text, _, _ in times(heard)] == [f"w{n}" for n in range(24)]
    assert all(a[2] <= b[1] for a, b in pairwise(times(heard)))


def test_what_is_not_said_takes_no_time() -> None:
    heard = corrected(
        Ruler(), sound((3, 0.2)), segment((" He", 0, 1), (" —", 1, 2.9), (" ran", 2.9, 3))
    )
    assert times(heard) == [("He", 0, 1), ("—", 1, 1), ("ran", 2, 3)]


@pytest.mark.parametrize(
    "answer",
    [lambda _: None, lambda count: [(9.0 + at, 9.5 + at) for at in range(count)]],
    ids=["no way through the sound", "far from where the words were heard"],
)
def test_an_aligner_that_fails_is_not_believed(
    answer: Callable[[int], list[Span | None] | None],
) -> None:
    samples = sound((0.5, 0.0), (2, 0.2), (0.5, 0.0), (3, 0.2))
    said = segment((" He", 0.4, 1), (" ran.", 1, 2.5), (" She", 2.6, 4), (" hid.", 4, 6))
    found = times(corrected(Ruler(answer), samples, said))
    assert found == times(corrected(None, samples, said))
    assert found[0][1] == 0.5  # where the sound begins
    assert found[2][1] == 3.0


def test_each_language_is_opened_once_and_only_when_it_is_heard() -> None:
    opened: list[str] = []

    def open_aligner(language: str) -> None:
        opened.append(language)

    word_times = WordTimes(open_aligner)
    for language in ("fr", "de", "fr"):
        list(word_times.correct(iter([]), sound((1, 0.2)), language, Call().check))
        said = iter([segment((" Ja.", 0, 1))])
        list(word_times.correct(said, sound((1, 0.2)), language, Call().check))
    assert opened == ["fr", "de"]
    word_times.close()
    said = iter([segment((" Ja.", 0, 1))])
    list(word_times.correct(said, sound((1, 0.2)), "de", Call().check))
    assert opened == ["fr", "de", "de"]


def test_segments_without_words_pass_as_they_are() -> None:
    empty = segment()
    assert corrected(Ruler(), sound((1, 0.2)), empty) == [empty]


def test_who_leaves_is_noticed_before_the_next_stretch() -> None:
    call, ruler = Call(), Ruler()

    def segments() -> Iterator[Segment]:
        yield segment((" One.", 0, 1))
        call.cancel()
        yield segment((" Two.", 2, 3))

    samples = sound((1, 0.2), (1, 0.0), (1, 0.2))
    with pytest.raises(CancelledError):
        list(WordTimes(lambda _: ruler).correct(segments(), samples, "en", call.check))
    assert ruler.asked == []
