"""Names without a noun: titles, first names and pronouns close by tell who bears them.

"Mara finished her shift" brings a woman, "Old Tom" an old man, though neither is called so. This
module learns from the whole story before it is read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from models.illustrator.library import fold
from orchestrator.story.kinds import GROWN, OLD, WORD

if TYPE_CHECKING:
    from orchestrator.story.cast import Cast, Figure

_CHILDREN = {"m": "boy", "f": "girl"}
_ADULTS = {"m": "man", "f": "woman"}
_AGED = {"m": "old-man", "f": "old-woman"}


@dataclass
class _Signs:
    """What is found around a name."""

    count: int = 0
    genders: Counter[str] = field(default_factory=Counter)
    titles: set[str] = field(default_factory=set)
    near: set[str] = field(default_factory=set)


def learn(cast: Cast, sentences: Sequence[str]) -> None:
    """Adds everybody who has a name and no noun, as far as it tells who they are."""
    said = [[match[0] for match in WORD.finditer(sentence)] for sentence in sentences]
    signs, rows = _signs(cast, said)
    for name, found in sorted(signs.items(), key=lambda one: -one[1].count):
        if name in cast.named:
            _entitle(cast, cast.named[name], found.titles)
            continue
        gender, certain = _gender(cast, name, found)
        if not gender:
            continue
        grown = certain or found.near & GROWN
        key = (_ADULTS if grown else _CHILDREN)[gender]
        figure = cast.figure(cast.library.items[key], gender)
        figure.guessed = True
        _entitle(cast, figure, found.titles)
        cast.name(name, figure)
    for first, second in rows:
        _same(cast, first, second)


def _signs(
    cast: Cast, said: Sequence[Sequence[str]]
) -> tuple[dict[str, _Signs], list[tuple[str, str]]]:
    """What stands around each name, and the names that stand in a row."""
    names = _names(cast, said)
    signs: dict[str, _Signs] = {}
    rows: list[tuple[str, str]] = []
    last = ""
    for words in said:
        for before, word in _pairs(words):
            low = word.lower()
            gender = cast.tongue.pronouns.get(low, "") or cast.tongue.possessives.get(low, "")
            if word in names:
                if before in names:
                    rows.append((before, word))
                found = signs.setdefault(word, _Signs())
                found.count += 1
                found.titles.add(fold(before))
                found.near.update(map(fold, words))
                last = word
            elif last and gender in ("m", "f"):
                signs[last].genders[gender] += 1
                last = ""
    return signs, rows


def _names(cast: Cast, said: Sequence[Sequence[str]]) -> set[str]:
    """Words with a capital that is no accident of the sentence's beginning."""
    lower = {word for words in said for word in words if word[0].islower()}
    first = Counter(words[0] for words in said if words)
    inner = {word for words in said for word in words[1:]}
    leading = {word for word in first if first[word] > 1 or word.lower() in cast.words.names}
    return {w for w in inner | leading if cast.is_name(w) and w.lower() not in lower}


def _gender(cast: Cast, name: str, found: _Signs) -> tuple[str, bool]:
    """The gender of a name, empty when it may be no person's, and whether a title tells it."""
    told = sorted({g for title in found.titles if (g := cast.words.genders.get(title, ""))})
    gender = told[0] if told else cast.words.names.get(name.lower(), "")
    if found.count == 1 and not told and not found.genders:
        return "", False
    if not gender and found.count > 1 and found.genders:
        gender = found.genders.most_common(1)[0][0]
    return (gender if gender in _ADULTS else ""), bool(told)


def _same(cast: Cast, first: str, last: str) -> None:
    """Two names in a row are one person's."""
    one, other = cast.named.get(first), cast.named.get(last)
    if one is not None and other is not None:
        cast.merge(other, one)
    elif one is not None:
        cast.name(last, one)
    elif other is not None:
        cast.name(first, other)


def _entitle(cast: Cast, figure: Figure, titles: set[str]) -> None:
    """What a title before a name tells: age, or a trade that can be drawn."""
    if not figure.guessed:
        return
    for title in sorted(titles):
        item = cast.person_called(title)
        if title in OLD and figure.gender:
            figure.item = _AGED[figure.gender]
        elif item is not None:
            figure.item, figure.guessed = item.key, False
        else:
            continue
        item = cast.library.items[figure.item]
        figure.noun = (item.french if cast.french else item.english)[0]


def _pairs(words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Each word with the one before it."""
    before = ""
    for word in words:
        yield before, word
        before = word
