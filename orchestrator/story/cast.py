"""Who is in a story: everybody with a name or a noun, learned before it is read.

A name is introduced beside its noun ("a fox named Tom"), has a title ("old Tom", "Captain Tom"), or
goes with pronouns. This module knows who there is; `orchestrator.story.coreference` finds out who
is meant where.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from models.illustrator.library import Item, Library, fold
from models.illustrator.parser_words import COLOUR_WORDS, DOUBTFUL, SIZES
from orchestrator.story import names
from orchestrator.story.kinds import NO_NOUNS, WORD, stand_ins
from orchestrator.story.language import base
from orchestrator.story.speech_words import speech_words
from orchestrator.story.tongues import tongue_of

_BEINGS = frozenset({"person", "animal"})
_LONGEST_NOUN = 3
_NEAR_DETERMINER = 3
# Beings whose noun tells their gender; others show it by their pronouns.
_GENDERS = {
    key: gender
    for gender, keys in {
        "m": "boy man old-man king prince knight squire wizard santa groom rooster ram ox merman "
        "genie giant woodcutter lion cowboy",
        "f": "girl woman old-woman queen princess witch fairy bride hen cow mermaid lioness "
        "ballerina",
    }.items()
    for key in keys.split()
}
_GROWN_UP = {"m": "man", "f": "woman"}


@dataclass(eq=False, slots=True)
class Figure:
    """Someone of the story, as the planner sees them.

    Attributes:
        item: Key of what the art library shows them as.
        noun: The noun that the story uses, in its language.
        name: Their name; empty when they have none.
        gender: `m`, `f`, `n`, or empty while it is not known.
        person: Whether they are a person, not an animal or a talking thing.
        guessed: Whether `item` only follows from a name and its pronouns.
        words: Adjectives that the story used of them first.
        aliases: What else they are called.
        id: Unique in the story, when everybody is known: a slug of the name or the noun.
    """

    item: str
    noun: str
    name: str = ""
    gender: str = ""
    person: bool = True
    guessed: bool = False
    words: list[str] = field(default_factory=list)
    aliases: list[str] = field(default_factory=list)
    id: str = ""

    def called(self, alias: str) -> None:
        """Notes what else they are called."""
        known = {fold(self.noun), fold(self.name), *map(fold, self.aliases)}
        if fold(alias) not in known:
            self.aliases.append(alias)


@dataclass(frozen=True, slots=True)
class Noun:
    """A noun for a being, `length` words long."""

    item: Item
    length: int
    plural: bool
    text: str


class Cast:
    """Everybody of a story.

    Args:
        sentences: The whole story, in order: names are often explained after their first use.
        language: BCP-47.
    """

    def __init__(self, sentences: Sequence[str], language: str) -> None:
        self.library = Library.load()
        self.tongue = tongue_of(language)
        self.french = base(language) == "fr"
        self.words = speech_words(language)
        self._nouns = self.library.french if self.french else self.library.english
        self._stand_ins = stand_ins(language)
        self._talking = self._things_that_talk(sentences)
        self.figures: list[Figure] = []
        self.named: dict[str, Figure] = {}
        for sentence in sentences:
            self._learn_introductions(sentence)
        names.learn(self, sentences)

    def noun_at(self, words: Sequence[re.Match[str]], index: int, text: str) -> Noun | None:
        """The noun for a being that begins at a word, if one does."""
        for length in range(min(_LONGEST_NOUN, len(words) - index), 0, -1):
            phrase = fold(text[words[index].start() : words[index + length - 1].end()])
            item = self._item(phrase, self.determined(words, index))
            if item is None or (length == 1 and self._adjective(words, index)):
                continue
            if item.kind not in _BEINGS and item.key not in self._talking:
                return None
            if phrase in DOUBTFUL and not self.determined(words, index):
                return None
            plural = phrase not in self.library.singulars and phrase not in self._stand_ins
            said = text[words[index].start() : words[index + length - 1].end()].lower()
            return Noun(item, length, plural, said)
        return None

    def person_called(self, title: str) -> Item | None:
        """The person whom a title before a name shows: "Captain Ines" is a captain."""
        item = self.library.items.get(self._nouns.get(title, ""))
        return (
            item if item is not None and item.kind == "person" and title not in DOUBTFUL else None
        )

    def determined(self, words: Sequence[re.Match[str]], index: int) -> bool:
        """Whether a determiner stands near before a word, so that it must be a noun."""
        near = words[max(0, index - _NEAR_DETERMINER) : index]
        return any(word[0].lower() in self.tongue.determiners for word in near)

    def figure(self, item: Item, gender: str = "", noun: str = "") -> Figure:
        """Adds somebody new."""
        english, french = item.english[0], item.french[0]
        own = noun or (french if self.french else english)
        gender = gender or _GENDERS.get(item.key, "") or self.words.genders.get(own, "")
        figure = Figure(item.key, own, gender=gender, person=item.kind == "person")
        self.figures.append(figure)
        return figure

    def name(self, name: str, figure: Figure) -> None:
        """Gives somebody a name; the first one stays."""
        if figure.name:
            figure.called(name)
        else:
            figure.name = name
        self.named[name] = figure

    def merge(self, figure: Figure, into: Figure) -> None:
        """Says that two are one."""
        if figure is into:
            return
        self.figures.remove(figure)
        for name, one in self.named.items():
            if one is figure:
                self.named[name] = into
        if figure.name and into.name:
            into.called(figure.name)
        into.name = into.name or figure.name
        into.gender = into.gender or figure.gender

    def settle(self) -> None:
        """Says of everybody what is shown for them, and gives them ids, when all is read."""
        taken: set[str] = set()
        for figure in self.figures:
            if figure.item == "person" and figure.gender in _GROWN_UP:
                figure.item = _GROWN_UP[figure.gender]
            slug = re.sub(r"[^a-z0-9]+", "-", fold(figure.name or figure.noun)).strip("-")[:60]
            slug = slug or figure.item
            number = next(n for n in range(1, len(taken) + 2) if _numbered(slug, n) not in taken)
            figure.id = _numbered(slug, number)
            taken.add(figure.id)

    def is_name(self, word: str) -> bool:
        """Whether a capitalised word can be a name."""
        return (
            word[:1].isupper()
            and word.lower() not in self.tongue.openers
            and word.lower() not in self.words.titles
            and len(word) > 1
            and fold(word) not in self._nouns
        )

    def described(self, words: Sequence[re.Match[str]], index: int) -> list[str]:
        """Size and colour words that stand before a noun."""
        near = [fold(word[0]) for word in words[max(0, index - _NEAR_DETERMINER) : index]]
        return [word for word in near if word in SIZES or word in COLOUR_WORDS]

    def _item(self, phrase: str, determined: bool) -> Item | None:
        if phrase in NO_NOUNS:
            return None
        key = self._nouns.get(phrase)
        if key is None and determined:
            key = self._stand_ins.get(phrase) or self._stand_ins.get(phrase.removesuffix("s"))
        return self.library.items.get(key or "")

    def _adjective(self, words: Sequence[re.Match[str]], index: int) -> bool:
        """Whether a noun only describes the next one: "le vieux marin" is one man."""
        following = words[index + 1][0] if index + 1 < len(words) else ""
        near = words[index].end() + 1 == words[index + 1].start() if following else False
        return near and self._item(fold(following), determined=True) is not None

    def _things_that_talk(self, sentences: Sequence[str]) -> frozenset[str]:
        """Things to which the tale gives a voice: "whispered the lantern"."""
        verbs = "|".join(sorted(map(re.escape, self.words.verbs), key=len, reverse=True))
        the = r"(?:le |la |l['’])" if self.french else "the "
        after = re.compile(rf"[”\"»,!?]\s*(?:{verbs}) {the}(?P<noun>[^\W\d_]+)", re.IGNORECASE)
        keys = (
            self._nouns.get(fold(match["noun"]), "")
            for sentence in sentences
            for match in after.finditer(sentence)
        )
        return frozenset(key for key in keys if key)

    def _learn_introductions(self, sentence: str) -> None:
        for pattern in self.tongue.introductions:
            for match in pattern.finditer(sentence):
                name = match["name"]
                if not self.is_name(name) or name in self.named:
                    continue
                words = list(WORD.finditer(match["noun"]))
                found = next(
                    (
                        (noun, index)
                        for index in range(len(words))
                        if (noun := self.noun_at(words, index, match["noun"])) is not None
                        or (noun := self._bare_noun(words, index)) is not None
                    ),
                    None,
                )
                if found is not None and not found[0].plural:
                    figure = self.figure(found[0].item, noun=found[0].text)
                    figure.words = self.described(words, found[1])
                    figure.gender = figure.gender or self.words.names.get(name.lower(), "")
                    self.name(name, figure)

    def _bare_noun(self, words: Sequence[re.Match[str]], index: int) -> Noun | None:
        """A stand-in whose determiner the pattern has taken already."""
        item = self._item(fold(words[index][0]), determined=True)
        if item is None or (item.kind not in _BEINGS and item.key not in self._talking):
            return None
        return Noun(item, 1, False, words[index][0].lower())


def _numbered(slug: str, number: int) -> str:
    return slug if number == 1 else f"{slug}-{number}"
