"""What an OpenAI-compatible server says, in our words: its errors, its events, its address.

Pure translation: no connection is opened here. Interface: the chat-completions API as OpenAI
documents it and vLLM and SGLang serve it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

from pydantic import BaseModel, ValidationError

from lanternist.runtime.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    LanternistError,
    NotFoundError,
    ResourceExhaustedError,
    UnavailableError,
)
from models.card import ModelCard
from services.text.engine import FinishReason, TextRequest

_MOST_UPSTREAM_STOPS = 4  # OpenAI takes no more; the engine itself watches for the rest
_MOST_RETRY_SECONDS = 3600.0

_REASONS = {
    "stop": FinishReason.STOP,
    "length": FinishReason.LENGTH,
    "content_filter": FinishReason.CONTENT_FILTER,
}


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where the requests go.

    Attributes:
        url: Base address without a trailing slash, such as `http://127.0.0.1:8000/v1`.
        model: The model's name on that server.
        headers: Sent with every request; hold the key, so they are never shown.
        max_tokens_field: Name of the limit: newer hosted models want `max_completion_tokens`.
    """

    url: str
    model: str
    headers: Mapping[str, str]
    max_tokens_field: str

    def __repr__(self) -> str:
        return f"Upstream(model={self.model!r})"

    @classmethod
    def from_environment(cls, card: ModelCard) -> Upstream:
        """Reads the variables that the card's options name.

        Raises:
            FailedPreconditionError: A variable is missing or no URL; the message never shows a
                value.
        """
        options = card.options
        url_variable = str(options.get("base_url_variable", "LANTERNIST_OPENAI_BASE_URL"))
        key_variable = str(options.get("api_key_variable", "LANTERNIST_OPENAI_API_KEY"))
        model_variable = str(options.get("model_variable", "LANTERNIST_OPENAI_MODEL"))
        url = os.environ.get(url_variable, "").strip().rstrip("/")
        model = os.environ.get(model_variable, "").strip() or str(options.get("model", ""))
        if not _is_http(url):
            raise _setting(card, url_variable, "to the upstream's http:// or https:// address")
        if not model:
            raise _setting(card, model_variable, "to the model's name on the upstream")
        key = os.environ.get(key_variable, "").strip()
        if not key.isascii() or any(character.isspace() for character in key):
            raise _setting(card, key_variable, "to a key without spaces or line breaks")
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        field = str(options.get("max_tokens_field", "max_tokens"))
        return cls(url, model, headers, field)

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

    def error(self, status: int, headers: Mapping[str, str], body: str) -> LanternistError:
        """What an answer that is not a success means for our caller."""
        said, code = _explanation(body)
        for secret in self.headers.values():
            said = said.replace(secret.removeprefix("Bearer "), "[key]")
        facts = {"upstream_status": str(status)}
        if status in (401, 403):
            return FailedPreconditionError(
                "The upstream text server refuses our credentials.",
                reason="UPSTREAM_CREDENTIALS_REFUSED",
                metadata=facts,
            )
        if status == 404:
            return NotFoundError(
                "upstream model", self.model, hint="The upstream text server does not serve it."
            )
        if status == 429:
            return ResourceExhaustedError(
                "The upstream text server takes no more requests for now.",
                subject="upstream quota",
                reason="UPSTREAM_RATE_LIMITED",
                retry_delay_seconds=retry_after(headers),
                metadata=facts,
            )
        if status in (400, 413, 422):
            field = "messages" if status == 413 or "context" in f"{code} {said}" else "request"
            return InvalidArgumentError(
                field,
                f"the upstream text server refuses it: {said or 'without a reason'}",
                reason="UPSTREAM_REFUSED_REQUEST",
                metadata=facts,
            )
        return UnavailableError(
            f"The upstream text server answered with status {status}.",
            reason="UPSTREAM_FAILED",
            retry_delay_seconds=retry_after(headers) or 1.0,
            metadata=facts,
        )


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


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a `Retry-After` header (RFC 9110, 10.2.3): a number or a date; None without."""
    value = headers.get("retry-after", "").strip()
    if not value:
        return None
    try:
        seconds = float(value)
    except ValueError:
        try:
            when = parsedate_to_datetime(value)
        except ValueError:
            return None
        when = when if when.tzinfo else when.replace(tzinfo=UTC)
        seconds = (when - datetime.now(UTC)).total_seconds()
    if not seconds >= 0:  # past dates and NaN
        return None
    return min(seconds, _MOST_RETRY_SECONDS)


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


def _explanation(body: str) -> tuple[str, str]:
    """The upstream's own words, cut short, and its error code; both may be empty."""
    try:
        error = json.loads(body)["error"]
    except (ValueError, TypeError, KeyError):
        return "", ""
    if isinstance(error, dict):
        return str(error.get("message") or "")[:300], str(error.get("code") or "")
    return str(error)[:300], ""


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def _setting(card: ModelCard, variable: str, what: str) -> FailedPreconditionError:
    return FailedPreconditionError(
        f"The model {card.id} needs the environment variable {variable} set {what}.",
        reason="SETTINGS_INVALID",
        metadata={"model": card.id, "variable": variable},
    )
