"""What a picture shows, as plain values: the seam between words and drawing.

The parser and Story Mode's planner write a `Scene`, the composer draws it, `to_prompt` words it
for any other image engine. Every field is a string so that it mirrors the contract's
`SceneDescription` one to one; the enumerations below are the vocabularies that the composer draws.
A value outside them is legal: whoever draws falls back to the nearest thing it has. This module
knows neither the art library nor the parser.
"""

from dataclasses import dataclass
from enum import StrEnum


class Setting(StrEnum):
    """Where a scene takes place."""

    FOREST = "forest"
    MEADOW = "meadow"
    HILLS = "hills"
    MOUNTAINS = "mountains"
    BEACH = "beach"
    ISLAND = "island"
    SEA = "sea"
    UNDERWATER = "underwater"
    RIVER = "river"
    LAKE = "lake"
    SWAMP = "swamp"
    DESERT = "desert"
    SAVANNA = "savanna"
    JUNGLE = "jungle"
    SNOW = "snow"
    FARM = "farm"
    GARDEN = "garden"
    PARK = "park"
    ROAD = "road"
    VILLAGE = "village"
    CITY = "city"
    HARBOUR = "harbour"
    MARKET = "market"
    CIRCUS = "circus"
    CASTLE = "castle"
    THRONE_ROOM = "throne_room"
    SCHOOL = "school"
    LIBRARY = "library"
    SHOP = "shop"
    KITCHEN = "kitchen"
    BEDROOM = "bedroom"
    LIVING_ROOM = "living_room"
    WORKSHOP = "workshop"
    CAVE = "cave"
    SHIP_DECK = "ship_deck"
    TRAIN = "train"
    SKY = "sky"
    SPACE = "space"
    MOON = "moon"


class TimeOfDay(StrEnum):
    """The light of a scene."""

    DAWN = "dawn"
    DAY = "day"
    SUNSET = "sunset"
    NIGHT = "night"


class Weather(StrEnum):
    """What falls from, or hangs in, the air."""

    CLEAR = "clear"
    CLOUDY = "cloudy"
    RAIN = "rain"
    SNOW = "snow"
    FOG = "fog"
    STORM = "storm"
    WIND = "wind"


class Season(StrEnum):
    """The colour of leaves and ground."""

    SPRING = "spring"
    SUMMER = "summer"
    AUTUMN = "autumn"
    WINTER = "winter"


class Mood(StrEnum):
    """How a scene feels; shifts its colours gently."""

    HAPPY = "happy"
    CALM = "calm"
    SAD = "sad"
    SPOOKY = "spooky"
    MAGICAL = "magical"
    EXCITING = "exciting"


class Framing(StrEnum):
    """How near the viewer stands: the subjects' share of the picture."""

    CLOSE = "close"
    MEDIUM = "medium"
    WIDE = "wide"


class Size(StrEnum):
    """A size that the words ask for; nothing said is the empty string."""

    SMALL = "small"
    LARGE = "large"


class Place(StrEnum):
    """Where in the picture a subject stands."""

    LEFT = "left"
    RIGHT = "right"
    CENTRE = "centre"
    FOREGROUND = "foreground"
    BACKGROUND = "background"


class Relation(StrEnum):
    """How a subject stands to the subject `relation_target`."""

    BESIDE = "beside"
    BEHIND = "behind"
    IN_FRONT = "in_front"
    ON = "on"
    UNDER = "under"
    INSIDE = "inside"
    ABOVE = "above"
    HOLDING = "holding"


class Pose(StrEnum):
    """A pose that a transformation of the art can show honestly."""

    STANDING = "standing"
    FLYING = "flying"
    SWIMMING = "swimming"
    SLEEPING = "sleeping"
    JUMPING = "jumping"
    FALLING = "falling"


@dataclass(frozen=True, slots=True)
class Subject:
    """One thing that must be seen.

    `noun` is a word for it in the story's language, singular where known. `count` is 1 or more.
    `colour` is a basic colour word. `size`, `place`, `relation`, `pose` are values of the
    enumerations above, or empty. `relation_target` is the index of another subject of the same
    scene. Subjects with the same `character` look the same in every scene of a story.
    """

    noun: str
    count: int = 1
    colour: str = ""
    size: str = ""
    place: str = ""
    relation: str = ""
    relation_target: int | None = None
    character: str = ""
    pose: str = ""


@dataclass(frozen=True, slots=True)
class Scene:
    """What one picture shows. Empty strings mean "the words do not say"."""

    subjects: tuple[Subject, ...] = ()
    setting: str = ""
    time_of_day: str = ""
    weather: str = ""
    season: str = ""
    mood: str = ""
    framing: str = ""


_COUNT_WORDS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")
_IRREGULAR = {
    "man": "men", "woman": "women", "child": "children", "mouse": "mice", "goose": "geese",
    "wolf": "wolves", "sheep": "sheep", "deer": "deer", "fish": "fish", "leaf": "leaves",
    "foot": "feet", "tooth": "teeth", "loaf": "loaves", "knife": "knives", "ox": "oxen",
    "elf": "elves", "thief": "thieves", "shelf": "shelves", "person": "people",
    "bookshelf": "bookshelves",
}  # fmt: skip
_RELATION_WORDS = {"in_front": "in front of", "beside": "next to", "holding": "holding"}
_PLACE_WORDS = {
    "left": "on the left",
    "right": "on the right",
    "centre": "in the centre",
    "foreground": "in the foreground",
    "background": "in the distance",
}
_SETTING_WORDS = {
    "sea": "on the open sea", "underwater": "under the sea", "beach": "on a beach",
    "island": "on an island",
    "meadow": "in a flowery meadow", "hills": "in green hills", "mountains": "in the mountains",
    "road": "on a country road", "farm": "on a farm", "ship_deck": "on the deck of a ship",
    "train": "inside a train", "sky": "high in the sky", "space": "in outer space",
    "moon": "on the moon",
    "snow": "in a snowy landscape", "river": "by a river", "lake": "by a lake",
    "school": "in a classroom",
    "market": "at a market", "circus": "at the circus", "castle": "in front of a castle",
    "savanna": "on the savanna",
}  # fmt: skip
_TIME_WORDS = {"dawn": "at dawn", "day": "in daylight", "sunset": "at sunset", "night": "at night"}
_WEATHER_WORDS = {
    "clear": "under a clear sky", "cloudy": "under grey clouds", "rain": "in the rain",
    "snow": "in falling snow", "fog": "in fog", "storm": "in a thunderstorm", "wind": "in the wind",
}  # fmt: skip
_FRAMING_WORDS = {"close": "close-up", "wide": "wide view", "medium": ""}
_STYLE_WORDS = {
    "": "children's storybook illustration",
    "flat": "flat vector children's storybook illustration",
    "paper": "paper cut-out children's storybook illustration, layered paper, soft shadows",
}


def plural(noun: str) -> str:
    """The English plural of `noun`; its last word is inflected."""
    head, _, last = noun.rpartition(" ")
    lead = f"{head} " if head else ""
    if last in _IRREGULAR:
        return lead + _IRREGULAR[last]
    if last.endswith("man") and last not in {"human", "german"}:
        return lead + last[:-2] + "en"
    if last.endswith(("s", "x", "ch", "sh", "z")):
        return lead + last + "es"
    if last.endswith("y") and last[-2:-1] not in tuple("aeiou"):
        return lead + last[:-1] + "ies"
    return lead + last + "s"


def _phrase(subject: Subject) -> str:
    adjectives = [word for word in (subject.size, subject.colour) if word]
    if subject.pose and subject.pose != Pose.STANDING:
        adjectives.append(subject.pose)
    if subject.count > 1:
        known = subject.count < len(_COUNT_WORDS)
        number = _COUNT_WORDS[subject.count] if known else str(subject.count)
        return " ".join([number, *adjectives, plural(subject.noun)])
    words = " ".join([*adjectives, subject.noun]).strip()
    article = "an" if words[:1].lower() in tuple("aeiou") else "a"
    return f"{article} {words}"


def to_prompt(scene: Scene, style: str | None = "") -> str:
    """Words the scene in English for an engine that reads prompts.

    `style` is one of the composer's looks ("flat", "paper"), or free words, which are used as they
    are; None says nothing of the look. Never raises; a `relation_target` out of range is left out.
    """
    parts: list[str] = []
    for index, subject in enumerate(scene.subjects):
        phrase = _phrase(subject)
        target = subject.relation_target
        if subject.relation and target is not None and target != index:
            if 0 <= target < len(scene.subjects):
                words = _RELATION_WORDS.get(subject.relation, subject.relation)
                phrase += f" {words} the {scene.subjects[target].noun}"
        elif subject.place:
            phrase += f" {_PLACE_WORDS.get(subject.place, subject.place)}"
        parts.append(phrase)
    where = ""
    if scene.setting:
        spoken = scene.setting.replace("_", " ")
        where = _SETTING_WORDS.get(scene.setting, f"in a {spoken}")
    tail = [
        where,
        _TIME_WORDS.get(scene.time_of_day, scene.time_of_day),
        _WEATHER_WORDS.get(scene.weather, scene.weather),
        f"in {scene.season}" if scene.season else "",
        f"{scene.mood} mood" if scene.mood else "",
        _FRAMING_WORDS.get(scene.framing, scene.framing),
    ]
    look = "" if style is None else _STYLE_WORDS.get(style, style)
    what = " and ".join([", ".join(parts[:-1]), parts[-1]]) if len(parts) > 1 else "".join(parts)
    lead = f"{what} {where}".strip()
    return ", ".join(part for part in [lead, *tail[1:], look] if part)
