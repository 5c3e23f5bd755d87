"""Figures from readings made by hand, of which it is plain what they should give."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from models.illustrator.scene import Scene, Subject
from models.illustrator.training.measures import (
    Tally,
    can_be_judged,
    measure,
    presence_threshold,
)
from models.illustrator.training.probe import Reading
from models.illustrator.training.shards import Example
from models.illustrator.training.vocabulary import COLOURS, TIMES, Vocabulary

FOX, CAT, DOG = 0, 1, 2


def reading(
    *things: tuple[int, int, tuple[int, int], str], setting: int = 0, time: str = "day"
) -> Reading:
    """A reading of one picture: concept, count, middle (across, down), colour of each thing."""
    concepts = torch.zeros(1, 6, 16, 16)
    concepts[:, 0] = 20.0
    density = torch.zeros(1, 16, 16)
    colours = torch.zeros(1, len(COLOURS) + 1, 16, 16)
    presence = torch.full((1, 5), -8.0)
    for concept, count, (across, down), colour in things:
        rows, columns = slice(down - 1, down + 2), slice(across - 1, across + 2)
        concepts[0, :, rows, columns] = 0.0
        concepts[0, concept + 1, rows, columns] = 20.0
        density[0, rows, columns] = count / 9
        colours[0, COLOURS.index(colour) + 1 if colour else 0, rows, columns] = 20.0
        presence[0, concept] = 8.0
    settings, times = torch.zeros(1, 3), torch.zeros(1, len(TIMES))
    settings[0, setting], times[0, TIMES.index(time)] = 5.0, 5.0  # type: ignore[arg-type]
    return Reading(concepts, density, colours, settings, times, presence)


def figures(vocabulary: Vocabulary, scene: Scene, seen: Reading) -> dict[str, float]:
    tally = Tally()
    measure(tally, seen, [scene], vocabulary, threshold=0.0)
    return {name: figure["share"] for name, figure in tally.figures().items()}


SCENE = Scene(
    (Subject("fox", count=3, colour="red"), Subject("cat", relation="beside", relation_target=0)),
    setting="forest",
    time_of_day="night",
)


def test_what_is_right_counts_in_every_figure(vocabulary: Vocabulary) -> None:
    shown = reading((FOX, 3, (4, 8), "red"), (CAT, 1, (9, 8), ""), time="night")
    got = figures(vocabulary, SCENE, shown)
    assert got == dict.fromkeys(
        ["absent", "colour", "count", "count_of_several", "painted", "relation", "setting",
         "subject", "time"],
        1.0,
    )  # fmt: skip


def test_what_is_wrong_counts_in_its_own_figure(vocabulary: Vocabulary) -> None:
    other = reading((FOX, 2, (4, 8), "blue"), setting=1, time="day")
    got = figures(vocabulary, SCENE, other)
    assert got["painted"] == 1  # the foxes are there, if not red
    assert got["subject"] == 0
    assert got["count"] == 0  # two of three foxes, no cat of one
    assert got["colour"] == got["setting"] == got["time"] == got["relation"] == 0
    nothing = figures(vocabulary, SCENE, reading(time="night"))
    assert nothing["colour"] == nothing["relation"] == nothing["subject"] == 0
    assert nothing["setting"] == nothing["time"] == nothing["absent"] == 1


def test_all_subjects_are_those_of_scenes_that_paint_none(vocabulary: Vocabulary) -> None:
    plain = Scene((Subject("fox"), Subject("cat")), setting="forest")
    both = reading((FOX, 1, (4, 8), ""), (CAT, 1, (9, 8), ""))
    assert figures(vocabulary, plain, both)["all_subjects"] == 1
    one = figures(vocabulary, plain, reading((FOX, 1, (4, 8), "")))
    assert (one["subject"], one["all_subjects"]) == (0.5, 0)
    assert "painted" not in one


def test_only_what_is_large_enough_is_asked_for(vocabulary: Vocabulary) -> None:
    scene = Scene((Subject("fox", count=2), Subject("house")), setting="forest")
    picture, cells = np.zeros((64, 64, 3), np.uint8), np.zeros((16, 16), np.uint8)
    cells[0, :6] = 1

    def example() -> Example:
        sketch = np.zeros((64, 64, 4), np.uint8)
        return Example(picture, sketch, scene, cells, np.zeros((16, 16), np.float16))

    assert can_be_judged(example(), vocabulary)  # houses are not judged, and need not show
    cells[0, 5] = 2
    assert not can_be_judged(example(), vocabulary)


def test_more_than_five_are_many(vocabulary: Vocabulary) -> None:
    five = Scene((Subject("fox", count=5),), setting="forest")
    assert figures(vocabulary, five, reading((FOX, 7, (8, 8), "")))["count"] == 1
    assert figures(vocabulary, five, reading((FOX, 4, (8, 8), "")))["count"] == 0


@pytest.mark.parametrize(
    ("relation", "holds", "fails"),
    [
        ("on", ((8, 4), (8, 9)), ((8, 12), (8, 6))),
        ("above", ((7, 3), (8, 9)), ((2, 3), (13, 9))),
        ("under", ((8, 12), (8, 6)), ((8, 4), (8, 9))),
        ("beside", ((4, 8), (9, 8)), ((1, 2), (14, 14))),
    ],
)
def test_relations_are_seen_from_where_things_are(
    vocabulary: Vocabulary, relation: str, holds: tuple[tuple[int, int], ...], fails: object
) -> None:
    scene = Scene(
        (Subject("fox", relation=relation, relation_target=1), Subject("dog")), setting="forest"
    )
    for places, right in ((holds, 1.0), (fails, 0.0)):
        one, other = places  # type: ignore[misc]
        shown = reading((FOX, 1, one, ""), (DOG, 1, other, ""))
        assert figures(vocabulary, scene, shown)["relation"] == right


def test_what_is_not_judged_is_not_asked(vocabulary: Vocabulary) -> None:
    scene = Scene((Subject("zeppelin", count=2, colour="red"),), setting="atlantis")
    assert figures(vocabulary, scene, reading()) == {}


def test_the_threshold_balances_misses_and_false_alarms(vocabulary: Vocabulary) -> None:
    scene = Scene((Subject("fox"),), setting="forest")
    readings = []
    for there, elsewhere in ((4.0, 1.0), (3.0, 0.5), (5.0, -2.0), (2.0, 1.5)):
        one = reading()
        one.presence[0] = elsewhere
        one.presence[0, FOX] = there
        readings.append((one, [scene]))
    assert 1.5 < presence_threshold(readings, vocabulary) <= 2.0
    assert presence_threshold([], vocabulary) == 0.0


def test_shares_come_with_their_number_of_cases() -> None:
    tally = Tally()
    for right in (True, True, False):
        tally.add("setting", right)
    assert tally.figures() == {"setting": {"share": 0.6667, "cases": 3}}
