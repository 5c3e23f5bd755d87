"""What each scene shows: its words parsed, its characters named, its place and hour carried on.

A picture shows what its own sentences say. What they leave open is as it was in the scene before:
the place, the light, the weather, the looks of everyone. This module knows words and descriptions;
it does not know time on the screen, or drawing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from models.illustrator.library import Library
from models.illustrator.parser import parse
from models.illustrator.parser_nouns import mentions
from models.illustrator.parser_places import setting_of
from models.illustrator.parser_text import language_of, tokenize
from models.illustrator.parser_words import LOCATIVE_STRONG, LOCATIVE_WEAK
from models.illustrator.scene import Scene as Description
from models.illustrator.scene import Subject
from models.illustrator.settings import INDOORS
from orchestrator.story.cast import Figure
from orchestrator.story.coreference import Reading
from orchestrator.story.kinds import MOTION, SPEECH
from orchestrator.story.tongues import Tongue

# More than this many things in one picture, and none is seen well.
_MOST_SUBJECTS = 5
_WHERE = LOCATIVE_STRONG | LOCATIVE_WEAK
_IS = frozenset({"was", "is", "were", "lay", "stood", "etait", "est", "etaient", "s", "slept"})
# Words that may stand before the place that a sentence begins with.
_BEGINNING = 3
# How far ahead the place of a story's beginning is looked for.
_LOOK_AHEAD = 2
_WATERS = frozenset(
    {"sea", "lake", "river", "harbour", "beach", "island", "underwater", "ship_deck"}
)
# Things that may recur and must then look the same: the boat of the tale, its lantern.
_OBJECTS = frozenset({"thing", "vehicle", "boat", "aircraft", "building"})


def seen_in(text: str, *, surely: bool = True) -> Description:
    """What a text shows by itself.

    What is only talked about is not there: words in quotation marks count when there are no others
    to go by. A place that is not named but hinted at is left open: a fox does not take the story
    into the forest.

    Args:
        text: One or more sentences.
        surely: Whether a place that is only spoken of does not count.
    """
    told = SPEECH.sub(" ", text)
    scene = parse(told).scene
    if not scene.subjects:
        scene = replace(scene, subjects=parse(text).scene.subjects)
    return replace(scene, setting=_named_place(told, surely=surely))


def _named_place(told: str, *, surely: bool) -> str:
    """The place that a text names; empty when it only hints at one.

    Args:
        told: Words without speech.
        surely: Whether a place that is only spoken of does not count.
    """
    tokens = tokenize(told)
    found, _, _ = mentions(tokens, Library.load(), language_of(tokens))
    place, named = setting_of(tokens, found)
    return place if named is not None and (not surely or _there(tokens, named)) else ""


def _there(tokens: Sequence[str], place: tuple[int, int]) -> bool:
    """Whether a story is where a place is named: in it, at it, or on the way.

    "The street lamps were lit" and "she telephoned the bakery" do not take anybody there.
    """
    start, end = place
    led = _WHERE | MOTION
    if any(token in led for token in tokens[max(0, start - 5) : end]):
        return True
    # A sentence may begin with its place: "The market was full." But "the street lamp" is a lamp.
    after = tokens[end] if end < len(tokens) else "."
    return start <= _BEGINNING and (after in _IS or after.endswith("ed"))


@dataclass
class _Looks:
    """How someone was described when they were described."""

    colour: str = ""
    size: str = ""


@dataclass
class Depictor:
    """Describes the scenes of one story, in order.

    Attributes:
        tongue: Rules of the story's language.
    """

    tongue: Tongue
    _looks: dict[str, _Looks] = field(default_factory=dict)
    _library: Library = field(default_factory=Library.load)

    def depict(
        self, scenes: Sequence[Sequence[Reading]], hints: Sequence[str] = ()
    ) -> list[Description]:
        """One description a scene.

        Args:
            scenes: The readings of each scene's sentences.
            hints: Of each scene, words to show instead of its sentences, or nothing.
        """
        described: list[Description] = []
        last = Description()
        last_seen: tuple[Figure, ...] = ()
        parsed = [seen_in(" ".join(reading.text for reading in scene)) for scene in scenes]
        for index, hint in enumerate(hints):
            if hint:
                parsed[index] = parse(hint).scene
        for index, (scene, seen) in enumerate(zip(scenes, parsed, strict=True)):
            present = _everyone(scene)
            hint = hints[index] if index < len(hints) else ""
            subjects = self._subjects(
                seen.subjects, present or last_seen, really=bool(present), whole=bool(hint)
            )
            text = hint or " ".join(reading.text for reading in scene)
            here = self._carried(replace(seen, subjects=subjects), last, text)
            if not here.setting and index == 0:
                ahead = (later.setting for later in parsed[1 : 1 + _LOOK_AHEAD] if later.setting)
                near = _named_place(SPEECH.sub(" ", text), surely=False)
                place = near or next(ahead, "") or parse(text).scene.setting
                here = replace(here, setting=place)
            described.append(here)
            afar = last.setting and self.tongue.glimpses.search(text)
            last = replace(here, setting=last.setting) if afar else here
            last_seen = present or last_seen
        return described

    def _carried(self, seen: Description, last: Description, text: str) -> Description:
        """A description with its gaps filled from the scene before."""
        leap = self.tongue.leaps.search(text) is not None
        setting = seen.setting or last.setting
        if not seen.setting and setting not in _WATERS and self._has(seen.subjects, "boat"):
            setting = "lake"  # a boat does not sail through the forest
        if not seen.setting and setting in INDOORS and self._has(seen.subjects, "vehicle"):
            setting = "city"  # nor does a bus come into the kitchen
        same_place = setting == last.setting
        return replace(
            seen,
            setting=setting,
            time_of_day=seen.time_of_day or ("" if leap else last.time_of_day),
            weather=seen.weather or (last.weather if same_place and not leap else ""),
            season=seen.season or last.season,
        )

    def _subjects(
        self, seen: Sequence[Subject], present: tuple[Figure, ...], *, really: bool, whole: bool
    ) -> tuple[Subject, ...]:
        """The subjects of a scene, those who act in it first, each with its character and looks.

        Args:
            seen: What the parser found.
            present: Who is in the scene; with nobody in it, who was in the one before.
            really: Whether they are in this very scene.
            whole: Whether that is all there is to see, as the caller asked for it.
        """
        if not really and seen:
            present = ()
        waiting = list(present)
        named: list[Subject] = []
        for subject in seen:
            named.append(self._recognised(subject, waiting))
        missing = [
            Subject(noun=self._library.items[character.item].english[0], character=character.id)
            for character in ([] if whole else waiting)
        ]
        order = sorted(range(len(named)), key=lambda place: (not self._acts(named[place]), place))
        kept = _kept(named, order[: max(0, _MOST_SUBJECTS - len(missing))])
        return tuple(self._dressed(subject) for subject in (*kept, *missing))[:_MOST_SUBJECTS]

    def _recognised(self, subject: Subject, waiting: list[Figure]) -> Subject:
        """A subject with the id of the character that it is; that one waits no longer."""
        item = self._library.find(subject.noun)
        if item is None or subject.count > 1:
            return subject
        for character in waiting:
            if character.item == item.key:
                waiting.remove(character)
                return replace(subject, character=character.id)
        if item.kind in _OBJECTS:
            return replace(subject, character=item.key)
        return subject

    def _has(self, subjects: Sequence[Subject], kind: str) -> bool:
        found = (self._library.find(subject.noun) for subject in subjects)
        return any(item is not None and item.kind == kind for item in found)

    def _acts(self, subject: Subject) -> bool:
        item = self._library.find(subject.noun)
        return item is not None and item.kind in {"person", "animal"}

    def _dressed(self, subject: Subject) -> Subject:
        """A subject in the looks that its character was given first."""
        if not subject.character:
            return subject
        looks = self._looks.setdefault(subject.character, _Looks())
        looks.colour = looks.colour or subject.colour
        looks.size = looks.size or subject.size
        return replace(
            subject, colour=subject.colour or looks.colour, size=subject.size or looks.size
        )


def _everyone(scene: Iterable[Reading]) -> tuple[Figure, ...]:
    """Who is in a scene, in the order of their first mention."""
    present = {character.id: character for reading in scene for character in reading.present}
    return tuple(present.values())


def _kept(subjects: Sequence[Subject], places: Sequence[int]) -> list[Subject]:
    """The subjects at some places, in that order, their relations pointing where they pointed."""
    moved = {place: position for position, place in enumerate(places)}
    kept: list[Subject] = []
    for place in places:
        subject = subjects[place]
        target = subject.relation_target
        if target is not None:
            to = moved.get(target)
            subject = replace(
                subject, relation=subject.relation if to is not None else "", relation_target=to
            )
        kept.append(subject)
    return kept
