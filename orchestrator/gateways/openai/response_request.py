"""What a request to `/v1/responses` may hold."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from orchestrator.gateways.openai.fields import (
    Body,
    Ignorable,
    ModelId,
    Only,
    Unsupported,
    given_as_text,
    text_or_parts,
)
from orchestrator.gateways.openai.pictures import ImageOptions

DRAW = "image_generation"
"""The one tool there is."""


class InputPart(Body):
    """A part of an item: text."""

    type: Annotated[
        Any, Only(("input_text", "output_text"), "only parts of text are supported here.")
    ]
    text: str
    annotations: Annotated[Any, Only((None, []))] = None
    logprobs: Annotated[Any, Only((None, []))] = None


class InputItem(Body):
    """A message of the conversation, as it is sent or as an answer had it."""

    type: Annotated[Any, Only((None, "message"), "only messages are supported here.")] = None
    role: Literal["system", "developer", "user", "assistant"]
    content: Annotated[
        list[InputPart],
        given_as_text("input_text"),
        text_or_parts({"enum": ["input_text", "output_text"]}),
    ]
    id: Ignorable
    status: Ignorable
    phase: Ignorable


def as_items(value: Any) -> Any:
    """The input as items, however it was given."""
    return [{"role": "user", "content": value}] if isinstance(value, str) else value


class ImageTool(ImageOptions):
    """The tool that draws."""

    type: Annotated[Any, Only((DRAW,), "only the tool image_generation is supported here.")]
    model: ModelId | None = None
    action: Annotated[Any, Only((None, "auto", "generate"))] = None
    input_fidelity: Unsupported = None
    input_image_mask: Unsupported = None


class ResponseRequest(Body):
    """A request for a response."""

    input: Annotated[
        list[InputItem],
        Field(min_length=1, max_length=200),
        BeforeValidator(as_items),
    ]
    model: ModelId | None = None
    instructions: Annotated[str, Field(max_length=200_000)] | None = None
    max_output_tokens: Annotated[int, Field(ge=1, le=32768)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    stream: bool | None = None
    tools: Annotated[list[ImageTool], Field(max_length=1)] | None = None
    tool_choice: Annotated[Any, Only((None, "none", "auto", "required", {"type": DRAW}))] = None
    metadata: dict[str, str] | None = None
    stream_options: Annotated[Any, Only((None, {}, {"include_obfuscation": False}))] = None
    access_programs: Unsupported = None
    background: Annotated[Any, Only((None, False))] = None
    background_options: Unsupported = None
    context_management: Annotated[Any, Only((None, []))] = None
    conversation: Unsupported = None
    image: Unsupported = None
    include: Annotated[Any, Only((None, []))] = None
    max_tool_calls: Annotated[int, Field(ge=1)] | None = None
    moderation: Unsupported = None
    previous_response_id: Annotated[
        Any, Only((None,), "nothing is kept between requests here: send the conversation.")
    ] = None
    prompt: Unsupported = None
    reasoning: Annotated[Any, Only((None, {}, {"effort": "none"}))] = None
    service_tier: Annotated[Any, Only((None, "auto", "default"))] = None
    store: Annotated[Any, Only((None, False), "nothing is kept here; leave it out.")] = None
    text: Annotated[Any, Only((None, {}, {"format": {"type": "text"}}))] = None
    top_logprobs: Annotated[Any, Only((None, 0))] = None
    truncation: Annotated[Any, Only((None, "disabled"))] = None
    parallel_tool_calls: Ignorable
    prompt_cache_key: Ignorable
    prompt_cache_options: Ignorable
    prompt_cache_retention: Ignorable
    safety_identifier: Ignorable
    user: Ignorable

    def conversation_of(self) -> list[tuple[str, str]]:
        """Roles and texts, the instructions first."""
        said: list[tuple[str, str]] = [
            (item.role, "".join(part.text for part in item.content)) for item in self.input
        ]
        return [("system", self.instructions), *said] if self.instructions else said
