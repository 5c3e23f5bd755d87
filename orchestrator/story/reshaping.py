"""Other pictures for a planned story: asked for otherwise, joined, divided, of people who look new.

Pure: a board in, a board out. A picture that its owner asked for in words of their own stays as it
is when words around it change; the others are described anew from what is told meanwhile.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import replace

from lanternist.runtime.errors import InvalidArgumentError
from lanternist.v1 import story_pb2
from models.illustrator.parser import parse
from models.illustrator.scene import to_prompt
from orchestrator.story.depict import Depictor
from orchestrator.story.domain import Character
from orchestrator.story.plan import read
from orchestrator.story.rewording import renumbered
from orchestrator.story.sheet import as_described, prompt_of
from orchestrator.story.storyboard import Storyboard
from orchestrator.story.tongues import tongue_of
from orchestrator.story.wire import description_from

_SEEDS = 1 << 53


def redescribed(board: Storyboard, which: Iterable[int]) -> Storyboard:
    """Describes scenes anew from their sentences, but for those that their owner asked for.

    Args:
        board: The plan.
        which: Indices of scenes.
    """
    anew = {index for index in which if not board.scenes[index].fixed}
    if not anew:
        return board
    _, readings = read(board.script)
    groups = [[readings[index] for index in scene.segments] for scene in board.scenes]
    seen = Depictor(tongue_of(board.script.language)).depict(groups)
    style = board.request.style
    scenes = tuple(
        replace(scene, description=description, prompt=prompt_of(description, board.cast, style))
        if scene.index in anew
        else scene
        for scene, description in zip(
            board.scenes, (as_described(one, board.cast) for one in seen), strict=True
        )
    )
    return replace(board, scenes=scenes)


def ask(board: Storyboard, edit: story_pb2.EditScene) -> Storyboard:
    """Asks for a picture otherwise; what is absent stays. The scene must be there."""
    scene = board.scenes[edit.index]
    if edit.HasField("description"):
        description = description_from(edit.description)
        prompt = edit.prompt or to_prompt(description, board.request.style)
        scene = replace(scene, description=description, prompt=prompt, fixed=True)
    elif edit.HasField("prompt"):
        seen = parse(edit.prompt).scene
        scene = replace(scene, description=seen, prompt=edit.prompt, fixed=True)
    if edit.HasField("seed"):
        scene = replace(scene, seed=edit.seed, own_seed=True)
    if edit.HasField("model"):
        scene = replace(scene, own_model=edit.model)
    scenes = list(board.scenes)
    scenes[edit.index] = scene
    return replace(board, scenes=tuple(scenes))


def merge(board: Storyboard, index: int) -> Storyboard:
    """Joins a scene to the next one, under the picture of the first. Both must be there."""
    first, second = board.scenes[index : index + 2]
    joined = replace(first, segments=first.segments + second.segments)
    scenes = [*board.scenes[:index], joined, *board.scenes[index + 2 :]]
    return replace(board, scenes=renumbered(scenes))


def split(board: Storyboard, index: int, segment: int) -> Storyboard:
    """Makes two scenes of one; `segment`, one of its later ones, begins the second."""
    scene = board.scenes[index]
    at = scene.segments.index(segment)
    second = replace(
        scene,
        segments=scene.segments[at:],
        seed=_seed_after(scene.seed),
        fixed=False,
    )
    scenes = [
        *board.scenes[:index],
        replace(scene, segments=scene.segments[:at]),
        second,
        *board.scenes[index + 1 :],
    ]
    return redescribed(replace(board, scenes=renumbered(scenes)), (index, index + 1))


def restyle(board: Storyboard, style: str) -> Storyboard:
    """Gives every picture another look."""
    scenes = tuple(
        scene
        if scene.fixed
        else replace(scene, prompt=prompt_of(scene.description, board.cast, style))
        for scene in board.scenes
    )
    return replace(board.asking(style=style), scenes=scenes)


def relook(board: Storyboard, who: Character, look: str, *, field: str) -> Storyboard:
    """Changes how a character looks, in every picture that was not asked for by its owner.

    Raises:
        InvalidArgumentError: The description names nothing that can be drawn.
    """
    found = parse(look).scene.subjects
    if not found:
        raise InvalidArgumentError(field, "names nothing that can be drawn")
    noun, colour, size = found[0].noun, found[0].colour, found[0].size
    cast = tuple(replace(c, description=look) if c.id == who.id else c for c in board.cast)
    scenes = []
    for scene in board.scenes:
        subjects = tuple(
            replace(subject, noun=noun, colour=colour, size=size or subject.size)
            if subject.character == who.id
            else subject
            for subject in scene.description.subjects
        )
        if subjects != scene.description.subjects and not scene.fixed:
            description = replace(scene.description, subjects=subjects)
            prompt = prompt_of(description, cast, board.request.style)
            scenes.append(replace(scene, description=description, prompt=prompt))
        else:
            scenes.append(scene)
    return replace(board, scenes=tuple(scenes), cast=cast)


def _seed_after(seed: int) -> int:
    """Another seed, always the same one."""
    digest = hashlib.sha256(f"after {seed}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _SEEDS
