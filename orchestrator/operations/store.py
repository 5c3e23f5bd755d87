"""`OperationStore`: work that outlives the call that began it.

Operations survive the process: what a crash left running is found at the next start, taken over by
whoever can resume it, and failed otherwise. A creating call's `request_id` leads a repeat to the
first operation. The store does not know what operations do, nor gRPC.
"""

from __future__ import annotations

import asyncio
import base64
import uuid
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from google.longrunning import operations_pb2
from google.protobuf import any_pb2
from google.protobuf.message import Message
from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.orm import Session

from lanternist.runtime.errors import (
    AlreadyExistsError,
    CancelledError,
    FailedPreconditionError,
    InvalidArgumentError,
    LanternistError,
    NotFoundError,
    UnavailableError,
)
from lanternist.runtime.status import to_status
from orchestrator.instance import Instance
from orchestrator.operations.idempotency import IdempotencyKey
from orchestrator.operations.table import OperationRow
from orchestrator.storage import Database

_OTHER_OWNER_POLL_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Begun:
    """Answer of `OperationStore.begin`.

    Attributes:
        operation: The new operation, or the first one when the call is a repeat.
        repeated: Whether the call is a repeat, so that there is nothing to start.
    """

    operation: operations_pb2.Operation
    repeated: bool


def _pack(message: Message) -> bytes:
    packed = any_pb2.Any()
    packed.Pack(message)
    return packed.SerializeToString()


def _page_token(row: OperationRow) -> str:
    return base64.urlsafe_b64encode(f"{row.create_time.isoformat()} {row.name}".encode()).decode()


def _from_page_token(token: str) -> tuple[datetime, str]:
    try:
        stamp, name = base64.urlsafe_b64decode(token.encode()).decode().split(" ")
        return datetime.fromisoformat(stamp), name
    except ValueError:
        raise InvalidArgumentError("page_token", "is not one that this service gave") from None


class OperationStore:
    """Keeps operations in the database and wakes those who wait for them.

    Args:
        database: Its tables must have been created.
        instance: This process; new operations belong to it.
    """

    def __init__(self, database: Database, instance: Instance) -> None:
        self._database = database
        self._instance = instance
        self._cancel: dict[str, Callable[[], None]] = {}
        self._changed: defaultdict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def begin(self, metadata: Message, *, key: IdempotencyKey | None = None) -> Begun:
        """Records a new operation, owned by this process.

        Args:
            metadata: The operation's metadata at its start.
            key: From `IdempotencyKey.of(…)`; None: every call begins an operation.

        Raises:
            AlreadyExistsError: The key was used with another request.
        """
        now = datetime.now(UTC)
        row = OperationRow(
            name=f"operations/{uuid.uuid4()}",
            owner=self._instance.id,
            details=_pack(metadata),
            idempotency_key=key and key.key,
            request_hash=key.request_hash if key else "",
            create_time=now,
            update_time=now,
        )

        def insert(session: Session) -> OperationRow:
            if key is not None:
                first = session.scalar(select(OperationRow).filter_by(idempotency_key=key.key))
                if first is not None:
                    return first
            session.add(row)
            return row

        stored = await self._database.write(insert)
        if key is not None and stored.request_hash != key.request_hash:
            raise AlreadyExistsError(
                "request_id was used before with another request; use a new one.",
                reason="REQUEST_ID_REUSED",
                metadata={"field": "request_id"},
            )
        return Begun(stored.to_proto(), repeated=stored is not row)

    def on_cancel(self, name: str, callback: Callable[[], None]) -> None:
        """Has `callback` called when someone cancels the running operation.

        The callback only asks the work to stop; whoever works then calls `fail`.
        """
        self._cancel[name] = callback

    async def update_metadata(self, name: str, metadata: Message) -> None:
        """Replaces the metadata of a running operation; of an ended one, does nothing."""
        await self._change(name, details=_pack(metadata))

    async def succeed(self, name: str, response: Message, metadata: Message | None = None) -> None:
        """Ends an operation with its response. The first end counts; later ones do nothing."""
        details = {} if metadata is None else {"details": _pack(metadata)}
        await self._change(name, done=True, response=_pack(response), **details)

    async def fail(self, name: str, error: LanternistError) -> None:
        """Ends an operation with an error. The first end counts; later ones do nothing."""
        await self._change(name, done=True, error=to_status(error).SerializeToString())

    async def get(self, name: str) -> operations_pb2.Operation:
        """An operation as it stands.

        Raises:
            NotFoundError: There is none of that name.
        """
        return (await self._row(name)).to_proto()

    async def page(
        self, *, page_size: int = 50, page_token: str = "", done: bool | None = None
    ) -> tuple[list[operations_pb2.Operation], str]:
        """A page of operations, newest first, and the token of the next page ("" on the last).

        Raises:
            InvalidArgumentError: `page_token` is not one of ours.
        """
        query = select(OperationRow).limit(page_size + 1)
        query = query.order_by(OperationRow.create_time.desc(), OperationRow.name.desc())
        if page_token:
            last = _from_page_token(page_token)
            query = query.where(tuple_(OperationRow.create_time, OperationRow.name) < last)
        if done is not None:
            query = query.where(OperationRow.done == done)
        rows = await self._database.read(lambda session: session.scalars(query).all())
        token = _page_token(rows[page_size - 1]) if len(rows) > page_size else ""
        return [row.to_proto() for row in rows[:page_size]], token

    async def cancel(self, name: str) -> None:
        """Asks a running operation to stop; of an ended one, does nothing.

        Raises:
            NotFoundError: There is none of that name.
            FailedPreconditionError: Another live process works on it.
        """
        row = await self._row(name)
        if row.done:
            return
        if row.owner != self._instance.id and self._instance.lives(row.owner):
            raise FailedPreconditionError(
                "Another orchestrator process works on this operation; cancel it there.",
                reason="OPERATION_OWNED_ELSEWHERE",
            )
        callback = self._cancel.get(name)
        if callback is not None:
            callback()
        else:
            await self.fail(name, CancelledError("The operation was cancelled."))

    async def delete(self, name: str) -> None:
        """Forgets an operation; work that still runs for it goes on.

        Raises:
            NotFoundError: There is none of that name.
        """
        statement = delete(OperationRow).where(OperationRow.name == name).returning(OperationRow)
        found = await self._database.write(lambda session: session.scalar(statement))
        if found is None:
            raise NotFoundError("operation", name, field="name")
        self._wake(name)

    async def wait(self, name: str, at_most: timedelta | None = None) -> operations_pb2.Operation:
        """Waits until an operation ends, or the time is up; returns it as it then stands.

        Raises:
            NotFoundError: There is none of that name, or it was deleted meanwhile.
        """
        loop = asyncio.get_running_loop()
        until = None if at_most is None else loop.time() + at_most.total_seconds()
        while True:
            changed = self._changed[name]  # before the look, so that no change falls in between
            row = await self._row(name)
            left = None if until is None else until - loop.time()
            if row.done:
                self._changed.pop(name, None)
            if row.done or (left is not None and left <= 0):
                return row.to_proto()
            if row.owner != self._instance.id:
                left = min(left or _OTHER_OWNER_POLL_SECONDS, _OTHER_OWNER_POLL_SECONDS)
            try:
                async with asyncio.timeout(left):
                    await changed.wait()
            except TimeoutError:
                continue

    async def interrupted(self) -> list[operations_pb2.Operation]:
        """The operations that are running on paper while their process is gone, oldest first."""
        return [row.to_proto() for row in await self._interrupted()]

    async def adopt(self, name: str) -> bool:
        """Takes over an interrupted operation. True when it is ours now, or was before.

        Raises:
            NotFoundError: There is none of that name.
        """
        row = await self._row(name)
        if not row.done and row.owner == self._instance.id:
            return True
        if row.done or self._instance.lives(row.owner):
            return False
        statement = (
            update(OperationRow)
            .where(OperationRow.name == name, OperationRow.owner == row.owner)
            .values(owner=self._instance.id, update_time=datetime.now(UTC))
            .returning(OperationRow.name)
        )
        if await self._database.write(lambda session: session.scalar(statement)) is not None:
            return True
        row = await self._row(name)  # someone was quicker; perhaps another task of ours
        return not row.done and row.owner == self._instance.id

    async def fail_interrupted(self) -> int:
        """Fails the interrupted operations that nobody adopted. Returns how many."""
        left = await self._interrupted()
        for row in left:
            error = UnavailableError(
                "The orchestrator was restarted while it worked on this; ask again.",
                reason="ORCHESTRATOR_RESTARTED",
            )
            await self.fail(row.name, error)
        return len(left)

    async def _interrupted(self) -> list[OperationRow]:
        query = select(OperationRow).where(~OperationRow.done).order_by(OperationRow.create_time)
        rows = await self._database.read(lambda session: session.scalars(query).all())
        return [row for row in rows if not self._instance.lives(row.owner)]

    async def _row(self, name: str) -> OperationRow:
        row = await self._database.read(lambda session: session.get(OperationRow, name))
        if row is None:
            self._wake(name)
            raise NotFoundError("operation", name, field="name")
        return row

    async def _change(self, name: str, **values: object) -> None:
        statement = (
            update(OperationRow)
            .where(OperationRow.name == name, ~OperationRow.done)
            .values(update_time=datetime.now(UTC), **values)
        )
        await self._database.write(lambda session: session.execute(statement))
        if values.get("done"):
            self._cancel.pop(name, None)
            self._wake(name)

    def _wake(self, name: str) -> None:
        if changed := self._changed.pop(name, None):
            changed.set()
