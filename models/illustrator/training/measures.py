"""What pictures show of what was asked: the probe's reading against the scene, in figures.

Knows the probe and scenes; whether a picture was composed, reconstructed or generated is the same
to it. A figure is a share of the cases in which it was asked, and comes with their number.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

from models.illustrator.scene import Relation, Scene, Subject
from models.illustrator.training.probe import Reading
from models.illustrator.training.shards import Example
from models.illustrator.training.vocabulary import (
    COLOURS,
    MOST_COUNTED,
    TIMES,
    UNJUDGED,
    Vocabulary,
)

_NEAR = 6.0
"""Cells between the middles of two things that stand beside each other, at most."""


_LEAST_CELLS = 3
"""Of 256, that each copy of a thing must fill to be asked for: a square of 27 pixels of 256."""


@dataclass
class Tally:
    """Right cases of asked ones, by figure."""

    right: dict[str, float] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)

    def add(self, figure: str, right: bool) -> None:
        """Counts one case."""
        self.right[figure] = self.right.get(figure, 0.0) + float(right)
        self.asked[figure] = self.asked.get(figure, 0) + 1

    def figures(self) -> dict[str, dict[str, float]]:
        """Each figure's share and number of cases."""
        return {
            name: {"share": round(self.right[name] / asked, 4), "cases": asked}
            for name, asked in sorted(self.asked.items())
        }


def presence_threshold(readings: Iterable[tuple[Reading, Sequence[Scene]]],
                       vocabulary: Vocabulary) -> float:  # fmt: skip
    """The log-odds at which as many things that are there are missed as absent ones are seen.

    Args:
        readings: Of composed pictures that the probe was not trained on.
        vocabulary: Of the run.
    """
    there, absent = [], []
    for reading, scenes in readings:
        for row, scene in enumerate(scenes):
            named = _judged(scene, vocabulary)
            plain = [label for label, painted in named.items() if not painted]
            odds = reading.presence[row]
            there += [float(odds[label]) for label in plain]
            absent += [float(odds[label]) for label in _absent(named, len(plain), len(odds), row)]
    candidates = sorted([*there, *absent])
    if not there or not absent:
        return 0.0
    misses, alarms = torch.tensor(there), torch.tensor(absent)

    def imbalance(threshold: float) -> float:
        return max(
            float((misses < threshold).float().mean()), float((alarms >= threshold).float().mean())
        )

    return min(candidates, key=imbalance)


def measure(
    tally: Tally,
    reading: Reading,
    scenes: Sequence[Scene],
    vocabulary: Vocabulary,
    threshold: float,
) -> None:
    """Adds a batch of pictures to a tally.

    Figures: `subject` (it is there, in its own colours), `painted` (it is there, in another
    colour: a blue giraffe is told from other blue things by its outline alone), `absent` (a thing
    not asked for is not there), `all_subjects` (of scenes that name two or more things, none of
    them painted), `setting`, `time`, `count`, `colour`, `relation`. What is not there has no right
    colour and stands in no relation.

    Args:
        tally: Takes the cases.
        reading: Of the pictures.
        scenes: What was asked, in the order of the pictures.
        vocabulary: Of the run.
        threshold: Of presence, from `presence_threshold`.
    """
    for row, scene in enumerate(scenes):
        odds = reading.presence[row]
        labels = _judged(scene, vocabulary)
        found = {label: bool(odds[label] >= threshold) for label in labels}
        for label, painted in labels.items():
            tally.add("painted" if painted else "subject", found[label])
        plain = sum(not painted for painted in labels.values())
        for label in _absent(labels, plain, len(odds), row):
            tally.add("absent", bool(odds[label] < threshold))
        if len(labels) > 1 and plain == len(labels):
            tally.add("all_subjects", all(found.values()))
        if vocabulary.place(scene.setting) != UNJUDGED:
            place = int(reading.settings[row].argmax())
            tally.add("setting", place == vocabulary.place(scene.setting))
        if scene.time_of_day in TIMES:
            tally.add("time", TIMES[int(reading.times[row].argmax())] == scene.time_of_day)
        alone = _row(reading, row)
        for subject in scene.subjects:
            _measure_subject(tally, alone, subject, vocabulary, found)
        _measure_relation(tally, alone, scene, vocabulary, found)


def can_be_judged(example: Example, vocabulary: Vocabulary) -> bool:
    """Whether each copy of each judged thing of a composed picture is large enough to be told."""
    for index, subject in enumerate(example.scene.subjects):
        filled = int((example.cells == index + 1).sum())
        if vocabulary.label(subject.noun) != UNJUDGED and filled < _LEAST_CELLS * subject.count:
            return False
    return True


def _judged(scene: Scene, vocabulary: Vocabulary) -> dict[int, bool]:
    """The labels of a scene's judged things, and whether they are painted in another colour."""
    labels: dict[int, bool] = {}
    for subject in scene.subjects:
        label = vocabulary.label(subject.noun)
        if label != UNJUDGED:
            labels.setdefault(label, subject.colour in COLOURS)
    return labels


def _absent(named: Container[int], count: int, concepts: int, row: int) -> list[int]:
    """As many concepts that are not named; chosen by the row so that all get their turn."""
    others = [(row * 7 + 3 * k + 1) % concepts for k in range(2 * count + 8)]
    return [label for label in dict.fromkeys(others) if label not in named][:count]


def _measure_subject(
    tally: Tally,
    reading: Reading,
    subject: Subject,
    vocabulary: Vocabulary,
    found: Mapping[int, bool],
) -> None:
    label = vocabulary.label(subject.noun)
    if label == UNJUDGED:
        return
    share = reading.share_of(label)[0]
    counted = round(float(reading.count_of(label)))
    tally.add("count", min(counted, MOST_COUNTED) == min(subject.count, MOST_COUNTED))
    if subject.count > 1:
        tally.add(
            "count_of_several", min(counted, MOST_COUNTED) == min(subject.count, MOST_COUNTED)
        )
    if subject.colour in COLOURS:
        votes = (reading.colours[0].softmax(dim=0) * share).sum(dim=(1, 2))[1:]
        tally.add("colour", found[label] and COLOURS[int(votes.argmax())] == subject.colour)


def _measure_relation(
    tally: Tally,
    reading: Reading,
    scene: Scene,
    vocabulary: Vocabulary,
    found: Mapping[int, bool],
) -> None:
    for subject in scene.subjects:
        target = subject.relation_target
        if not subject.relation or target is None or not 0 <= target < len(scene.subjects):
            continue
        pair = [vocabulary.label(s.noun) for s in (subject, scene.subjects[target])]
        if UNJUDGED in pair:
            continue
        one, other = (_middle(reading.share_of(label)[0]) for label in pair)
        there = all(found[label] for label in pair)
        tally.add("relation", there and _holds(subject.relation, one, other))


def _holds(relation: str, one: tuple[float, float], other: tuple[float, float]) -> bool:
    """Whether two middles (across, down; in cells) can stand in that relation."""
    across, down = abs(one[0] - other[0]), one[1] - other[1]
    if relation in {Relation.ON, Relation.ABOVE}:
        return down < 0 and across < _NEAR
    if relation == Relation.UNDER:
        return down > 0 and across < _NEAR
    return across + abs(down) < 2 * _NEAR  # beside, behind, in front of, holding: near


def _middle(share: Tensor) -> tuple[float, float]:
    weight = share / share.sum().clamp_min(1e-6)
    places = torch.arange(share.shape[0], dtype=share.dtype)
    return float((weight.sum(dim=0) * places).sum()), float((weight.sum(dim=1) * places).sum())


def _row(reading: Reading, row: int) -> Reading:
    """The reading of one picture of a batch."""
    parts: dict[str, Any] = {name: value[row : row + 1] for name, value in vars(reading).items()}
    return Reading(**parts)
