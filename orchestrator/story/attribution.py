"""Who says what: a speaker for every quotation of a text, and how sure that is.

Each speech has signs (`evidence`), and dialogue has habits: people take turns, who is addressed
answers, "he" is a man. Signs and habits are scores; the speakers of the whole text are the sequence
with the highest sum, found by dynamic programming over pairs of speakers (Viterbi, second order):
a line without a tag is settled by the lines before and after it. How sure a speaker is follows from
how much the sum falls when another one is forced there. Everything is a rule over words: no model,
nothing to be instructed by the text. Measured by `python -m tests.bench attribution`.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from orchestrator.story.domain import NARRATOR, Script
from orchestrator.story.evidence import Signs, Speech, collect
from orchestrator.story.people import Mention, Person

_TAG = 2.0
_GENDER_FITS, _GENDER_UNKNOWN, _GENDER_WRONG = 1.6, 0.5, -5.0
_ANYBODY = 0.3
_ADDRESSED = -4.0
_NAMES_ITSELF = 4.0
_LAST_MENTIONED = 0.6
_UNKNOWN_YET = -1.5
_SAME_AGAIN, _SAME_LATER = -1.6, -0.3
_TURN_BACK, _TURN_LATER = 1.0, 0.4
_NEWCOMER = -0.7
_ANSWERS = 1.0
_NOBODY = -3.0
_NEAR = 6
_MOST_CANDIDATES = 6
# Paragraphs without speech after which a dialogue is over.
_SILENCE = 4


@dataclass(frozen=True, slots=True)
class Line:
    """A quotation and its speaker.

    Attributes:
        start: Offset of its first character in `Script.text`.
        end: Offset after its last.
        speaker: Id of a person, or `NARRATOR` when it is nobody's speech.
        confidence: 0 to 1.
    """

    start: int
    end: int
    speaker: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Dialogue:
    """Everything that is said in a text.

    Attributes:
        lines: In order.
        people: Who says at least one of them, in the order in which they first speak.
    """

    lines: tuple[Line, ...]
    people: tuple[Person, ...]


def attribute(script: Script) -> Dialogue:
    """Finds the quotations of a script and who says them."""
    signs = collect(script)
    chosen = _Decoder(signs).decode()
    lines: list[Line] = []
    people: dict[str, Person] = {}
    for speech, (person, confidence) in zip(signs.speeches, chosen, strict=True):
        if person is not None:
            people.setdefault(person.id, person)
        speaker = NARRATOR if person is None else person.id
        lines += [Line(start, end, speaker, confidence) for start, end in speech.quotes]
    return Dialogue(tuple(sorted(lines, key=lambda line: line.start)), tuple(people.values()))


_Candidate = Person | None
_Pair = tuple[_Candidate, _Candidate]


class _Decoder:
    """Finds the likeliest sequence of speakers. None stands for the narrator."""

    def __init__(self, signs: Signs) -> None:
        self._signs = signs
        self._speeches = [speech for speech in signs.speeches if not speech.unspoken]
        self._born: dict[Person, int] = {}
        for paragraph, told in enumerate(signs.mentioned):
            for person in told:
                self._born.setdefault(person, paragraph)
        self._candidates = self._find_candidates()

    def decode(self) -> list[tuple[_Candidate, float]]:
        """A speaker for each speech, and how sure it is."""
        spoken = iter(self._decide())
        return [(None, 1.0) if speech.unspoken else next(spoken) for speech in self._signs.speeches]

    def _find_candidates(self) -> list[list[_Candidate]]:
        """Who may say each speech: whoever is named near it."""
        named = [_named(speech) for speech in self._speeches]
        active = {person for people in named for person in people}
        found: list[list[_Candidate]] = []
        for at, speech in enumerate(self._speeches):
            count: Counter[Person] = Counter()
            for near in range(max(0, at - _NEAR), min(len(named), at + _NEAR + 1)):
                weight = 10 if near == at else 1
                for person in named[near]:
                    count[person] += weight
            for told in self._signs.mentioned[
                max(0, speech.paragraph - _SILENCE) : speech.paragraph + 1
            ]:
                for person in set(told):
                    if person.gender or person in active:  # else rather a place
                        count[person] += 1
            people: list[_Candidate] = [p for p, _ in count.most_common(_MOST_CANDIDATES)]
            found.append([*people, None])
        return found

    def _decide(self) -> list[tuple[_Candidate, float]]:
        if not self._speeches:
            return []
        scores = [
            {c: self._emission(at, c) for c in candidates}
            for at, candidates in enumerate(self._candidates)
        ]
        forward: list[dict[_Pair, float]] = [{(None, c): s for c, s in scores[0].items()}]
        for at in range(1, len(scores)):
            best: dict[_Pair, float] = {}
            for (before, last), total in forward[-1].items():
                for candidate, score in scores[at].items():
                    value = total + score + self._transition(at, before, last, candidate)
                    pair = (last, candidate)
                    if value > best.get(pair, -math.inf):
                        best[pair] = value
            forward.append(best)
        backward: dict[_Pair, float] = dict.fromkeys(forward[-1], 0.0)
        decided: list[tuple[_Candidate, float]] = []
        for at in range(len(scores) - 1, -1, -1):
            decided.append(_marginal(forward[at], backward))
            if at:
                earlier: dict[_Pair, float] = {}
                for before, last in forward[at - 1]:
                    earlier[before, last] = max(
                        score
                        + self._transition(at, before, last, candidate)
                        + backward[last, candidate]
                        for candidate, score in scores[at].items()
                    )
                backward = earlier
        return decided[::-1]

    def _emission(self, at: int, candidate: _Candidate) -> float:
        """How well a candidate fits the signs of one speech."""
        speech = self._speeches[at]
        if candidate is None:
            told = any(tag.mention.first_person for tag in speech.tags)
            return 3 * _TAG if told else _NOBODY
        score = 0.0
        for tag in speech.tags:
            score += tag.weight * _fits(tag.mention, candidate)
        if candidate in speech.addressed:
            score += _ADDRESSED
        if candidate is speech.names_itself:
            score += _NAMES_ITSELF
        if candidate is self._last_mentioned(at):
            score += _LAST_MENTIONED
        if self._born.get(candidate, speech.paragraph) > speech.paragraph:
            score += _UNKNOWN_YET
        return score

    def _last_mentioned(self, at: int) -> _Candidate:
        """Whom the narration since the last speech names last."""
        paragraph = self._speeches[at].paragraph
        since = self._speeches[at - 1].paragraph if at else 0
        told = [p for names in self._signs.mentioned[since + 1 : paragraph] for p in names]
        return told[-1] if told else None

    def _transition(
        self, at: int, before: _Candidate, last: _Candidate, candidate: _Candidate
    ) -> float:
        """How well a candidate follows two speakers."""
        gap = self._gap(at)
        if gap >= _SILENCE or candidate is None:
            return 0.0
        score = 0.0
        if candidate is last:
            score += _SAME_AGAIN if gap == 0 else _SAME_LATER
        elif candidate is before:
            score += _TURN_BACK if gap == 0 else _TURN_LATER
        elif candidate is not self._last_mentioned(at):
            score += _NEWCOMER
        if candidate in self._speeches[at - 1].addressed:
            score += _ANSWERS
        if last is not None and last in self._speeches[at].addressed:
            score += _ANSWERS
        return score

    def _gap(self, at: int) -> int:
        """Paragraphs without speech before a speech."""
        return max(0, self._speeches[at].paragraph - self._speeches[at - 1].paragraph - 1)


def _named(speech: Speech) -> list[Person]:
    people = [tag.mention.person for tag in speech.tags if tag.mention.person is not None]
    itself = [speech.names_itself] if speech.names_itself is not None else []
    return [*people, *speech.addressed, *itself]


def _fits(mention: Mention, candidate: Person) -> float:
    """How well a subject means a candidate, from −1 of a tag's weight up to 2."""
    person, gender = mention.person, mention.gender
    if person is candidate:  # but "the boy" is rather somebody who has a name
        return _ANYBODY if candidate.anybody else _TAG
    if (person is not None and not person.anybody) or gender not in ("m", "f", "n"):
        return 0.0
    if gender == "n":
        return _GENDER_WRONG / 3 if candidate.named and candidate.gender else _GENDER_UNKNOWN
    if not candidate.gender:
        return _GENDER_UNKNOWN / 3
    return (_GENDER_FITS if candidate.gender == gender else _GENDER_WRONG) / 3


def _marginal(
    forward: dict[_Pair, float], backward: dict[_Pair, float]
) -> tuple[_Candidate, float]:
    """The best last speaker of the pairs, and how sure it is against the next best."""
    best: dict[_Candidate, float] = {}
    for pair, total in forward.items():
        value = total + backward[pair]
        if value > best.get(pair[1], -math.inf):
            best[pair[1]] = value
    ranked = sorted(best.items(), key=lambda item: -item[1])
    if len(ranked) == 1:
        return ranked[0][0], 0.5
    margin = ranked[0][1] - ranked[1][1]
    return ranked[0][0], 1 / (1 + math.exp(-margin))
