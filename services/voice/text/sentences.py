"""Groups tokens into sentences, the unit that sounds are looked up in.

It does not know sounds or a model's limits; `services.voice.clauses` cuts sentences to size.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from services.voice.text.tokens import Mark, Token, WrittenWord

LONGEST_SENTENCE = 80
"""Words after which a text without full stops is cut all the same."""

MOST_MARKS = 4
"""Marks in a row that are heard; a line of a hundred brackets is not a hundred pauses."""

_CLOSING = frozenset("”)")


def sentences(tokens: Iterable[Token]) -> Iterator[list[Token]]:
    """Yields runs of tokens that hold at least one word; lazily, one sentence ahead.

    A sentence keeps its closing marks and quotes; marks before the first word of the text, and
    paragraph breaks, begin or end one but never stand alone.
    """
    sentence: list[Token] = []
    words = 0
    closed = False
    marks = 0
    for token in tokens:
        word = isinstance(token, WrittenWord)
        marks = 0 if word else marks + 1
        if marks > MOST_MARKS:
            continue
        opens = isinstance(token, Mark) and token.symbol in "“("
        if words and ((closed and (word or opens)) or words >= LONGEST_SENTENCE):
            yield sentence
            sentence, words, closed = [], 0, False
        sentence.append(token)
        words += word
        if isinstance(token, Mark):
            if token.ends_sentence:
                closed = closed or words > 0
            elif token.symbol not in _CLOSING:
                closed = False
    if words:
        yield sentence
