"""Units of work on rows that are kept no longer, and on what the rows that are kept still name.

An operation goes when it has been over for long enough, or when its story is gone. The result of a
step goes when everything that used it is gone, or is only an export that nobody has asked for in
all that time. Each function runs in one transaction, on few rows where it writes, and looks again
at what was found before. This module knows no files.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    LargeBinary,
    String,
    Table,
    and_,
    delete,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.orm import Session

from orchestrator.assets.discarded import DiscardedRow, discard, named_in
from orchestrator.operations.table import OperationRow
from orchestrator.storage import Base, put_rows
from orchestrator.story.steps import EXPORTS
from orchestrator.story.table import StepRow, StepUseRow, StoryRow

_STORY = re.compile(rb"stories/[0-9a-f]{32}")
_FOR_A_STORY = re.compile(rb"lanternist\.v1\.(?:CreateStory|ExportStory)Metadata")


def finished_operations(
    session: Session, *, before: datetime | None, settled: datetime
) -> list[str]:
    """Names of the operations that are kept no longer.

    Args:
        session: Only reads.
        before: Those that ended earlier go; None: only those whose stories are gone.
        settled: Those that ended later stay, so that a repeated request finds them.
    """
    done = select(OperationRow.name).where(OperationRow.done)
    names = [] if before is None else list(session.scalars(done.where(_ended(before))))
    stories = {name.encode() for name in session.scalars(select(StoryRow.name))}
    query = select(OperationRow.name, OperationRow.details).where(OperationRow.done)
    for row in session.execute(query.where(_ended(settled))):
        story = _STORY.search(row.details) if _FOR_A_STORY.search(row.details) else None
        if story is not None and story[0] not in stories:
            names.append(row.name)
    return list(dict.fromkeys(names))


def forget_operations(session: Session, names: Sequence[str], now: datetime) -> None:
    """Deletes operations; the assets that they named are discarded."""
    statement = delete(OperationRow).where(OperationRow.name.in_(names), OperationRow.done)
    for response in session.scalars(statement.returning(OperationRow.response)):
        discard(session, (response,), now)


def unclaimed_steps(session: Session) -> list[str]:
    """Keys of the results of which nobody wrote down a use, as older versions left them."""
    unused = select(StepRow.key).where(~exists().where(StepUseRow.key == StepRow.key))
    return list(session.scalars(unused))


def claim_steps(session: Session, keys: Sequence[str], now: datetime) -> None:
    """Lets such results begin to age now."""
    there = select(StepRow.key).where(StepRow.key.in_(keys)).with_for_update(key_share=True)
    uses = [{"key": key, "user": "", "use_time": now} for key in session.scalars(there)]
    put_rows(session, StepUseRow, uses)


def spent_steps(session: Session, before: datetime | None) -> list[str]:
    """Keys of the results that are kept no longer.

    Args:
        session: Only reads.
        before: Last use of those that no story is made of; None: they do not age.
    """
    return list(session.scalars(select(StepRow.key).where(*_spent(before))))


def forget_steps(
    session: Session, keys: Sequence[str], before: datetime | None, now: datetime
) -> int:
    """Deletes those results that are still spent; their assets are discarded. Returns how many."""
    statement = delete(StepRow).where(StepRow.key.in_(keys), *_spent(before))
    results = session.scalars(statement.returning(StepRow.result)).all()
    discard(session, results, now)
    return len(results)


def tables() -> list[Table]:
    """Every table whose rows may name assets: all of them, so that none can be forgotten."""
    return [table for table in Base.metadata.sorted_tables if table is not DiscardedRow.__table__]


def names_in(
    session: Session, table: Table, after: Sequence[Any], limit: int, leaving: Collection[str]
) -> tuple[set[str], set[str], Sequence[Any]]:
    """Reads some rows of a table in the order of their keys.

    Args:
        session: Only reads.
        table: One of `tables`.
        after: Key of the row to go on after; empty: the first.
        limit: Most rows.
        leaving: First parts of the keys of rows that count as deleted.

    Returns:
        Hashes of the assets that the rows name, those that only the deleted rows among them name,
        and the key of the last row; empty at the end.
    """
    keys = list(table.primary_key.columns)
    values = [column for column in table.columns if _holds_text(column)]
    query = select(*keys, *values).order_by(*keys).limit(limit)
    if after:
        query = query.where(tuple_(*keys) > tuple_(*(literal(part) for part in after)))
    found = session.execute(query).all()
    kept = named_in(value for row in found if row[0] not in leaving for value in row[len(keys) :])
    left = named_in(value for row in found if row[0] in leaving for value in row[len(keys) :])
    return kept, left - kept, found[-1][: len(keys)] if len(found) == limit else ()


def discarded(session: Session) -> dict[str, datetime]:
    """Hashes of the discarded assets, and when each was discarded."""
    return {row.sha256: row.discard_time for row in session.scalars(select(DiscardedRow))}


def settle_discarded(session: Session, hashes: Sequence[str], until: datetime) -> None:
    """Forgets that assets were discarded until a time: they are gone, or somebody needs them."""
    settled = delete(DiscardedRow).where(DiscardedRow.sha256.in_(hashes))
    session.execute(settled.where(DiscardedRow.discard_time <= until))


def _ended(before: datetime) -> ColumnElement[bool]:
    return OperationRow.update_time < before


def _spent(before: datetime | None) -> tuple[ColumnElement[bool], ...]:
    """Uses are there, and all of them are of stories that are gone, or have aged."""
    story = func.replace(StepUseRow.user, EXPORTS, "")
    spent = and_(StepUseRow.user != "", ~exists().where(StoryRow.name == story))
    if before is not None:
        ages = or_(StepUseRow.user == "", StepUseRow.user.endswith(EXPORTS))
        spent = or_(spent, and_(ages, StepUseRow.use_time < before))
    of_it = StepUseRow.key == StepRow.key
    return exists().where(of_it), ~exists().where(of_it, ~spent)


def _holds_text(column: Any) -> bool:
    return isinstance(column.type, String | LargeBinary) and not column.primary_key
