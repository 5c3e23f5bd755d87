"""Who is meant: names and pronouns replaced by the nouns that they stand for.

"Tom the fox slept. He dreamt." is read as "the fox the fox slept. the fox dreamt.", so whoever
reads one sentence for its picture sees a fox in it, and it is the same fox in every scene. Simple
rules after centering theory (Grosz, Joshi and Weinstein, 1995): whoever was the subject lately is
meant first, an object is never its own clause's subject, and gender must fit. Speech is passed
over: those who are talked about need not be there. It knows words, neither scenes nor drawing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from models.illustrator.library import fold
from orchestrator.story.attention import Attention
from orchestrator.story.cast import Cast, Figure, Noun
from orchestrator.story.kinds import (
    CREATURES,
    DEFINITE,
    GENERIC,
    LEADS,
    NEW,
    NOT_OWNED,
    SPEECH,
    WORD,
)

_INVERTED = re.compile(r"(?:^|-)(?P<pronoun>ils?|elles?)$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody meant by the characters from `start` to `end` of a sentence."""

    start: int
    end: int
    figures: tuple[Figure, ...]
    replacement: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentence with everyone in it named by noun.

    Attributes:
        text: The sentence, names and pronouns replaced.
        present: Who is in it, in the order of their first mention.
        mentions: What names them, from left to right.
    """

    text: str
    present: tuple[Figure, ...]
    mentions: tuple[Mention, ...] = ()


@dataclass
class Reader:
    """Reads a story from its beginning, sentence by sentence.

    Attributes:
        cast: Everybody there is; grows while it is read.
    """

    cast: Cast
    _mind: Attention = field(default_factory=Attention)
    _spoken: bool = False

    def read(self, sentence: str) -> Reading:
        """Reads the next sentence of the story."""
        self._mind.fade()
        parts: list[str] = []
        present: dict[Figure, None] = {}
        mentions = tuple(self._mentions(sentence))
        position = 0
        for mention in mentions:
            present.update(dict.fromkeys(mention.figures))
            if mention.replacement:
                parts += [sentence[position : mention.start], mention.replacement]
                position = mention.end
        parts.append(sentence[position:])
        return Reading("".join(parts), tuple(present), mentions)

    def _mentions(self, sentence: str) -> Iterator[Mention]:
        quoted = [match.span() for match in SPEECH.finditer(sentence)]
        if self._spoken and not quoted and not re.search("[”»]", sentence):
            return  # a speech that goes on
        words = list(WORD.finditer(sentence))
        both = {match.start(): match.end() for match in self.cast.tongue.both.finditer(sentence)}
        skip = 0
        for index, word in enumerate(words):
            inside = any(start <= word.start() < end for start, end in quoted)
            if word.start() < skip or (inside and not self._tag(word)):
                continue
            mention = self._pair(both, word) or self._being(words, index, sentence)
            mention = mention or self._pronoun(words, index, sentence)
            if mention is not None:
                skip = mention.end
                yield mention
        opened = sentence.count("“") + sentence.count("«")
        closed = sentence.count("”") + sentence.count("»")
        self._spoken = opened > closed or (self._spoken and opened == closed)

    def _tag(self, word: re.Match[str]) -> bool:
        """Whether a word inside a French quotation tells who speaks: "dit-elle"."""
        head, _, pronoun = word[0].lower().rpartition("-")
        verb = head.removesuffix("-t")
        return pronoun in self.cast.tongue.pronouns and verb in self.cast.words.verbs

    def _pair(self, both: dict[int, int], word: re.Match[str]) -> Mention | None:
        """ "The two friends": the two who are thought of most."""
        if word.start() not in both:
            return None
        meant = self._mind.meant("they", self._mind.subject)
        if not meant:
            return None
        self._mind.see(meant, subject=self._mind.subject is None)
        return Mention(word.start(), both[word.start()], meant, self._named(meant))

    def _being(self, words: Sequence[re.Match[str]], index: int, text: str) -> Mention | None:
        """Somebody called by a name or a noun."""
        word = words[index]
        subject = self._leads(words, index, text)
        if word[0] in self.cast.named:
            figure = self._first_named(word[0])
            end = index + 1
            while end < len(words) and self.cast.named.get(words[end][0]) is figure:
                end += 1
            self._mind.see((figure,), subject=subject)
            return Mention(word.start(), words[end - 1].end(), (figure,), self._phrase(figure))
        if fold(word[0]) in CREATURES["fr" if self.cast.french else "en"]:
            meant = [f for f in self._mind.known if not f.person and self._mind.remembers(f)]
            if meant and self._definite(words, index):
                figure = max(meant, key=self._mind.rank)
                self._mind.see((figure,), subject=subject)
                return Mention(word.start(), word.end(), (figure,))
        noun = self.cast.noun_at(words, index, text)
        if noun is None or noun.plural:
            return None
        after = index + noun.length
        if after < len(words) and words[after][0] in self.cast.named:
            return None  # "Captain Ines": a title
        end = words[after - 1].end()
        if self._mind.subject is not None and self._says_what(words, index):
            return Mention(word.start(), end, (self._mind.subject,), self._mind.subject.noun)
        figure = self._called(noun, words, index)
        self._mind.see((figure,), subject=subject)
        known = self.cast.library.find(noun.text)
        same = known is not None and known.key == figure.item
        return Mention(word.start(), end, (figure,), "" if same else figure.noun)

    def _first_named(self, name: str) -> Figure:
        """Whom a name means; a boy who was there without one may be who gets it now."""
        figure = self.cast.named[name]
        if figure in self._mind.known or not figure.guessed:
            return figure
        nameless = [
            other
            for other in self._mind.known
            if not other.name and other.person and self._mind.remembers(other)
            and other.gender in ("", figure.gender) and other.item in GENERIC
        ]  # fmt: skip
        if nameless:
            other = max(nameless, key=self._mind.rank)
            self.cast.merge(figure, other)
            return other
        return figure

    def _called(self, noun: Noun, words: Sequence[re.Match[str]], index: int) -> Figure:
        """Whom a noun means: somebody of that kind, whoever it may be said of, or somebody new."""
        item = noun.item
        near = {word[0].lower() for word in words[max(0, index - 3) : index]}
        definite = self._definite(words, index)
        here = {word[0] for word in words}
        # "A girl named Lena" is Lena, who is not known yet.
        kind = [
            figure
            for figure in self.cast.figures
            if (figure in self._mind.known or figure.name in here)
            and self._is_called(figure, noun, definite=definite)
        ]
        gender = self._told_gender(words, index)
        if kind and not near & NEW:
            figure = max(
                kind, key=lambda one: self._mind.rank(one) if one in self._mind.known else (9.0, 0)
            )
        else:
            other = self._under_another_name(item.key) if definite else None
            if other is None:
                figure = self.cast.figure(item, gender, noun.text)
                figure.words = self.cast.described(words, index)
            else:
                figure = other
                figure.called(noun.text)
                if figure.guessed:
                    figure.item, figure.noun = item.key, noun.text
        if self.cast.french and not figure.gender:
            figure.gender = gender
        return figure

    def _is_called(self, figure: Figure, noun: Noun, *, definite: bool) -> bool:
        """Whether a noun is the one that somebody goes by, or the plainest word for their kind."""
        if figure.item != noun.item.key:
            return False
        last = 0 if self.cast.french else -1
        plainest = (noun.item.french if self.cast.french else noun.item.english)[0]
        return (
            figure.noun.split()[last] == noun.text.split()[last]
            or noun.text in figure.aliases
            or (definite and noun.text == plainest and noun.item.key != "person")
        )

    def _under_another_name(self, key: str) -> Figure | None:
        """Somebody whom "the boy", "the bird" or "the old man" may mean."""
        if key not in GENERIC:
            return None
        flying = key == "bird"
        fits = [
            figure
            for figure in self._mind.known
            if self._mind.remembers(figure)
            and figure.gender in ("", GENERIC[key], *(() if GENERIC[key] else ("m", "f", "n")))
            and (figure.person or flying)
            and (not flying or "fly" in self.cast.library.items[figure.item].tags)
        ]
        return max(fits, key=self._mind.rank, default=None)

    def _pronoun(self, words: Sequence[re.Match[str]], index: int, text: str) -> Mention | None:
        word = words[index]
        low, start = word[0].lower(), word.start()
        inverted = _INVERTED.search(low)
        if inverted is not None:
            start, low = start + inverted.start("pronoun"), inverted["pronoun"]
        tongue = self.cast.tongue
        end = word.end()
        if low in tongue.possessives and self._owns(words, index, text):
            meant = self._mind.meant(tongue.possessives[low], None, of=self._mind.subject)
            self._mind.see(meant, subject=False)
            return Mention(start, end, meant) if meant else None
        if low in tongue.objects:
            meant = self._mind.meant(tongue.objects[low], self._mind.subject)
            self._mind.see(meant, subject=False)
            return Mention(start, end, meant, self._named(meant)) if meant else None
        whom = tongue.pronouns.get(low)
        nobody = whom == "n" or self.cast.french
        if not whom or (nobody and tongue.impersonal.match(text, end)):
            return None
        meant = self._mind.meant(whom, None)
        self._mind.see(meant, subject=True)
        lead = f"-{self._named(meant)}" if inverted and start > word.start() else self._named(meant)
        at = start - 1 if lead.startswith("-") else start
        return Mention(at, end, meant, lead.replace("-", " ", 1)) if meant else None

    def _owns(self, words: Sequence[re.Match[str]], index: int, text: str) -> bool:
        """Whether a word that may be a possessive has its noun after it."""
        if words[index][0].lower() not in self.cast.tongue.objects:
            return True
        if index + 1 == len(words):
            return False
        near = text[words[index].end() : words[index + 1].start()].strip() == ""
        return near and words[index + 1][0].lower() not in NOT_OWNED

    def _says_what(self, words: Sequence[re.Match[str]], index: int) -> bool:
        """Whether a noun says what someone is: "Tom was a careful man" has one person in it."""
        before = [word[0].lower() for word in words[max(0, index - 3) : index]]
        return any(word in self.cast.tongue.copulas for word in before)

    def _told_gender(self, words: Sequence[re.Match[str]], index: int) -> str:
        """The gender that the nearest determiner tells."""
        for word in reversed(words[max(0, index - 3) : index]):
            if gender := self.cast.tongue.determiners.get(word[0].lower(), ""):
                return gender
        return ""

    def _definite(self, words: Sequence[re.Match[str]], index: int) -> bool:
        """Whether the nearest determiner says that the noun is known."""
        known = DEFINITE | self.cast.words.determiners.keys()
        near = [word[0].lower() for word in words[max(0, index - 3) : index]]
        return next((word in DEFINITE for word in reversed(near) if word in known), False)

    def _leads(self, words: Sequence[re.Match[str]], index: int, text: str) -> bool:
        """Whether what begins at a word can be a subject: the first being, or after a joint."""
        if self._mind.subject is None:
            return True
        first = index
        while first and words[first - 1][0].lower() in self.cast.tongue.determiners:
            first -= 1
        gap = text[words[first - 1].end() : words[first].start()] if first else ""
        return first == 0 or words[first - 1][0].lower() in LEADS or bool(gap.strip(" ’'"))

    def _named(self, figures: Sequence[Figure]) -> str:
        return f" {self.cast.tongue.conjunction} ".join(map(self._phrase, figures))

    def _phrase(self, figure: Figure) -> str:
        return f"{self.cast.tongue.article.get(figure.gender, 'the')} {figure.noun}"
