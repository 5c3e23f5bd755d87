"""Who is in a tale: people, what they are called, their gender and age.

A person is known by a name ("Inspector Hale"), a noun ("the goose") or both, once the text has said
that they are the same. This module keeps them and reads the phrases that mean them; it does not
know how they are found, nor who speaks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from models.illustrator.library import Library, fold
from orchestrator.story.language import base
from orchestrator.story.speech_words import SpeechWords, speech_words

_ELISION = r"(?:[lLdDsSjJnNmMtTcC]|[qQ]u)[’']"
_LETTERS = r"[^\W\d_]+(?:[’'-][^\W\d_]+)*"
_LONGEST_PHRASE = 5
_BEINGS = frozenset({"person", "animal"})
_SHORTEST_TITLE = 4


@dataclass(eq=False, slots=True)
class Person:
    """Somebody of the tale.

    Attributes:
        id: Unique in the tale: a slug of the name, or of the noun.
        name: As the tale calls them: `Inspector Hale`, `goose`.
        gender: `m`, `f`, or empty while it is not known.
        age: `old`, `young`, `child`, or empty.
        keys: Lower-case words that mean them.
        named: Whether `name` is a name.
        anybody: Whether the noun is one for anybody of a gender ("the boy"), and the text never
            brings this one in as somebody new.
    """

    id: str
    name: str
    gender: str = ""
    age: str = ""
    keys: set[str] = field(default_factory=set)
    named: bool = False
    anybody: bool = False


@dataclass(frozen=True, slots=True)
class Mention:
    """A subject in the text.

    Attributes:
        start: Offset of its first character.
        end: Offset after its last.
        person: Whom it means; None for a pronoun.
        gender: What the words themselves tell: `m`, `f`, `n`, `they`, or nothing.
        first_person: Whether the teller means themselves.
    """

    start: int
    end: int
    person: Person | None
    gender: str = ""
    first_person: bool = False


Words = Sequence[re.Match[str]]


class People:
    """The people of a tale, and the words for them.

    Args:
        language: BCP-47.

    Attributes:
        all: Everyone, in the order in which they became known.
        names: Words that are names.
        token: Finds words; a French article before a vowel is one of its own.
    """

    def __init__(self, language: str) -> None:
        self._words: SpeechWords = speech_words(language)
        self._french = base(language) == "fr"
        self.token = re.compile(f"{_ELISION}|{_LETTERS}" if self._french else _LETTERS)
        library = Library.load()
        nouns = library.french if self._french else library.english
        self._beings = {noun for noun, item in nouns.items() if library.items[item].kind in _BEINGS}
        self.all: list[Person] = []
        self.names: set[str] = set()
        self._by_key: dict[str, Person] = {}

    def get(self, word: str) -> Person | None:
        """Who is called that."""
        return self._by_key.get(self._key(word))

    def introduce(self, name: str, titles: Sequence[str] = ()) -> Person:
        """The person of that name, new if need be; titles mean them from now on."""
        person = self.get(name) or self._add(name, named=True)
        for title in titles:
            low = title.lower()
            person.gender = person.gender or self._words.genders.get(low, "")
            person.age = person.age or self._words.ages.get(low, "")
            if len(low) >= _SHORTEST_TITLE and low not in self._words.generic:
                self.call(person, low)
        if titles and person.named and " " not in person.name:
            person.name = " ".join([*titles, person.name])
        return person

    def call(self, person: Person, noun: str) -> None:
        """Says that a noun means somebody."""
        known = self._by_key.setdefault(self._key(noun), person)
        person.keys.add(self._key(noun))
        self.join(known, person)

    def join(self, one: Person, other: Person) -> None:
        """Says that two are the same; the one with a name stays, unless both have one."""
        if one is other or (one.named and other.named):
            return
        keep, drop = (other, one) if other.named else (one, other)
        keep.keys |= drop.keys
        keep.gender = keep.gender or drop.gender
        keep.age = keep.age or drop.age
        self.all.remove(drop)
        for key in drop.keys:
            self._by_key[key] = keep

    def who(self, word: str) -> Person | None:
        """Whom a word of the text names: a name only with its capital letter."""
        plain = bare(word)
        person = self.get(plain)
        return (
            None if person is None or (person.named and self._small_name(person, plain)) else person
        )

    def subject_at(self, text: str, position: int, *, strict: bool = True) -> Mention | None:
        """The subject phrase that begins at an offset, if one does.

        Args:
            text: A paragraph.
            position: Where to look; white space is passed over.
            strict: Whether a noun must be known for a being: not beside a verb of speech.
        """
        words = list(self._phrase(text, position))
        if not words or text[position : words[0].start()].strip("\"“”«»' ’"):
            return None
        first, low = words[0], words[0][0].lower()
        if low in self._words.pronouns:
            return Mention(first.start(), first.end(), None, self._words.pronouns[low])
        if low.rstrip("'’") in self._words.first_person:
            return Mention(first.start(), first.end(), None, first_person=True)
        if low in self._words.determiners:
            return self._noun_phrase(words, strict=strict)
        return self._name(words, strict=strict)

    def noun_phrase(self, words: Words) -> Person | None:
        """The person that a phrase after a determiner means, if it means one."""
        mention = self._noun_phrase(words, strict=True)
        return mention.person if mention else None

    def head(self, phrase: Words, *, strict: bool) -> re.Match[str] | None:
        """The noun of a phrase: a name in it, or a being; in French rather the first being."""
        names = [word for word in phrase if bare(word[0]) in self.names]
        if names:
            return names[0]
        beings = [word for word in phrase if self._being(bare(word[0]).lower())]
        if self._french and len(beings) > 1:
            beings = [w for w in beings if w[0].lower() not in self._words.titles] or beings[-1:]
        if beings:
            return beings[0 if self._french else -1]
        return None if strict or not phrase else phrase[0 if self._french else -1]

    def age_of(self, phrase: Words) -> str:
        """The age that a phrase tells."""
        return next((age for w in phrase if (age := self._words.ages.get(w[0].lower(), ""))), "")

    def _phrase(self, text: str, position: int) -> Iterator[re.Match[str]]:
        """The words up to the first mark; `Mrs. Pym` goes on."""
        end = position
        for match in self.token.finditer(text, position):
            if end > position and text[end : match.start()].strip() not in ("", "."):
                return
            yield match
            end = match.end()

    def _noun_phrase(self, words: Words, *, strict: bool) -> Mention | None:
        phrase: list[re.Match[str]] = []
        for word in words[1 : _LONGEST_PHRASE + 1]:
            if phrase and self._stops(word[0].lower()):
                break
            phrase.append(word)
            if bare(word[0]) in self.names:
                break
        head = self.head(phrase, strict=strict)
        if head is None or bare(head[0]) != head[0]:  # "the fox's tail" is no fox
            return None
        start, end, noun = words[0].start(), head.end(), head[0]
        if noun in self.names:
            titles = [w[0] for w in phrase if w[0].lower() in self._words.titles and w is not head]
            return Mention(start, end, self.introduce(noun, titles))
        low = noun.lower()
        gender = self._words.genders.get(low, "") or self._words.determiners[words[0][0].lower()]
        person = self.get(low) or self._add(low, named=False)
        if not person.gender and low != "voice":
            person.gender = gender
        person.age = person.age or self.age_of(phrase)
        return Mention(start, end, person, gender)

    def _name(self, words: Words, *, strict: bool) -> Mention | None:
        """A name with its titles: `Mrs Pym`, `Vieux Tom`, `Aunt Petra`; or a title alone."""
        at = 0
        while at < len(words) and words[at][0].lower() in self._words.titles:
            at += 1
        titles = [word[0] for word in words[:at]]
        if at < len(words) and words[at][0][0].isupper():
            name = words[at][0]
            known = name in self.names or not strict or bool(titles)
            if known and bare(name) == name and name.lower() not in self._words.not_names:
                while at + 1 < len(words) and words[at + 1][0] in self.names:
                    at += 1
                person = self.introduce(words[at][0], titles)
                return Mention(words[0].start(), words[at].end(), person)
        if titles and words[0][0][0].isupper():
            person_ = self.get(titles[-1])
            if person_ is None and not strict:
                person_ = self._add(titles[-1].lower(), named=False)
            if person_ is not None:
                return Mention(words[0].start(), words[len(titles) - 1].end(), person_)
        return None

    def _being(self, noun: str) -> bool:
        words = self._words
        return (
            self._key(noun) in self._by_key
            or noun in words.genders
            or noun in words.generic
            or noun in words.titles
            or fold(noun) in self._beings
        )

    def _stops(self, word: str) -> bool:
        words = self._words
        return (
            word in words.ends
            or word in words.verbs
            or word in words.determiners
            or word in words.pronouns
            or (not self._french and word.endswith("ly"))
        )

    def _small_name(self, person: Person, word: str) -> bool:
        """Whether a word is somebody's name but for the capital letter: `rose` is no Rose."""
        return not word[0].isupper() and self._key(word) == self._key(person.name.split()[-1])

    def _key(self, word: str) -> str:
        low = word.lower()
        return self._words.kin.get(low, low)

    def _add(self, name: str, *, named: bool) -> Person:
        slug = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-")[:60] or "someone"
        taken = {person.id for person in self.all} | {"narrator"}
        numbers = range(1, len(taken) + 2)
        unique = next(s for n in numbers if (s := slug if n == 1 else f"{slug}-{n}") not in taken)
        low = name.lower()
        gender = self._words.genders.get(low, "") or self._words.names.get(low, "")
        person = Person(unique, name, gender, self._words.ages.get(low, ""), named=named)
        person.anybody = low in self._words.generic
        person.keys.add(self._key(name))
        self.all.append(person)
        self._by_key[self._key(name)] = person
        return person


def bare(word: str) -> str:
    """A word without a possessive ending."""
    return re.sub(r"['’]s$", "", word)
