"""A script cut into passages: what is spoken in one go, and how long the voice rests after it.

A passage is a paragraph, or less: a long one is cut, and a passage ends where another voice,
another pace or a given time begins. The very first is one sentence alone, so that a listener hears
it soon. This module does not know how passages are spoken.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.story.domain import Script, Segment, Sentence
from orchestrator.story.mood import DELIVERIES, EVEN

_PASSAGE_CHARS = 1_500
# Silence from the last word before to what follows, at normal speed.
_WITHIN_MS = 140
_SENTENCE_MS = 350
_TURN_MS = 500
_PARAGRAPH_MS = 700
_BREAK_MS = 1_400
_TAIL_MS = 1_200
_SLOWEST, _FASTEST = 0.5, 2.0


@dataclass(frozen=True, slots=True)
class Passage:
    """Sentences that are spoken in one go.

    Attributes:
        sentences: At least one, all of one paragraph.
        voice: Who speaks; empty: the default voice.
        speed: How fast, 0.5 to 2.
        pause_ms: Silence after it, from its last word.
        earliest_ms: When it begins at the earliest.
    """

    sentences: tuple[Sentence, ...]
    voice: str
    speed: float
    pause_ms: int
    earliest_ms: int | None = None

    @property
    def start(self) -> int:
        """Offset of its first character in the script."""
        return self.sentences[0].start


def passages(script: Script, segments: Sequence[Segment], speed: float = 1.0) -> list[Passage]:
    """Cuts a script into passages.

    Args:
        script: The text.
        segments: One a sentence, with voices and moods.
        speed: Rate of speech, before the mood's share.
    """
    groups: list[list[Sentence]] = []
    for sentence in script.sentences:
        if not groups or _parts(groups, sentence, segments):
            groups.append([])
        groups[-1].append(sentence)
    return [
        Passage(
            tuple(group),
            segments[group[-1].index].voice,
            _rate(segments[group[-1].index], speed),
            _pause(script, segments, group[-1], following[0] if following else None, speed),
            group[0].earliest_ms,
        )
        for group, following in zip(groups, [*groups[1:], None], strict=True)
    ]


def _parts(
    groups: Sequence[Sequence[Sentence]], sentence: Sentence, segments: Sequence[Segment]
) -> bool:
    """Whether a sentence begins another passage."""
    group = groups[-1]
    told, before = segments[sentence.index], segments[group[-1].index]
    return (
        len(groups) == 1
        or sentence.paragraph != group[-1].paragraph
        or sentence.earliest_ms is not None
        or (told.voice, told.mood) != (before.voice, before.mood)
        or sentence.end - group[0].start > _PASSAGE_CHARS
    )


def _pause(
    script: Script,
    segments: Sequence[Segment],
    last: Sentence,
    following: Sentence | None,
    speed: float,
) -> int:
    """The pause between two passages, or after the last one."""
    if following is None:
        return _TAIL_MS
    told = segments[last.index]
    if following.paragraph != last.paragraph:
        pause = _BREAK_MS if following.paragraph in script.breaks else _PARAGRAPH_MS
    else:
        pause = _SENTENCE_MS if following.begins else _WITHIN_MS
    if following.begins and segments[following.index].speaker != told.speaker:
        pause = max(pause, _TURN_MS)
    return round(pause * DELIVERIES.get(told.mood, DELIVERIES[EVEN]).pause / speed)


def _rate(told: Segment, speed: float) -> float:
    wanted = speed * DELIVERIES.get(told.mood, DELIVERIES[EVEN]).speed
    return round(min(max(wanted, _SLOWEST), _FASTEST), 3)
