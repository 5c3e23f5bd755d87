"""Wishes for telling and voices, checked against each other and against the voices there are.

What passes here can be cast; it does not know who is in the text.
"""

from __future__ import annotations

from collections.abc import Sequence

from lanternist.runtime.errors import InvalidArgumentError, NotFoundError
from lanternist.v1 import story_pb2, voice_pb2
from models.illustrator.library import fold
from orchestrator.story.domain import NARRATOR
from orchestrator.story.language import base


def check_telling(request: story_pb2.CreateStoryRequest) -> None:
    """Checks that the wishes fit each other.

    Raises:
        InvalidArgumentError: Names the field that does not fit.
    """
    if request.transcript:
        raise InvalidArgumentError("transcript", "is only for a story with a recorded narration")
    if request.cast and _telling(request) != story_pb2.TELLING_STORY:
        raise InvalidArgumentError(
            "cast", "is only for a story that is told with a cast (`telling`)"
        )
    seen: set[str] = set()
    for index, one in enumerate(request.cast):
        name = fold(one.character)
        if name in seen:
            raise InvalidArgumentError(
                f"cast[{index}].character", f"{one.character!r} is in it twice"
            )
        seen.add(name)


def cast_narrator(request: story_pb2.CreateStoryRequest) -> None:
    """Settles the telling, and makes a narrator among the cast the narrator, in place.

    Raises:
        InvalidArgumentError: The narrator is given two voices.
    """
    request.telling = _telling(request)
    kept = []
    for index, one in enumerate(request.cast):
        if fold(one.character) != NARRATOR:
            kept.append(one)
        elif request.voice and request.voice != one.voice:
            raise InvalidArgumentError(
                f"cast[{index}].voice", f"is not {request.voice!r}, which `voice` asks for"
            )
        else:
            request.voice = one.voice
    del request.cast[:]
    request.cast.extend(kept)


def check_cast(request: story_pb2.CreateStoryRequest, voices: Sequence[voice_pb2.Voice]) -> None:
    """Checks the voices of a cast.

    Raises:
        InvalidArgumentError: A voice does not speak the story's language, or is of another model
            than the narrator's, whose sound cannot be joined to it.
        NotFoundError: There is no such voice.
    """
    for index, one in enumerate(request.cast):
        field = f"cast[{index}].voice"
        named = [voice for voice in voices if voice.id == one.voice]
        if not named:
            known = ", ".join(voice.id for voice in voices[:20])
            raise NotFoundError(
                "voice", one.voice, field=field, hint=f"There are: {known or 'none'}."
            )
        if base(named[0].language) != base(request.language):
            raise InvalidArgumentError(
                field, f"speaks {named[0].language}; the story is told in {request.language}"
            )
        model = request.voice_model or named[0].model
        if all(voice.model != model for voice in named):
            raise InvalidArgumentError(field, f"is a voice of {named[0].model}, not of {model}")


def _telling(request: story_pb2.CreateStoryRequest) -> story_pb2.Telling.ValueType:
    """How it is told: with a cast when the caller said who speaks, else with feeling."""
    if request.telling:
        return request.telling
    spoken = any(one.speaker.strip() for one in request.segments.segments)
    return story_pb2.TELLING_STORY if spoken else story_pb2.TELLING_EMOTIVE
