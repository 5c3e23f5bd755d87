"""The private directory in which this machine's services put their sockets."""

from __future__ import annotations

import contextlib
import shutil
import tempfile
import time
from pathlib import Path

from filelock import FileLock, Timeout

_PREFIX = "lanternist-run-"
_LOCK = "alive.lock"
_YOUNG_SECONDS = 60.0
# Longest path of a Unix socket that every platform takes (104 bytes on BSD, with the end mark).
_LONGEST_PATH = 103


class SocketDirectory:
    """A new directory that only this user can enter, removed by `close`.

    A crash leaves its directory behind; the next one made removes it, as nobody holds its lock.

    Attributes:
        path: The directory.
    """

    def __init__(self) -> None:
        base = Path(tempfile.gettempdir())
        if len(str(base / f"{_PREFIX}12345678" / "transcription.sock")) > _LONGEST_PATH:
            base = Path("/tmp")  # noqa: S108 - only the parent; the directory itself is private
        self.path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=base))  # mode 0700
        self._lock = FileLock(self.path / _LOCK, thread_local=False)
        self._lock.acquire()
        for other in base.glob(f"{_PREFIX}*"):
            if other != self.path:
                _remove_abandoned(other)

    def close(self) -> None:
        """Removes the directory. Idempotent."""
        self._lock.release()
        shutil.rmtree(self.path, ignore_errors=True)


def _remove_abandoned(directory: Path) -> None:
    with contextlib.suppress(OSError, Timeout):
        # A young one may be in the making, not yet locked.
        if time.time() - (directory / _LOCK).stat().st_mtime > _YOUNG_SECONDS:
            with FileLock(directory / _LOCK, timeout=0):
                shutil.rmtree(directory, ignore_errors=True)
