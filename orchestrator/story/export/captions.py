"""Captions: a cue a sentence, long sentences a cue a line; as WebVTT and SubRip.

Cues change with the words: a part of a sentence is shown from its first word to the next part's
first word. It does not know pictures. WebVTT: https://www.w3.org/TR/webvtt1/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from orchestrator.story.domain import NARRATOR, Segment, Story
from orchestrator.story.spans import locate
from orchestrator.subtitles import clock

_LINE_CHARS = 42  # what fits a line on most screens
_CUE_CHARS = 2 * _LINE_CHARS
# A cue stays a little after its last word, unless the next one begins.
_LINGER_MS = 400
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\u200e": "&lrm;", "\u200f": "&rlm;"}


@dataclass(frozen=True, slots=True)
class Cue:
    """Text on the screen.

    Attributes:
        start_ms: When it appears.
        end_ms: When it goes; later than `start_ms`, and never after the next cue's start.
        text: One or two lines.
        speaker: Name of the character who says it; empty for the narrator.
        segment: Index of the sentence that it belongs to.
    """

    start_ms: int
    end_ms: int
    text: str
    speaker: str
    segment: int


def cues(story: Story) -> list[Cue]:
    """The captions of a finished story, in order, on its clock."""
    names = {character.id: character.name or character.id for character in story.cast}
    timed = [(segment, *part) for segment in story.segments for part in _cues(segment)]
    starts = [start for _, start, _, _ in timed]
    made = []
    for (segment, start, end, text), following in zip(
        timed, [*starts[1:], story.duration_ms], strict=True
    ):
        until = max(min(end + _LINGER_MS, following), start + 1)
        told = segment.speaker in ("", NARRATOR)
        speaker = "" if told else names.get(segment.speaker, segment.speaker)
        made.append(Cue(start, until, wrap(text), speaker, segment.index))
    return made


def webvtt(story: Story) -> str:
    """The captions of a finished story, with the cast's names as voices."""
    blocks = ["WEBVTT"]
    for number, cue in enumerate(cues(story), 1):
        timing = f"{clock(cue.start_ms)} --> {clock(cue.end_ms)}"
        voice = f"<v {escape(' '.join(cue.speaker.split()))}>" if cue.speaker else ""
        blocks.append(f"{number}\n{timing}\n{voice}{escape(cue.text)}")
    return "\n\n".join(blocks) + "\n"


def subrip(story: Story) -> str:
    """The captions of a finished story as SubRip, which has no markup and no voices."""
    blocks = []
    for number, cue in enumerate(cues(story), 1):
        timing = f"{clock(cue.start_ms)} --> {clock(cue.end_ms)}".replace(".", ",")
        # An arrow in the text would be read as a timing line.
        blocks.append(f"{number}\n{timing}\n{cue.text.replace('-->', '→')}")
    return "\n\n".join(blocks) + "\n"


def escape(text: str) -> str:
    """Cue text in which nothing is markup, and `-->` cannot occur."""
    return "".join(_ESCAPES.get(letter, letter) for letter in text)


def wrap(text: str) -> str:
    """Text in two lines of like length when one line does not hold it."""
    if len(text) <= _LINE_CHARS:
        return text
    spaces = [place for place, letter in enumerate(text) if letter == " "]
    if not spaces:
        return text
    middle = min(spaces, key=lambda place: abs(2 * place - len(text)))
    return f"{text[:middle]}\n{text[middle + 1 :]}"


def _cues(segment: Segment) -> Iterator[tuple[int, int, str]]:
    """Start, end and text of each cue of a sentence."""
    if segment.end_ms <= segment.start_ms and not segment.words:
        return
    starts = [0, *_part_starts(segment.text)]
    times = [segment.start_ms]
    spans = locate(segment.text, (word.text for word in segment.words))
    placed = [
        (span[0], word) for span, word in zip(spans, segment.words, strict=True) if span is not None
    ]
    for start in starts[1:]:
        spoken = next((word.start_ms for place, word in placed if place >= start), segment.end_ms)
        times.append(max(spoken, times[-1]))
    texts = [
        segment.text[start:end].strip()
        for start, end in zip(starts, [*starts[1:], len(segment.text)], strict=True)
    ]
    yield from zip(times, [*times[1:], segment.end_ms], texts, strict=True)


def _part_starts(text: str) -> Iterator[int]:
    """Where a sentence that does not fit two lines goes on in a new cue."""
    start = 0
    while len(text) - start > _CUE_CHARS:
        parts = -(-(len(text) - start) // _CUE_CHARS)
        ideal = start + (len(text) - start) // parts
        spaces = [place for place in range(start + 1, start + _CUE_CHARS) if text[place - 1] == " "]
        if not spaces:
            return
        # After a comma or the like if there is one near, else at the nearest space.
        start = min(
            spaces, key=lambda place: abs(place - ideal) - (12 if text[place - 2] in ",;:—" else 0)
        )
        yield start
