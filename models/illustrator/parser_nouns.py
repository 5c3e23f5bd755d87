"""The things a text names: how many, of what colour and size; whether they are meant is asked of
`parser_meaning`.
"""
# ruff: noqa: E501, SIM905 - word lists read better as prose; tokens are words, not secrets

from dataclasses import dataclass

from models.illustrator import parser_words as words
from models.illustrator.library import Library
from models.illustrator.parser_meaning import (
    KIN,
    believable,
    dreamt,
    figurative,
    is_kin,
    is_later,
    is_owner,
    longest,
)
from models.illustrator.parser_text import STOPS, denied
from models.illustrator.parser_unknown import unknown_noun

# An animal's own colour is no reason to paint it.
_OWN_COLOURS = {
    "fox": {"red", "orange"}, "bear": {"brown"}, "polar-bear": {"white"}, "mouse": {"grey"},
    "rabbit": {"white"}, "crow": {"black"}, "frog": {"green"}, "elephant": {"grey"}, "wolf": {"grey"},
    "swan": {"white"}, "dove": {"white"}, "owl": {"brown"}, "rose": {"red"}, "apple": {"red"},
    "sun": {"yellow", "golden", "orange"}, "moon": {"yellow", "white", "silver"}, "star": {"golden", "yellow"},
    "tree": {"green"}, "pine": {"green"}, "crown": {"golden"}, "key": {"golden"}, "ring": {"golden"},
    "dragon": {"green"}, "pig": {"pink"}, "goose": {"grey"}, "bird": {"red"}, "whale": {"blue"},
    "balloon": {"red"}, "coin": {"golden"}, "snowman": {"white"}, "ghost": {"white"}, "cow": {"white"},
}  # fmt: skip
_PLACES_RISE = (
    ["sun"],
    ["moon"],
    ["river"],
    ["sea"],
    ["water"],
    ["lake"],
    ["tide"],
    ["hill"],
    ["road"],
    ["smoke"],
)
_ADULTS = {"duckling": "duck", "chick": "hen", "hatching-chick": "hen"}
_COPULAS = frozenset("was is were are looked turned etait est sont etaient".split())
_ADVERBS = frozenset("very so bright dark light pale deep quite all tres si tout".split())
_SINGULAR_S = frozenset(
    "bus glass cactus octopus princess dress compass walrus grass cross albatross ours souris as bras".split()
)


@dataclass(slots=True)
class Mention:
    """A noun of the library in the text, tokens `start` to `end`."""

    key: str
    noun: str
    start: int
    end: int
    count: int = 1
    colour: str = ""
    size: str = ""
    definite: bool = False


def mentions(
    tokens: list[str], library: Library, language: str
) -> tuple[list[Mention], list[str], tuple[str, ...]]:
    """The things named, in order, each once; the nouns not known; the keys denied."""
    found: list[Mention] = []
    dreams: list[Mention] = []
    unknown: list[str] = []
    excluded: list[str] = []
    known = library.french if language == "fr" else library.english
    singulars = library.singulars
    index = floor = 0
    while index < len(tokens):
        hit = longest(tokens, index, known)
        if hit is None:
            unknown += unknown_noun(tokens, index)
            index += 1
            continue
        key, end = hit
        phrase = " ".join(tokens[index:end])
        acts = phrase in words.VERBS_TOO and (
            _just_named(found, index, library) or tokens[index - 1 : index] in _PLACES_RISE
        )
        if (
            acts
            or not believable(tokens, index, end, phrase)
            or is_kin(tokens, index, end, known)
            or is_owner(tokens, index, end, known)
        ):
            index += 1
            continue
        if _is_parent(tokens, index, phrase, found, library):
            adult = _ADULTS.get(found[-1].key)
            if adult:
                _keep(found, Mention(adult, library.items[adult].english[0], index, end), tokens)
        elif denied(tokens, index):
            excluded.append(key)
        elif not is_later(tokens, index, end):
            one = Mention(key, library.items[key].english[0], index, end)
            _described(tokens, one, floor)
            single = phrase.removesuffix("'s") in singulars or phrase in words.STANDS_FOR
            plural = not single and phrase.split()[-1] not in _SINGULAR_S
            if plural and one.count == 1:
                one.count = 2 if _counted(tokens, index, floor) == 0 else one.count
                if library.items[key].kind == "food" or key in {
                    "flower",
                    "leaf",
                    "star",
                    "bird",
                    "sheep",
                }:
                    one.count = max(one.count, 3)
            if not figurative(tokens, index):
                _keep(found, one, tokens)
            elif dreamt(tokens, index):
                _keep(dreams, one, tokens)
        index = floor = end
    return found or dreams, unknown, tuple(dict.fromkeys(excluded))


def _just_named(found: list[Mention], index: int, library: Library) -> bool:
    """Whether the word before `index` names somebody, or the sun, who can act."""
    if not found or found[-1].end != index:
        return False
    return library.items[found[-1].key].kind in {"person", "animal", "sky"}


def _is_parent(
    tokens: list[str], start: int, phrase: str, found: list[Mention], library: Library
) -> bool:
    """ "The ducklings followed their mother": she is a duck, and no woman."""
    theirs = start > 0 and tokens[start - 1] in {"its", "their", "leur", "sa", "son"}
    beast = bool(found) and library.items[found[-1].key].kind == "animal"
    return theirs and beast and phrase in {"mother", "father", "mere", "pere", "maman", "papa"}


def _counted(tokens: list[str], start: int, floor: int) -> int:
    """The number said before a noun, no earlier than the token `floor`, or 0."""
    for offset, token in enumerate(reversed(tokens[max(floor, start - 5) : start])):
        if token in STOPS or token in {",", "and", "et"} or (offset and token in words.RELATIONS):
            return 0
        if token.isdigit():
            return max(1, min(12, int(token[:3])))
        if token in words.NUMBERS:
            if token in {"a", "an", "un", "une"}:
                return 0
            if (
                token in words.COLLECTIVES
                and "of" not in tokens[start - offset - 1 : start]
                and not ({"de", "d"} & set(tokens[start - offset - 1 : start]))
            ):
                continue
            return words.NUMBERS[token]
    return 0


def _described(tokens: list[str], one: Mention, floor: int) -> None:
    """Fills in the number, colour and size said about a mention."""
    key, start, end = one.key, one.start, one.end
    one.count = _counted(tokens, start, floor) or 1
    for token in reversed(tokens[max(floor, start - 4) : start]):
        if token in words.DETERMINERS or token in STOPS or token in {",", "and", "et", "of"}:
            one.definite = token in {"the", "le", "la", "les", "l", "his", "her"}
            break
        one.colour = one.colour or words.COLOUR_WORDS.get(token, "")
        one.size = one.size or words.SIZES.get(token, "")
    after = tokens[end : end + 4]
    if after and after[0] in words.COLOUR_WORDS:  # French: "un bateau rouge"
        one.colour = one.colour or words.COLOUR_WORDS[after[0]]
    if after and after[0] in _COPULAS:
        rest = [token for token in after[1:] if token not in _ADVERBS]
        if rest:
            one.colour = one.colour or words.COLOUR_WORDS.get(rest[0], "")
            one.size = one.size or words.SIZES.get(rest[0], "")
    if one.colour in _OWN_COLOURS.get(key, set()):
        one.colour = ""


def _keep(found: list[Mention], one: Mention, tokens: list[str]) -> None:
    """Adds a mention; a thing named again is the same thing, unless it is "another"."""
    for earlier in found:
        if earlier.key == one.key:
            before = tokens[max(0, one.start - 3) : one.start]
            kin = (
                earlier.start and tokens[earlier.start - 1] in KIN and tokens[one.start - 1] in KIN
            )
            if "another" in before or kin:
                earlier.count += 1
            earlier.count = max(earlier.count, one.count)
            earlier.colour = earlier.colour or one.colour
            earlier.size = earlier.size or one.size
            return
    found.append(one)
