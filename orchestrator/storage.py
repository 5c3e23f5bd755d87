"""The application's own tables: one SQLAlchemy base and one database.

Work on the database runs in a small pool of threads of its own, so the event loop never waits for
a disk. SQLite is put into write-ahead mode; write transactions begin IMMEDIATE, so that two
processes queue for the lock instead of failing half-way. This module knows no table.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import DateTime, Dialect, Engine, TypeDecorator, create_engine, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, Session

from lanternist.runtime.settings import Settings

T = TypeVar("T")
_BUSY_MILLISECONDS = 15_000


class Base(DeclarativeBase):
    """Base of every table; import the module of a table before `Database.create_tables`."""


class UtcDateTime(TypeDecorator[datetime]):
    """A time with its zone, also on databases that store none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Stores UTC."""
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        """Returns UTC."""
        return None if value is None else value.replace(tzinfo=UTC)


def put_rows(session: Session, kind: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Inserts rows; those that are there by their key get the new values.

    In one statement, so that two processes that put the same row do not collide.

    Args:
        session: Of a unit of work that writes.
        kind: The table.
        rows: Every column of each.
    """
    if not rows:
        return
    columns = kind.__table__.columns
    dialect = postgresql if session.get_bind().dialect.name == "postgresql" else sqlite
    statement = dialect.insert(kind)
    values = {c.name: statement.excluded[c.name] for c in columns if not c.primary_key}
    keys = [c.name for c in columns if c.primary_key]
    session.execute(statement.on_conflict_do_update(index_elements=keys, set_=values), list(rows))


def _prepare_sqlite(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.isolation_level = None  # the driver's own BEGIN is deferred; ours is not
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_MILLISECONDS}")
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=NORMAL")
        cursor.execute("PRAGMA foreign_keys=ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        writes = connection.get_execution_options().get("writes", False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


class Database:
    """Runs units of work, each a function of a session, each in one transaction.

    Args:
        url: SQLAlchemy URL, or the path of a SQLite file (its directory is made).
    """

    def __init__(self, url: str | Path) -> None:
        if isinstance(url, Path):
            url.parent.mkdir(parents=True, exist_ok=True)
            url = f"sqlite:///{url}"
        # The driver is named, because SQLAlchemy's default for Postgres is another one.
        self._engine = create_engine(re.sub(r"^postgres(ql)?://", "postgresql+psycopg://", url))
        if self._engine.dialect.name == "sqlite":
            _prepare_sqlite(self._engine)
        self._writer = self._engine.execution_options(writes=True)
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="database")

    @classmethod
    def of(cls, settings: Settings) -> Database:
        """The database of an installation."""
        if settings.database_url is not None:
            return cls(settings.database_url.get_secret_value())
        return cls(settings.data_directory / "lanternist.sqlite")

    async def create_tables(self) -> None:
        """Creates the tables that are not there yet."""

        def create() -> None:
            with self._writer.begin() as connection:
                Base.metadata.create_all(connection)

        await self._run(create)

    async def read(self, work: Callable[[Session], T]) -> T:
        """Runs `work` in a transaction that changes nothing."""
        return await self._run(lambda: self._in_session(self._engine, work))

    async def write(self, work: Callable[[Session], T]) -> T:
        """Runs `work` in a transaction, committed when it returns, rolled back when it raises.

        What `work` returns stays usable after the session (nothing expires at commit). The
        transaction is finished even when the waiting task is cancelled.
        """
        return await self._run(lambda: self._in_session(self._writer, work))

    async def close(self) -> None:
        """Finishes what runs and closes the connections. Idempotent."""
        await asyncio.to_thread(self._threads.shutdown)
        self._engine.dispose()

    async def _run(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    @staticmethod
    def _in_session(engine: Engine, work: Callable[[Session], T]) -> T:
        with Session(engine, expire_on_commit=False) as session, session.begin():
            return work(session)
