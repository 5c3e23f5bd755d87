"""Who is meant: names and pronouns replaced by the nouns that they stand for.

"Tom the fox slept. He dreamt." is read as "the fox the fox slept. the fox dreamt.", so whoever
reads one sentence for its picture sees a fox in it, and it is the same fox in every scene. Simple
rules: a name is introduced beside its noun, or goes with pronouns; a pronoun means the last
character that it fits. This module knows words; it does not know scenes or drawing.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from models.illustrator.library import Item, Library, fold
from models.illustrator.parser_words import DOUBTFUL
from orchestrator.story.language import base
from orchestrator.story.tongues import tongue_of

_BEINGS = frozenset({"person", "animal"})
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*")
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


@dataclass(eq=False, slots=True)
class Character:
    """Someone of the story.

    Attributes:
        id: Stable within the story: the name, or the noun.
        item: Key of the noun in the art library.
        noun: The noun in the story's language.
        gender: `m`, `f`, or empty while it is not known.
    """

    id: str
    item: str
    noun: str
    gender: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence with everyone in it named by noun.

    Attributes:
        text: The sentence, names and pronouns replaced.
        present: Who is in it, in the order of their first mention.
    """

    text: str
    present: tuple[Character, ...]


@dataclass(frozen=True, slots=True)
class _Mention:
    start: int
    end: int
    characters: tuple[Character, ...]
    replacement: str = ""


class Cast:
    """The characters of a story, learned sentence by sentence.

    Args:
        sentences: The whole story, in order: names are often explained after their first use.
        language: BCP-47.
    """

    def __init__(self, sentences: Sequence[str], language: str) -> None:
        self._library = Library.load()
        self._tongue = tongue_of(language)
        self._french = base(language) == "fr"
        self._nouns = self._library.french if self._french else self._library.english
        self._named: dict[str, Character] = {}
        self._by_item: dict[str, list[Character]] = defaultdict(list)
        # The last mentioned last.
        self._recent: list[Character] = []
        for sentence in sentences:
            self._learn_introductions(sentence)
        self._learn_lone_names(sentences)

    def read(self, sentence: str) -> Reading:
        """Reads the next sentence of the story."""
        parts: list[str] = []
        present: dict[str, Character] = {}
        position = 0
        for mention in self._mentions(sentence):
            for character in mention.characters:
                present.setdefault(character.id, character)
            if mention.replacement:
                parts += [sentence[position : mention.start], mention.replacement]
                position = mention.end
        parts.append(sentence[position:])
        return Reading("".join(parts), tuple(present.values()))

    def _mentions(self, sentence: str) -> Iterator[_Mention]:
        """Names, nouns and pronouns that mean someone, from left to right."""
        words = list(_WORD.finditer(sentence))
        skip = 0
        subject: Character | None = None
        for index, word in enumerate(words):
            if index < skip:
                continue
            if word[0] in self._named:
                subject = self._seen(self._named[word[0]])
                yield _Mention(word.start(), word.end(), (subject,), self._phrase(subject))
                continue
            found = self._noun(words, index, sentence)
            if found is not None:
                item, length, plural = found
                skip = index + length
                end = words[skip - 1].end()
                if subject is not None and self._says_what(words, index):
                    yield _Mention(word.start(), end, (subject,), subject.noun)
                elif not plural:
                    gender = self._told_gender(words, index)
                    subject = self._seen(self._character(item, gender))
                    yield _Mention(word.start(), end, (subject,))
                continue
            whom = self._tongue.pronouns.get(word[0].lower())
            if whom and not self._tongue.impersonal.match(sentence, word.end()):
                meant = self._meant(whom)
                if meant:
                    subject = meant[0]
                    phrase = f" {self._tongue.conjunction} ".join(map(self._phrase, meant))
                    yield _Mention(word.start(), word.end(), meant, phrase)

    def _noun(
        self, words: Sequence[re.Match[str]], index: int, sentence: str
    ) -> tuple[Item, int, bool] | None:
        """A noun for a being that begins at a word: its item, its length, whether it is plural."""
        for length in range(min(_LONGEST_NOUN, len(words) - index), 0, -1):
            phrase = fold(sentence[words[index].start() : words[index + length - 1].end()])
            item = self._library.items.get(self._nouns.get(phrase, ""))
            if item is None or (length == 1 and self._adjective(words, index)):
                continue
            if item.kind not in _BEINGS or (
                phrase in DOUBTFUL and not self._determined(words, index)
            ):
                return None
            return item, length, phrase not in self._library.singulars
        return None

    def _determined(self, words: Sequence[re.Match[str]], index: int) -> bool:
        """Whether a word that may be a verb is a noun here: a determiner stands near before it."""
        near = words[max(0, index - _NEAR_DETERMINER) : index]
        return any(word[0].lower() in self._tongue.determiners for word in near)

    def _adjective(self, words: Sequence[re.Match[str]], index: int) -> bool:
        """Whether a noun only describes the next one: "le vieux marin" is one man."""
        following = words[index + 1][0] if index + 1 < len(words) else ""
        return fold(following) in self._nouns and words[index].end() + 1 == words[index + 1].start()

    def _says_what(self, words: Sequence[re.Match[str]], index: int) -> bool:
        """Whether a noun says what someone is: "Tom was a careful man" has one person in it."""
        before = [word[0].lower() for word in words[max(0, index - _NEAR_DETERMINER) : index]]
        return any(word in self._tongue.copulas for word in before)

    def _told_gender(self, words: Sequence[re.Match[str]], index: int) -> str:
        """The gender that the nearest determiner tells."""
        for word in reversed(words[max(0, index - _NEAR_DETERMINER) : index]):
            if gender := self._tongue.determiners.get(word[0].lower(), ""):
                return gender
        return ""

    def _character(self, item: Item, gender: str) -> Character:
        """The character that a noun means: the last one of its kind, or a new one."""
        known = self._by_item[item.key]
        if not known:
            noun = (item.french if self._french else item.english)[0]
            known.append(Character(item.key, item.key, noun, _GENDERS.get(item.key, "")))
        recent = [character for character in self._recent if character in known]
        character = recent[-1] if recent else known[0]
        if self._french and not character.gender:
            character.gender = gender
        return character

    def _seen(self, character: Character) -> Character:
        if character in self._recent:
            self._recent.remove(character)
        self._recent.append(character)
        return character

    def _meant(self, whom: str) -> tuple[Character, ...]:
        """Whom a pronoun means; nobody when nobody fits."""
        if whom == "they":
            return tuple(self._recent[-2:]) if len(self._recent) > 1 else ()
        fits = [c for c in self._recent if c.gender == whom] or [
            c for c in self._recent if not c.gender
        ]
        if not fits:
            return ()
        fits[-1].gender = whom
        return (self._seen(fits[-1]),)

    def _phrase(self, character: Character) -> str:
        return f"{self._tongue.article[character.gender]} {character.noun}"

    def _learn_introductions(self, sentence: str) -> None:
        for pattern in self._tongue.introductions:
            for match in pattern.finditer(sentence):
                item = self._being_in(match["noun"])
                if item is not None and self._is_name(match["name"]):
                    self._name(match["name"], item)

    def _being_in(self, phrase: str) -> Item | None:
        """The first being that a phrase names."""
        words = list(_WORD.finditer(phrase))
        for index in range(len(words)):
            found = self._noun(words, index, phrase)
            if found is not None:
                return found[0]
        return None

    def _learn_lone_names(self, sentences: Sequence[str]) -> None:
        """Names that nobody explains: with "he" or "she" close by they are a boy's or a girl's."""
        said = [_WORD.findall(sentence) for sentence in sentences]
        # A capital in the middle of a sentence is no accident of its beginning.
        names = {w for words in said for w in words[1:] if w[0].isupper() and self._is_name(w)}
        seen: Counter[str] = Counter()
        genders: dict[str, Counter[str]] = defaultdict(Counter)
        last = ""
        for word in itertools.chain.from_iterable(said):
            gender = self._tongue.pronouns.get(word.lower(), "they")
            if word in self._named:
                last = ""
            elif word in names:
                seen[word] += 1
                last = word
            elif last and gender != "they":
                genders[last][gender] += 1
        for name, count in seen.items():
            if count > 1 and genders[name]:
                gender = genders[name].most_common(1)[0][0]
                self._name(name, self._library.items["boy" if gender == "m" else "girl"])

    def _is_name(self, word: str) -> bool:
        return (
            word.lower() not in self._tongue.openers
            and len(word) > 1
            and fold(word) not in self._nouns
        )

    def _name(self, name: str, item: Item) -> None:
        if name in self._named:
            return
        noun = (item.french if self._french else item.english)[0]
        slug = re.sub(r"[^a-z0-9]+", "-", fold(name)).strip("-") or item.key
        character = Character(slug[:64], item.key, noun, _GENDERS.get(item.key, ""))
        self._named[name] = character
        self._by_item[item.key].append(character)
