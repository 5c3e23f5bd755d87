"""An utterance as the classifier reads it: what is asked, apart from what it is asked of.

"Read this aloud: draw me a sheep" asks for speech, whatever stands after the colon; "translate
'tell me a story'" asks for text. So quotations are masked, and what follows a colon or a blank line
counts as material. This module knows no intent and no language beyond its letters.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

_MAX_CHARS = 4000  # a pasted book is material; its beginning and end tell what is asked of it
_HEAD_WORDS = 24
_LONG_WORDS = 60
_EDGE_WORDS = 4
_EMBEDDED_TAIL_WORDS = 12

QUOTED = re.compile(r"\"[^\"\n]+\"|“[^”]+”|«[^»]+»|„[^“”]+[“”]|(?<!\w)['‘][^'‘’\n]+['’](?!\w)")
_MASK = " quoted "
# A colon that is followed by a space: neither 16:9 nor a time of day.
_COLON = re.compile(r"\s*[:：]\s+|\s*\n\s*\n\s*|\s*\n\s*")
_WORD = re.compile(r"[a-z]+|[0-9]+|[?!]")


@dataclass(frozen=True, slots=True)
class Utterance:
    """What is asked, and of what.

    Attributes:
        head: The words that ask; quotations masked.
        tail: The material after them, or before them; empty when there is none.
    """

    head: str
    tail: str

    @property
    def embedded(self) -> str:
        """The text whose embedding stands for the utterance."""
        return f"{self.head}: {_edges(self.tail, _EMBEDDED_TAIL_WORDS)}" if self.tail else self.head


def read(text: str) -> Utterance:
    """Divides an utterance into what is asked and its material."""
    if len(text) > _MAX_CHARS:
        half = _MAX_CHARS // 2
        text = f"{text[:half]}\n{text[-half:]}"
    masked = QUOTED.sub(_MASK, text).strip()
    if not re.sub(r"quoted|\W", "", masked):  # nothing but a quotation
        masked = text.strip().strip("\"“”«»'‘’ ")
    pieces = _COLON.split(masked)
    pieces = [piece.strip() for piece in pieces if piece.strip()]
    if len(pieces) < 2:
        return Utterance(_shortened(masked), "")
    first, last = pieces[0], pieces[-1]
    if len(first.split()) <= _HEAD_WORDS or len(last.split()) > _HEAD_WORDS:
        return Utterance(_shortened(first), " ".join(pieces[1:]))
    return Utterance(last, " ".join(pieces[:-1]))


def words(text: str) -> list[str]:
    """Lower-case words without accents; digits and the marks ? and ! count as words."""
    return _WORD.findall(fold(text))


def fold(text: str) -> str:
    """Lower case, accents and ligatures dissolved."""
    text = text.lower().replace("œ", "oe").replace("æ", "ae").replace("’", "'")
    return "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))


def fold_in_place(text: str) -> str:
    """As `fold`, but character by character, so that offsets stay."""
    return "".join(map(_folded, text))


@functools.cache
def _folded(character: str) -> str:
    return (fold(character) or " ")[:1]


def features(utterance: Utterance) -> Iterator[str]:
    """Names of what stands in an utterance, with repetitions.

    Words, pairs and triples of the head (`w:`), its words' 3- to 5-grams of letters (`c:`), and
    single words and pairs at the edges of the tail (`t:`).
    """
    head = ["^", *words(utterance.head), "$"]
    for size in (1, 2, 3):
        for start in range(len(head) - size + 1):
            gram = head[start : start + size]
            if gram not in (["^"], ["$"]):
                yield "w:" + " ".join(gram)
    for word in head[1:-1]:
        framed = f"<{word}>"
        for size in (3, 4, 5):
            for start in range(len(framed) - size + 1):
                yield f"c:{framed[start : start + size]}"
    if utterance.tail:
        tail = words(_edges(utterance.tail, _EDGE_WORDS))
        yield "t:"
        for size in (1, 2):
            for start in range(len(tail) - size + 1):
                yield "t:" + " ".join(tail[start : start + size])


def _shortened(text: str) -> str:
    return _edges(text, _HEAD_WORDS) if len(text.split()) > _LONG_WORDS else text


def _edges(text: str, count: int) -> str:
    parts = text.split()
    return text if len(parts) <= 2 * count else " ".join([*parts[:count], *parts[-count:]])
