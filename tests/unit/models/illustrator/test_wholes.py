"""Parts are not drawn beside their wholes; the sun and the moon keep their hours."""

from typing import Any

import pytest

from models.illustrator.actors import Actor, cast
from models.illustrator.composer import compose
from models.illustrator.library import Library
from models.illustrator.scene import Scene, Setting, Subject, TimeOfDay
from models.illustrator.wholes import hour_of, of_the_hour, surfaced, without_parts

LIBRARY = Library.load()


def actors(*nouns: str | Subject) -> list[Actor]:
    subjects = tuple(Subject(noun) if isinstance(noun, str) else noun for noun in nouns)
    return cast(Scene(subjects), LIBRARY, 1)[0]


def keys(found: list[Actor]) -> list[str]:
    return [actor.item.key for actor in found]


@pytest.mark.parametrize(
    ("nouns", "setting", "indoors", "shown", "unseen"),
    [
        (("fox", "lantern", "flame"), Setting.MEADOW, False, ["fox", "lantern"], set()),
        (("fox", "flame"), Setting.MEADOW, False, ["fox", "flame"], set()),
        (("fox", "stairs", "lighthouse"), Setting.SEA, False, ["fox", "lighthouse"], set()),
        (("fox", "stairs"), Setting.SEA, False, ["fox"], {1}),
        (("fox", "door"), Setting.FOREST, False, ["fox", "door"], set()),
        (("fox", "window"), Setting.FOREST, False, ["fox"], {1}),
        (("girl", "window", "door"), Setting.KITCHEN, True, ["girl", "window", "door"], set()),
    ],
)
def test_parts_belong_to_their_wholes(
    nouns: tuple[str, ...], setting: Setting, indoors: bool, shown: list[str], unseen: set[int]
) -> None:
    kept, out = without_parts(actors(*nouns), setting, indoors=indoors)
    assert keys(kept) == shown
    assert out == unseen


def test_what_is_in_a_part_is_in_the_whole() -> None:
    lamp = Subject("lantern", relation="inside", relation_target=2)
    kept, _ = without_parts(actors("lighthouse", lamp, "window"), Setting.SEA, indoors=False)
    assert (kept[1].words.relation, kept[1].words.relation_target) == ("inside", 0)
    kept, _ = without_parts(
        actors("fox", Subject("cake", relation="on", relation_target=2), "window"),
        Setting.FOREST,
        indoors=False,
    )
    assert (kept[1].words.relation, kept[1].words.relation_target) == ("", None)


@pytest.mark.parametrize(
    ("time", "shown"),
    [("night", ["moon"]), ("dawn", ["sun"]), ("", ["sun", "moon"])],
)
def test_the_sun_and_the_moon_keep_their_hours(time: str, shown: list[str]) -> None:
    assert keys(of_the_hour(actors("sun", "moon"), time)) == shown


def test_a_moon_alone_makes_the_night() -> None:
    assert hour_of(actors("postman", "moon")) == TimeOfDay.NIGHT
    assert hour_of(actors("postman")) == hour_of(actors("sun", "moon")) == TimeOfDay.DAY


def test_swimmers_below_a_boat_swim_beside_it() -> None:
    below: dict[str, Any] = {"relation": "under", "relation_target": 0}
    freed = surfaced(actors("rowboat", Subject("whale", **below), Subject("fox", **below)))
    assert [actor.words.relation for actor in freed] == ["", "", "under"]


def test_a_lighthouse_by_the_sea_stands_on_land_and_so_does_who_is_there() -> None:
    scene = Scene((Subject("fox"), Subject("lighthouse")), "sea", "night")
    picture = compose(scene, width=128, height=96)
    assert picture.scene.setting == "sea"
    assert [layer.name for layer in picture.layers()] == [
        "background", "lighthouse", "fox", "foreground",
    ]  # fmt: skip
    alone = compose(Scene((Subject("fox"),), "sea", "night"), width=128, height=96)
    assert "rowboat" in {layer.name for layer in alone.layers()}


def test_what_is_left_out_unseen_is_not_reported_as_drawn() -> None:
    scene = Scene((Subject("fox"), Subject("stairs"), Subject("rowboat")), "sea")
    assert compose(scene, width=64, height=64).drawn == ("fox", "rowboat")
