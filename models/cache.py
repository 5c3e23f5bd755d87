"""The cache on disk: where it lies, who may write to it, and what happens when there is no room.

Writers hold a lock and work in a scratch folder inside the cache, so that the last step is a rename
on one file system. Whatever a killed writer left behind is removed by the next one. This module
does not know models or sources.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from filelock import FileLock, Timeout
from platformdirs import user_cache_dir

from lanternist.runtime.errors import FailedPreconditionError
from models.checksum import Ledger

CACHE_VARIABLE = "LANTERNIST_CACHE"

_SCRATCH_PREFIX = "partial-"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
_UNUSABLE = (
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.EIO),
    *(errno.ENOTDIR, errno.EEXIST, errno.ELOOP, errno.ENAMETOOLONG),
)


def cache_directory() -> Path:
    """`$LANTERNIST_CACHE`, or the user's cache directory of this platform. May not exist yet."""
    chosen = os.environ.get(CACHE_VARIABLE, "")
    return Path(chosen).expanduser() if chosen else Path(user_cache_dir("lanternist"))


def ledger_for(directory: Path) -> Ledger:
    """The ledger of one directory, which itself may be read-only."""
    key = hashlib.sha256(str(directory.absolute()).encode()).hexdigest()[:24]
    return Ledger(cache_directory() / "verified" / f"{key}.json")


@contextmanager
def scratch_in(folder: Path, on_wait: Callable[[], None]) -> Iterator[Path]:
    """Locks a folder of the cache and yields an empty scratch folder inside it.

    Args:
        folder: Made when needed.
        on_wait: Called once when another process or thread holds the lock.

    Raises:
        FailedPreconditionError: The cache is full or not writable, now or in the body.
    """
    with _disk_errors():
        folder.mkdir(parents=True, exist_ok=True)
        lock = FileLock(folder / ".lock")
        try:
            lock.acquire(timeout=0)
        except Timeout:
            on_wait()
            lock.acquire()
        try:
            for left_behind in folder.glob(f"{_SCRATCH_PREFIX}*"):
                shutil.rmtree(left_behind, ignore_errors=True)
            scratch = Path(mkdtemp(prefix=_SCRATCH_PREFIX, dir=folder))
            try:
                yield scratch
            finally:
                shutil.rmtree(scratch, ignore_errors=True)
        finally:
            lock.release()


def require_room(folder: Path, size_bytes: int) -> None:
    """Makes sure before a long download that its result will fit.

    Raises:
        FailedPreconditionError: It will not.
    """
    free = shutil.disk_usage(folder).free
    if free < size_bytes:
        raise _no_room(f"{size_bytes / 1e6:.0f} MB are needed and {free / 1e6:.0f} MB are free")


def move_into_place(source: Path, target: Path) -> None:
    """Renames a finished file over its final name, after its bytes have reached the disk."""
    target.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(source, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    source.replace(target)


@contextmanager
def _disk_errors() -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno in _NO_ROOM:
            raise _no_room("the disk is full") from error
        if error.errno in _UNUSABLE:
            raise FailedPreconditionError(
                "The cache of model weights cannot be written. Make it writable, or name another "
                f"folder in {CACHE_VARIABLE}.",
                reason="CACHE_NOT_WRITABLE",
            ) from error
        raise


def _no_room(problem: str) -> FailedPreconditionError:
    return FailedPreconditionError(
        f"The cache of model weights has no room: {problem}. Free some space, or name a folder on "
        f"another disk in {CACHE_VARIABLE}.",
        reason="DISK_FULL",
    )
