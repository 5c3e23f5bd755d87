"""Errors survive the wire: to `google.rpc.Status` and back."""

from __future__ import annotations

import pytest
from google.rpc import error_details_pb2
from hypothesis import given
from hypothesis import strategies as st

from lanternist.runtime import errors
from lanternist.runtime.status import DOMAIN, from_status, to_status


def detail(status, kind):
    for packed in status.details:
        if packed.Is(kind.DESCRIPTOR):
            found = kind()
            packed.Unpack(found)
            return found
    return None


ALL = [
    errors.InvalidArgumentError(
        "speed", "must be at most 2", more=(errors.FieldViolation("text", "is empty"),)
    ),
    errors.NotFoundError("model", "nope", field="model", hint="Available: a, b."),
    errors.AlreadyExistsError("The request id was used."),
    errors.FailedPreconditionError(
        "No GPU.", reason="DEVICE_NOT_FOUND", metadata={"device": "cuda:1"}
    ),
    errors.OutOfRangeError("Past the end."),
    errors.PermissionDeniedError("No."),
    errors.UnauthenticatedError("Who?"),
    errors.ResourceExhaustedError("Full.", subject="image queue", retry_delay_seconds=2.5),
    errors.UnavailableError("Soon.", retry_delay_seconds=0.25),
    errors.UnimplementedError("Cannot."),
    errors.DeadlineExceededError("Late."),
    errors.CancelledError("Left."),
    errors.DataLossError("Broken."),
    errors.InternalError("Ours."),
]


@pytest.mark.parametrize("error", ALL, ids=lambda e: type(e).__name__)
def test_an_error_comes_back_as_itself(error: errors.LanternistError) -> None:
    again = from_status(to_status(error, "request-1"))
    assert type(again) is type(error)
    assert (again.code, again.reason, again.message) == (error.code, error.reason, error.message)
    assert again.metadata == error.metadata
    for attribute in (
        "violations",
        "resource_type",
        "resource_name",
        "subject",
        "retry_delay_seconds",
    ):
        assert getattr(again, attribute, None) == getattr(error, attribute, None)


@pytest.mark.parametrize("error", ALL, ids=lambda e: type(e).__name__)
def test_every_status_says_its_reason_and_request(error: errors.LanternistError) -> None:
    status = to_status(error, "request-1")
    info = detail(status, error_details_pb2.ErrorInfo)
    assert info.domain == DOMAIN
    assert info.reason.isupper()
    assert detail(status, error_details_pb2.RequestInfo).request_id == "request-1"


def test_every_canonical_code_but_unknown_and_aborted_has_a_class() -> None:
    covered = {error.code for error in ALL}
    assert set(errors.Code) - covered == {errors.Code.UNKNOWN, errors.Code.ABORTED}


def test_field_violations_reach_the_caller() -> None:
    bad = detail(to_status(ALL[0]), error_details_pb2.BadRequest)
    assert [(v.field, v.description) for v in bad.field_violations] == [
        ("speed", "must be at most 2"),
        ("text", "is empty"),
    ]


@given(st.floats(min_value=0, max_value=86400))
def test_retry_delays_keep_their_milliseconds(seconds: float) -> None:
    again = from_status(to_status(errors.UnavailableError("x", retry_delay_seconds=seconds)))
    assert isinstance(again, errors.UnavailableError)
    assert again.retry_delay_seconds == pytest.approx(seconds, abs=1e-6)


def test_a_long_name_is_cut_before_it_is_echoed() -> None:
    assert len(errors.NotFoundError("model", "x" * 10_000).message) < 300
