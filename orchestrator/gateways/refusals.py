"""Errors as HTTP tells them: a status, `Retry-After`, and the body that OpenAI's SDK reads.

    {"error": {"message": …, "type": …, "param": …, "code": …}}

`code` is the error's stable reason in lower case, `param` the field that is wrong. The SDK makes
its own exception classes from the status.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from starlette.responses import JSONResponse

from lanternist.runtime.errors import (
    Code,
    InternalError,
    InvalidArgumentError,
    LanternistError,
    NotFoundError,
    ResourceExhaustedError,
    UnavailableError,
    UnimplementedError,
)

# The mapping of google/rpc/code.proto, but for UNIMPLEMENTED: there it is 501, which clients take
# for a passing fault of the server and try again; here it is the request that cannot be had.
_HTTP: Mapping[Code, int] = {
    Code.CANCELLED: 499,
    Code.INVALID_ARGUMENT: 400,
    Code.DEADLINE_EXCEEDED: 504,
    Code.NOT_FOUND: 404,
    Code.ALREADY_EXISTS: 409,
    Code.PERMISSION_DENIED: 403,
    Code.RESOURCE_EXHAUSTED: 429,
    Code.FAILED_PRECONDITION: 400,
    Code.ABORTED: 409,
    Code.OUT_OF_RANGE: 400,
    Code.UNIMPLEMENTED: 400,
    Code.UNAVAILABLE: 503,
    Code.UNAUTHENTICATED: 401,
}
_TYPES: Mapping[int, str] = {
    401: "authentication_error",
    403: "permission_error",
    429: "rate_limit_error",
}
_SERVER_ERROR = 500
_TOO_LARGE = "UPLOAD_TOO_LARGE"


class HttpError(LanternistError):
    """An error with a status that only HTTP has, such as 413 or 415.

    Args:
        status: The status.
        message: Safe for the caller.
        reason: UPPER_SNAKE_CASE.
        headers: Sent with the answer.
    """

    code = Code.INVALID_ARGUMENT

    def __init__(
        self,
        status: int,
        message: str,
        reason: str,
        *,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, reason=reason)
        self.status = status
        self.headers = dict(headers or {})


class NotSupportedError(UnimplementedError):
    """A field, or a value of it, that this installation does not honour.

    Args:
        field: The field's name in the request.
        description: What is so about it; follows the name in the message.
    """

    default_reason = "NOT_SUPPORTED"

    def __init__(self, field: str, description: str = "is not supported here.") -> None:
        super().__init__(f"{field}: {description}")
        self.field = field


def http_status(error: LanternistError) -> int:
    """The HTTP status of an error."""
    if isinstance(error, HttpError):
        return error.status
    if error.reason == _TOO_LARGE:
        return 413
    return _HTTP.get(error.code, _SERVER_ERROR)


def retry_seconds(error: LanternistError) -> float | None:
    """When to come back, in seconds; None when coming back does not help or nobody knows."""
    if isinstance(error, UnavailableError | ResourceExhaustedError):
        return error.retry_delay_seconds
    return None


def describe(error: LanternistError) -> dict[str, Any]:
    """The body of an error."""
    status = http_status(error)
    fallback = "server_error" if status >= _SERVER_ERROR else "invalid_request_error"
    return {
        "error": {
            "message": error.message,
            "type": _TYPES.get(status, fallback),
            "param": _param(error),
            "code": error.reason.lower(),
        }
    }


def refuse(error: LanternistError) -> JSONResponse:
    """The whole answer for an error."""
    headers = dict(error.headers) if isinstance(error, HttpError) else {}
    seconds = retry_seconds(error)
    if seconds is not None:
        headers["retry-after"] = str(max(1, math.ceil(seconds)))
    if http_status(error) == 401:
        headers["www-authenticate"] = "Bearer"
    return JSONResponse(describe(error), http_status(error), headers)


def internal(request_id: str) -> InternalError:
    """What a caller is told of a defect of ours."""
    return InternalError(f"Something went wrong on our side. Request id: {request_id}.")


def _param(error: LanternistError) -> str | None:
    if isinstance(error, InvalidArgumentError):
        return error.violations[0].field
    if isinstance(error, NotFoundError | NotSupportedError):
        return error.field
    return None
