"""Cuts sentences, now sounds, into clauses that a model can say in one breath.

The first clause is kept short, so that something is heard soon; the others are about a sentence
long, because a model sets the tune of what it sees at once. It does not know any model: the limits
are given.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from services.voice.phonemes.phonemizer import Phonemizer
from services.voice.text.tokens import (
    CLAUSE_MARKS,
    LINKING_WORDS,
    PARAGRAPH,
    Mark,
    Token,
    WrittenWord,
)

_OPENING = frozenset("“(")
_SPACED = frozenset("—")
_SHORT_SENTENCE = 60
_SLACK = 1.3
NOBODY = -1


@dataclass(frozen=True, slots=True)
class ClauseLimits:
    """Lengths in phoneme characters, spaces and marks included.

    Attributes:
        first: Aim for the first clause of a speech.
        usual: Aim for the others.
        most: What the model can take.
    """

    first: int
    usual: int
    most: int


@dataclass(frozen=True, slots=True)
class Clause:
    """A stretch of speech for one run of a model.

    Attributes:
        start: Offset of its first character in the request text.
        end: Offset after its last character.
        words: The written words said in it.
        phonemes: What the model is given.
        owners: One entry a character of `phonemes`: the index in `words` of the word that it
            belongs to, or `NOBODY` for marks and the spaces around words.
        pause: The mark that it ends with, `¶` at a paragraph's end, or empty.
    """

    start: int
    end: int
    words: tuple[WrittenWord, ...]
    phonemes: str
    owners: tuple[int, ...]
    pause: str


Spoken = tuple[Token, str]


def clauses(
    sentences: Iterable[Sequence[Token]], phonemize: Phonemizer, limits: ClauseLimits
) -> Iterator[Clause]:
    """Yields the clauses of a text in order; lazily, one sentence ahead.

    Short sentences of a paragraph are said in one breath with their neighbours. The limit doubles
    from the first clause to the usual one, so that a listener who hears the first while the second
    is made never waits.
    """
    for piece in _pieces(sentences, phonemize, limits):
        clause = _clause(piece, limits.most)
        if any(owner != NOBODY for owner in clause.owners):  # else its words have no sounds at all
            yield clause


def _pieces(
    sentences: Iterable[Sequence[Token]], phonemize: Phonemizer, limits: ClauseLimits
) -> Iterator[list[Spoken]]:
    waiting: list[Spoken] = []
    limit = limits.first
    for sentence in sentences:
        spoken = list(zip(sentence, phonemize(sentence), strict=True))
        if waiting and _length(waiting) + _length(spoken) > limit:
            for piece in _cut(waiting, limit, limits):
                yield piece
                limit = min(2 * limit, limits.usual)
            waiting = []
        waiting.extend(spoken)
        paragraph_ends = any(_is_paragraph(token) for token in sentence)
        if paragraph_ends or _length(waiting) >= min(limit // 3, _SHORT_SENTENCE):
            for piece in _cut(waiting, limit, limits):
                yield piece
                limit = min(2 * limit, limits.usual)
            waiting = []
    if waiting:
        yield from _cut(waiting, limit, limits)


def _length(spoken: Sequence[Spoken]) -> int:
    return sum(len(sounds) + isinstance(token, WrittenWord) for token, sounds in spoken)


def _cut(spoken: list[Spoken], limit: int, limits: ClauseLimits) -> Iterator[list[Spoken]]:
    """Splits what is too long, at marks where there are any."""
    rest = spoken
    while _length(rest) > min(limit * _SLACK, limits.most):
        at = _place_to_cut(rest, limit)
        if not _has_word(rest[:at]) or not _has_word(rest[at:]):
            break
        yield rest[:at]
        rest, limit = rest[at:], min(2 * limit, limits.usual)
    if _has_word(rest):
        yield rest


def _place_to_cut(spoken: list[Spoken], limit: int) -> int:
    """The last mark within the limit; else before the last linking word; else any word."""
    length, at_word, at_link, at_mark = 0, 0, 0, 0
    for at, (token, sounds) in enumerate(spoken):
        if isinstance(token, WrittenWord) and at and _has_word(spoken[:at]):
            at_word = at_word or at
            if length <= limit:
                at_word = at
                if length >= limit // 4 and _is_clause_mark(spoken[at - 1][0]):
                    at_mark = at
                if length >= limit // 2 and token.spoken[0].lower() in LINKING_WORDS:
                    at_link = at
        length += len(sounds) + isinstance(token, WrittenWord)
        if length > limit and at_word:
            break
    best = at_mark or at_link or at_word or len(spoken)
    while best > 1 and best < len(spoken) and _is_opening(spoken[best - 1][0]):
        best -= 1  # an opening quote goes with what it opens
    return best


def _is_clause_mark(token: Token) -> bool:
    return isinstance(token, Mark) and (token.symbol in CLAUSE_MARKS or token.symbol in "”)")


def _is_opening(token: Token) -> bool:
    return isinstance(token, Mark) and token.symbol in _OPENING


def _has_word(spoken: Sequence[Spoken]) -> bool:
    return any(isinstance(token, WrittenWord) for token, _ in spoken)


def _clause(spoken: list[Spoken], most: int) -> Clause:
    """Puts sounds in a row; a single word beyond the limit (a hostile address) is cut short."""
    words: list[WrittenWord] = []
    marks: list[str] = []
    phonemes, owners = "", []
    attach = True
    for token, sounds in spoken:
        if isinstance(token, WrittenWord):
            owner, spaced, opening = len(words), True, False
            words.append(token)
        else:
            marks.append(token.symbol)
            if token.symbol == PARAGRAPH:
                continue
            opening = token.symbol in _OPENING
            owner, spaced = NOBODY, opening or token.symbol in _SPACED
        if spaced and phonemes and not attach:
            phonemes += " "
            owners.append(NOBODY)
        phonemes += sounds
        owners.extend([owner] * len(sounds))
        attach = opening
    ends_with_mark = isinstance(spoken[-1][0], Mark)
    placed = [token for token, _ in spoken if not _is_paragraph(token)]
    return Clause(
        start=placed[0].start,
        end=placed[-1].end,
        words=tuple(words),
        phonemes=phonemes[:most],
        owners=tuple(owners[:most]),
        pause=_closing_mark(marks) if ends_with_mark else "",
    )


def _closing_mark(marks: Sequence[str]) -> str:
    if PARAGRAPH in marks[-3:]:
        return PARAGRAPH
    return next((mark for mark in reversed(marks) if mark in CLAUSE_MARKS), "")


def _is_paragraph(token: Token) -> bool:
    return isinstance(token, Mark) and token.symbol == PARAGRAPH
