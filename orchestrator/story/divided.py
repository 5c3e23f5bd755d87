"""Text that is divided already, made ready to be told: `SourceSegments` to a `Script`.

Each segment begins a sentence of its own, with its speaker, its times and what to show; what
belongs together is one paragraph. It is plain text: nothing in it is read as Markdown. This module
does not read files.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from lanternist.runtime.errors import InvalidArgumentError
from lanternist.v1 import story_pb2
from orchestrator.story.domain import PARAGRAPH_BREAK, Script, Sentence
from orchestrator.story.ingest import clean, speakable
from orchestrator.story.segment import first_words, split

MAX_CHARACTERS = 200_000
MAX_SENTENCES = 20_000
# A rest this long between given times begins a new paragraph.
_PARAGRAPH_PAUSE_MS = 1_500
_LONG_PARAGRAPH = 600
_FULL_STOPS = (".", "!", "?", "…", "”", "»", '"')


@dataclass(frozen=True, slots=True)
class _Said:
    """A segment with something to say."""

    text: str
    source: story_pb2.SourceSegment


@dataclass
class _Pages:
    """Paragraphs and sentences while they are collected."""

    language: str
    paragraphs: list[str] = field(default_factory=list)
    sentences: list[Sentence] = field(default_factory=list)
    _offset: int = 0

    def paragraph(self, said: Sequence[_Said]) -> None:
        """Adds a paragraph."""
        position = self._offset
        for one in said:
            self._segment(one, position)
            position += len(one.text) + 1
        text = " ".join(one.text for one in said)
        self.paragraphs.append(text)
        self._offset += len(text) + len(PARAGRAPH_BREAK)

    def _segment(self, said: _Said, position: int) -> None:
        source = said.source
        pieces = split(said.text, self.language)
        goes_on = bool(self.sentences) and (
            self.sentences[-1].paragraph == len(self.paragraphs)
            and not self.sentences[-1].text.endswith(_FULL_STOPS)
        )
        for number, piece in enumerate(pieces):
            text = piece.strip()
            start = position + len(piece) - len(piece.lstrip())
            first, last = number == 0, number == len(pieces) - 1
            self.sentences.append(
                Sentence(
                    len(self.sentences),
                    text,
                    start,
                    start + len(text),
                    len(self.paragraphs),
                    begins=not (goes_on and first),
                    speaker=source.speaker.strip(),
                    earliest_ms=source.start_ms if first and source.HasField("start_ms") else None,
                    latest_ms=source.end_ms if last and source.HasField("end_ms") else None,
                    illustration=source.illustration.strip() if first else "",
                )
            )
            position += len(piece)


def plain_text(segments: story_pb2.SourceSegments) -> str:
    """Everything that is said."""
    return "\n".join(one.text for one in _said(segments))


def script_of_segments(
    segments: story_pb2.SourceSegments, *, title: str, language: str, notes: tuple[str, ...] = ()
) -> Script:
    """Makes divided text ready to be told.

    Args:
        segments: In order.
        title: Title; empty: the first words.
        language: BCP-47.
        notes: What the maker should know already.

    Raises:
        InvalidArgumentError: `segments` holds nothing to tell, or too much.
    """
    said = _said(segments)
    if not said:
        raise InvalidArgumentError(
            "segments", "hold nothing to tell: give at least one word.", reason="NOTHING_TO_TELL"
        )
    if sum(len(one.text) for one in said) > MAX_CHARACTERS:
        raise InvalidArgumentError("segments", f"hold more than {MAX_CHARACTERS:,} characters")
    pages = _Pages(language)
    group: list[_Said] = []
    for one in said:
        if group and _parts(group, one):
            pages.paragraph(group)
            group = []
        group.append(one)
    pages.paragraph(group)
    if len(pages.sentences) > MAX_SENTENCES:
        raise InvalidArgumentError(
            "segments",
            f"have {len(pages.sentences):,} sentences; at most {MAX_SENTENCES:,} can be told.",
        )
    silent = len(segments.segments) - len(said)
    if silent:
        notes += (f"{silent} of {len(segments.segments)} segments have nothing to say: left out.",)
    return Script(
        title or first_words(pages.sentences[0].text),
        language,
        tuple(pages.paragraphs),
        frozenset(),
        tuple(pages.sentences),
        notes,
    )


def _said(segments: story_pb2.SourceSegments) -> list[_Said]:
    found = [_Said(" ".join(clean(one.text).split()), one) for one in segments.segments]
    return [one for one in found if speakable(one.text)]


def _parts(group: Sequence[_Said], one: _Said) -> bool:
    """Whether a segment begins a new paragraph."""
    before = group[-1].source
    length = sum(len(said.text) for said in group)
    rest = (
        one.source.start_ms - before.end_ms
        if one.source.HasField("start_ms") and before.HasField("end_ms")
        else 0
    )
    return (
        one.source.speaker.strip() != before.speaker.strip()
        or bool(one.source.illustration.strip())
        or rest >= _PARAGRAPH_PAUSE_MS
        or (length > _LONG_PARAGRAPH and group[-1].text.endswith(_FULL_STOPS))
    )
