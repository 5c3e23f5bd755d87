"""One family of errors, mapped to a transport once, at the boundary.

    LanternistError
    ├── InvalidArgumentError      a field is wrong; names the field
    ├── NotFoundError             a named resource does not exist
    ├── AlreadyExistsError        an idempotency key was reused with another body
    ├── FailedPreconditionError   the system is not in the state that the call needs
    ├── AbortedError              what the call was made for has changed meanwhile
    ├── OutOfRangeError           a position beyond the end
    ├── PermissionDeniedError     known caller, not allowed
    ├── UnauthenticatedError      no or wrong credentials
    ├── ResourceExhaustedError    a quota, a queue or a size limit is full
    ├── UnavailableError          try again shortly
    ├── UnimplementedError        this model or engine cannot do that
    ├── DeadlineExceededError     the caller's time ran out
    ├── CancelledError            the caller left
    ├── DataLossError             stored bytes no longer match their hash
    └── InternalError             a defect of ours; the message never says more

Messages are safe to show to the caller: no paths, no secrets, no tracebacks. This module does not
know gRPC; `lanternist.runtime.status` does the mapping.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum


class Code(IntEnum):
    """Canonical codes, numbered as `google.rpc.Code`."""

    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One wrong field: its path in the request message, and what is wrong with it."""

    field: str
    description: str


class LanternistError(Exception):
    """Base of every error that may reach a caller.

    Args:
        message: Safe, complete sentence for the caller.
        reason: UPPER_SNAKE_CASE, stable across releases; programs branch on it.
        metadata: Extra facts as strings (model, limit, value).
    """

    code: Code = Code.UNKNOWN
    default_reason: str = "UNKNOWN"

    def __init__(
        self,
        message: str,
        *,
        reason: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.reason = reason or self.default_reason
        self.metadata: dict[str, str] = dict(metadata or {})

    @property
    def line(self) -> str:
        """The message, and when to try again, where that is known."""
        retry = getattr(self, "retry_delay_seconds", None)
        return self.message + (f" Try again in {retry:g} s." if retry is not None else "")


class InvalidArgumentError(LanternistError):
    """One or more request fields are wrong, whatever the state of the system."""

    code = Code.INVALID_ARGUMENT
    default_reason = "INVALID_FIELD"

    def __init__(
        self,
        field: str,
        description: str,
        *,
        reason: str | None = None,
        metadata: Mapping[str, str] | None = None,
        more: tuple[FieldViolation, ...] = (),
    ) -> None:
        super().__init__(f"{field}: {description}", reason=reason, metadata=metadata)
        self.violations = (FieldViolation(field, description), *more)

    def renamed(self, name: Callable[[str], str]) -> InvalidArgumentError:
        """The same error in the words of another request.

        Args:
            name: Gives the field of that request for a field of this one.
        """
        first, *more = (FieldViolation(name(v.field), v.description) for v in self.violations)
        return InvalidArgumentError(
            first.field,
            first.description,
            reason=self.reason,
            metadata=self.metadata,
            more=tuple(more),
        )


class NotFoundError(LanternistError):
    """A named resource does not exist.

    Args:
        resource_type: What kind of thing it is, for example `model` or `story`.
        resource_name: The name the caller gave.
        field: The request field that named it, when a field did.
    """

    code = Code.NOT_FOUND
    default_reason = "NOT_FOUND"

    def __init__(
        self,
        resource_type: str,
        resource_name: str,
        *,
        field: str | None = None,
        hint: str = "",
        reason: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        shown = resource_name[:200]
        super().__init__(
            f"{resource_type} {shown!r} was not found.{' ' + hint if hint else ''}",
            reason=reason or f"{resource_type.upper().replace(' ', '_')}_NOT_FOUND",
            metadata=metadata,
        )
        self.resource_type = resource_type
        self.resource_name = shown
        self.field = field


class AlreadyExistsError(LanternistError):
    """A creating call repeats a `request_id` with another body."""

    code = Code.ALREADY_EXISTS
    default_reason = "ALREADY_EXISTS"


class FailedPreconditionError(LanternistError):
    """The system is not in the state that the call needs; retrying alone does not help."""

    code = Code.FAILED_PRECONDITION
    default_reason = "FAILED_PRECONDITION"


class AbortedError(LanternistError):
    """What the request was made for has changed meanwhile; look again, then ask again."""

    code = Code.ABORTED
    default_reason = "CHANGED_MEANWHILE"


class OutOfRangeError(LanternistError):
    """The operation was attempted past the valid range."""

    code = Code.OUT_OF_RANGE
    default_reason = "OUT_OF_RANGE"


class PermissionDeniedError(LanternistError):
    """The caller is known and not allowed."""

    code = Code.PERMISSION_DENIED
    default_reason = "PERMISSION_DENIED"


class UnauthenticatedError(LanternistError):
    """The call carries no valid credentials."""

    code = Code.UNAUTHENTICATED
    default_reason = "UNAUTHENTICATED"


class ResourceExhaustedError(LanternistError):
    """A queue, a quota or a size limit is full.

    Args:
        subject: What is exhausted, for example `image queue`.
        retry_delay_seconds: When to come back, when coming back can help.
    """

    code = Code.RESOURCE_EXHAUSTED
    default_reason = "RESOURCE_EXHAUSTED"

    def __init__(
        self,
        message: str,
        *,
        subject: str = "",
        retry_delay_seconds: float | None = None,
        reason: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, reason=reason, metadata=metadata)
        self.subject = subject
        self.retry_delay_seconds = retry_delay_seconds


class UnavailableError(LanternistError):
    """The service is starting, restarting or draining; the same call may succeed shortly."""

    code = Code.UNAVAILABLE
    default_reason = "SERVICE_UNAVAILABLE"

    def __init__(
        self,
        message: str,
        *,
        retry_delay_seconds: float = 1.0,
        reason: str | None = None,
        metadata: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message, reason=reason, metadata=metadata)
        self.retry_delay_seconds = retry_delay_seconds


class UnimplementedError(LanternistError):
    """The model or engine that was chosen cannot do what was asked."""

    code = Code.UNIMPLEMENTED
    default_reason = "UNIMPLEMENTED"


class DeadlineExceededError(LanternistError):
    """The caller's deadline passed before the work was done."""

    code = Code.DEADLINE_EXCEEDED
    default_reason = "DEADLINE_EXCEEDED"


class CancelledError(LanternistError):
    """The caller cancelled, or went away."""

    code = Code.CANCELLED
    default_reason = "CANCELLED"


class DataLossError(LanternistError):
    """Stored bytes no longer match the hash that names them."""

    code = Code.DATA_LOSS
    default_reason = "CHECKSUM_MISMATCH"


class InternalError(LanternistError):
    """A defect of ours. The caller learns the request id and nothing else."""

    code = Code.INTERNAL
    default_reason = "INTERNAL"
