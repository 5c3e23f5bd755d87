"""Errors to `google.rpc.Status` and back: the one place where our errors meet gRPC.

Every status carries `ErrorInfo`; `BadRequest`, `RetryInfo`, `QuotaFailure`, `ResourceInfo` and
`RequestInfo` where they apply (https://google.aip.dev/193).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import grpc.aio
from google.protobuf import any_pb2, duration_pb2
from google.rpc import error_details_pb2, status_pb2

from lanternist.runtime.errors import (
    AbortedError,
    AlreadyExistsError,
    CancelledError,
    Code,
    DataLossError,
    DeadlineExceededError,
    FailedPreconditionError,
    FieldViolation,
    InternalError,
    InvalidArgumentError,
    LanternistError,
    NotFoundError,
    OutOfRangeError,
    PermissionDeniedError,
    ResourceExhaustedError,
    UnauthenticatedError,
    UnavailableError,
    UnimplementedError,
)

DOMAIN = "lanternist.dev"
DETAILS_KEY = "grpc-status-details-bin"

_PLAIN: Mapping[int, type[LanternistError]] = {
    kind.code: kind
    for kind in (
        AbortedError,
        AlreadyExistsError,
        CancelledError,
        DataLossError,
        DeadlineExceededError,
        FailedPreconditionError,
        InternalError,
        OutOfRangeError,
        PermissionDeniedError,
        UnauthenticatedError,
        UnimplementedError,
    )
}


def _duration(seconds: float) -> duration_pb2.Duration:
    return duration_pb2.Duration(seconds=int(seconds), nanos=int((seconds % 1) * 1e9))


def to_status(error: LanternistError, request_id: str = "") -> status_pb2.Status:
    """Describes an error with its standard details.

    Args:
        error: The error.
        request_id: Put into `RequestInfo` when not empty.
    """
    details: list[Any] = [
        error_details_pb2.ErrorInfo(reason=error.reason, domain=DOMAIN, metadata=error.metadata)
    ]
    if isinstance(error, InvalidArgumentError):
        bad = error_details_pb2.BadRequest()
        for violation in error.violations:
            bad.field_violations.add(field=violation.field, description=violation.description)
        details.append(bad)
    if isinstance(error, NotFoundError):
        details.append(
            error_details_pb2.ResourceInfo(
                resource_type=error.resource_type,
                resource_name=error.resource_name,
                description=error.message,
            )
        )
        if error.field:
            bad = error_details_pb2.BadRequest()
            bad.field_violations.add(field=error.field, description=error.message)
            details.append(bad)
    if isinstance(error, ResourceExhaustedError) and error.subject:
        quota = error_details_pb2.QuotaFailure()
        quota.violations.add(subject=error.subject, description=error.message)
        details.append(quota)
    retry_delay = getattr(error, "retry_delay_seconds", None)
    if retry_delay is not None:
        details.append(error_details_pb2.RetryInfo(retry_delay=_duration(retry_delay)))
    if request_id:
        details.append(error_details_pb2.RequestInfo(request_id=request_id))
    status = status_pb2.Status(code=int(error.code), message=error.message)
    for detail in details:
        packed = any_pb2.Any()
        packed.Pack(detail)
        status.details.append(packed)
    return status


def from_status(status: status_pb2.Status) -> LanternistError:
    """Rebuilds the error that a peer's status describes; unknown codes become `LanternistError`."""
    found: dict[str, Any] = {}
    for packed in status.details:
        for kind in (
            error_details_pb2.ErrorInfo,
            error_details_pb2.BadRequest,
            error_details_pb2.RetryInfo,
            error_details_pb2.QuotaFailure,
            error_details_pb2.ResourceInfo,
        ):
            if packed.Is(kind.DESCRIPTOR):
                detail = kind()
                packed.Unpack(detail)
                found[kind.__name__] = detail
    info = found.get("ErrorInfo")
    error = _rebuild(status, found)
    if info is not None:
        error.reason = info.reason
        error.metadata = dict(info.metadata)
    return error


def _rebuild(status: status_pb2.Status, found: Mapping[str, Any]) -> LanternistError:
    retry = found["RetryInfo"].retry_delay.ToNanoseconds() / 1e9 if "RetryInfo" in found else None
    violations = (
        [FieldViolation(v.field, v.description) for v in found["BadRequest"].field_violations]
        if "BadRequest" in found
        else []
    )
    error: LanternistError
    match status.code:
        case Code.INVALID_ARGUMENT if violations:
            first, *rest = violations
            error = InvalidArgumentError(first.field, first.description, more=tuple(rest))
        case Code.NOT_FOUND if "ResourceInfo" in found:
            resource = found["ResourceInfo"]
            error = NotFoundError(
                resource.resource_type,
                resource.resource_name,
                field=violations[0].field if violations else None,
            )
        case Code.RESOURCE_EXHAUSTED:
            quota = found.get("QuotaFailure")
            error = ResourceExhaustedError(
                status.message,
                subject=quota.violations[0].subject if quota and quota.violations else "",
                retry_delay_seconds=retry,
            )
        case Code.UNAVAILABLE:
            error = UnavailableError(
                status.message, retry_delay_seconds=1.0 if retry is None else retry
            )
        case code if code in _PLAIN:
            error = _PLAIN[code](status.message)
        case code:
            error = LanternistError(status.message)
            error.code = next((known for known in Code if known == code), Code.UNKNOWN)
    error.message = status.message
    return error


def from_rpc_error(error: grpc.aio.AioRpcError) -> LanternistError:
    """Maps what a gRPC client call raised, with or without rich details.

    A peer that cannot be reached, or died while answering, is `UnavailableError`.
    """
    code = int(error.code().value[0])
    trailing = error.trailing_metadata() or ()
    for key, value in trailing:
        if key == DETAILS_KEY:
            status = status_pb2.Status.FromString(
                value if isinstance(value, bytes) else value.encode("latin-1")
            )
            if status.code == code:
                return from_status(status)
    if code == Code.UNAVAILABLE:
        return UnavailableError("The service cannot be reached just now; it may be restarting.")
    if code == Code.DEADLINE_EXCEEDED:
        return DeadlineExceededError("The deadline passed before the work was done.")
    return from_status(status_pb2.Status(code=code, message=error.details() or "The call failed."))
