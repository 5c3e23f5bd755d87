"""What an OpenAI-compatible text server is sent, and what it says, in our words.

Where it is and what its errors mean, `services.base.upstream` knows. Pure translation: no
connection is opened here. Interface: the chat-completions API as OpenAI documents it and vLLM and
SGLang serve it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from pydantic import BaseModel, ValidationError

from lanternist.runtime.errors import UnavailableError
from models.card import ModelCard
from services.base.upstream import Upstream
from services.text.engine import FinishReason, TextRequest

_MOST_UPSTREAM_STOPS = 4  # OpenAI takes no more; the engine itself watches for the rest

_REASONS = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "content_filter": FinishReason.CONTENT_FILTER,
}


@dataclass(frozen=True, slots=True, repr=False)
class TextUpstream(Upstream):
    """Where conversations go.

    Attributes:
        max_tokens_field: Name of the limit: newer hosted models want `max_completion_tokens`.
    """

    max_tokens_field: str = "max_tokens"

    noun: ClassVar[str] = "text server"

    @classmethod
    def from_environment(cls, card: ModelCard) -> TextUpstream:
        """As `Upstream.from_environment`, with the card's `max_tokens_field`."""
        # No zero-argument super(): a dataclass with slots is another class than the one written.
        upstream = super(TextUpstream, cls).from_environment(card)
        field = str(card.options.get("max_tokens_field", "max_tokens"))
        return replace(upstream, max_tokens_field=field)

    def field_of(self, status: int, said: str) -> str:
        """`messages` when they are too long; else the whole request."""
        return "messages" if status == 413 or "context" in said else "request"

    def body(self, request: TextRequest, defaults: Mapping[str, Any]) -> dict[str, Any]:
        """The JSON of a streaming chat completion; what nobody chose is left to the upstream."""
        chosen: dict[str, Any] = {
            self.max_tokens_field: request.max_tokens or defaults.get("max_tokens"),
            "temperature": request.temperature
            if request.temperature is not None
            else defaults.get("temperature"),
            "top_p": request.top_p if request.top_p is not None else defaults.get("top_p"),
            "seed": request.seed,
            "stop": list(request.stop[:_MOST_UPSTREAM_STOPS]) or None,
        }
        return {
            "model": self.model,
            "messages": [{"role": m.role, "content": m.content} for m in request.messages],
            "stream": True,
            "stream_options": {"include_usage": True},
            **{name: value for name, value in chosen.items() if value is not None},
            **_format(request),
        }


class _Said(BaseModel):
    content: Any = None  # text, or nothing; halves of characters are no text to pydantic


class _Choice(BaseModel):
    delta: _Said | None = None
    message: _Said | None = None
    finish_reason: str | None = None


class Usage(BaseModel):
    """Tokens that the upstream counted; 0 where it did not."""

    prompt_tokens: int = 0
    completion_tokens: int = 0


class Chunk(BaseModel):
    """One event of a streamed chat completion, or the whole of one that is not streamed."""

    choices: list[_Choice] | None = None
    usage: Usage | None = None
    error: Any = None

    @classmethod
    def parse(cls, data: str | bytes) -> Chunk:
        """Reads one event.

        Raises:
            UnavailableError: It is not of that form.
        """
        try:
            return cls.model_validate(json.loads(data))
        except (ValueError, ValidationError) as error:
            raise UnavailableError(
                "The upstream text server does not speak the chat-completions interface.",
                reason="UPSTREAM_NOT_COMPATIBLE",
            ) from error

    @property
    def text(self) -> str:
        """What it adds to the answer."""
        said = [choice.delta or choice.message for choice in self.choices or ()]
        return said[0].content if said and said[0] and isinstance(said[0].content, str) else ""

    @property
    def finish_reason(self) -> FinishReason | None:
        """Why the answer ended, if it did; reasons that we do not know ended it normally."""
        named = [choice.finish_reason for choice in self.choices or () if choice.finish_reason]
        return _REASONS.get(named[0], FinishReason.STOP) if named else None

    @property
    def error_status(self) -> int:
        """HTTP status of an error that came in the middle of a stream; 500 when it has none."""
        code = self.error.get("code") if isinstance(self.error, dict) else None
        return code if isinstance(code, int) and 400 <= code < 600 else 500


def _format(request: TextRequest) -> dict[str, Any]:
    if request.json_schema is None:
        return {}
    wanted = {"name": "answer", "schema": dict(request.json_schema)}
    return {"response_format": {"type": "json_schema", "json_schema": wanted}}


class WholeCharacters:
    """Joins what JSON escapes may tear: a surrogate pair whose halves come in two events."""

    def __init__(self) -> None:
        self._half = ""

    def push(self, text: str) -> str:
        """Takes the next piece and returns it in whole characters; lost halves become U+FFFD."""
        text = self._half + text
        self._half = ""
        if text and "\ud800" <= text[-1] <= "\udbff":
            text, self._half = text[:-1], text[-1]
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
