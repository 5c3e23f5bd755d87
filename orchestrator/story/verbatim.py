"""Proof that a text was read exactly: an independent listener writes down what it hears.

Two facts are certified: what was sent to the voice was the script, and how far what is heard is
what was written. The listener makes mistakes of its own, so a small error rate is no proof of a
slip.
"""

from __future__ import annotations

from collections.abc import Sequence

from orchestrator.story.align import differences
from orchestrator.story.domain import Script, Segment, Word
from orchestrator.story.proofs import Verbatim
from orchestrator.story.spans import locate
from orchestrator.story.wording import compare, words_of


def certify(
    script: Script, segments: Sequence[Segment], heard: Sequence[Word], *, model: str, sent: str
) -> Verbatim:
    """Compares a script with what was heard of it.

    Args:
        script: What was to be read.
        segments: The sentences on the clock.
        heard: What the listener heard, in order.
        model: Who listened.
        sent: What was sent to the voice.
    """
    spans = words_of(script.text)
    written = [script.text[start:end] for start, end in spans]
    stretches = compare(written, [word.text for word in heard], script.language)
    wrong = sum(
        max(s.written[1] - s.written[0], s.heard[1] - s.heard[0]) for s in stretches if not s.same
    )
    return Verbatim(
        len(written),
        len(heard),
        round(wrong / len(written), 4) if written else 0.0,
        differences(script, heard, stretches, _starts(script, segments, spans)),
        model,
        " ".join(sent.split()) == " ".join(script.text.split()),
    )


def _starts(
    script: Script, segments: Sequence[Segment], spans: Sequence[tuple[int, int]]
) -> list[int]:
    """When each word of the script begins."""
    words = [word for segment in segments for word in segment.words]
    places = locate(script.text, (word.text for word in words))
    known = sorted(
        (place[0], word.start_ms) for place, word in zip(places, words, strict=True) if place
    )
    starts: list[int] = []
    at, clock = 0, 0
    for start, _ in spans:
        while at < len(known) and known[at][0] <= start:
            clock = known[at][1]
            at += 1
        starts.append(clock)
    return starts
