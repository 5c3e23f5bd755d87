"""What is no thing of its own in a picture: parts of other things, and lights of another hour.

A story names the flame of a lantern, the stairs of a lighthouse, the sun that has just set. Drawn
as things that stand about, they are wrong. This module knows actors and the kind of place; not
words, and not where anything stands.
"""

from collections.abc import Callable
from dataclasses import replace

from models.illustrator.actors import Actor
from models.illustrator.scene import Relation, Setting, TimeOfDay

# What burns shows its own flame.
_BURNING = frozenset(
    {"lantern", "candle", "lamp", "fire", "fireplace", "stove", "lighthouse", "jack-o-lantern"}
)
# Their backdrop has houses, or nothing that a door or a window could belong to.
_NO_PLACE_FOR_PARTS = frozenset(
    {
        Setting.VILLAGE, Setting.CITY, Setting.CASTLE, Setting.HARBOUR, Setting.MARKET,
        Setting.FARM, Setting.SEA, Setting.UNDERWATER, Setting.SKY, Setting.SPACE, Setting.MOON,
        Setting.ISLAND, Setting.BEACH,
    }
)  # fmt: skip


def without_parts(
    actors: list[Actor], setting: Setting, *, indoors: bool
) -> tuple[list[Actor], frozenset[int]]:
    """The actors that are things of their own, and the subjects left out unseen.

    What is on or in a part is then on or in the whole: a lamp in the window of a lighthouse is in
    the lighthouse. A part whose whole is there counts as seen. In a landscape a door may stand by
    itself, as in a fairy tale; nowhere outdoors may a window or a staircase.
    """
    burning = _first(actors, lambda a: a.item.key in _BURNING)
    building = _first(actors, lambda a: a.item.kind == "building" and not a.has("part"))
    parts: dict[int, Actor | None] = {}
    for actor in actors:
        if actor.item.key == "flame" and burning is not None:
            parts[actor.subject] = burning
        elif actor.has("part") and not indoors:
            alone = actor.item.kind == "building" and setting not in _NO_PLACE_FOR_PARTS
            if building is not None or not alone:
                parts[actor.subject] = building
    kept = [_tied_to_whole(a, parts) for a in actors if a.subject not in parts]
    return kept, frozenset(part for part, whole in parts.items() if whole is None)


def of_the_hour(actors: list[Actor], time: str) -> list[Actor]:
    """Leaves out the light of the other hours where both the sun and a moon are named."""
    suns, moons = {"sun"}, {"moon", "crescent"}
    named = {actor.item.key for actor in actors}
    if not (named & suns and named & moons and time):
        return actors
    wrong = suns if time == TimeOfDay.NIGHT else moons
    return [actor for actor in actors if actor.item.key not in wrong]


def hour_of(actors: list[Actor]) -> TimeOfDay:
    """The hour that the things themselves suggest where no words do: a moon means night."""
    named = {actor.item.key for actor in actors}
    by_night = {"moon", "crescent", "star", "shooting-star"}
    return TimeOfDay.NIGHT if named & by_night and "sun" not in named else TimeOfDay.DAY


def _first(actors: list[Actor], fits: Callable[[Actor], bool]) -> Actor | None:
    return next((actor for actor in actors if fits(actor)), None)


def _tied_to_whole(actor: Actor, parts: dict[int, Actor | None]) -> Actor:
    target = actor.words.relation_target
    if target is None or target not in parts:
        return actor
    whole = parts[target]
    if whole is None or whole.subject == actor.subject:
        words = replace(actor.words, relation="", relation_target=None)
    else:
        inside = actor.words.relation in {Relation.ON, Relation.INSIDE}
        relation = Relation.INSIDE if inside else actor.words.relation
        words = replace(actor.words, relation=relation, relation_target=whole.subject)
    return replace(actor, words=words)


def surfaced(actors: list[Actor]) -> list[Actor]:
    """Frees swimmers "under" a boat or a rower: seen from above the water, they swim beside it."""
    return [
        replace(a, words=replace(a.words, relation="", relation_target=None))
        if a.words.relation == Relation.UNDER and a.has("swim")
        else a
        for a in actors
    ]
