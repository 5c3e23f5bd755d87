"""A transcript laid over what was heard: the caller's words at the recording's times.

The words that a listener heard, with their times, are anchors where they are the transcript's.
Where it heard something else, the written letters are laid over the letters heard (Levenshtein);
words that it did not hear stand close before the next one. What was only heard is no word of the
story; both kinds of departure are reported. This module does not listen.
"""

from __future__ import annotations

import itertools
import unicodedata
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rapidfuzz.distance import Levenshtein, Opcode

from lanternist.runtime.errors import InvalidArgumentError
from orchestrator.story.domain import Script, Word
from orchestrator.story.proofs import Alignment, Difference
from orchestrator.story.wording import Stretch, compare, words_of

MOST_DIFFERENCES = 200
_LONGEST_SHOWN = 200
# Less than this of a transcript in the sound: it is another recording's.
_LEAST_MATCH = 0.1
# An unheard word is given this much time a letter, where there is as much.
_LETTER_MS = 60


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
    """The written words with times: those heard, and the others beside them."""
    timed: list[Word | None] = [None] * len(written)
    for stretch in stretches:
        (first, last), (begin, end) = stretch.written, stretch.heard
        if last > first and end > begin:
            words, sounds = written[first:last], heard[begin:end]
            if stretch.same:  # but perhaps in other letters: `three` for `3`
                span = sounds[0].start_ms, sounds[-1].end_ms
                timed[first:last] = _shared(words, *span, sounds[0].confidence)
            else:
                timed[first:last] = _laid(words, sounds)
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
        until = max(clock, following.start_ms if following is not None else duration_ms)
        length = min(until - clock, _LETTER_MS * sum(len(word) for word in written[at:missing]))
        # What is overheard is short, and spoken into the next word, not into a pause before it.
        start = until - length if following is not None else clock
        whole += _shared(written[at:missing], start, start + length, 0.0)
        at, clock = missing, start + length
    return whole


def _laid(words: Sequence[str], heard: Sequence[Word]) -> list[Word]:
    """Words laid over those that were heard in their place, letter by letter.

    Where the listener wrote `L'appui` for `La pluie`, each word begins where its first letter, or
    what was heard instead, does.
    """
    letters = "".join(map(_folded, words))
    sounds = "".join(_folded(word.text) for word in heard)
    if not letters or not sounds:
        return _shared(words, heard[0].start_ms, heard[-1].end_ms, 0.0)
    starts, ends = _letter_times(heard)
    steps = list(Levenshtein.opcodes(letters, sounds))
    laid: list[Word] = []
    at, clock = 0, heard[0].start_ms
    for word in words:
        size = len(_folded(word))
        start = max(clock, starts[_place(steps, at)]) if at else clock
        at += size
        clock = max(start, ends[_place(steps, at - 1)]) if size else start
        laid.append(Word(word, start, clock, 0.0))
    laid[-1] = replace(laid[-1], end_ms=max(clock, heard[-1].end_ms))
    return laid


def _letter_times(heard: Sequence[Word]) -> tuple[list[int], list[int]]:
    """When each letter of the words begins and ends, as if all took equally long."""
    bounds: list[tuple[int, int]] = []
    for word in heard:
        count = len(_folded(word.text))
        length = word.end_ms - word.start_ms
        edges = [word.start_ms + round(length * at / max(1, count)) for at in range(count + 1)]
        bounds += itertools.pairwise(edges)
    return [start for start, _ in bounds], [end for _, end in bounds]


def _place(steps: Sequence[Opcode], at: int) -> int:
    """The letter that was heard where another is written."""
    for step in steps:
        if step.src_start <= at < step.src_end:
            share = (at - step.src_start) / (step.src_end - step.src_start)
            place = step.dest_start + int(share * (step.dest_end - step.dest_start))
            return min(place, steps[-1].dest_end - 1)
    return 0


def _folded(word: str) -> str:
    plain = unicodedata.normalize("NFKD", word.lower())
    return "".join(letter for letter in plain if letter.isalnum())


def _shared(words: Sequence[str], start_ms: int, end_ms: int, confidence: float) -> list[Word]:
    """Words that share a time by their length."""
    letters = [0, *itertools.accumulate(len(word) + 1 for word in words)]
    length = end_ms - start_ms
    bounds = [start_ms + round(length * count / letters[-1]) for count in letters]
    return [
        Word(word, start, end, confidence)
        for word, (start, end) in zip(words, itertools.pairwise(bounds), strict=True)
    ]
