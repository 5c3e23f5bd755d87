"""Getting to know the people of a tale from what is told of them.

Names are capitalised where no sentence begins. What the text says of them ties names to nouns ("a
fox named Tom", "Her name was Hilda"); pronouns tell their gender. This module does not know who
speaks.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

from orchestrator.story.people import People, Person, bare
from orchestrator.story.speech_words import SpeechWords, speech_words
from orchestrator.story.tongues import tongue_of

_SENTENCE_BEGINS = re.compile(r"[.!?…:“”«»\"\n—]")
_HER_NAME_WAS = re.compile(
    r"\b(?:[Hh]er|[Hh]is|[Ii]ts) name was (?P<name>[^\W\d_]+)|"
    r"\b(?:[Ii]l|[Ee]lle|[Oo]n) (?:s['’]appelait|la nommait|le nommait) (?P<nom>[^\W\d_]+)"
)
_POSSESSIVES = frozenset({"her", "his", "their", "son", "sa", "leur"})
_NEW = frozenset({"a", "an", "one", "another", "un", "une"})
_MOST_ADJECTIVES = 3
_SURE = 0.7


def meet(narration: Sequence[str], language: str) -> People:
    """The people of a tale.

    Args:
        narration: Each paragraph, with what is said in it blotted out by quotation marks.
        language: BCP-47.
    """
    people = People(language)
    words = speech_words(language)
    people.names |= _names(narration, people, words)
    _entitle(narration, people, words)
    _introduce(narration, people, words, language)
    _recognise_nouns(narration, people, words)
    _name_the_last(narration, people)
    _learn_genders(narration, people, words, language)
    _join_relatives(narration, people, words)
    _join_anybody(narration, people)
    return people


def _names(narration: Sequence[str], people: People, words: SpeechWords) -> set[str]:
    """Capitalised words that are no accident of a sentence's beginning."""
    inner: Counter[str] = Counter()
    first: Counter[str] = Counter()
    lower: set[str] = set()
    for text in narration:
        fresh, end = True, 0
        for match in people.token.finditer(text):
            fresh = fresh or _SENTENCE_BEGINS.search(text, end, match.start()) is not None
            word = bare(match[0])
            if not word[0].isupper():
                lower.add(word)
            elif word.lower() not in words.not_names and len(word) > 1:
                (first if fresh else inner)[word] += 1
            fresh, end = False, match.end()
    titles = words.titles | set(words.kin)
    return {
        word
        for word in inner.keys() | first.keys()
        if word.lower() not in titles
        and (
            inner[word]
            or word.lower() in words.names
            or (first[word] > 1 and word.lower() not in lower)
        )
    }


def _entitle(narration: Sequence[str], people: People, words: SpeechWords) -> None:
    """Names with the titles before them, wherever they stand: `Constable Reeve`."""
    for text in narration:
        found = list(people.token.finditer(text))
        for at, match in enumerate(found):
            if bare(match[0]) not in people.names:
                continue
            start = at
            while start and _is_title(found[start - 1][0], words, text, found[start], start):
                start -= 1
            people.introduce(bare(match[0]), [word[0] for word in found[start:at]])


def _is_title(word: str, words: SpeechWords, text: str, following: re.Match[str], at: int) -> bool:
    return (
        word[0].isupper()
        and word.lower() in words.titles
        and text[: following.start()].rstrip(" .").endswith(word)
    )


def _introduce(narration: Sequence[str], people: People, words: SpeechWords, language: str) -> None:
    """Names that the text ties to nouns: `a fox named Tom`, `Baptiste, the miller`."""
    for text in narration:
        for pattern in tongue_of(language).introductions:
            for match in pattern.finditer(text):
                phrase = list(people.token.finditer(match["noun"]))
                head = people.head(phrase, strict=True)
                if head is None or match["name"] not in people.names:
                    continue
                person = people.introduce(match["name"])
                low = head[0].lower()
                person.age = person.age or people.age_of(phrase)
                person.gender = person.gender or words.genders.get(low, "")
                if low not in words.generic:
                    people.call(person, low)


def _recognise_nouns(narration: Sequence[str], people: People, words: SpeechWords) -> None:
    """Beings after an article: `a small boy`; who is brought in as somebody new is not anybody."""
    for _, article, phrase in _noun_phrases(narration, people, words):
        person = people.noun_phrase(phrase)
        if person is not None and article in _NEW:
            person.anybody = False


def _noun_phrases(
    narration: Sequence[str], people: People, words: SpeechWords
) -> Iterator[tuple[int, str, list[re.Match[str]]]]:
    for number, text in enumerate(narration):
        found = list(people.token.finditer(text))
        for at, match in enumerate(found):
            low = match[0].lower()
            if low in words.determiners:
                phrase = [match]
                for word in found[at + 1 : at + 2 + _MOST_ADJECTIVES]:
                    if text[phrase[-1].end() : word.start()].strip():
                        break
                    phrase.append(word)
                if len(phrase) > 1:
                    yield number, low, phrase


def _name_the_last(narration: Sequence[str], people: People) -> None:
    """`A goose sat there. Her name was Hilda.`"""
    whole = "\n".join(narration)
    for match in _HER_NAME_WAS.finditer(whole):
        name = match["name"] or match["nom"]
        last = None
        for word in people.token.finditer(whole, max(0, match.start() - 400), match.start()):
            person = people.who(word[0])
            last = person if person is not None and not person.named else last
        if name in people.names and last is not None:
            people.join(people.introduce(name), last)


def _learn_genders(
    narration: Sequence[str], people: People, words: SpeechWords, language: str
) -> None:
    """Pronouns tell the gender of the last one named before them."""
    impersonal = tongue_of(language).impersonal
    counts: dict[Person, Counter[str]] = defaultdict(Counter)
    for text in narration:
        last: Person | None = None
        for match in people.token.finditer(text):
            gender = words.pronouns.get(match[0].lower(), "")
            person = people.who(match[0])
            if person is not None:
                last = person
            elif gender in ("m", "f") and last and not impersonal.match(text, match.end()):
                counts[last][gender] += 1
                last = None
    for person, count in counts.items():
        gender, most = count.most_common(1)[0]
        told = any(key in words.genders for key in person.keys)
        if not person.gender or (not told and most > 1 and most > _SURE * count.total()):
            person.gender = gender


def _join_relatives(narration: Sequence[str], people: People, words: SpeechWords) -> None:
    """ "Her brother" is Anders, when he is the only man with a name who is not "her"."""
    possessors: dict[Person, set[Person | None]] = defaultdict(set)
    outright: set[Person] = set()
    for text in narration:
        last: Person | None = None
        for match in people.token.finditer(text):
            person = people.who(match[0])
            if person is None:
                continue
            before = text[: match.start()].split()[-1:]
            if before and before[0].lower() in _POSSESSIVES:
                possessors[person].add(last)
            else:
                outright.add(person)
            last = person
    named = [person for person in people.all if person.named]
    for person in [p for p in possessors if not p.named and p.gender and p not in outright]:
        fits = [n for n in named if n.gender == person.gender and n not in possessors[person]]
        if len(fits) == 1:
            people.join(fits[0], person)


def _join_anybody(narration: Sequence[str], people: People) -> None:
    """ "The old woman" is Professor Lund, when she is the only woman with a name."""
    seen: dict[Person, int] = {}
    position = 0
    for text in narration:
        for match in people.token.finditer(text):
            person = people.who(match[0])
            if person is not None:
                seen.setdefault(person, position + match.start())
        position += len(text)
    named = [person for person in people.all if person.named]
    for person in [p for p in people.all if not p.named and p.gender]:
        fits = [other for other in named if other.gender == person.gender]
        generic = person.anybody or person.id in ("woman", "man", "girl", "boy", "dame", "homme")
        if len(fits) == 1 and generic and person in seen:
            later = seen.get(fits[0], 0) > seen[person]
            if person.anybody or later:
                people.join(fits[0], person)
