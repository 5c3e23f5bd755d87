"""The things a text names: how many, of what colour and size."""
# ruff: noqa: E501, SIM905, S105 - word lists read better as prose; tokens are words, not secrets

from collections.abc import Mapping
from dataclasses import dataclass

from models.illustrator import parser_words as words
from models.illustrator.library import Library
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
# Grammar comes before vocabulary: "sous" is under, not coins.
_NEVER = (
    words.DETERMINERS | frozenset(words.RELATIONS) | frozenset(words.NUMBERS)
    # Folded, these look like "maïs", "mémé" and the plural of "doe".
    | {"mais", "meme", "does"}
    # Towards, not worms.
    | {"vers"}
) - {"school", "pair"}  # fmt: skip
# The sun of an hour is in the sky's colours; it is not drawn besides.
_SUN_TIMES = {"the rising", "the setting", "lever du", "coucher du", "coucher de", "lever de"}
_PLACES_RISE = (["river"], ["sea"], ["water"], ["lake"], ["tide"], ["hill"], ["road"], ["smoke"])
_ADULTS = {"duckling": "duck", "chick": "hen", "hatching-chick": "hen"}
_LEADS = frozenset("old young new wooden magic of and with vieux vieille avec et".split())
_KIN = frozenset(
    "mother father mama papa mum dad baby boy girl king queen grandmother grandfather brother sister uncle aunt little maman mere pere bebe".split()
)
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
    unknown: list[str] = []
    excluded: list[str] = []
    known = library.french if language == "fr" else library.english
    singulars = library.singulars
    index = floor = 0
    while index < len(tokens):
        hit = _longest(tokens, index, known)
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
            or not _believable(tokens, index, end, phrase)
            or _is_kin(tokens, index, end, known)
            or _is_owner(tokens, index, end, known)
        ):
            index += 1
            continue
        if _is_parent(tokens, index, phrase, found, library):
            adult = _ADULTS.get(found[-1].key)
            if adult:
                _keep(found, Mention(adult, library.items[adult].english[0], index, end), tokens)
        elif denied(tokens, index):
            excluded.append(key)
        elif not _figurative(tokens, index) and not _later(tokens, index, end):
            one = Mention(key, library.items[key].english[0], index, end)
            _described(tokens, one, floor)
            plural = (
                phrase.removesuffix("'s") not in singulars and phrase.split()[-1] not in _SINGULAR_S
            )
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
            _keep(found, one, tokens)
        index = floor = end
    return found, unknown, tuple(dict.fromkeys(excluded))


def _just_named(found: list[Mention], index: int, library: Library) -> bool:
    """Whether the word before `index` names somebody, or the sun, who can act."""
    if not found or found[-1].end != index:
        return False
    return library.items[found[-1].key].kind in {"person", "animal", "sky"}


def _longest(tokens: list[str], index: int, known: Mapping[str, str]) -> tuple[str, int] | None:
    if tokens[index] in _NEVER:
        return None
    for length in range(min(4, len(tokens) - index), 0, -1):
        phrase = " ".join(tokens[index : index + length])
        key = known.get(phrase) or known.get(phrase.removesuffix("'s"))
        if key is not None:
            return key, index + length
    return None


def _believable(tokens: list[str], start: int, end: int, phrase: str) -> bool:
    """Whether the noun is meant as a noun: homonyms of verbs and colours need a determiner."""
    following = tokens[end] if end < len(tokens) else ""
    if (
        phrase in words.COLOUR_WORDS
        and following
        and following not in STOPS
        and following not in {",", "and", "et"}
    ):
        return False
    if (
        phrase.endswith("'s")
        and following
        and following in {"back", "head", "hand", "name", "voice", "birthday", "eyes"}
    ):
        return True
    if phrase in {"sun", "soleil"} and " ".join(tokens[max(0, start - 2) : start]) in _SUN_TIMES:
        return False
    if phrase == "heart" and following == "of":
        return False
    if phrase not in words.DOUBTFUL:
        return True
    before = tokens[start - 1] if start else ""
    return (
        before in words.DETERMINERS
        or before in words.NUMBERS
        or before in words.COLOUR_WORDS
        or before in words.SIZES
        or before.isdigit()
        or before in _LEADS
        or before in _KIN
        or (start > 1 and tokens[start - 2] in words.DETERMINERS)
    )


def _is_kin(tokens: list[str], start: int, end: int, known: Mapping[str, str]) -> bool:
    """ "Mother duck", "papa bear": the word before says whose family, not who."""
    describes = _KIN | {"vieux", "vieille", "vieilles"}  # "le vieux marin" is one man
    kin = end - start == 1 and tokens[start] in describes and end < len(tokens)
    return kin and _longest(tokens, end, known) is not None


def _is_owner(tokens: list[str], start: int, end: int, known: Mapping[str, str]) -> bool:
    """ "The miller's donkey": whose it is, not who is there. "Grandma's house" is no other."""
    if not tokens[end - 1].endswith("'s"):
        return False
    at = end
    while at < len(tokens) and (tokens[at] in words.SIZES or tokens[at] in words.COLOUR_WORDS):
        at += 1
    return at < len(tokens) and _longest(tokens, at, known) is not None


def _is_parent(
    tokens: list[str], start: int, phrase: str, found: list[Mention], library: Library
) -> bool:
    """ "The ducklings followed their mother": she is a duck, and no woman."""
    theirs = start > 0 and tokens[start - 1] in {"its", "their", "leur", "sa", "son"}
    beast = bool(found) and library.items[found[-1].key].kind == "animal"
    return theirs and beast and phrase in {"mother", "father", "mere", "pere", "maman", "papa"}


def _later(tokens: list[str], start: int, end: int) -> bool:
    """ "Before the rooster crowed": an hour, told by somebody who is not there yet."""
    led = tokens[start - 1 : start]
    at = start - 2 if led and led[0] in words.DETERMINERS else start - 1
    if at < 0 or tokens[at] != "before" or (at and tokens[at - 1] not in {*STOPS, "long", "just"}):
        return False
    following = tokens[end] if end < len(tokens) else "."
    return following not in STOPS and following != "," and following not in words.RELATIONS


def _figurative(tokens: list[str], start: int) -> bool:
    """ "Like a lion", "as brave as a lion", "dreamed of a whale": named, not there."""
    for token in reversed(tokens[max(0, start - 4) : start]):
        if token in STOPS or token == ",":
            return False
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
                earlier.start
                and tokens[earlier.start - 1] in _KIN
                and tokens[one.start - 1] in _KIN
            )
            if "another" in before or kin:
                earlier.count += 1
            earlier.count = max(earlier.count, one.count)
            earlier.colour = earlier.colour or one.colour
            earlier.size = earlier.size or one.size
            return
    found.append(one)
