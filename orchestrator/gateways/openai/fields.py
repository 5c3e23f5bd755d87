"""What the fields of a request may be, and how a wrong one is told.

`Only` marks a field that is known and not honoured: the values that change nothing pass, any other
is refused by name.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetCoreSchemaHandler,
    GetJsonSchemaHandler,
    ValidationError,
    WithJsonSchema,
)
from pydantic_core import CoreSchema, PydanticCustomError, core_schema

from lanternist.runtime.errors import FieldViolation, InvalidArgumentError, LanternistError
from orchestrator.gateways.refusals import HttpError, NotSupportedError

B = TypeVar("B", bound="Body")
_NOT_SUPPORTED = "not_supported"
_MOST_NAMED = 10


class RequestError(InvalidArgumentError):
    """A field of the request itself is wrong: named as the caller named it."""


class Body(BaseModel):
    """A request: types as JSON has them, no unknown field, no number that is none."""

    model_config = ConfigDict(extra="forbid", strict=True, allow_inf_nan=False, frozen=True)


# Compared by identity: `typing` would take `Only((0,))` for `Only((False,))`, which are equal.
@dataclass(frozen=True, eq=False)
class Only:
    """A field that passes with some values alone.

    Args:
        values: Those that change nothing.
        why: Follows the field's name when another is given.
    """

    values: tuple[Any, ...] = (None,)
    why: str = ""

    def __get_pydantic_core_schema__(
        self, source: Any, handler: GetCoreSchemaHandler
    ) -> CoreSchema:
        """See pydantic."""
        return core_schema.no_info_plain_validator_function(self._check)

    def __get_pydantic_json_schema__(
        self, schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> dict[str, Any]:
        """See pydantic."""
        return {"enum": list(self.values), "description": self._reason()}

    def _check(self, value: Any) -> Any:
        # Compared as JSON is written: true is not 1, and 1.0 is.
        if any(_same(value, allowed) for allowed in self.values):
            return value
        raise PydanticCustomError(_NOT_SUPPORTED, "{why}", {"why": self._reason()})

    def _reason(self) -> str:
        shown = " or ".join(json.dumps(value) for value in self.values if value is not None)
        left = f"; leave it out, or give {shown}" if shown else ""
        return self.why or f"is not supported here{left}."


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return bool(one == other)


Unsupported = Annotated[Any, Only()]
"""A field that is not supported with any value."""

ModelId = Annotated[
    str,
    Field(
        pattern="^[A-Za-z0-9._:/-]{1,200}$", description="Id of a model, or an alias in settings."
    ),
]
# Enforced by the contract. Not as a pattern: tools that generate requests choke on such.
PLAIN: dict[str, Any] = {"description": "No control characters but tab and line breaks."}
"""Describes text without control characters."""
Ignorable = Annotated[
    Any, Field(default=None, description="Changes no answer here; taken and not used.")
]
"""A field that concerns bookkeeping elsewhere: it cannot change what is answered."""


def parse(kind: type[B], body: bytes) -> B:
    """Reads a JSON request.

    Raises:
        HttpError: 400, it is not JSON.
        RequestError: Fields are wrong; each is named.
        NotSupportedError: A field asks for what there is not.
    """
    try:
        return kind.model_validate_json(body)
    except ValidationError as error:
        raise _told(error) from None
    except RecursionError:
        raise HttpError(400, "The request is nested too deeply.", "MALFORMED_JSON") from None


def from_form(kind: type[B], values: dict[str, Any]) -> B:
    """Reads the fields of a form: texts, whose numbers and truths are written out.

    Raises:
        RequestError: Fields are wrong; each is named.
        NotSupportedError: A field asks for what there is not.
    """
    try:
        return kind.model_validate(values, strict=False)
    except ValidationError as error:
        raise _told(error) from None


def _told(error: ValidationError) -> LanternistError:
    found = error.errors(include_input=False, include_url=False)
    first = found[0]
    if first["type"] == "json_invalid":
        return HttpError(
            400, f"The request is not JSON: {first['ctx']['error']}.", "MALFORMED_JSON"
        )
    # What is not supported comes first: the rest may be wrong because of it.
    for item in found:
        if item["type"] == _NOT_SUPPORTED:
            return NotSupportedError(_path(item["loc"]), item["msg"])
    violations = [FieldViolation(_path(item["loc"]), _sentence(item)) for item in found]
    reason = {"extra_forbidden": "UNKNOWN_FIELD", "missing": "MISSING_FIELD"}.get(first["type"])
    head, *more = violations[:_MOST_NAMED]
    return RequestError(head.field, head.description, reason=reason, more=tuple(more))


def given_as_text(kind: str) -> BeforeValidator:
    """Reads content that is given as one text as a list of one part of that kind."""

    def parts(value: Any) -> Any:
        return [{"type": kind, "text": value}] if isinstance(value, str) else value

    return BeforeValidator(parts)


def text_or_parts(kinds: dict[str, Any], **more: Any) -> WithJsonSchema:
    """Describes content that is one text or a list of parts.

    Args:
        kinds: Schema of a part's `type`.
        more: Of a part's schema beside its properties.
    """
    properties = {"type": kinds, "text": {"type": "string", **PLAIN}}
    part = {"type": "object", "properties": properties, "required": ["type", "text"], **more}
    return WithJsonSchema(
        {"anyOf": [{"type": "string", **PLAIN}, {"type": "array", "items": part}]}
    )


def _sentence(item: Any) -> str:
    match item["type"]:
        case "extra_forbidden":
            return "is not a field of this request."
        case "missing":
            return "is required."
        case _:
            return f"{item['msg'][:1].lower()}{item['msg'][1:].rstrip('.')}."


def _path(location: tuple[int | str, ...]) -> str:
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part[:100]}" if path else part[:100]
    return path or "body"
