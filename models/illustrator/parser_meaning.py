"""What a noun means where it stands: itself, a verb, a comparison, somebody's mother, an hour.

Rules on the words around it. What follows from a noun that is meant is the business of
`parser_nouns`.
"""
# ruff: noqa: E501, SIM905, S105 - word lists read better as prose; tokens are words, not secrets

from collections.abc import Mapping

from models.illustrator import parser_words as words
from models.illustrator.parser_text import STOPS

# Grammar comes before vocabulary: "sous" is under, not coins.
_NEVER = (
    words.DETERMINERS | frozenset(words.RELATIONS) | frozenset(words.NUMBERS)
    # Folded, these look like "maïs", "mémé" and the plural of "doe".
    | {"mais", "meme", "does"}
    # Towards, not worms.
    | {"vers"}
) - {"school", "pair"}  # fmt: skip
_OF_THE_BODY = frozenset({"back", "head", "hand", "name", "voice", "birthday", "eyes"})
_DREAMS = frozenset("dreamed dreamt dreaming dreams imagined remembered revait imaginait".split())
_SUN_TIMES = {"the rising", "the setting", "lever du", "coucher du", "coucher de", "lever de"}
# The sun of an hour is in the sky's colours; it is not drawn besides.
_TOLD = frozenset({"story", "stories", "tale", "tales"})
_LEADS = frozenset("old young new wooden magic of and with vieux vieille avec et".split())
KIN = frozenset(
    "mother father mama papa mum dad baby boy girl king queen grandmother grandfather brother sister uncle aunt little maman mere pere bebe".split()
)
_LOOKS = frozenset("illustration illustrations art style picture scene drawing look".split())


def longest(tokens: list[str], index: int, known: Mapping[str, str]) -> tuple[str, int] | None:
    """The key of the longest phrase at `index` that is known, and the token after it."""
    if tokens[index] in _NEVER:
        return None
    for length in range(min(4, len(tokens) - index), 0, -1):
        phrase = " ".join(tokens[index : index + length])
        key = known.get(phrase) or known.get(phrase.removesuffix("'s"))
        key = key or words.STANDS_FOR.get(phrase)
        if key is not None:
            return key, index + length
    return None


def believable(tokens: list[str], start: int, end: int, phrase: str) -> bool:
    """Whether the noun is meant as a noun: homonyms of verbs and colours need a determiner."""
    following = tokens[end] if end < len(tokens) else ""
    if phrase.endswith("'s") and following in _OF_THE_BODY:
        return True
    return not _spoken_for(tokens, start, phrase, following) and (
        phrase not in words.DOUBTFUL or _introduced(tokens, start)
    )


def _spoken_for(tokens: list[str], start: int, phrase: str, following: str) -> bool:
    """Whether the noun is part of a phrase that means something else."""
    paints = bool(following) and following not in STOPS | {",", "and", "et"}
    match phrase.rsplit(maxsplit=1)[-1]:
        case "sun" | "soleil":
            before = " ".join(tokens[max(0, start - 2) : start])
            return before in _SUN_TIMES or _is_an_hour(tokens, start)
        case "heart":
            return following == "of"
        case "storybook" | "book":  # "storybook illustration": how it is to be drawn, not what
            return following in _LOOKS
        case "portrait":
            return following != "of"
        case "leaves" | "feuilles":
            return following in {"were", "turned", "fell", "mortes"}
    return phrase in words.COLOUR_WORDS and paints


def _introduced(tokens: list[str], start: int) -> bool:
    """Whether what stands before calls for a noun."""
    before = tokens[start - 1] if start else ""
    return (
        before in words.DETERMINERS
        or before in words.NUMBERS
        or before in words.COLOUR_WORDS
        or before in words.SIZES
        or before.isdigit()
        or before in _LEADS
        or before in KIN
        or (start > 1 and tokens[start - 2] in words.DETERMINERS)
    )


def _is_an_hour(tokens: list[str], start: int) -> bool:
    """ "As the sun went down": the light of an hour, drawn as such."""
    phrases = (" ".join(tokens[start : start + length]) for length in (2, 3, 4))
    return any(phrase in words.TIMES for phrase in phrases)


def is_kin(tokens: list[str], start: int, end: int, known: Mapping[str, str]) -> bool:
    """ "Mother duck", "papa bear": the word before says whose family, not who."""
    describes = KIN | {"vieux", "vieille", "vieilles"}  # "le vieux marin" is one man
    kin = end - start == 1 and tokens[start] in describes and end < len(tokens)
    return kin and longest(tokens, end, known) is not None


def is_owner(tokens: list[str], start: int, end: int, known: Mapping[str, str]) -> bool:
    """ "The miller's donkey": whose it is, not who is there. "Grandma's house" is no other."""
    if not tokens[end - 1].endswith("'s"):
        return False
    at = end
    while at < len(tokens) and (tokens[at] in words.SIZES or tokens[at] in words.COLOUR_WORDS):
        at += 1
    if at >= len(tokens):
        return False
    return tokens[at] in words.PLACES or longest(tokens, at, known) is not None


def is_later(tokens: list[str], start: int, end: int) -> bool:
    """ "Before the rooster crowed": an hour, told by somebody who is not there yet."""
    led = tokens[start - 1 : start]
    at = start - 2 if led and led[0] in words.DETERMINERS else start - 1
    if at < 0 or tokens[at] != "before" or (at and tokens[at - 1] not in {*STOPS, "long", "just"}):
        return False
    following = tokens[end] if end < len(tokens) else "."
    return following not in STOPS and following != "," and following not in words.RELATIONS


def dreamt(tokens: list[str], start: int) -> bool:
    """ "Tom dreamed of a whale": not there, but what a picture shows when nothing else is."""
    return bool(_DREAMS & set(tokens[max(0, start - 5) : start]))


def figurative(tokens: list[str], start: int) -> bool:
    """ "Like a lion", "as brave as a lion", "dreamed of a whale": named, not there."""
    for token in reversed(tokens[max(0, start - 4) : start]):
        if token in STOPS or token == ",":
            return False
        if token in _TOLD and "of" not in tokens[start - 4 : start]:
            continue  # "in this story a fox", but not "a story of a fox"
        if token in words.FIGURES_OF_SPEECH:
            return True
        led = tokens[max(0, start - 5) : start]
        if token in {"soon", "long", "far"}:  # "as soon as the bell rang"
            return False
        if (token == "as" and led.count("as") > 1 and not {"soon", "long", "far"} & set(led)) or (
            token in {"que", "qu"} and "aussi" in led
        ):
            return True
    return False
