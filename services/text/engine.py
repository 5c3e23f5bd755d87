"""What a text engine is: the request, the events it streams, and the Protocol it fulfils.

It does not know gRPC, which model answers, or whether the answer is made here or upstream.
"""

from __future__ import annotations

import math
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Literal, Protocol

from lanternist.runtime.call import Call
from lanternist.runtime.errors import InvalidArgumentError
from models.card import ModelCard
from models.placement import Placement
from models.weights import Weights

Role = Literal["system", "user", "assistant"]

MAX_STOP_SEQUENCES = 16


class FinishReason(Enum):
    """Why a generation ended."""

    STOP = "stop"
    """The model ended its turn, or a stop sequence was met."""
    LENGTH = "length"
    """`max_tokens` or the model's context was full."""
    CONTENT_FILTER = "content_filter"
    """An upstream server withheld the rest."""


@dataclass(frozen=True, slots=True)
class ChatMessage:
    """One turn of a conversation."""

    role: Role
    content: str


@dataclass(frozen=True, slots=True)
class TextRequest:
    """One generation.

    Args:
        messages: The conversation, oldest first; at least one.
        max_tokens: Most tokens to make, at least 1. None takes the card's default.
        temperature: 0 (greedy) to 2. None takes the card's default.
        top_p: Nucleus mass, above 0 up to 1. None takes the card's default.
        seed: Makes a sampled answer repeatable; None draws a fresh one.
        stop: Strings that end the answer; none of them is ever part of it.
        json_schema: Schema of the answer; an engine that cannot hold a model to it ignores it.
    """

    messages: tuple[ChatMessage, ...]
    max_tokens: int | None = None
    temperature: float | None = None
    top_p: float | None = None
    seed: int | None = None
    stop: tuple[str, ...] = ()
    json_schema: Mapping[str, Any] | None = None

    def validate(self) -> None:
        """Checks what no engine can work with, whatever its model.

        Raises:
            InvalidArgumentError: A field is out of range; the error names it.
        """
        if not self.messages:
            raise InvalidArgumentError("messages", "must hold at least one message.")
        if not any(message.content.strip() for message in self.messages):
            raise InvalidArgumentError("messages", "must hold some text.")
        for index, message in enumerate(self.messages):
            if message.role not in ("system", "user", "assistant"):
                raise InvalidArgumentError(
                    f"messages[{index}].role", "must be system, user or assistant."
                )
        if self.max_tokens is not None and self.max_tokens < 1:
            raise InvalidArgumentError("max_tokens", "must be at least 1.")
        if self.temperature is not None and not (
            math.isfinite(self.temperature) and 0 <= self.temperature <= 2
        ):
            raise InvalidArgumentError("temperature", "must be between 0 and 2.")
        if self.top_p is not None and not (math.isfinite(self.top_p) and 0 < self.top_p <= 1):
            raise InvalidArgumentError("top_p", "must be above 0 and at most 1.")
        if len(self.stop) > MAX_STOP_SEQUENCES:
            raise InvalidArgumentError("stop", f"at most {MAX_STOP_SEQUENCES} sequences.")
        for index, sequence in enumerate(self.stop):
            if not sequence:
                raise InvalidArgumentError(f"stop[{index}]", "must not be empty.")


@dataclass(frozen=True, slots=True)
class TextDelta:
    """The next piece of the answer: never empty, never half a character."""

    text: str


@dataclass(frozen=True, slots=True)
class TextFinished:
    """The last event of a generation. Token counts are 0 where an upstream gives none."""

    reason: FinishReason
    prompt_tokens: int
    completion_tokens: int


class TextEngine(Protocol):
    """Makes text. Built cheaply, loaded once in a worker thread, then shared by every call."""

    def __init__(self, card: ModelCard, weights: Weights | None, placement: Placement) -> None: ...

    def load(self) -> None:
        """Reads the weights. Called once, in a worker thread."""

    def warm_up(self) -> None:
        """Makes one tiny answer, so that the first caller does not pay for first-time work."""

    def close(self) -> None:
        """Frees memory and ends threads. Idempotent."""

    def generate(self, request: TextRequest, call: Call) -> AsyncIterator[TextDelta | TextFinished]:
        """Streams the answer: any number of `TextDelta`, then one `TextFinished`.

        Leaving the iterator (`aclose`) frees the engine at the next token, as does the call's
        cancellation or deadline.

        Raises:
            InvalidArgumentError: A field is out of range, or the prompt exceeds the context.
            CancelledError: The caller left.
            DeadlineExceededError: The caller's time ran out.
            UnavailableError: The engine, or its upstream, is not there.
        """
        ...
