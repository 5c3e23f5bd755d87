"""What must not lie on the ground: people on open water get a boat, food in a room a table."""

from dataclasses import replace

from models.illustrator.actors import Actor, flies, look_for
from models.illustrator.figures import sprite_for
from models.illustrator.library import Library
from models.illustrator.scene import Pose, Relation, Subject
from models.illustrator.settings.stage import Stage


def embarked(actors: list[Actor], stage: Stage, library: Library, seed: int) -> list[Actor]:
    """Ties those who would stand in open water to a boat, and indoors loose food to a table.

    A boat or a table is added where none is named. For those who swim, fly or are tied already
    nothing changes.
    """
    if stage.indoors:
        return _served(actors, library, seed)
    if stage.dry or stage.water is None:
        return actors
    walkers = [a for a in actors if _walks(a)]
    if not walkers:
        return actors
    boat = next((a for a in actors if a.item.kind == "boat"), None)
    if boat is None:
        reach = max(1.5, 0.62 * sum(a.reach * _breadth(a) for a in walkers) * 1.6)
        boat = _extra("rowboat", reach, actors, library, seed)
        actors = [*actors, boat]
    return _tied(actors, walkers, boat)


def lifeless(actors: list[Actor]) -> bool:
    """Whether there are only things, none of them a boat: a lamp by itself needs land, no boat."""
    kinds = {actor.item.kind for actor in actors if actor.item.kind != "sky"}
    return bool(kinds) and kinds <= {"thing", "food", "furniture"} and any(map(_walks, actors))


def _served(actors: list[Actor], library: Library, seed: int) -> list[Actor]:
    """Indoors: loose food on the named table, or on one of the composer's own."""
    food = [
        a for a in actors if a.item.kind == "food" and not a.words.relation and not a.words.place
    ]
    table = next((a for a in actors if a.item.key == "table"), None)
    alone = len(food) == len(actors)
    if not food or (table is None and len(food) > _PLATES) or (alone and len(food) == 1):
        return actors
    if table is None:
        reach = min(0.95, max(0.75, 1.25 * sum(a.reach * _breadth(a) for a in food)))
        table = _extra("table", reach, actors, library, seed)
        actors = [*actors, table]
    return _tied(actors, food, table)


_PLATES = 5
_ADDED = 1000  # beyond the subjects of any scene, so that what is added is none of them


def _extra(key: str, reach: float, actors: list[Actor], library: Library, seed: int) -> Actor:
    item = library.items[key]
    subject = _ADDED + max(a.subject for a in actors)
    sprite = sprite_for(item, look_for("", seed, 997), library)
    return Actor(subject, item, sprite, reach, Subject(noun=item.english[0]))


def _tied(actors: list[Actor], riders: list[Actor], host: Actor) -> list[Actor]:
    return [_on(a, host.subject) if a in riders else a for a in actors]


def _on(actor: Actor, host: int) -> Actor:
    words = replace(actor.words, relation=Relation.ON, relation_target=host)
    return replace(actor, words=words)


def _breadth(actor: Actor) -> float:
    return actor.sprite.width / max(actor.sprite.width, actor.sprite.height)


def _walks(actor: Actor) -> bool:
    words = actor.words
    if (
        words.relation in {Relation.ON, Relation.INSIDE, Relation.ABOVE}
        or words.pose == Pose.SWIMMING
    ):
        return False
    afloat = actor.has("swim") or actor.has("float") or flies(actor)
    return not afloat and actor.item.kind in {"person", "animal", "thing", "food"}
