"""Words for a scene, in many ways: prompts, phrases, sentences of stories.

The same scene gets another caption each time it is seen. What the scene says, the caption nearly
always says too; so a model can learn which word draws what. This module knows scenes and the
library's synonyms, not pictures. Patterns and phrases are data: `wording.toml`.
"""

from __future__ import annotations

import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from models.illustrator.library import Item, Library
from models.illustrator.scene import Scene, Subject, plural, to_prompt
from models.illustrator.training.vocabulary import Vocabulary

WORDING_FILE = Path(__file__).with_name("wording.toml")

_NUMBERS = ("", "", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_AS_REQUESTED = 0.5
"""Share of the captions that are worded as the image service words its requests."""

_SAID = 0.94
"""Share of a scene's facts that its caption says."""


@cache
def wording() -> dict[str, dict[str, list[str]]]:
    """The tables of `wording.toml`: kind of wording → what it is for → wordings."""
    with WORDING_FILE.open("rb") as file:
        return tomllib.load(file)


def caption(scene: Scene, vocabulary: Vocabulary, name: str, *, held_out: bool = False) -> str:
    """Words the scene. The same arguments give the same caption.

    Args:
        scene: With nouns of the vocabulary.
        vocabulary: Says which wordings are kept for evaluation.
        name: Chooses among the wordings.
        held_out: Prefer wordings that training never uses; where there are none, the others serve.
    """
    chance = random.Random(f"caption:{name}")  # noqa: S311 - words, not secrets
    return _Writer(vocabulary, chance, held_out).write(scene)


@dataclass
class _Writer:
    """One caption under way."""

    vocabulary: Vocabulary
    chance: random.Random
    held_out: bool

    def write(self, scene: Scene) -> str:
        if not self.held_out and self.chance.random() < _AS_REQUESTED:
            return to_prompt(scene, self.chance.choice((None, None, "", "flat")))
        return self._sentence(scene)

    def pick(self, options: Sequence[str]) -> str:
        """One of the wordings that this split may use."""
        kept = self.vocabulary.is_held_out_wording
        allowed = [one for one in options if kept(one) == self.held_out] or list(options)
        return self.chance.choice(allowed)

    def _sentence(self, scene: Scene) -> str:
        subjects = scene.subjects
        items = [_item(subject) for subject in subjects]
        first = subjects[0]
        tied = bool(first.relation) and first.relation_target == 1
        kind = self._kind(len(subjects), tied)
        told = [self._phrase(s, i) for s, i in zip(subjects, items, strict=True)]
        definite = [self._definite(s, i) for s, i in zip(subjects, items, strict=True)]
        tie = f"{self._word('relations', first.relation)} {told[1]}" if tied else ""
        listed = _listed([f"{told[0]} {tie}", *told[2:]] if tied else told)
        where = self._where(scene)
        if kind == "tied" and len(told) > 2:
            where = f"{where}, with {_listed(told[2:])}"
        verb, verbs = self._verbs(scene, items[0])
        padded = [*told, *[told[-1]] * 2]
        definites = [*definite, *[definite[-1]] * 2]
        words = {
            "a": padded[0], "b": padded[1], "c": padded[2], "A": _capital(padded[0]),
            "the_a": definites[0], "the_b": definites[1], "The_a": _capital(definites[0]),
            "list": listed, "List": _capital(listed), "where": where,
            "verb": verb, "verbs": verbs, "name": self.chance.choice(wording()["names"]["names"]),
            "tie": tie,
        }  # fmt: skip
        text = self.pick(wording()["patterns"][kind]).format(**words)
        for table, value in (("framings", scene.framing), ("moods", scene.mood)):
            if value and self.chance.random() < _SAID:
                text = f"{text.rstrip('.')}, {self._word(table, value)}"
        return _tidy(text)

    def _kind(self, subjects: int, tied: bool) -> str:
        if self.chance.random() < 0.3:
            return "phrase"
        if tied:
            return "tied"
        return ("one", "two")[subjects - 1] if subjects <= 2 else "many"

    def _word(self, table: str, value: str) -> str:
        return self.pick(wording()[table][value])

    def _noun(self, item: Item) -> str:
        """Mostly the first word for it, at times a synonym."""
        synonyms = [w for w in item.english[1:] if self._allowed(w)]
        if synonyms and self.chance.random() < (0.6 if self.held_out else 0.3):
            return self.chance.choice(synonyms)
        return item.english[0]

    def _allowed(self, synonym: str) -> bool:
        return self.vocabulary.is_held_out_wording(synonym) == self.held_out

    def _phrase(self, subject: Subject, item: Item) -> str:
        """ "a small red fox", "two owls"."""
        noun = self._noun(item)
        adjectives = []
        if subject.size:
            adjectives.append(self._word("sizes", subject.size))
        adjectives += self._adjective(item)
        if subject.colour:
            adjectives.append(subject.colour)
        if subject.count > 1:
            number = _NUMBERS[subject.count]
            if self.chance.random() < 0.1:
                number = str(subject.count)
            return " ".join([number, *adjectives, plural(noun)])
        phrase = " ".join([*adjectives, noun])
        placed = f" {self._word('places', subject.place)}" if subject.place else ""
        return f"{'an' if phrase[0] in 'aeiou' else 'a'} {phrase}{placed}"

    def _definite(self, subject: Subject, item: Item) -> str:
        """The same with "the"; a single one drops no colour, for nothing else would say it."""
        phrase = self._phrase(subject, item)
        if subject.count > 1:
            return f"the {phrase}"
        return f"the {phrase.split(' ', 1)[1]}"

    def _adjective(self, item: Item) -> list[str]:
        table = wording()["adjectives"]
        if item.kind not in table or self.chance.random() > 0.2:
            return []
        return [self.pick(table[item.kind])]

    def _verbs(self, scene: Scene, item: Item) -> tuple[str, str]:
        """The first subject's verb, in its number; and one that fits all."""
        table = wording()["verbs"]
        first = scene.subjects[0]
        options = table.get(first.pose) or table[item.kind]
        one, many = self.pick(options).split("|")
        same = all(s.pose == first.pose for s in scene.subjects)
        shared = self.pick(options if same and first.pose else table["person"]).split("|")[1]
        return (many if first.count > 1 else one), shared

    def _where(self, scene: Scene) -> str:
        """The place, then what is said of hour, weather and season, in any order."""
        extras = []
        for table, value in (
            ("times", scene.time_of_day),
            ("weathers", scene.weather),
            ("seasons", scene.season),
        ):
            if value and self.chance.random() < _SAID:
                extras.append(self._word(table, value))
        self.chance.shuffle(extras)
        place = self._word("settings", scene.setting)
        joint = self.chance.choice((" ", ", "))
        return joint.join([place, *extras])


def _item(subject: Subject) -> Item:
    item: Any = Library.load().find(subject.noun)
    assert item is not None, subject.noun
    return item  # type: ignore[no-any-return]  # asserted


def _listed(phrases: list[str]) -> str:
    if len(phrases) == 1:
        return phrases[0]
    return f"{', '.join(phrases[:-1])} and {phrases[-1]}"


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _tidy(text: str) -> str:
    return _capital(" ".join(text.split()))
