"""How the things a text names stand to each other, and how they hold themselves."""

from models.illustrator import parser_words as words
from models.illustrator.library import Library
from models.illustrator.parser_nouns import Mention
from models.illustrator.parser_text import STOPS, matches
from models.illustrator.scene import Subject

_THE_DOOR = (["la"], ["une"], ["sa"], ["cette"], ["les"])
_GAP = 8  # words between two nouns that a relation may bridge


def subjects_from(kept: list[Mention], tokens: list[str]) -> tuple[Subject, ...]:
    """Subjects with their relations and poses, in the order of the mentions."""
    relation: dict[int, tuple[str, int]] = {}
    for index in range(1, len(kept)):
        link = _link(kept[index - 1], kept[index], tokens)
        if not link:
            continue
        if link == "holding" and _on_the_back(kept[index], tokens):
            relation[index] = ("on", index - 1)
            continue
        if link == "holding" and _handy(kept[index - 1].key, kept[index].key):
            relation[index] = ("holding", index - 1)
            continue
        if link == "holding":
            link = "beside"
        at = index - 1
        if at in relation and relation[at][0] == "holding":  # "held a sword before the throne"
            at = relation[at][1]
        relation.setdefault(at, (link, index))
        before = index - 2
        while before >= 0 and _joined(kept[before], kept[before + 1], tokens):
            relation.setdefault(before, (link, index))
            before -= 1
    if (
        kept
        and len(kept) > 1
        and 0 not in relation
        and kept[0].start <= 3
        and tokens[0] in words.RELATIONS
    ):
        link = words.RELATIONS[tokens[0]]
        if 1 not in relation and tokens[0] not in {"with", "avec"}:
            relation[1] = (link, 0)
    poses: dict[int, str] = {}
    for start, _, pose in matches(tokens, words.POSES):
        earlier = [
            i
            for i, one in enumerate(kept)
            if one.end <= start and not STOPS & set(tokens[one.end : start])
        ]
        if earlier and _posed(pose, start, tokens):
            actor = earlier[-1]
            poses.setdefault(actor, pose)
            while actor and _joined(kept[actor - 1], kept[actor], tokens):
                actor -= 1
                poses.setdefault(actor, pose)
    return tuple(
        Subject(
            noun=one.noun,
            count=one.count,
            colour=one.colour,
            size=one.size,
            relation=relation[i][0] if i in relation else "",
            relation_target=relation[i][1] if i in relation else None,
            pose=poses.get(i, ""),
        )
        for i, one in enumerate(kept)
    )


def _on_the_back(carried: Mention, tokens: list[str]) -> bool:
    """Whether the clause goes on to say "on his back"."""
    rest = tokens[carried.end : carried.end + _GAP]
    rest = rest[: next((i for i, token in enumerate(rest) if token in STOPS), len(rest))]
    return any(
        rest[i] in {"on", "sur"} and rest[i + 2] in {"back", "dos", "shoulders", "epaules"}
        for i in range(len(rest) - 2)
    )


def _handy(holder: str, held: str) -> bool:
    """Whether one thing of the library can hold another: no fox carries a lighthouse."""
    one, other = Library.load().items[holder], Library.load().items[held]
    fixed = {"building", "furniture", "boat", "vehicle", "sky"}
    return one.kind in {"person", "animal"} and (
        other.kind not in fixed and other.size <= 1.1 * one.size
    )


def _posed(pose: str, start: int, tokens: list[str]) -> bool:
    """Whether the verb at `start` is its subject's pose: not in "snow fell", "flew a kite"."""
    before = tokens[start - 1] if start else ""
    after = tokens[start + 1] if start + 1 < len(tokens) else ""
    if before in words.WEATHERS or before in {"snow", "night", "leaves", "neige", "nuit"}:
        return False
    if after == "asleep":
        return False
    return not (pose == "flying" and after in words.DETERMINERS)


def _between(one: Mention, other: Mention, tokens: list[str]) -> list[str]:
    return tokens[one.end : other.start]


def _joined(one: Mention, other: Mention, tokens: list[str]) -> bool:
    """ "A and B", "A, B": the same part in the sentence."""
    between = [
        t
        for t in _between(one, other, tokens)
        if t not in words.DETERMINERS and t not in words.SIZES and t not in words.COLOUR_WORDS
    ]
    return 0 < len(between) <= 2 and set(between) <= {"and", ",", "et", "with", "avec"}


def _link(one: Mention, other: Mention, tokens: list[str]) -> str:
    """The relation that the words between two nouns say, or ""."""
    between = _between(one, other, tokens)
    if len(between) > _GAP or STOPS & set(between):
        return ""
    if " ".join(tokens[other.start : other.end]) in words.STANDS_FOR and "from" in between:
        return "on"  # "from a branch the owl"
    # "behind a brave camel": what follows the determiner describes.
    led = [i for i, token in enumerate(between) if token in words.DETERMINERS][-1:]
    if led and len(between) - led[0] <= 3:
        between = between[: led[0]]
    skip = (
        words.DETERMINERS
        | frozenset(words.SIZES)
        | frozenset(words.COLOUR_WORDS)
        | {"old", "two", "three", "tall", "top"}
        | set(words.PLACES)
    )
    while between and (
        (between[-1] in skip and " ".join(between[-3:]) not in words.RELATIONS)
        or (between[-1].endswith("est") and between[-1] not in words.RELATIONS)  # "the tallest"
    ):
        between = between[:-1]
    for length in (4, 3, 2, 1):
        phrase = " ".join(between[-length:])
        if len(between) >= length and phrase in words.RELATIONS:
            return words.RELATIONS[phrase]
    for at, token in enumerate(between):  # "porte" is a verb, "la porte" is a door
        if words.RELATIONS.get(token) == "holding" and between[at - 1 : at] not in _THE_DOOR:
            return "holding"
    return ""
