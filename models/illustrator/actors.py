"""From the words of a scene to drawable actors: which art, which look, in which element.

Knows the library and figures; not where anything stands.
"""

import hashlib
import random
from dataclasses import dataclass

from models.illustrator.figures import Look, Sprite, sprite_for
from models.illustrator.library import Item, Library
from models.illustrator.recolour import paint
from models.illustrator.scene import Pose, Scene, Subject

MAX_COPIES = 12


def _flattened(size: float) -> float:
    """Pictures flatter sizes: a mouse beside an elephant must still be seen."""
    return float(size**0.72 if size < 1 else size**0.5)


@dataclass(frozen=True, slots=True)
class Actor:
    """One thing to place. Copies of one subject are several actors with the same `subject`."""

    subject: int
    item: Item
    sprite: Sprite
    reach: float  # the larger side against a grown person's, flattened
    words: Subject

    def has(self, tag: str) -> bool:
        """Whether the library tags it so."""
        return tag in self.item.tags


def look_for(character: str, seed: int, index: int) -> Look:
    """A character's look for all scenes; without one, a look of the picture's own."""
    source = f"character:{character}" if character else f"seed:{seed}:{index}"
    digest = hashlib.sha256(source.encode("utf-8", "replace")).digest()
    return Look.choose(random.Random(int.from_bytes(digest[:8], "big")))  # noqa: S311 - art, not secrets


def cast(scene: Scene, library: Library, seed: int) -> tuple[list[Actor], list[str]]:
    """The actors of a scene in its order, and the nouns that the library lacks."""
    actors: list[Actor] = []
    missing: list[str] = []
    sailing = {item.key for s in scene.subjects if (item := library.find(s.noun)) is not None}
    for index, subject in enumerate(scene.subjects):
        item = library.find(subject.noun)
        if item is None:
            missing.append(subject.noun)
            continue
        if item.key == "ship" and "pirate" in sailing:
            item = library.items["pirate-ship"]
        reach = _flattened(item.size)
        reach *= {"small": 0.68, "large": 1.45}.get(subject.size, 1.0)
        for copy in range(max(1, min(subject.count, MAX_COPIES))):
            who = subject.character if copy == 0 else ""
            look = look_for(who, seed, index * 31 + copy)
            animal = item.kind == "animal"
            colour = paint(subject.colour, natural=animal)
            if colour:
                look = Look(look.tone, look.variant, look.cloth, look.hair, colour)
            actors.append(Actor(index, item, sprite_for(item, look, library), reach, subject))
    return actors, missing


def flies(actor: Actor) -> bool:
    """Whether it belongs in the air unless the words put it elsewhere."""
    if actor.has("hang") or actor.words.pose in {Pose.FLYING, Pose.FALLING}:
        return True
    if actor.words.pose in {Pose.SLEEPING, Pose.STANDING}:
        return False
    return actor.has("fly")
