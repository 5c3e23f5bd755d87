"""Messages of the contract as JSON, in protobuf's own mapping with the contract's field names.

64-bit integers are strings there; none in the contract is above 2^53, so the page reads them as
numbers. This module knows no service.
"""

from __future__ import annotations

import json
from typing import Any, TypeVar

from google.protobuf import json_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from starlette.requests import Request

from lanternist.runtime.errors import InvalidArgumentError

M = TypeVar("M", bound=Message)

_TRUTH = {"true": True, "false": False}


async def read(request: Request, message: M, **known: str) -> M:
    """Fills a message from a request's JSON body.

    Args:
        request: Its body is an object, or empty.
        message: An empty message.
        known: Fields that the address of the request decides; the body must not name them.

    Raises:
        InvalidArgumentError: The body is no JSON object, or holds what the message does not have.
    """
    body = await request.body()
    if body and request.headers.get("content-type", "").partition(";")[0] != "application/json":
        raise InvalidArgumentError("content-type", "must be application/json", reason="NOT_JSON")
    return fill(message, body or b"{}", **known)


def fill(message: M, body: bytes | str, **known: str) -> M:
    """Fills a message from JSON. Raises as `read`."""
    try:
        value = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise InvalidArgumentError("body", "is not valid JSON", reason="NOT_JSON") from error
    if not isinstance(value, dict):
        raise InvalidArgumentError("body", "must be a JSON object", reason="NOT_JSON")
    for name in known:
        if name in value:
            raise InvalidArgumentError(name, "is given by the address")
    try:
        return json_format.ParseDict({**value, **known}, message)
    except json_format.ParseError as error:
        raise InvalidArgumentError("body", _reason(error)) from error
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidArgumentError("body", "does not fit the contract") from error


def from_query(request: Request, message: M, **known: str) -> M:
    """Fills a message of plain fields from the query of an address. Raises as `read`."""
    values: dict[str, object] = dict(request.query_params)
    for field in message.DESCRIPTOR.fields:
        # Numbers may be text in protobuf's JSON; truth may not.
        if field.type == FieldDescriptor.TYPE_BOOL and field.name in values:
            values[field.name] = _TRUTH.get(str(values[field.name]), values[field.name])
    return fill(message, json.dumps(values), **known)


def write(message: Message) -> dict[str, Any]:
    """A message as JSON values; fields without presence are always there."""
    return json_format.MessageToDict(
        message,
        preserving_proto_field_name=True,
        always_print_fields_with_no_presence=True,
    )


def _reason(error: json_format.ParseError) -> str:
    """What does not fit; the library's words name fields and types of the contract only."""
    return str(error).replace("\n", " ")[:300]
