"""What a text says about who speaks: tags, what people do beside it, whom it addresses.

    “Wait!” shouted Tom.          a tag: a verb of speech and its subject
    Tom looked up. “Wait!”        a beat: what somebody does in the same paragraph
    “Wait, Inspector!”            a vocative: the inspector is spoken to

Quotes of one paragraph are one speech unless the text says otherwise. This module collects; it does
not decide.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from orchestrator.story.acquaintance import meet
from orchestrator.story.domain import PARAGRAPH_BREAK, Script
from orchestrator.story.people import Mention, People, Person
from orchestrator.story.quotes import Quote, quotes_of
from orchestrator.story.speech_words import SpeechWords, speech_words

_SENTENCE = re.compile(r"[^.!?…\"]+(?:[.!?…]+|(?=\")|$)")
_OPENER = re.compile(
    r"\s*(?:(?:but|and|then|so|now|at last|for a \w+(?: \w+)?|suddenly|slowly|finally|mais|et|puis|"
    r"alors|enfin|soudain|ensuite)\b,?\s+)+|\s*[\w’' -]{1,40},\s+",
    re.IGNORECASE,
)
_INVERTED_PRONOUN = re.compile(
    r"\s*[,.]?\s*(?:s['’]|lui |leur )?([^\W\d_]+)(?:-t)?-(il|elle|on|je)\b"
)
_SELF = re.compile(
    r"\b(?:my name is|i am called|je m['’]appelle|mon nom est)\s+([^\W\d_]+)", re.IGNORECASE
)
_ADVERB = re.compile(r"\w+ly$|then|only|just|once|again|also|finally|at|last")
_VERB_LIKE = re.compile(r"[a-z]+(?:ed|aid|oke|ang)$")
_FEW_WORDS = 5


@dataclass(frozen=True, slots=True)
class Tag:
    """A sign of who speaks.

    Attributes:
        mention: The subject.
        weight: 3 for a tag with a verb of speech, less for what somebody does beside the speech.
    """

    mention: Mention
    weight: float


@dataclass(slots=True)
class Speech:
    """Quotes that one speaker says, and every sign of who it is.

    Attributes:
        paragraph: Index of the paragraph in which it begins.
        quotes: Offsets in `Script.text`.
        tags: Signs.
        addressed: Who is spoken to by name.
        names_itself: Who the speaker says they are.
        unspoken: Whether it is a title, a sign or a word rather than speech.
    """

    paragraph: int
    quotes: list[tuple[int, int]] = field(default_factory=list)
    tags: list[Tag] = field(default_factory=list)
    addressed: list[Person] = field(default_factory=list)
    names_itself: Person | None = None
    unspoken: bool = False


@dataclass(frozen=True, slots=True)
class Signs:
    """Everything that attribution decides by.

    Attributes:
        speeches: In order.
        mentioned: Of each paragraph, whom its narration names, in order.
    """

    speeches: tuple[Speech, ...]
    mentioned: tuple[tuple[Person, ...], ...]


def collect(script: Script) -> Signs:
    """Reads a script for its speeches and the signs of who speaks."""
    found = quotes_of(script.paragraphs, script.language)
    told = [_told(text, quotes) for text, quotes in zip(script.paragraphs, found, strict=True)]
    people = meet(told, script.language)
    reader = _Reader(people, speech_words(script.language))
    speeches: list[Speech] = []
    offset = 0
    for number, (paragraph, quotes) in enumerate(zip(script.paragraphs, found, strict=True)):
        goes_on = bool(speeches) and bool(quotes) and quotes[0].relation == "same"
        for speech in reader.speeches(number, paragraph, told[number], quotes):
            speech.quotes = [(start + offset, end + offset) for start, end in speech.quotes]
            if goes_on:
                speeches[-1].quotes += speech.quotes
                speeches[-1].tags += speech.tags
                speeches[-1].addressed += speech.addressed
            else:
                speeches.append(speech)
            goes_on = False
        offset += len(paragraph) + len(PARAGRAPH_BREAK)
    mentioned = tuple(
        tuple(p for word in people.token.finditer(text) if (p := people.who(word[0])) is not None)
        for text in told
    )
    return Signs(tuple(speeches), mentioned)


def _told(paragraph: str, quotes: Sequence[Quote]) -> str:
    """A paragraph with every quote blotted out, its length unchanged."""
    told = paragraph
    for quote in quotes:
        told = told[: quote.start] + '"' * (quote.end - quote.start) + told[quote.end :]
    return told


class _Reader:
    """Finds the signs of one paragraph."""

    def __init__(self, people: People, words: SpeechWords) -> None:
        self._people = people
        self._words = words

    def speeches(
        self, number: int, paragraph: str, narration: str, quotes: Sequence[Quote]
    ) -> Iterator[Speech]:
        """The speeches of a paragraph: its quotes together, but where somebody else comes in."""
        speech: Speech | None = None
        for at, quote in enumerate(quotes):
            before = quotes[at - 1].end if at else 0
            after = quotes[at + 1].start if at + 1 < len(quotes) else len(paragraph)
            tags = list(self._tags(paragraph, narration, quote, before, after))
            unspoken = self._unspoken(paragraph, narration, quote, before, after)
            if speech is None or unspoken or speech.unspoken or self._another(speech, tags, quote):
                if speech is not None:
                    yield speech
                speech = Speech(number, unspoken=unspoken)
            speech.quotes.append((quote.start, quote.end))
            speech.tags += tags
            said = paragraph[quote.start : quote.end]
            speech.addressed += self._addressed(said)
            speech.names_itself = speech.names_itself or self._self(said)
        if speech is not None:
            yield speech

    def _another(self, speech: Speech, tags: Sequence[Tag], quote: Quote) -> bool:
        """Whether a quote is another's than the ones before it in the paragraph."""
        if quote.relation:
            return quote.relation == "other"
        return any(
            _differ(one.mention, two.mention)
            for one in speech.tags
            for two in tags
            if max(one.weight, two.weight) >= 3 and min(one.weight, two.weight) >= 2
        )

    def _tags(
        self, paragraph: str, narration: str, quote: Quote, before: int, after: int
    ) -> Iterator[Tag]:
        following = narration[quote.end : after]
        tag = self._tag_after(narration, quote.end, paragraph[quote.start : quote.end])
        if tag is not None:
            yield Tag(tag, 3.0)
        pronoun = tag is not None and tag.person is None
        leading = narration[before : quote.start].rstrip("— ")
        if leading.endswith((",", ":")):
            mention = self._tag_before(narration, before, quote.start)
            if mention is not None:
                yield Tag(mention, 3.0)
            return
        if (tag is None or pronoun) and leading.strip():
            sentences = [
                m for m in _SENTENCE.finditer(narration, before, quote.start) if m[0].strip()
            ]
            for distance, sentence in enumerate(reversed(sentences)):
                mention = self._subject(narration, sentence.start())
                if mention is not None:
                    yield Tag(mention, 2.0 if distance == 0 and tag is None else 1.0)
                    return
        if tag is None and following.strip() and not leading.strip():
            mention = self._subject(narration, quote.end)
            if mention is not None:
                yield Tag(mention, 1.5)

    def _tag_after(self, narration: str, end: int, said: str) -> Mention | None:
        """The subject of a tag that follows: `said the fox`, `the fox said`, `dit-il`."""
        inverted = _INVERTED_PRONOUN.match(narration, end)
        if inverted is not None:
            pronoun = inverted[2]
            return Mention(
                inverted.start(2), inverted.end(2), None,
                self._words.pronouns.get(pronoun, ""), pronoun == "je",
            )  # fmt: skip
        words = list(self._people.token.finditer(narration[end : end + 200]))
        if not words or '"' in narration[end : end + words[0].start()]:
            return None
        first = words[0][0]
        goes_on = said.rstrip("”»\"'’ ").endswith((",", "?", "!", "…", "—"))
        lead = 0
        if first in ("s'", "s’", "lui", "leur", "l'", "l’") and len(words) > 1:
            lead = 1
        verb = words[lead][0]
        joined = "".join(word[0] for word in words[: lead + 1]).replace("’", "'")
        if (
            verb in self._words.verbs
            or joined in self._words.verbs
            or (goes_on and _VERB_LIKE.match(verb))
        ):
            position = end + words[lead].end()
            mention = self._people.subject_at(narration, position, strict=False)
            if mention is not None:
                return mention
        mention = self._people.subject_at(narration, end, strict=False)
        if mention is None:
            return None
        rest = list(self._people.token.finditer(narration[mention.end : mention.end + 60]))
        while rest and _ADVERB.match(rest[0][0]):
            rest.pop(0)
        if rest and (rest[0][0] in self._words.verbs or (goes_on and _VERB_LIKE.match(rest[0][0]))):
            gap = narration[mention.end : mention.end + rest[0].start()]
            return None if re.search(r"[.!?…\"]", gap) else mention
        return None

    def _tag_before(self, narration: str, start: int, end: int) -> Mention | None:
        """The subject of a tag that leads up to a quote: `At last she said, “…”`."""
        sentences = [m for m in _SENTENCE.finditer(narration, start, end) if m[0].strip(" ,:")]
        if not sentences:
            return None
        sentence = sentences[-1]
        words = list(self._people.token.finditer(narration, sentence.start(), end))
        for at in range(len(words) - 1, -1, -1):
            if words[at][0] in self._words.verbs:
                for back in range(1, min(5, at) + 1):
                    mention = self._people.subject_at(
                        narration, words[at - back].start(), strict=back > 1
                    )
                    if mention is not None and mention.end >= words[at - 1].end() - 1:
                        return mention
                return self._subject(narration, sentence.start())
        return self._subject(narration, sentence.start())

    def _subject(self, narration: str, position: int) -> Mention | None:
        """The subject that a sentence begins with, whatever opens it."""
        mention = self._people.subject_at(narration, position)
        if mention is not None:
            return mention
        opener = _OPENER.match(narration, position)
        return self._people.subject_at(narration, opener.end()) if opener else None

    def _unspoken(
        self, paragraph: str, narration: str, quote: Quote, before: int, after: int
    ) -> bool:
        """Whether quotation marks set off a title, a sign, or a word."""
        said = re.sub(r"(?<=[”»\"’'])[.,;:!?…]+$", "", paragraph[quote.start : quote.end])
        said = said.strip("“”«»\"„‘’' ")
        leading = narration[before : quote.start].rstrip()
        last = [word[0].lower() for word in self._people.token.finditer(leading)][-3:]
        short = len(said.split()) <= _FEW_WORDS
        if last and any(word in self._words.written for word in last):
            return True
        ended = said.rstrip().endswith((".", ",", "!", "?", "…", "—", ":"))
        inside = bool(leading) and not leading.endswith((",", ":", ".", "!", "?", "…", '"', "—"))
        written = narration[quote.end : after].lstrip()[:1].islower()
        return inside and short and (not ended or written)

    def _addressed(self, said: str) -> Iterator[Person]:
        """Everyone whom a quote calls by name."""
        for match in re.finditer(
            r"(?:^[“«\"„‘'\s]*|[,—]\s+|[.!?…]\s+)((?:[^\W\d_]+\.?\s+){0,2}[^\W\d_]+)\s?(?=[,.!?…;”»]|$)",
            said,
        ):
            *titles, name = match[1].split()
            person = self._people.get(name)
            if person is not None and all(
                word.lower().rstrip(".") in self._words.titles for word in titles
            ):
                yield person

    def _self(self, said: str) -> Person | None:
        match = _SELF.search(said)
        if match is None or not match[1][0].isupper():
            return None
        return self._people.introduce(match[1])


def _differ(one: Mention, two: Mention) -> bool:
    """Whether two subjects are surely not the same person."""
    if one.person is not None and two.person is not None:
        return one.person is not two.person
    genders = {
        mention.person.gender if mention.person is not None else mention.gender
        for mention in (one, two)
    }
    return genders == {"m", "f"}
