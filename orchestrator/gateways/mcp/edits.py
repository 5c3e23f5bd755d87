"""The changes that `revise_story` takes, and what they are in the contract."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from lanternist.v1 import story_pb2
from orchestrator.clients.story import TELLINGS

Index = Annotated[int, Field(ge=0)]


class _Change(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ChangeSentence(_Change):
    """Put a sentence otherwise; an empty text removes it."""

    change: Literal["sentence"]
    index: Index
    text: Annotated[str, Field(max_length=5000)]


class ChangeScene(_Change):
    """Ask for a picture otherwise: another prompt, seed or model."""

    change: Literal["scene"]
    index: Index
    prompt: Annotated[str, Field(min_length=1, max_length=4000)] | None = None
    seed: Annotated[int, Field(ge=0, le=2**53 - 1)] | None = None
    model: Annotated[str, Field(min_length=1, max_length=100)] | None = None


class ChangeVoice(_Change):
    """Give the narrator, or a character, another voice."""

    change: Literal["voice"]
    voice: Annotated[str, Field(min_length=1, max_length=100)]
    character: Annotated[str, Field(max_length=100, description="Empty: the narrator.")] = ""


class ChangeCharacter(_Change):
    """Say how a character looks."""

    change: Literal["character"]
    id: Annotated[str, Field(min_length=1, max_length=100)]
    description: Annotated[str, Field(min_length=1, max_length=500)]


class ChangeStyle(_Change):
    """Give every picture another look."""

    change: Literal["style"]
    style: Annotated[str, Field(min_length=1, max_length=1000)]


class ChangeTelling(_Change):
    """Tell the story in another way."""

    change: Literal["telling"]
    telling: Literal["scripted", "emotive", "story"]


class MergeScenes(_Change):
    """Join a scene to the next one."""

    change: Literal["merge"]
    index: Index


class SplitScene(_Change):
    """Make two scenes of one; `segment` is the first sentence of the second."""

    change: Literal["split"]
    index: Index
    segment: Annotated[int, Field(ge=1)]


class Restore(_Change):
    """Make the story again what it was at an earlier revision."""

    change: Literal["restore"]
    revision: Annotated[int, Field(ge=1)]


Change = Annotated[
    ChangeSentence
    | ChangeScene
    | ChangeVoice
    | ChangeCharacter
    | ChangeStyle
    | ChangeTelling
    | MergeScenes
    | SplitScene
    | Restore,
    Field(discriminator="change"),
]


def edit(change: Change) -> story_pb2.StoryEdit:
    """A change as the contract has it."""
    made = story_pb2.StoryEdit()
    match change:
        case ChangeSentence():
            made.segment.index, made.segment.text = change.index, change.text
        case ChangeScene():
            made.scene.index = change.index
            for name in ("prompt", "seed", "model"):
                if (value := getattr(change, name)) is not None:
                    setattr(made.scene, name, value)
        case ChangeVoice(character="" | "narrator"):
            made.voice = change.voice
        case ChangeVoice():
            made.cast.character, made.cast.voice = change.character, change.voice
        case ChangeCharacter():
            made.character.id, made.character.description = change.id, change.description
        case ChangeStyle():
            made.style = change.style
        case ChangeTelling():
            made.telling = TELLINGS[change.telling]
        case MergeScenes():
            made.merge.index = change.index
        case SplitScene():
            made.split.index, made.split.segment = change.index, change.segment
        case Restore():
            made.restore_revision = change.revision
    return made
