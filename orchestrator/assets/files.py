"""`AssetFiles`: the blocking half of the asset store, on one fsspec file system.

Writes go to a temporary name and are renamed when whole. The time at which a record was last
written says when its asset was last put or held; whoever removes it looks at that time again under
the lock that putting and holding take too. Where files are not on this machine's own file system
there is no lock, only that second look. Everything here may block and belongs in a worker thread;
`orchestrator.assets.store` sees to that.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
import uuid
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

import fsspec
from filelock import FileLock

from lanternist.runtime.errors import DataLossError

_ABANDONED_SECONDS = 24 * 3600.0
_LOCK_POLL_SECONDS = 0.005
_RECORD = ".json"

SHARDS = tuple(f"{number:02x}" for number in range(256))
"""First two digits of the hashes: the folders that `AssetFiles.shard` lists."""


@dataclass(frozen=True, slots=True)
class Asset:
    """What is known of a stored file.

    Attributes:
        name: Resource name, `assets/{sha256}`.
        media_type: As given by whoever stored the bytes first.
        size_bytes: Size in bytes.
        create_time: When it was first stored, UTC.
    """

    name: str
    media_type: str
    size_bytes: int
    create_time: datetime

    @property
    def sha256(self) -> str:
        """Hexadecimal hash of the bytes."""
        return self.name.removeprefix("assets/")


@dataclass(frozen=True, slots=True)
class Stored:
    """What lies in the store under one hash.

    Attributes:
        sha256: The hash, hexadecimal.
        used: When it was last put or held, POSIX seconds.
        size_bytes: What the files of it take.
        whole: Whether both the bytes and their record are there.
    """

    sha256: str
    used: float
    size_bytes: int
    whole: bool


class Writing:
    """A temporary file being filled and hashed."""

    def __init__(self, fs: Any, path: str) -> None:
        self.path = path
        self.size = 0
        self._fs = fs
        self._digest = hashlib.sha256()
        fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        self._file = cast("IO[bytes]", fs.open(path, "wb"))

    def write(self, block: bytes) -> None:
        """Appends bytes."""
        self._file.write(block)
        self._digest.update(block)
        self.size += len(block)

    def close(self) -> str:
        """Closes the file, on disk for good where the file system has such a thing.

        Returns:
            The SHA-256 of what was written, hexadecimal.
        """
        self._file.flush()
        with contextlib.suppress(AttributeError, OSError):
            os.fsync(self._file.fileno())
        self._file.close()
        return self._digest.hexdigest()

    def discard(self) -> None:
        """Deletes the file. Idempotent."""
        self._file.close()
        with contextlib.suppress(FileNotFoundError):
            self._fs.rm_file(self.path)


class AssetFiles:
    """Names and moves files below a root.

    Args:
        url: A path or any fsspec URL.
        storage_options: Passed to the fsspec file system.

    Attributes:
        local: Whether paths are paths of this machine.
    """

    def __init__(self, url: str | Path, **storage_options: Any) -> None:
        location = str(url.absolute()) if isinstance(url, Path) else url
        self._fs, root = fsspec.core.url_to_fs(location, **storage_options)
        self._root = str(root).rstrip("/")
        protocol = self._fs.protocol
        self.local = "file" in ((protocol,) if isinstance(protocol, str) else protocol)

    def path(self, sha256: str) -> str:
        """Where the bytes of a hash lie, in the file system's own terms."""
        return f"{self._root}/{sha256[:2]}/{sha256[2:4]}/{sha256}"

    def open(self, sha256: str) -> IO[bytes]:
        """Opens the bytes of a hash for reading; FileNotFoundError when they are not there."""
        return cast("IO[bytes]", self._fs.open(self.path(sha256), "rb"))

    def lookup(self, sha256: str) -> Asset | None:
        """The facts of an asset, None when there is none.

        Raises:
            DataLossError: The record of it cannot be read.
        """
        try:
            facts = json.loads(self._fs.cat_file(self._record(sha256)))
            return Asset(
                f"assets/{sha256}",
                str(facts["media_type"]),
                int(facts["size_bytes"]),
                datetime.fromisoformat(facts["create_time"]),
            )
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError) as error:
            raise DataLossError(f"The record of assets/{sha256} is broken.") from error

    def hold(self, sha256: str) -> Asset | None:
        """As `lookup`, and the asset counts as used now. None, too, when its bytes are gone."""
        with self._locked(sha256):
            known = self.lookup(sha256)
            if known is None or not self._fs.isfile(self.path(sha256)):
                return None
            self._touch(self._record(sha256))
            return known

    def begin(self) -> Writing:
        """A new temporary file below the root."""
        return Writing(self._fs, f"{self._root}/writing/{uuid.uuid4().hex}")

    def write(self, blocks: Iterable[bytes], media_type: str) -> Asset:
        """Stores blocks of bytes as one asset."""
        writing = self.begin()
        try:
            for block in blocks:
                writing.write(block)
            return self.adopt(writing, media_type)
        except BaseException:
            writing.discard()
            raise

    def adopt(self, writing: Writing, media_type: str) -> Asset:
        """Gives a temporary file its name; the facts come last and make it visible."""
        sha256 = writing.close()
        if known := self.hold(sha256):
            writing.discard()
            return known
        asset = Asset(f"assets/{sha256}", media_type, writing.size, datetime.now(UTC))
        record = {
            "media_type": media_type,
            "size_bytes": asset.size_bytes,
            "create_time": asset.create_time.isoformat(),
        }
        facts = self.begin()
        facts.write(json.dumps(record).encode())
        facts.close()
        path = self.path(sha256)
        with self._locked(sha256):
            self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
            self._fs.mv(writing.path, path)
            self._fs.mv(facts.path, self._record(sha256))
        return asset

    def shard(self, digits: str) -> list[Stored]:
        """Everything under the hashes that begin with two digits, in no order."""
        found: dict[str, list[tuple[float, int, bool]]] = {}
        try:
            listed = self._fs.find(f"{self._root}/{digits}", detail=True)
        except FileNotFoundError:
            listed = {}
        for path, entry in listed.items():
            name = str(path).rpartition("/")[2]
            sha256 = name.removesuffix(_RECORD)
            if len(sha256) == hashlib.sha256().digest_size * 2:
                facts = (_modified(entry) or time.time(), int(entry["size"] or 0), name != sha256)
                found.setdefault(sha256, []).append(facts)
        return [
            Stored(
                sha256,
                used=max(modified for modified, _, _ in files),
                size_bytes=sum(size for _, size, _ in files),
                whole=len(files) == 2,
            )
            for sha256, files in found.items()
        ]

    def remove(self, stored: Stored) -> bool:
        """Deletes what was listed, unless it was put or held since. Returns whether it did.

        The record goes first: whatever ends the process here leaves bytes that nobody sees, which
        are listed as not whole.
        """
        path, record = self.path(stored.sha256), self._record(stored.sha256)
        with self._locked(stored.sha256):
            if max(self._time_of(record), self._time_of(path)) > stored.used:
                return False
            for file in (record, path):
                with contextlib.suppress(FileNotFoundError):
                    self._fs.rm_file(file)
        return True

    def sweep(self) -> int:
        """Deletes temporary files older than a day. Returns how many."""
        removed = 0
        with contextlib.suppress(FileNotFoundError):
            for entry in self._fs.ls(f"{self._root}/writing", detail=True):
                modified = _modified(entry)
                if modified is not None and time.time() - modified > _ABANDONED_SECONDS:
                    with contextlib.suppress(FileNotFoundError):
                        self._fs.rm_file(entry["name"])
                        removed += 1
        return removed

    def _record(self, sha256: str) -> str:
        return f"{self.path(sha256)}{_RECORD}"

    def _touch(self, path: str) -> None:
        if self.local:
            os.utime(path)
        else:  # writing it again is the one thing that every file system can do
            self._fs.pipe_file(path, self._fs.cat_file(path))

    def _time_of(self, path: str) -> float:
        """When a file was last written; 0 when it is not there."""
        try:
            return _modified(self._fs.info(path)) or 0.0
        except FileNotFoundError:
            return 0.0

    @contextlib.contextmanager
    def _locked(self, sha256: str) -> Iterator[None]:
        """Keeps other threads and processes from the assets of one shard."""
        if not self.local:
            yield
            return
        directory = Path(self._root, "locks")
        directory.mkdir(parents=True, exist_ok=True)
        # An object of its own for each holder: then threads exclude each other as processes do.
        with FileLock(directory / sha256[:2], poll_interval=_LOCK_POLL_SECONDS):
            yield


def _modified(entry: Mapping[str, Any]) -> float | None:
    """When a listed file was last written, POSIX seconds; file systems name it differently."""
    modified = entry.get("mtime") or entry.get("LastModified") or entry.get("created")
    stamp = modified.timestamp() if isinstance(modified, datetime) else modified
    return None if stamp is None else float(stamp)
