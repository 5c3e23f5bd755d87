"""The table of long-running operations."""

from __future__ import annotations

from datetime import datetime

from google.longrunning import operations_pb2
from google.protobuf import any_pb2
from google.rpc import status_pb2
from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from orchestrator.storage import Base, UtcDateTime


class OperationRow(Base):
    """One operation.

    Attributes:
        name: Resource name, `operations/{id}`.
        owner: Id of the orchestrator process that works on it.
        done: Whether it has ended, one way or the other.
        details: Serialised `Any` with the operation's metadata.
        error: Serialised `google.rpc.Status`, when it failed.
        response: Serialised `Any`, when it succeeded.
        idempotency_key: RPC and `request_id` of the request that began it.
        request_hash: SHA-256 of that request without its `request_id`.
        create_time: When it began.
        update_time: When it last changed.
    """

    __tablename__ = "operations"
    __table_args__ = (Index("operations_by_time", "create_time", "name"),)

    name: Mapped[str] = mapped_column(primary_key=True)
    owner: Mapped[str]
    done: Mapped[bool] = mapped_column(index=True, default=False)
    details: Mapped[bytes]
    error: Mapped[bytes | None]
    response: Mapped[bytes | None]
    idempotency_key: Mapped[str | None] = mapped_column(unique=True)
    request_hash: Mapped[str] = mapped_column(default="")
    create_time: Mapped[datetime] = mapped_column(UtcDateTime)
    update_time: Mapped[datetime] = mapped_column(UtcDateTime)

    def to_proto(self) -> operations_pb2.Operation:
        """The standard message for this operation."""
        message = operations_pb2.Operation(
            name=self.name, done=self.done, metadata=any_pb2.Any.FromString(self.details)
        )
        if self.error is not None:
            message.error.CopyFrom(status_pb2.Status.FromString(self.error))
        elif self.response is not None:
            message.response.CopyFrom(any_pb2.Any.FromString(self.response))
        return message
