"""`AssetFiles`: the blocking half of the asset store, on one fsspec file system.

Writes go to a temporary name and are renamed when whole. Everything here may block and belongs in a
worker thread; `orchestrator.assets.store` sees to that.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, cast

import fsspec

from lanternist.runtime.errors import DataLossError

_ABANDONED_SECONDS = 24 * 3600.0


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
            facts = json.loads(self._fs.cat_file(f"{self.path(sha256)}.json"))
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
        if known := self.lookup(sha256):
            writing.discard()
            return known
        path = self.path(sha256)
        self._fs.makedirs(path.rpartition("/")[0], exist_ok=True)
        self._fs.mv(writing.path, path)
        asset = Asset(f"assets/{sha256}", media_type, writing.size, datetime.now(UTC))
        record = {
            "media_type": media_type,
            "size_bytes": asset.size_bytes,
            "create_time": asset.create_time.isoformat(),
        }
        facts = self.begin()
        facts.write(json.dumps(record).encode())
        facts.close()
        self._fs.mv(facts.path, f"{path}.json")
        return asset

    def sweep(self) -> int:
        """Deletes temporary files older than a day. Returns how many."""
        removed = 0
        with contextlib.suppress(FileNotFoundError):
            for entry in self._fs.ls(f"{self._root}/writing", detail=True):
                modified = entry.get("mtime") or entry.get("LastModified") or entry.get("created")
                stamp = modified.timestamp() if isinstance(modified, datetime) else modified
                if stamp is not None and time.time() - float(stamp) > _ABANDONED_SECONDS:
                    with contextlib.suppress(FileNotFoundError):
                        self._fs.rm_file(entry["name"])
                        removed += 1
        return removed
