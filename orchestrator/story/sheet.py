"""The character sheet: how everybody of a story looks, described once, the same everywhere.

A description is words ("a small red fox"), and what the composer can be told is read from them:
noun, colour and size of everybody's subject in every scene. This module does not know who is meant
where in the text, nor how anybody is drawn.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import replace

from models.illustrator.parser import parse
from models.illustrator.scene import Scene as Description
from models.illustrator.scene import Subject, to_prompt
from orchestrator.story.cast import Figure
from orchestrator.story.domain import Character

_SEEDS = 1 << 53
_ARTICLES = frozenset({"a", "an", "the"})
# A picture of crowds: whoever is seen in this share of a long story is told of anyway.
_MOST_CHARACTERS = 63


def sheet_of(
    figures: Sequence[Figure], scenes: Sequence[Description], seed: int
) -> tuple[Character, ...]:
    """Everybody who is seen in some scene, in the order in which they come.

    Args:
        figures: Everybody whom the text names.
        scenes: What the scenes show, with looks settled.
        seed: The story's.
    """
    by_id = {figure.id: figure for figure in figures}
    seen: dict[str, Subject] = {}
    for scene in scenes:
        for subject in scene.subjects:
            if subject.character in by_id:
                seen.setdefault(subject.character, subject)
    return tuple(
        Character(
            id=id_,
            name=by_id[id_].name or by_id[id_].noun,
            description=worded(subject),
            seed=character_seed(seed, id_),
            aliases=tuple(
                alias
                for alias in (by_id[id_].noun, *by_id[id_].aliases)
                if alias != (by_id[id_].name or by_id[id_].noun)
            ),
        )
        for id_, subject in list(seen.items())[:_MOST_CHARACTERS]
    )


def worded(subject: Subject) -> str:
    """A subject's looks in words: `a small red fox`."""
    words = " ".join(filter(None, (subject.size, subject.colour, subject.noun)))
    return f"{'an' if words[:1].lower() in 'aeiou' else 'a'} {words}"


def prompt_of(
    scene: Description, cast: Sequence[Character], style: str = "", *, action: str = ""
) -> str:
    """Words a scene for engines that read prompts: everybody in the words of the sheet.

    Args:
        scene: What is shown.
        cast: The character sheet.
        style: Look of the pictures in words.
        action: What is happening, in words.
    """
    sheet = {character.id: character.description for character in cast}
    subjects = tuple(
        replace(subject, noun=_without_article(sheet[subject.character]), colour="", size="")
        if sheet.get(subject.character) and subject.count == 1
        else subject
        for subject in scene.subjects
    )
    worded_scene = to_prompt(replace(scene, subjects=subjects), style)
    return f"{action.rstrip('.')}: {worded_scene}" if action else worded_scene


def as_described(scene: Description, cast: Sequence[Character]) -> Description:
    """A scene with everybody as the sheet describes them: noun, colour and size."""
    looks = {one.id: found[0] for one in cast if (found := parse(one.description).scene.subjects)}
    subjects = tuple(
        replace(
            subject,
            noun=looks[subject.character].noun,
            colour=looks[subject.character].colour,
            size=looks[subject.character].size,
        )
        if subject.character in looks and subject.count == 1
        else subject
        for subject in scene.subjects
    )
    return replace(scene, subjects=subjects)


def _without_article(description: str) -> str:
    head, _, rest = description.partition(" ")
    return rest if head.lower() in _ARTICLES and rest else description


def character_seed(seed: int, character: str) -> int:
    """The seed of somebody's look, 0 to 2^53 − 1, from the story's."""
    digest = hashlib.sha256(f"{seed}/character/{character}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _SEEDS
