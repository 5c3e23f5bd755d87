"""Who cannot stand on water gets a boat: the named one, or a rowing boat of the composer's own."""

from dataclasses import replace

from models.illustrator.actors import Actor, flies, look_for
from models.illustrator.figures import sprite_for
from models.illustrator.library import Library
from models.illustrator.scene import Pose, Relation, Subject
from models.illustrator.settings.stage import Stage


def embarked(actors: list[Actor], stage: Stage, library: Library, seed: int) -> list[Actor]:
    """On open water, ties those who would stand in it to a boat, adding one where none is named.

    Elsewhere, and for those who swim, fly or are tied already, nothing changes.
    """
    if stage.dry or stage.water is None:
        return actors
    walkers = [a for a in actors if _walks(a)]
    if not walkers:
        return actors
    boat = next((a for a in actors if a.item.kind == "boat"), None)
    if boat is None:
        item = library.items["rowboat"]
        subject = max(a.subject for a in actors) + 1
        look = look_for("", seed, 997)
        reach = max(1.5, 0.62 * sum(a.reach * _breadth(a) for a in walkers) * 1.6)
        boat = Actor(subject, item, sprite_for(item, look, library), reach, Subject(noun="boat"))
        actors = [*actors, boat]
    return [
        replace(a, words=replace(a.words, relation=Relation.ON, relation_target=boat.subject))
        if a in walkers
        else a
        for a in actors
    ]


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
