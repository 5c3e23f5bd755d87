"""The example utterances: patterns kept as data, and the sentences that they stand for.

A pattern holds slots, so that the same fox is drawn, explained, and told a story about: what is
asked must be learnt from the asking, not from the fox. This module does not know what is learnt.
"""

from __future__ import annotations

import random
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from orchestrator.routing.intents import Intent

FILES = ("examples_en.toml", "examples_fr.toml")

_SLOT = re.compile(r"\{(\w+)\}")
# French puts a request as a question by its verb, which stands in the slot already.
_ASKS = re.compile(r"(?:Tu peux|Peux-tu|Pourrais-tu|Pourriez-vous)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence that somebody might say.

    Attributes:
        text: The sentence.
        intent: What it asks for.
        language: BCP-47 language.
        pattern: Number of the pattern that it comes from, for weights and for folds.
    """

    text: str
    intent: Intent
    language: str
    pattern: int


def expand(seed: int, of_each: int, polite: float = 0.4) -> list[Example]:
    """Makes sentences from every pattern.

    Args:
        seed: Of the choice of phrases.
        of_each: Sentences of a pattern with slots; one without gives one, and its polite forms.
        polite: Share of sentences, where a pattern allows it, that are put politely.
    """
    chance = random.Random(seed)  # noqa: S311 - examples, not secrets
    examples: dict[str, Example] = {}
    pattern = 0
    for name in FILES:
        data = tomllib.loads((Path(__file__).parent / name).read_text(encoding="utf-8"))
        for intent, lines in data["lines"].items():
            for line in lines:
                for text in _sentences(line, data, chance, of_each, polite):
                    examples.setdefault(
                        text, Example(text, Intent(intent), data["language"], pattern)
                    )
                pattern += 1
    return list(examples.values())


def _sentences(
    line: str, data: Mapping[str, Mapping[str, Sequence[str]]], chance: random.Random,
    of_each: int, polite: float,
) -> Iterator[str]:  # fmt: skip
    may_ask, pattern = line.startswith("!"), line.removeprefix("!")
    varied = "{" in pattern or may_ask
    for turn in range(of_each if varied else 1):
        text = _filled(pattern, data["slots"], chance)
        if may_ask and (chance.random() < polite if turn else False):
            text = _politely(text, chance.choice(data["polite"]["before"]))
        yield _written(text, chance)


def _filled(pattern: str, slots: Mapping[str, Sequence[str]], chance: random.Random) -> str:
    while _SLOT.search(pattern):
        pattern = _SLOT.sub(lambda found: chance.choice(slots[found[1]]), pattern)
    return pattern


def _politely(text: str, frame: str) -> str:
    inside = text[:1].lower() + text[1:]
    # A question mark belongs before the material: "Can you read this? …" reads like "…: …".
    return frame.replace("{x}", inside) if "\n" not in inside else inside


def _written(text: str, chance: random.Random) -> str:
    """As people type: with or without a capital letter, a full stop, a question mark."""
    if chance.random() < 0.7:
        text = text[:1].upper() + text[1:]
    if text[-1:].isalnum() and _ASKS.match(text) and chance.random() < 0.7:
        text += " ?"
    elif text[-1:].isalnum() and chance.random() < 0.5:
        text += "."
    return text
