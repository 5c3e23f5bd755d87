"""A transcript laid over what was heard: the caller's words at the recording's times.

The words that a listener heard, with their times, are anchors where they are the transcript's;
words between two anchors share the time between them by their length. What was only heard is no
word of the story; both kinds of departure are reported. This module does not listen.
"""

from __future__ import annotations

import itertools
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from lanternist.runtime.errors import InvalidArgumentError
from orchestrator.story.domain import Script, Word
from orchestrator.story.proofs import Alignment, Difference
from orchestrator.story.wording import Stretch, compare, words_of

MOST_DIFFERENCES = 200
_LONGEST_SHOWN = 200
# Less than this of a transcript in the sound: it is another recording's.
_LEAST_MATCH = 0.1


@dataclass(frozen=True, slots=True)
class Aligned:
    """A transcript on the clock of its recording.

    Attributes:
        words: Of each sentence.
        report: Where transcript and sound depart.
    """

    words: tuple[tuple[Word, ...], ...]
    report: Alignment


def align(script: Script, heard: Sequence[Word], duration_ms: int) -> Aligned:
    """Gives the words of a transcript their times.

    Args:
        script: The transcript.
        heard: What a listener heard, in order.
        duration_ms: Length of the recording.

    Raises:
        InvalidArgumentError: `transcript` is not what is said in the recording.
    """
    spans = words_of(script.text)
    written = [script.text[start:end] for start, end in spans]
    stretches = compare(written, [word.text for word in heard], script.language)
    matched = sum(s.written[1] - s.written[0] for s in stretches if s.same)
    if written and matched < _LEAST_MATCH * len(written):
        raise InvalidArgumentError(
            "transcript",
            f"is not what is said in the recording: {matched} of its {len(written)} words are",
            reason="TRANSCRIPT_DOES_NOT_MATCH",
        )
    timed = _timed(written, heard, stretches, duration_ms)
    ends = [sentence.end for sentence in script.sentences]
    by_sentence: list[list[Word]] = [[] for _ in script.sentences]
    for (start, _), word in zip(spans, timed, strict=True):
        by_sentence[min(bisect_right(ends, start), len(ends) - 1)].append(word)
    starts = [word.start_ms for word in timed]
    found = differences(script, heard, stretches, starts)
    return Aligned(
        tuple(tuple(words) for words in by_sentence), Alignment(len(written), matched, found)
    )


def differences(
    script: Script,
    heard: Sequence[Word],
    stretches: Sequence[Stretch],
    starts_ms: Sequence[int],
) -> tuple[Difference, ...]:
    """Where a text and what was heard differ, in order, the first 200.

    Args:
        script: The text.
        heard: What was heard.
        stretches: From `compare`.
        starts_ms: When each word of the text begins.
    """
    spans = words_of(script.text)
    written = [script.text[start:end] for start, end in spans]
    ends = [sentence.end for sentence in script.sentences]
    found: list[Difference] = []
    for stretch in itertools.islice((s for s in stretches if not s.same), MOST_DIFFERENCES):
        (first, last), (begin, end) = stretch.written, stretch.heard
        at = min(first, len(spans) - 1)
        segment = min(bisect_right(ends, spans[at][0]), len(ends) - 1) if spans else 0
        start_ms = heard[begin].start_ms if end > begin else starts_ms[at]
        found.append(
            Difference(
                " ".join(written[first:last])[:_LONGEST_SHOWN],
                " ".join(word.text.strip() for word in heard[begin:end])[:_LONGEST_SHOWN],
                segment,
                start_ms,
            )
        )
    return tuple(found)


def _timed(
    written: Sequence[str], heard: Sequence[Word], stretches: Sequence[Stretch], duration_ms: int
) -> list[Word]:
    """The written words with times: those heard, and the others between them."""
    timed: list[Word | None] = [None] * len(written)
    for stretch in stretches:
        (first, last), (begin, end) = stretch.written, stretch.heard
        if last > first and end > begin:
            span = (heard[begin].start_ms, heard[end - 1].end_ms)
            confidence = heard[begin].confidence if stretch.same else 0.0
            timed[first:last] = _shared(written[first:last], *span, confidence)
    at, clock = 0, 0
    whole: list[Word] = []
    while at < len(timed):
        word = timed[at]
        if word is not None:
            whole.append(word)
            clock = word.end_ms
            at += 1
            continue
        missing = at
        while missing < len(timed) and timed[missing] is None:
            missing += 1
        following = timed[missing] if missing < len(timed) else None
        until = following.start_ms if following is not None else duration_ms
        whole += _shared(written[at:missing], clock, max(clock, until), 0.0)
        at, clock = missing, max(clock, until)
    return whole


def _shared(words: Sequence[str], start_ms: int, end_ms: int, confidence: float) -> list[Word]:
    """Words that share a time by their length."""
    letters = [0, *itertools.accumulate(len(word) + 1 for word in words)]
    length = end_ms - start_ms
    bounds = [start_ms + round(length * count / letters[-1]) for count in letters]
    return [
        Word(word, start, end, confidence)
        for word, (start, end) in zip(words, itertools.pairwise(bounds), strict=True)
    ]
