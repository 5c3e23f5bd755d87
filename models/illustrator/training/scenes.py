"""Scenes to learn from: what stands where, drawn by lot, as plausible as a picture book.

A scene is a function of its name, so nothing has to be stored to get it again. Half of the settings
fit their subjects, the other half is any: a model that saw camels in deserts only would not know
which word draws which. This module knows nothing of words beyond nouns, and nothing of pictures.
"""

from __future__ import annotations

import random
from dataclasses import replace
from typing import Literal

from models.illustrator.library import Item
from models.illustrator.scene import (
    Framing,
    Mood,
    Place,
    Pose,
    Relation,
    Scene,
    Season,
    Setting,
    Size,
    Subject,
    TimeOfDay,
    Weather,
)
from models.illustrator.settings import INDOORS
from models.illustrator.training.vocabulary import COLOURS, MOST_COUNTED, Vocabulary

Company = Literal["single", "several"]
"""One subject in a scene, or more."""

Split = Literal["train", "judge", "seen", "unseen"]
"""`seen`: new scenes of pairs that training shows; `unseen`: with a pair that it never shows.
`judge`: more of the latter, for the probe alone, which judges worse what it has never met."""

_AIRLESS = frozenset({Setting.UNDERWATER, Setting.SPACE, Setting.MOON})
_WATERS = (Setting.SEA, Setting.UNDERWATER, Setting.LAKE, Setting.RIVER, Setting.BEACH)
_COLD = (Setting.SNOW, Setting.MOUNTAINS)
_INDOORS = tuple(INDOORS)
_HOMES: dict[str, tuple[Setting, ...]] = {
    "boat": (Setting.SEA, Setting.LAKE, Setting.RIVER, Setting.HARBOUR),
    "aircraft": (Setting.SKY, Setting.SPACE, Setting.MEADOW, Setting.CITY),
    "sky": (Setting.SKY, Setting.HILLS, Setting.SEA, Setting.MEADOW, Setting.MOUNTAINS),
    "furniture": (Setting.BEDROOM, Setting.LIVING_ROOM, Setting.KITCHEN, Setting.WORKSHOP),
    "building": (Setting.VILLAGE, Setting.HILLS, Setting.MEADOW, Setting.CITY, Setting.FOREST),
    "vehicle": (Setting.ROAD, Setting.CITY, Setting.VILLAGE, Setting.FARM),
    "food": (Setting.KITCHEN, Setting.MARKET, Setting.GARDEN, Setting.SHOP),
    "plant": (Setting.GARDEN, Setting.MEADOW, Setting.FOREST, Setting.PARK),
}
_SEATS = frozenset({"furniture", "boat", "vehicle"})
_MOUNTS = frozenset({"horse", "elephant", "camel", "turtle", "whale", "unicorn", "donkey"})


def draw_scene(vocabulary: Vocabulary, split: Split, company: Company, name: str) -> Scene:
    """Draws the scene of that name: the same arguments give the same scene.

    Never raises: a vocabulary in which no pair is held out yields ordinary scenes as `unseen`.
    """
    chance = random.Random(f"{split}:{company}:{name}")  # noqa: S311 - pictures, not secrets
    scene = _draw(vocabulary, company, chance)
    for _ in range(200):
        if vocabulary.is_held_out(scene) == (split in {"judge", "unseen"}):
            break
        scene = _draw(vocabulary, company, chance)
    return scene


def _draw(vocabulary: Vocabulary, company: Company, chance: random.Random) -> Scene:
    items = vocabulary.items()
    several = 1 if company == "single" else chance.choices((2, 3, 4), (60, 32, 8))[0]
    chosen = chance.sample(items, min(several, len(items)))
    setting = _setting(vocabulary, chosen, chance)
    subjects = [_subject(item, setting, len(chosen), chance) for item in chosen]
    if len(subjects) > 1:
        _relate(subjects, chosen, chance)
    outdoors = setting not in INDOORS and setting not in _AIRLESS
    return Scene(
        subjects=tuple(subjects),
        setting=setting,
        time_of_day=_maybe(chance, 0.55, tuple(TimeOfDay)),
        weather=_maybe(chance, 0.3, tuple(Weather)) if outdoors else "",
        season=_maybe(chance, 0.22, tuple(Season)) if outdoors else "",
        mood=_maybe(chance, 0.08, tuple(Mood)),
        framing=_maybe(chance, 0.12, (Framing.CLOSE, Framing.WIDE)),
    )


def _maybe(chance: random.Random, share: float, values: tuple[str, ...]) -> str:
    return str(chance.choice(values)) if chance.random() < share else ""


def _setting(vocabulary: Vocabulary, chosen: list[Item], chance: random.Random) -> str:
    homes = [place for item in chosen for place in _homes(item) if place in vocabulary.settings]
    if homes and chance.random() < 0.5:
        return str(chance.choice(homes))
    return str(chance.choice(vocabulary.settings))


def _homes(item: Item) -> tuple[Setting, ...]:
    if "swim" in item.tags or "float" in item.tags:
        return _WATERS
    if "cold" in item.tags:
        return _COLD
    return _HOMES.get(item.kind, ())


def _subject(item: Item, setting: str, company: int, chance: random.Random) -> Subject:
    count = 1
    if item.kind not in {"sky", "building"} and chance.random() < (0.3 if company == 1 else 0.15):
        count = chance.choices(range(2, MOST_COUNTED + 1), (45, 30, 15, 10))[0]
    # Skin and robes keep the colours that they were drawn in; all else takes a coat of paint.
    painted = item.kind not in {"person", "sky"} and chance.random() < 0.22
    return Subject(
        noun=item.english[0],
        count=count,
        colour=chance.choice(COLOURS) if painted else "",
        size=_maybe(chance, 0.12, tuple(Size)),
        place=_maybe(chance, 0.1, tuple(Place)) if count == 1 else "",
        pose=_pose(item, setting, chance),
    )


def _pose(item: Item, setting: str, chance: random.Random) -> str:
    if item.kind not in {"animal", "person"} or chance.random() > 0.15:
        return ""
    poses = [Pose.SLEEPING]
    if {"fly", "perch"} & item.tags:
        poses.append(Pose.FLYING)
    if setting in _WATERS and item.kind == "animal":
        poses.append(Pose.SWIMMING)
    return str(chance.choice(poses))


def _relate(subjects: list[Subject], items: list[Item], chance: random.Random) -> None:
    """Ties the first subject to the second, when the lot falls so."""
    if chance.random() > 0.4 or subjects[1].count > 1:
        return
    host = items[1]
    relations = [Relation.BESIDE, Relation.BEHIND, Relation.IN_FRONT]
    if "sky" in {items[0].kind, host.kind}:
        return
    if items[0].kind != "building" and (host.kind in _SEATS or host.key in _MOUNTS):
        relations += [Relation.ON] * 3
    if host.kind in {"plant", "furniture"} and "tall" not in items[0].tags:
        relations += [Relation.UNDER]
    if "fly" in items[0].tags:
        relations += [Relation.ABOVE] * 3
    subjects[0] = replace(
        subjects[0], relation=str(chance.choice(relations)), relation_target=1, place="", pose=""
    )
