"""WebVTT captions (https://www.w3.org/TR/webvtt1/): a cue a sentence, long sentences a cue a line.

Cues change with the words: a part of a sentence is shown from its first word to the next part's
first word. It does not know pictures.
"""

from __future__ import annotations

from collections.abc import Iterator

from orchestrator.story.domain import Segment, Story
from orchestrator.story.spans import locate

_LINE_CHARS = 42  # what fits a line on most screens
_CUE_CHARS = 2 * _LINE_CHARS
# A cue stays a little after its last word, unless the next one begins.
_LINGER_MS = 400
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\u200e": "&lrm;", "\u200f": "&rlm;"}


def webvtt(story: Story) -> str:
    """The captions of a finished story."""
    cues = [cue for segment in story.segments for cue in _cues(segment)]
    blocks = ["WEBVTT"]
    for number, (start, end, text) in enumerate(cues):
        following = cues[number + 1][0] if number + 1 < len(cues) else story.duration_ms
        until = max(min(end + _LINGER_MS, following), start + 1)
        timing = f"{clock(start)} --> {clock(until)}"
        blocks.append(f"{number + 1}\n{timing}\n{escape(wrap(text))}")
    return "\n\n".join(blocks) + "\n"


def clock(milliseconds: int) -> str:
    """A WebVTT timestamp, `HH:MM:SS.mmm`."""
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}.{thousandths:03}"


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
