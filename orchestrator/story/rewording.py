"""Other words for a sentence of a planned story: it is put otherwise, becomes several, or goes.

Pure: a board in, a board out. Every other sentence keeps its text, its speaker and its place in a
scene. This module does not look at what the words mean.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import replace

from lanternist.runtime.errors import InvalidArgumentError
from orchestrator.story.domain import PARAGRAPH_BREAK, Scene, Script, Sentence
from orchestrator.story.ingest import speakable
from orchestrator.story.segment import split
from orchestrator.story.storyboard import Storyboard

MOST_CHARACTERS = 200_000


def reword(board: Storyboard, index: int, text: str, *, field: str = "text") -> Storyboard:
    """Puts a sentence otherwise.

    Args:
        board: The plan.
        index: Of the sentence; there must be one.
        text: What is said in its place, several sentences perhaps; empty: nothing.
        field: Named in errors.

    Raises:
        InvalidArgumentError: `text` holds nothing that can be said; it would leave nothing to
            tell, or too much.
    """
    words = " ".join(text.split())
    if words and not speakable(words):
        raise InvalidArgumentError(field, "holds nothing that can be spoken")
    pieces = [piece.strip() for piece in split(words, board.script.language)] if words else []
    if not pieces and len(board.script.sentences) == 1:
        raise InvalidArgumentError(field, "is empty, and it is the only sentence of the story")
    script = _directed(_reworded(board.script, index, pieces), board.script, index, len(pieces))
    if len(script.text) > MOST_CHARACTERS:
        longest = f"{MOST_CHARACTERS:,} characters"
        raise InvalidArgumentError(field, f"makes the story longer than {longest}")
    old = board.segments[index]
    told = [
        *board.segments[:index],
        *(replace(old, text=piece) for piece in pieces),
        *board.segments[index + 1 :],
    ]
    segments = tuple(replace(segment, index=i) for i, segment in enumerate(told))
    return replace(
        board, script=script, segments=segments, scenes=_shifted(board.scenes, index, len(pieces))
    )


def _directed(script: Script, before: Script, index: int, count: int) -> Script:
    """The script with what its owner said of sentences: who says them, when, what is shown."""
    sentences: list[Sentence] = []
    for sentence in script.sentences:
        place = sentence.index - index
        new = 0 <= place < count
        later = place >= count
        old = before.sentences[index if new else sentence.index - later * (count - 1)]
        first, last = not new or place == 0, not new or place == count - 1
        sentences.append(
            replace(
                sentence,
                begins=old.begins or not first,
                speaker=old.speaker,
                earliest_ms=old.earliest_ms if first else None,
                latest_ms=old.latest_ms if last else None,
                illustration=old.illustration if first else "",
            )
        )
    return replace(script, sentences=tuple(sentences))


def _reworded(script: Script, index: int, pieces: Sequence[str]) -> Script:
    """The script with other sentences in the place of one."""
    number = script.sentences[index].paragraph
    of_paragraph = [s for s in script.sentences if s.paragraph == number]
    before = [s.text for s in of_paragraph if s.index < index]
    after = [s.text for s in of_paragraph if s.index > index]
    paragraphs: list[list[tuple[str, str]]] = [
        _spaced(script, list(group))
        for _, group in itertools.groupby(script.sentences, key=lambda s: s.paragraph)
    ]
    gaps = dict(paragraphs[number])
    changed = [*before, *pieces, *after]
    paragraphs[number] = [(text, gaps.get(text, " ")) for text in changed]
    breaks = script.breaks
    if not changed:
        del paragraphs[number]
        # A pause before what is gone is a pause before what follows.
        breaks = frozenset(b - (b > number) for b in breaks if b - (b > number) < len(paragraphs))
    return _assembled(replace(script, breaks=breaks), paragraphs)


def _spaced(script: Script, sentences: Sequence[Sentence]) -> list[tuple[str, str]]:
    """Sentences of a paragraph with the white space that follows each."""
    ends = [*(s.start for s in sentences[1:]), sentences[-1].end]
    return [(s.text, script.text[s.end : end]) for s, end in zip(sentences, ends, strict=True)]


def _assembled(script: Script, paragraphs: Sequence[Sequence[tuple[str, str]]]) -> Script:
    texts: list[str] = []
    sentences: list[Sentence] = []
    offset = 0
    for number, paragraph in enumerate(paragraphs):
        position, text = offset, ""
        for at, (words, gap) in enumerate(paragraph):
            space = "" if at == len(paragraph) - 1 else gap or " "
            sentences.append(
                Sentence(len(sentences), words, position, position + len(words), number)
            )
            text += words + space
            position += len(words) + len(space)
        texts.append(text)
        offset += len(text) + len(PARAGRAPH_BREAK)
    return replace(script, paragraphs=tuple(texts), sentences=tuple(sentences))


def _shifted(scenes: Sequence[Scene], index: int, count: int) -> tuple[Scene, ...]:
    """Scenes whose segments are counted anew after one became `count`; an empty one goes."""
    moved: list[Scene] = []
    for scene in scenes:
        segments: list[int] = []
        for segment in scene.segments:
            if segment == index:
                segments += range(index, index + count)
            else:
                segments.append(segment + (count - 1) * (segment > index))
        if segments:
            moved.append(replace(scene, segments=tuple(segments)))
    return renumbered(moved)


def renumbered(scenes: Sequence[Scene]) -> tuple[Scene, ...]:
    """Scenes counted from 0."""
    return tuple(replace(scene, index=index) for index, scene in enumerate(scenes))
