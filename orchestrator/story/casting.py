"""Who speaks with which voice: a voice for everybody that fits, theirs for the whole story.

The narrator's voice is nobody else's. Whoever speaks most chooses first: a voice of their gender,
of the narrator's accent, that nobody has; when those are used up a voice is shared rather than
given to the wrong gender. This module does not know texts.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from lanternist.v1 import voice_pb2
from orchestrator.story.language import base

_GENDERS = {"m": "male", "f": "female"}


@dataclass(frozen=True, slots=True)
class Role:
    """Somebody who speaks.

    Attributes:
        id: Of the character.
        gender: `m`, `f`, or empty.
        age: `old`, `young`, `child`, or empty.
        lines: How often they speak.
    """

    id: str
    gender: str
    age: str
    lines: int


def cast_voices(
    roles: Sequence[Role],
    *,
    narrator: str,
    offered: Sequence[voice_pb2.Voice],
    asked: Mapping[str, str],
) -> tuple[dict[str, str], tuple[str, ...]]:
    """Chooses a voice for each role.

    Args:
        roles: Everybody who speaks.
        narrator: The narrator's voice; its model and language are everybody's.
        offered: Every voice there is.
        asked: Voices that the caller chose, by role.

    Returns:
        A voice for each role, and what the maker should know.
    """
    own = next((voice for voice in offered if voice.id == narrator), voice_pb2.Voice())
    choice = [
        voice
        for voice in offered
        if voice.id != narrator
        and voice.model == own.model
        and base(voice.language) == base(own.language)
    ]
    chosen = {role.id: asked[role.id] for role in roles if role.id in asked}
    if not choice:
        lonely = len(chosen) < len(roles)
        note = "There is one voice alone for this language: everybody speaks with it."
        return {**{role.id: narrator for role in roles}, **chosen}, (note,) if lonely else ()
    used = Counter(chosen.values())
    for role in sorted(roles, key=lambda role: -role.lines):
        if role.id not in chosen:
            fits = [(one, _fits(one, role, own, used[one.id])) for one in choice]
            voice, _ = max(fits, key=lambda pair: pair[1])
            chosen[role.id] = voice.id
            used[voice.id] += 1
    shared = any(count > 1 for count in used.values())
    note = "There are more speakers than voices: some share one."
    return chosen, (note,) if shared else ()


def _fits(voice: voice_pb2.Voice, role: Role, own: voice_pb2.Voice, used: int) -> float:
    """How well a voice fits a role; the first of equals is taken."""
    score = -4.0 * used
    wanted = _GENDERS.get(role.gender, "")
    if wanted and voice.gender:
        score += 10.0 if voice.gender == wanted else -100.0
    elif role.age == "child" and voice.gender == "female":
        score += 1.0  # a child's voice is high
    elif not wanted and voice.gender and voice.gender != own.gender:
        score += 0.5  # the more unlike the narrator the better
    if voice.language == own.language:
        score += 0.75
    return score
