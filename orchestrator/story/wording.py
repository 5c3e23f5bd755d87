"""What is written against what is heard, word by word.

Both sides are brought to one spelling first, because a listener writes `23` where the script says
"twenty-three" and drops accents of no consequence: case, marks and numbers do not count as
differences. Words are then compared by edit distance (Levenshtein, by rapidfuzz). This module does
not know where the words came from.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz.distance import Levenshtein
from text_to_num import alpha2digit

from orchestrator.story.language import base

_WORD = re.compile(r"\w+(?:['’.,:-]\w+)*(?:[°%€$£])?", re.UNICODE)
_PARTS = re.compile(r"[-–’']")
_NUMBERS_IN = frozenset({"en", "fr", "es", "it", "pt", "de", "nl"})
_SAME = {
    "mr": "mister", "mrs": "missus", "dr": "doctor", "ok": "okay", "colour": "color",
    "grey": "gray", "oh": "o", "ô": "o", "m": "monsieur", "mme": "madame",
}  # fmt: skip
_BRITISH = (
    (re.compile(r"([a-z]{3,})our(s|ed|ing|ful|less)?$"), r"\1or\2"),
    (re.compile(r"([a-z]{3,})is(e|es|ed|ing)$"), r"\1iz\2"),
    (re.compile(r"([a-z]{2,})(ll)(ed|ing|er|ers)$"), r"\1l\3"),
    (re.compile(r"(met|cent|kilomet|theat)re(s?)$"), r"\1er\2"),
)
_NUMBER = re.compile(r"\d[\d.,]*")


@dataclass(frozen=True, slots=True)
class Token:
    """A part of a word in the one spelling.

    Attributes:
        key: What is compared.
        word: Index of the word that it is part of.
    """

    key: str
    word: int


@dataclass(frozen=True, slots=True)
class Stretch:
    """Words that are the same on both sides, or differ.

    Attributes:
        same: Whether they are the same.
        written: Indices of the words of the text, first and after the last.
        heard: Indices of the words heard, first and after the last.
    """

    same: bool
    written: tuple[int, int]
    heard: tuple[int, int]


def words_of(text: str) -> list[tuple[int, int]]:
    """Where the words of a text are."""
    return [match.span() for match in _WORD.finditer(text)]


def tokens(words: Sequence[str], language: str) -> list[Token]:
    """Words in the one spelling, in which they can be compared."""
    parts: list[Token] = []
    for index, word in enumerate(words):
        plain = unicodedata.normalize("NFKC", word).lower().replace("’", "'")
        for part in _PARTS.split(plain):
            key = re.sub(r"[^\w]", "", part) if not _NUMBER.fullmatch(part) else part
            if key:
                parts.append(Token(_spelling(key, language), index))
    return list(_numbered(parts, base(language)))


def _spelling(word: str, language: str) -> str:
    if base(language) != "en":
        return _SAME.get(word, word)
    for pattern, replacement in _BRITISH:
        word = pattern.sub(replacement, word)
    return _SAME.get(word, word)


def _numbered(parts: Sequence[Token], language: str) -> Iterator[Token]:
    """Runs of number words become one token of digits, which belongs to the first of them."""
    if language not in _NUMBERS_IN or not parts:
        yield from parts
        return
    at = 0
    while at < len(parts):
        taken, value = _number_at(parts, at, language)
        if taken:
            yield Token(value, parts[at].word)
            at += taken
        else:
            key = parts[at].key
            yield Token(re.sub(r"[.,]", "", key) if _NUMBER.fullmatch(key) else key, parts[at].word)
            at += 1


def _number_at(parts: Sequence[Token], at: int, language: str) -> tuple[int, str]:
    """How many tokens from here are one number, and its digits; 0 for none."""
    if not _may_begin(parts[at].key, language):
        return 0, ""
    best = (0, "")
    for length in range(1, min(9, len(parts) - at) + 1):
        text = " ".join(part.key for part in parts[at : at + length])
        digits = alpha2digit(text, language, threshold=0)
        if re.fullmatch(r"\d+(?:st|nd|rd|th|er|ère|ème|e)?", digits):
            best = (length, digits)
    return best


def _may_begin(word: str, language: str) -> bool:
    return word.isalpha() and alpha2digit(word, language, threshold=0) != word


def compare(written: Sequence[str], heard: Sequence[str], language: str) -> list[Stretch]:
    """Aligns the words of a text with the words that were heard.

    Returns:
        Stretches in order that cover both sides.
    """
    left, right = tokens(written, language), tokens(heard, language)
    joined = _joins(left, right)
    stretches: list[Stretch] = []
    wrote = listened = 0
    for operation in Levenshtein.opcodes([t.key for t in left], [t.key for t in joined]):
        same = operation.tag == "equal"
        ends = [(operation.src_end, operation.dest_end)]
        if same:  # word by word
            length = operation.src_end - operation.src_start
            ends = [
                (operation.src_start + n, operation.dest_start + n) for n in range(1, length + 1)
            ]
        for source, target in ends:
            wrote_end = _word_end(left, source, len(written), wrote)
            heard_end = _word_end(joined, target, len(heard), listened)
            if wrote_end > wrote or heard_end > listened:
                first, begin = wrote, listened
                if not same and stretches and not stretches[-1].same:  # one departure, not two
                    before = stretches.pop()
                    first, begin = before.written[0], before.heard[0]
                stretches.append(Stretch(same, (first, wrote_end), (begin, heard_end)))
            wrote, listened = wrote_end, heard_end
    return stretches


def _joins(left: Sequence[Token], right: Sequence[Token]) -> list[Token]:
    """Heard tokens, two written as one where the text writes them so: `light house`."""
    known = {token.key for token in left}
    joined: list[Token] = []
    for token in right:
        if joined and joined[-1].key not in known:
            whole = joined[-1].key + token.key
            if whole in known:
                joined[-1] = Token(whole, joined[-1].word)
                continue
        joined.append(token)
    return joined


def _word_end(parts: Sequence[Token], end: int, count: int, least: int) -> int:
    """The word after the last one that ends within the first `end` tokens."""
    if end >= len(parts):
        return count
    return max(least, parts[end].word)
