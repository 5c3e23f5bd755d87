"""`Instance`: which orchestrator process this is, and which others on one data directory live.

Each process holds a file lock for as long as it lives; the kernel frees it however the process
ends. What an instance had in hand can so be told apart from what was left by a crash, also when
several commands share a data directory. It does not know what is in hand.
"""

from __future__ import annotations

import contextlib
import uuid
from pathlib import Path

from filelock import FileLock, Timeout


class Instance:
    """This process's mark in a data directory.

    Args:
        directory: Where the lock files lie; made when missing.

    Attributes:
        id: Unique among all processes.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.id = uuid.uuid4().hex
        self._directory = directory
        self._lock = self._lock_of(self.id)
        self._lock.acquire()

    def lives(self, instance_id: str) -> bool:
        """Whether the process with that id still runs."""
        if instance_id == self.id:
            return True
        if not self._path(instance_id).exists():
            return False
        lock = self._lock_of(instance_id)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        with contextlib.suppress(OSError):
            self._path(instance_id).unlink()
        lock.release()
        return False

    def close(self) -> None:
        """Takes the mark away. Idempotent."""
        if self._lock.is_locked:
            with contextlib.suppress(OSError):
                self._path(self.id).unlink()
            self._lock.release()

    def _path(self, instance_id: str) -> Path:
        return self._directory / f"{instance_id}.lock"

    def _lock_of(self, instance_id: str) -> FileLock:
        # Not bound to a thread: whoever holds the object holds the lock.
        return FileLock(self._path(instance_id), thread_local=False)
