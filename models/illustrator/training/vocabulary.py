"""What the illustrator learns, as lists with an order: concepts, settings, colours; and the split.

The split keeps pairs ("fox" with "desert", "fox" with "bus") and wordings apart by their hash, so
that it stays the same whatever is drawn, and needs no list on disk. This module knows the art
library; it does not know pictures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import combinations
from pathlib import Path

from lanternist.runtime.errors import InvalidArgumentError
from models.illustrator.library import Item, Library
from models.illustrator.scene import Scene, Setting, TimeOfDay
from models.illustrator.training.sections import Data

CONCEPTS_FILE = Path(__file__).with_name("concepts.txt")

COLOURS = (
    "red", "blue", "green", "yellow", "orange", "purple", "pink", "brown", "black", "white", "grey",
)  # fmt: skip
"""Colours that captions ask for and that are judged. Near-synonyms ("crimson") are left out."""

TIMES = tuple(TimeOfDay)

MOST_COUNTED = 5
"""Counts are judged up to here; more is "many"."""

UNJUDGED = -1


@dataclass(frozen=True)
class Vocabulary:
    """The concepts and settings of a run, in an order that labels refer to.

    Attributes:
        concepts: Keys of the art library.
        judged: Those of them that pictures are judged by.
        settings: Where scenes take place.
        held_out_pairs: Share of the pairs kept for evaluation.
        held_out_wording: Share of the wordings kept for evaluation.
    """

    concepts: tuple[str, ...]
    judged: tuple[str, ...]
    settings: tuple[Setting, ...]
    held_out_pairs: float
    held_out_wording: float
    _labels: dict[str, int] = field(init=False, repr=False, compare=False)
    _places: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        judged = {key: index for index, key in enumerate(self.judged)}
        library = Library.load()
        labels = {library.items[k].english[0]: judged.get(k, UNJUDGED) for k in self.concepts}
        object.__setattr__(self, "_labels", labels)
        object.__setattr__(self, "_places", {s.value: i for i, s in enumerate(self.settings)})

    @staticmethod
    def of(data: Data) -> Vocabulary:
        """The vocabulary that a run's settings name.

        Raises:
            InvalidArgumentError: More concepts are asked for than there are.
        """
        listed = concept_list()
        if data.concepts > len(listed):
            raise InvalidArgumentError("data.concepts", f"there are {len(listed)}.")
        taken = listed[: data.concepts]
        places = tuple(Setting)[: data.settings or None]
        return Vocabulary(
            concepts=tuple(key for key, _ in taken),
            judged=tuple(key for key, judged in taken if judged),
            settings=places,
            held_out_pairs=data.held_out_pairs,
            held_out_wording=data.held_out_wording,
        )

    def items(self) -> list[Item]:
        """The library's items of the concepts, in their order."""
        library = Library.load()
        return [library.items[key] for key in self.concepts]

    def label(self, noun: str) -> int:
        """The judged concept that a scene's noun means; `UNJUDGED` for any other."""
        return self._labels.get(noun, UNJUDGED)

    def place(self, setting: str) -> int:
        """The index of a setting; `UNJUDGED` if it is none of the run's."""
        return self._places.get(setting, UNJUDGED)

    def is_held_out(self, scene: Scene) -> bool:
        """Whether the scene holds a pair that training never shows."""
        return any(_draw("pair", pair) < self.held_out_pairs for pair in _pairs(scene))

    def is_held_out_wording(self, wording: str) -> bool:
        """Whether a sentence pattern, phrase or synonym is kept for evaluation."""
        return _draw("wording", wording) < self.held_out_wording


@cache
def concept_list() -> tuple[tuple[str, bool], ...]:
    """Every key of `concepts.txt`, with whether it is judged."""
    lines = CONCEPTS_FILE.read_text(encoding="utf-8").splitlines()
    keys = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return tuple((key.lstrip("~"), not key.startswith("~")) for key in keys)


def _pairs(scene: Scene) -> Iterator[str]:
    nouns = sorted({subject.noun for subject in scene.subjects})
    for noun in nouns:
        yield f"{noun} @ {scene.setting}"
    for one, other in combinations(nouns, 2):
        yield f"{one} + {other}"


@cache
def _draw(kind: str, text: str) -> float:
    """A number 0 … 1 that depends on the text alone."""
    digest = hashlib.blake2b(f"{kind}:{text}".encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64
