"""What the store does inside a transaction: a story's rows read, folded and written together."""

from __future__ import annotations

from datetime import UTC, datetime

from google.protobuf import any_pb2
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from lanternist.runtime.errors import (
    AbortedError,
    Code,
    FailedPreconditionError,
    NotFoundError,
)
from lanternist.v1 import story_pb2
from orchestrator.operations.table import OperationRow
from orchestrator.story.fold import fold, reuse
from orchestrator.story.table import EventRow, RevisionRow, StoryRow

_ENDS = {"finished": story_pb2.STORY_STATE_SUCCEEDED, "failed": story_pb2.STORY_STATE_FAILED}
OPEN_STATES = (story_pb2.STORY_STATE_RUNNING, story_pb2.STORY_STATE_PAUSED)


def row_of(session: Session, name: str, *, write: bool = False) -> StoryRow:
    """A story's row, locked when it is to be written.

    Raises:
        NotFoundError: There is none of that name.
    """
    row = session.get(StoryRow, name, with_for_update=write or None)
    if row is None:
        raise NotFoundError("story", name, field="name")
    return row


def newest(session: Session, name: str) -> int:
    """Number of a story's newest revision."""
    query = select(func.max(RevisionRow.revision)).filter_by(story=name)
    return session.scalar(query) or 1


def revision_of(session: Session, name: str, number: int) -> RevisionRow:
    """One revision.

    Raises:
        NotFoundError: The story has none of that number.
    """
    row = session.get(RevisionRow, (name, number))
    if row is None:
        raise NotFoundError("revision", f"{name} revision {number}", field="revision")
    return row


def events_of(
    session: Session, name: str, *, after: int = 0, revision: int = 0
) -> list[story_pb2.WatchStoryResponse]:
    """Events in order, of one revision or of all."""
    query = select(EventRow.event).filter_by(story=name).where(EventRow.sequence > after)
    if revision:
        query = query.where(EventRow.identity.like(f"{revision}/%"))
    return [
        story_pb2.WatchStoryResponse.FromString(event)
        for event in session.scalars(query.order_by(EventRow.sequence))
    ]


def progress_of(session: Session, name: str) -> story_pb2.StoryProgress:
    """How the rest of a story stands, as far as its operation knows."""
    query = select(OperationRow.details).join(StoryRow, StoryRow.operation == OperationRow.name)
    details = session.scalar(query.where(StoryRow.name == name))
    metadata = story_pb2.CreateStoryMetadata()
    any_pb2.Any.FromString(details or b"").Unpack(metadata)
    return metadata.progress


def record(session: Session, name: str, identity: str, event: story_pb2.WatchStoryResponse) -> bool:
    """Numbers an event and adds it; False when one of that identity is there already."""
    if session.scalar(select(EventRow.sequence).filter_by(story=name, identity=identity)):
        return False
    last = session.scalar(select(func.max(EventRow.sequence)).filter_by(story=name)) or 0
    event.sequence = last + 1
    event.time.FromDatetime(datetime.now(UTC))
    session.add(
        EventRow(
            story=name,
            sequence=event.sequence,
            identity=identity,
            event=event.SerializeToString(),
        )
    )
    return True


def stands(session: Session, row: StoryRow) -> story_pb2.Story:
    """The newest revision of a story as it stands."""
    story = story_pb2.Story.FromString(row.story)
    revision = newest(session, row.name)
    if row.state in OPEN_STATES:
        fold(story, events_of(session, row.name, revision=revision))
        _count(session, story, row.name, revision)
    return _dress(session, story, row, revision)


def check_changeable(session: Session, row: StoryRow, base: int) -> int:
    """The newest revision, which must be `base` when that is not 0.

    Raises:
        FailedPreconditionError: The story is being made.
        AbortedError: `base` is not the newest revision any more.
    """
    if row.state == story_pb2.STORY_STATE_RUNNING:
        raise FailedPreconditionError(
            f"{row.name} is being made; pause it or wait for its end.", reason="STORY_RUNNING"
        )
    number = newest(session, row.name)
    if base not in (0, number):
        raise AbortedError(
            f"base_revision is {base}, but the story is at revision {number}; look at it again.",
            reason="REVISION_OUTDATED",
            metadata={"revision": str(number)},
        )
    return number


def begin_revision(
    session: Session,
    row: StoryRow,
    base: int,
    *,
    board: bytes,
    planned: story_pb2.Story,
    summary: str,
) -> story_pb2.Story:
    """Begins the revision that follows `base`; a paused story stays paused. Returns it.

    Raises:
        FailedPreconditionError: The story is being made.
        AbortedError: `base` is not the newest revision any more.
    """
    check_changeable(session, row, base)
    if row.state == story_pb2.STORY_STATE_PAUSED:  # else it was kept when it ended
        close(session, row, stands(session, row), base)
    else:
        enter(row, story_pb2.STORY_STATE_RUNNING)
    number, now = base + 1, datetime.now(UTC)
    session.add(
        RevisionRow(story=row.name, revision=number, summary=summary, board=board, create_time=now)
    )
    session.flush()
    revised = story_pb2.WatchStoryResponse()
    revised.revised.revision, revised.revised.summary = number, summary
    record(session, row.name, f"{number}/revised", revised)
    event = story_pb2.WatchStoryResponse()
    event.planned.story.CopyFrom(planned)
    event.planned.story.state = story_pb2.StoryState.ValueType(row.state)
    record(session, row.name, f"{number}/planned", event)
    row.update_time = now
    begun = stands(session, row)
    row.story = begun.SerializeToString()
    return begun


def enter(row: StoryRow, state: story_pb2.StoryState.ValueType) -> None:
    """Gives a story another state."""
    row.state = state
    row.update_time = datetime.now(UTC)


def end(session: Session, row: StoryRow, event: story_pb2.WatchStoryResponse) -> None:
    """Gives a story the last state of its revision, in the row and in the event."""
    revision = newest(session, row.name)
    kind = event.WhichOneof("event") or ""
    if kind == "finished":
        story = event.finished.story
        story.create_time.FromDatetime(row.create_time)
        _count(session, story, row.name, revision)
    else:
        story = stands(session, row)
        story.error.CopyFrom(event.failed.error)
    cancelled = kind == "failed" and event.failed.error.code == Code.CANCELLED
    enter(row, story_pb2.STORY_STATE_CANCELLED if cancelled else _ENDS[kind])
    close(session, row, story, revision)


def close(session: Session, row: StoryRow, story: story_pb2.Story, revision: int) -> None:
    """Keeps what a revision has become, with the story's state."""
    _dress(session, story, row, revision)
    story.update_time.FromDatetime(row.update_time)
    row.story = story.SerializeToString()
    kept = session.get(RevisionRow, (row.name, revision))
    if kept is not None:
        kept.result = row.story


def _count(session: Session, story: story_pb2.Story, name: str, revision: int) -> None:
    if revision > 1:
        before = events_of(session, name, revision=revision - 1)
        story.reuse.CopyFrom(reuse(before, events_of(session, name, revision=revision)))


def _dress(
    session: Session, story: story_pb2.Story, row: StoryRow, revision: int
) -> story_pb2.Story:
    """Sets what the rows know of a story: its state and its revisions."""
    story.state = story_pb2.StoryState.ValueType(row.state)
    story.revision = revision
    history(session, story)
    return story


def history(session: Session, story: story_pb2.Story) -> None:
    """Lists every revision of a story in it."""
    query = select(RevisionRow).filter_by(story=story.name).order_by(RevisionRow.revision)
    del story.revisions[:]
    for kept in session.scalars(query):
        entry = story.revisions.add(revision=kept.revision, summary=kept.summary)
        entry.create_time.FromDatetime(kept.create_time)


def ended(name: str, state: int) -> FailedPreconditionError:
    """What is said of a story that has ended and should not have."""
    how = story_pb2.StoryState.Name(story_pb2.StoryState.ValueType(state))
    return FailedPreconditionError(
        f"{name} has ended ({how.removeprefix('STORY_STATE_').lower()}).", reason="STORY_ENDED"
    )
