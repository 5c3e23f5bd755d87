"""Errors as the page reads them: the body that every gateway sends, with what a form needs.

{"error": {message, type, param, code, status, fields: [{field, description}], retry_seconds}}
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lanternist.runtime.errors import InvalidArgumentError, LanternistError
from orchestrator.gateways.refusals import HttpError, describe, http_status, retry_seconds

Endpoint = Callable[[Request], Awaitable[Response]]


def described(error: LanternistError) -> dict[str, Any]:
    """An error as JSON values."""
    body = describe(error)
    body["error"] |= {"status": error.code.name, "retry_seconds": retry_seconds(error)}
    if isinstance(error, InvalidArgumentError):
        body["error"]["fields"] = [
            {"field": wrong.field, "description": wrong.description} for wrong in error.violations
        ]
    return body


def refusal(error: LanternistError) -> JSONResponse:
    """An error as a response."""
    return JSONResponse(described(error), http_status(error))


def answering(endpoint: Endpoint) -> Endpoint:
    """An endpoint whose refusals become responses; what is about HTTP alone goes on."""

    async def answer(request: Request) -> Response:
        try:
            return await endpoint(request)
        except HttpError:
            raise
        except LanternistError as error:
            return refusal(error)

    return answer
