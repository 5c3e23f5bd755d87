"""Nouns that nothing is known of, so that an answer can say what was not understood."""
# ruff: noqa: E501, SIM905 - word lists read better as prose

import re

from models.illustrator import parser_words as words
from models.illustrator.parser_text import STOPS

_NOUN_SUFFIX = re.compile(
    r"(ly|ing|ed|ous|ful|less|ive|able|ish|est|ment|er|y|ant|ait|aient|eux|euse)$"
)
_GENERIC = frozenset(
    """day days time times night morning evening way end side top bottom front back middle edge rest world life story
    name voice word words song songs home one other others first last next same lot bit kind sort part thing things
    something nothing everything idea dream secret friend friends place places water air light dark darkness sound noise
    smell wish hand hands eye eyes head face foot feet arm arms heart mind hour minute year years week summer winter
    spring autumn rain snow wind storm fog sky sea forest wood woods jour nuit fois monde histoire temps vie voix nom main
    tete yeux coeur chose matin soir hiver ete printemps automne hour moment while tail ears nose wings fur mouth
    corner floor wall walls roof ground earth dance game journey trip adventure party picnic birthday lunch dinner""".split()
)  # fmt: skip
_CLOSERS = frozenset(
    "and or in on at by with under over near of was is were had who that to from et ou dans sur avec sous qui de du".split()
)


def unknown_noun(tokens: list[str], index: int) -> list[str]:
    """The word at `index` if it looks like a noun nothing is known of: "a gleaming zeppelin"."""
    token = tokens[index]
    if len(token) < 4 or not token.isalpha() or token in _GENERIC or _known(token):
        return []
    before = tokens[index - 1] if index else ""
    following = tokens[index + 1] if index + 1 < len(tokens) else "."
    closed = (
        following in STOPS or following == "," or following in _CLOSERS or following.endswith("ed")
    )
    if not closed or _NOUN_SUFFIX.search(token):
        return []
    led = (
        before in words.DETERMINERS
        or before in words.NUMBERS
        or before in words.SIZES
        or before in words.COLOUR_WORDS
    )
    if not led and index > 1 and tokens[index - 2] in words.DETERMINERS:
        led = bool(_NOUN_SUFFIX.search(before)) or before in {"old", "new"}
    return [token] if led else []


def _known(token: str) -> bool:
    tables = (
        words.PLACES,
        words.TIMES,
        words.WEATHERS,
        words.SEASONS,
        words.MOODS,
        words.VERB_HINTS,
        words.POSES,
        words.SIZES,
        words.COLOUR_WORDS,
        words.NUMBERS,
        words.RELATIONS,
    )
    return any(token in table for table in tables)
