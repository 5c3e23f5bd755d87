"""Text as the parser sees it: folded words, stops, phrases of a table, denials, the language."""
# ruff: noqa: E501, SIM905 - word lists read better as prose

import re

from models.illustrator import parser_words as words
from models.illustrator.library import fold

STOPS = frozenset(".;!?:")
_TOKEN = re.compile(r"[a-z0-9]+(?:'s\b)?|[.,;:!?]")
_ELISION = re.compile(r"\b(l|d|j|qu|s|n|c|m|t|jusqu|lorsqu)'(?=[a-z])")
_FRENCH = frozenset(
    "le la les l un une des du de et dans sur sous avec est sont etait etaient il elle ils elles qui que qu au aux".split()
    + "son sa ses leur leurs d ne pas pres par pour vers chez tres deux trois petit petite grand grande".split()
)  # fmt: skip
_ENGLISH = frozenset(
    "the a an and in on at of with was were is are he she they it that to his her their by under over near from".split()
    + "into through two three little big who had".split()
)  # fmt: skip


def tokenize(text: str) -> list[str]:
    """Folded words and stops; French elisions are words of their own ("l'ours" is "l", "ours")."""
    return _TOKEN.findall(_ELISION.sub(r"\1 ", fold(text)))


def matches(
    tokens: list[str], table: dict[str, str], longest: int = 6
) -> list[tuple[int, int, str]]:
    """Where phrases of a table stand: start, end, value; longest first, without overlap."""
    found: list[tuple[int, int, str]] = []
    index = 0
    while index < len(tokens):
        for length in range(min(longest, len(tokens) - index), 0, -1):
            value = table.get(" ".join(tokens[index : index + length]))
            if value is not None:
                found.append((index, index + length, value))
                index += length - 1
                break
        index += 1
    return found


def denied(tokens: list[str], start: int) -> bool:
    """Whether a negation within the four words before `start`, in its clause, denies it."""
    for token in reversed(tokens[max(0, start - 4) : start]):
        if token in STOPS or token in {",", "but", "mais", "such"}:
            return False
        if token in words.NEGATIONS:
            return "far" not in tokens[max(0, start - 4) : start]  # "not far from a barn"
    # "ne crache plus de feu", but not "plus de feu encore"
    more = tokens[start - 2 : start] in (["plus", "de"], ["plus", "d"])
    return more and bool({"ne", "n"} & set(tokens[max(0, start - 5) : start]))


def language_of(tokens: list[str]) -> str:
    """ "fr" if French function words outnumber English ones, else "en"."""
    french = sum(token in _FRENCH for token in tokens)
    english = sum(token in _ENGLISH for token in tokens)
    return "fr" if french > english else "en"
