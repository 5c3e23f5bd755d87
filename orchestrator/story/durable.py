"""Runs that outlive their process: a story's run is a DBOS workflow, or a plain task.

A run is one attempt at a story, from where it stands to its end or its next pause. DBOS writes
down that it was begun, in SQLite or Postgres, and begins it again after a crash; whoever runs then
finds every finished step by the hash of its inputs. A run has no DBOS steps of its own: those are
told apart by the order of their calls, which earliest-deadline-first scheduling does not keep. A
process that lives for one command takes plain tasks: what it leaves behind is taken up by the next
server. This module does not know what a run does.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import uuid
from collections.abc import Awaitable, Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from dbos import DBOSConfig

Run = Callable[[str], Awaitable[None]]
"""Makes the story of that name as far as it goes. Raises CancelledError to be begun again later."""

# Runs of another version are not taken up: raise it when what a run is given changes.
_APPLICATION_VERSION = "1"
_BATCH = 100  # rows deleted in one transaction


class Runner(Protocol):
    """Begins runs in this process's event loop."""

    async def open(self, run: Run) -> None:
        """Gets ready, and begins again what an ended process left."""

    async def start(self, story: str) -> None:
        """Begins a run; returns when it is certain to happen."""

    async def forget(self, before: datetime) -> int:
        """Deletes what is kept of runs that ended before a time. Returns how many."""

    async def close(self) -> None:
        """Ends; its runs must have ended. Idempotent."""


class TaskRunner:
    """Runs that end with their process."""

    def __init__(self) -> None:
        self._run: Run | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def open(self, run: Run) -> None:
        """Takes note of what a run does."""
        self._run = run

    async def start(self, story: str) -> None:
        """Begins a run as a task."""
        assert self._run is not None
        task = asyncio.ensure_future(self._run(story))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def forget(self, before: datetime) -> int:
        """Nothing is kept of them."""
        return 0

    async def close(self) -> None:
        """Waits for the tasks, which have been stopped."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


class DurableRunner:
    """Runs as DBOS workflows. There can be one at a time in a process.

    Args:
        database: URL of a Postgres database, or the path of a SQLite file.
        executor: Names this process among those that share a database: the same after a restart.
    """

    def __init__(self, database: str | Path, executor: str = "local") -> None:
        self._database = database
        self._executor = executor
        self._tell: Callable[[str], Coroutine[Any, Any, None]] | None = None
        self._threads = ThreadPoolExecutor(thread_name_prefix="asyncio")

    async def open(self, run: Run) -> None:
        """Connects to the database; DBOS then begins again what this executor left unfinished."""
        # DBOS gives the event loop a pool that ends with DBOS; ours goes on after it.
        asyncio.get_running_loop().set_default_executor(self._threads)
        # DBOS takes a third of a second to import, which private stacks do not need at all: so
        # every import of it is late, and this first one runs beside the start of the services.
        await asyncio.to_thread(_load)
        from dbos import DBOS, WorkflowSerializationFormat  # noqa: PLC0415

        if isinstance(self._database, Path):
            await asyncio.to_thread(_prepare, self._database)

        # A crash of the whole machine is no sign that a story is to blame: no limit on recovery.
        @DBOS.workflow(
            name="tell",
            max_recovery_attempts=None,
            serialization_type=WorkflowSerializationFormat.PORTABLE,  # JSON, where else is pickle
        )
        async def tell(story: str) -> None:
            await run(story)

        DBOS(config=self._config())
        log = logging.getLogger("dbos")
        log.handlers.clear()
        log.propagate = True
        # In this thread: DBOS runs workflows in the event loop of whoever launches it.
        DBOS.launch()
        self._tell = tell

    async def start(self, story: str) -> None:
        """Begins a run as a workflow; it is written down before this returns."""
        from dbos import DBOS, SetWorkflowID  # noqa: PLC0415

        assert self._tell is not None
        try:
            with SetWorkflowID(f"{story}/{uuid.uuid4().hex}"):
                await DBOS.start_workflow_async(self._tell, story)
        finally:
            asyncio.get_running_loop().set_default_executor(self._threads)

    async def forget(self, before: datetime) -> int:
        """Deletes DBOS's rows of runs that ended before a time. Returns how many."""

        def batch() -> int:
            from dbos import DBOS  # noqa: PLC0415

            ended = DBOS.list_workflows(
                name="tell",
                completed_before=before.isoformat(),
                limit=_BATCH,
                load_input=False,
                load_output=False,
            )
            if ended:
                DBOS.delete_workflows([run.workflow_id for run in ended])
            return len(ended)

        count = 0
        while self._tell is not None and (deleted := await asyncio.to_thread(batch)):
            count += deleted
        return count

    async def close(self) -> None:
        """Leaves the database. Workflows that were cancelled are begun again at the next start."""
        if self._tell is None:
            return
        self._tell = None
        from dbos import DBOS  # noqa: PLC0415

        await asyncio.to_thread(DBOS.destroy, destroy_registry=True)

    def _config(self) -> DBOSConfig:
        path = isinstance(self._database, Path)
        return {
            "name": "lanternist",
            "system_database_url": f"sqlite:///{self._database}" if path else str(self._database),
            "application_version": _APPLICATION_VERSION,
            "executor_id": self._executor,
            "log_level": "ERROR",
        }


def _load() -> None:
    import dbos  # noqa: F401, PLC0415


def _prepare(path: Path) -> None:
    """Puts the file into write-ahead mode, which it keeps: a tenth of the time a write."""
    path.parent.mkdir(parents=True, exist_ok=True)
    connection = sqlite3.connect(path)
    try:
        connection.execute("PRAGMA journal_mode=WAL")
    finally:
        connection.close()
