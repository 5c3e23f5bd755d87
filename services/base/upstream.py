"""A server elsewhere that speaks an interface of OpenAI's: where it is, and what its errors mean.

Shared by the engines that pass requests on, whatever they make. Pure translation: no connection is
opened here, and nothing that travels over one is known but its errors.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import ClassVar, Self
from urllib.parse import urlsplit

from lanternist.runtime.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    LanternistError,
    NotFoundError,
    ResourceExhaustedError,
    UnavailableError,
)
from models.card import ModelCard

_MOST_RETRY_SECONDS = 3600.0


@dataclass(frozen=True, slots=True)
class Upstream:
    """Where the requests go.

    Attributes:
        url: Base address without a trailing slash, such as `http://127.0.0.1:8000/v1`.
        model: The model's name on that server.
        headers: Sent with every request; hold the key, so they are never shown.
    """

    url: str
    model: str
    headers: Mapping[str, str]

    noun: ClassVar[str] = "server"
    """How messages call it: `The upstream {noun} …`."""
    model_variable: ClassVar[str] = "LANTERNIST_OPENAI_MODEL"
    """The environment variable with the model's name, where the card names no other."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}(model={self.model!r})"

    @classmethod
    def from_environment(cls, card: ModelCard) -> Self:
        """Reads the variables that the card's options name.

        Raises:
            FailedPreconditionError: A variable is missing or no URL; the message never shows a
                value.
        """
        options = card.options
        url_variable = str(options.get("base_url_variable", "LANTERNIST_OPENAI_BASE_URL"))
        key_variable = str(options.get("api_key_variable", "LANTERNIST_OPENAI_API_KEY"))
        model_variable = str(options.get("model_variable", cls.model_variable))
        url = os.environ.get(url_variable, "").strip().rstrip("/")
        model = os.environ.get(model_variable, "").strip() or str(options.get("model", ""))
        if not _is_http(url):
            raise _setting(card, url_variable, "to the upstream's http:// or https:// address")
        if not model:
            raise _setting(card, model_variable, "to the model's name on the upstream")
        key = os.environ.get(key_variable, "").strip()
        if not key.isascii() or any(character.isspace() for character in key):
            raise _setting(card, key_variable, "to a key without spaces or line breaks")
        return cls(url, model, {"Authorization": f"Bearer {key}"} if key else {})

    def field_of(self, status: int, said: str) -> str:
        """The field of our request that the upstream complains of, as far as that can be told."""
        return "request"

    def error(self, status: int, headers: Mapping[str, str], body: str) -> LanternistError:
        """What an answer that is not a success means for our caller."""
        said, code = _explanation(body)
        for secret in self.headers.values():
            said = said.replace(secret.removeprefix("Bearer "), "[key]")
        facts = {"upstream_status": str(status)}
        if status in (401, 403):
            return FailedPreconditionError(
                f"The upstream {self.noun} refuses our credentials.",
                reason="UPSTREAM_CREDENTIALS_REFUSED",
                metadata=facts,
            )
        if status == 404:
            return NotFoundError(
                "upstream model", self.model, hint=f"The upstream {self.noun} does not serve it."
            )
        if status == 429:
            return ResourceExhaustedError(
                f"The upstream {self.noun} takes no more requests for now.",
                subject="upstream quota",
                reason="UPSTREAM_RATE_LIMITED",
                retry_delay_seconds=retry_after(headers),
                metadata=facts,
            )
        if status in (400, 413, 422):
            return InvalidArgumentError(
                self.field_of(status, f"{code} {said}"),
                f"the upstream {self.noun} refuses it: {said or 'without a reason'}",
                reason="UPSTREAM_REFUSED_REQUEST",
                metadata=facts,
            )
        return UnavailableError(
            f"The upstream {self.noun} answered with status {status}.",
            reason="UPSTREAM_FAILED",
            retry_delay_seconds=retry_after(headers) or 1.0,
            metadata=facts,
        )

    def unreachable(self, error: Exception) -> LanternistError:
        """What no answer means. Only the error's kind is told: its text may hold the address."""
        return UnavailableError(
            f"The upstream {self.noun} cannot be reached or fell silent ({type(error).__name__}).",
            reason="UPSTREAM_UNREACHABLE",
        )

    def not_compatible(self, what: str) -> LanternistError:
        """What an answer of another form means."""
        return UnavailableError(
            f"The upstream {self.noun} does not speak {what}.", reason="UPSTREAM_NOT_COMPATIBLE"
        )

    def too_large(self, most_bytes: int) -> LanternistError:
        """What an answer beyond all measure means."""
        return UnavailableError(
            f"The upstream {self.noun} sent more than {most_bytes:,} bytes.",
            reason="UPSTREAM_ANSWER_TOO_LARGE",
        )


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
