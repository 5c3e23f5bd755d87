"""What tools return: typed, so that clients get a schema and structured content.

Files are named by `uri`, which `resources/read` takes. This module knows neither tools nor streams.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from mcp.types import CallToolResult, ContentBlock, ResourceLink, TextContent
from pydantic import BaseModel, Field

from lanternist.runtime.errors import InvalidArgumentError
from lanternist.v1 import asset_pb2

ASSET_URI = "lanternist://assets/{sha256}"
STORY_URI = "lanternist://stories/{story}"
MODEL_URI = "lanternist://models/{model}"

_ASSET = re.compile(r"(?:lanternist://)?(assets/[0-9a-f]{64})")
_STORY = re.compile(r"(?:lanternist://)?(stories/[a-z0-9-]{1,63})")


class File(BaseModel):
    """A stored file."""

    uri: str = Field(description="Resource to read the file's bytes from.")
    media_type: str
    size_bytes: int


class Picture(File):
    """A picture."""

    width: int
    height: int
    seed: int = Field(description="Draws the same picture again.")


class Pictures(BaseModel):
    """What `generate_image` made."""

    model: str
    pictures: list[Picture]
    notes: list[str] = Field(description="What could not be drawn or was not understood.")


class Word(BaseModel):
    """A word on the clock of its recording."""

    text: str
    start_ms: int
    end_ms: int


class Speech(BaseModel):
    """What `speak` made."""

    model: str
    voice: str
    language: str
    duration_ms: int
    file: File
    words: list[Word]
    notes: list[str]


class Segment(BaseModel):
    """A stretch of a transcript."""

    text: str
    start_ms: int
    end_ms: int
    words: list[Word]


class Transcript(BaseModel):
    """What `transcribe` heard."""

    model: str
    language: str
    duration_ms: int
    text: str
    segments: list[Segment]
    notes: list[str]


class Scene(BaseModel):
    """A picture of a story and its time on the screen."""

    index: int
    start_ms: int
    end_ms: int
    prompt: str
    picture: File | None
    text: str = Field(description="What is told while it is shown.")


class Character(BaseModel):
    """Someone in a story."""

    id: str
    name: str
    description: str
    voice: str


class Story(BaseModel):
    """A story as it stands."""

    name: str = Field(description="Give it to `revise_story`.")
    uri: str
    title: str
    state: str = Field(description="running, paused, succeeded, failed or cancelled.")
    revision: int
    duration_ms: int
    narration: File | None
    scenes: list[Scene]
    cast: list[Character]
    exports: list[File]
    notes: list[str]


class ModelFacts(BaseModel):
    """A model that can be asked for."""

    id: str
    modality: str
    name: str
    description: str
    license: str
    languages: list[str]
    speed_class: str
    local: bool
    default: bool
    state: str
    uri: str = Field(description="Resource to read its whole card from.")


class Models(BaseModel):
    """What `list_models` found."""

    models: list[ModelFacts]


class VoiceFacts(BaseModel):
    """A voice that can be asked for."""

    id: str
    name: str
    language: str
    gender: str
    license: str
    model: str


class Voices(BaseModel):
    """What `list_voices` found."""

    voices: list[VoiceFacts]


def file(asset: asset_pb2.Asset) -> File:
    """A stored file as a result names it."""
    return File(
        uri=f"lanternist://{asset.name}", media_type=asset.media_type, size_bytes=asset.size_bytes
    )


def asset_name(uri: str, field: str) -> str:
    """`assets/{sha256}` of a resource's URI, or of the name itself.

    Raises:
        InvalidArgumentError: It is neither; `field` is named.
    """
    rule = "must be lanternist://assets/ and 64 hexadecimal digits"
    return _matched(_ASSET, uri, field, rule)


def story_name(name: str, field: str) -> str:
    """`stories/{story}` of a resource's URI, or of the name itself.

    Raises:
        InvalidArgumentError: It is neither; `field` is named.
    """
    return _matched(_STORY, name, field, "must be the name of a story, stories/…")


def _matched(pattern: re.Pattern[str], text: str, field: str, rule: str) -> str:
    if found := pattern.fullmatch(text.strip()):
        return found[1]
    raise InvalidArgumentError(field, rule)


def result(
    structured: BaseModel, summary: str, previews: Sequence[ContentBlock], files: Sequence[File]
) -> CallToolResult:
    """A tool's result: words for the model, previews, links, and everything as values."""
    links = [
        ResourceLink(
            name=one.uri.rsplit("/", 1)[1][:12],
            uri=one.uri,
            mime_type=one.media_type,
            size=one.size_bytes,
        )
        for one in files
    ]
    return CallToolResult(
        content=[TextContent(text=summary), *previews, *links],
        structured_content=structured.model_dump(mode="json"),
    )
