"""Errors as HTTP tells them."""

from __future__ import annotations

import json

import pytest

from lanternist.runtime.errors import (
    AlreadyExistsError,
    DataLossError,
    DeadlineExceededError,
    FailedPreconditionError,
    InternalError,
    InvalidArgumentError,
    LanternistError,
    NotFoundError,
    PermissionDeniedError,
    ResourceExhaustedError,
    UnauthenticatedError,
    UnavailableError,
    UnimplementedError,
)
from orchestrator.gateways.refusals import HttpError, NotSupportedError, refuse

CASES = [
    (InvalidArgumentError("n", "is wrong."), 400, "invalid_request_error", "n"),
    (NotSupportedError("tools"), 400, "invalid_request_error", "tools"),
    (UnimplementedError("No."), 400, "invalid_request_error", None),
    (FailedPreconditionError("No."), 400, "invalid_request_error", None),
    (UnauthenticatedError("No."), 401, "authentication_error", None),
    (PermissionDeniedError("No."), 403, "permission_error", None),
    (NotFoundError("model", "m", field="model"), 404, "invalid_request_error", "model"),
    (AlreadyExistsError("No."), 409, "invalid_request_error", None),
    (HttpError(415, "No.", "X"), 415, "invalid_request_error", None),
    (ResourceExhaustedError("Full."), 429, "rate_limit_error", None),
    (ResourceExhaustedError("Big.", reason="UPLOAD_TOO_LARGE"), 413, "invalid_request_error", None),
    (InternalError("Sorry."), 500, "server_error", None),
    (DataLossError("Lost."), 500, "server_error", None),
    (UnavailableError("Soon."), 503, "server_error", None),
    (DeadlineExceededError("Late."), 504, "server_error", None),
]


@pytest.mark.parametrize(("error", "status", "kind", "param"), CASES)
def test_statuses_and_bodies(
    error: LanternistError, status: int, kind: str, param: str | None
) -> None:
    response = refuse(error)
    said = json.loads(bytes(response.body))["error"]
    assert response.status_code == status
    assert said["type"] == kind
    assert said["param"] == param
    assert said["code"] == error.reason.lower()
    assert said["message"] == error.message


def test_retry_after_is_whole_seconds_and_never_none() -> None:
    assert refuse(UnavailableError("x", retry_delay_seconds=0.2)).headers["retry-after"] == "1"
    full = ResourceExhaustedError("x", retry_delay_seconds=6.1)
    assert refuse(full).headers["retry-after"] == "7"
    assert "retry-after" not in refuse(ResourceExhaustedError("x")).headers
    assert refuse(UnauthenticatedError("x")).headers["www-authenticate"] == "Bearer"
