"""`Ledger`: are these the bytes that the card promised?

Hashing 150 MB takes a good part of a second, and every start of every service would pay it. So a
ledger remembers which file (size, modification time in nanoseconds, inode) had which SHA-256, and
hashes again only when one of these has changed. It protects against damage and half-written files,
not against someone who can write to the cache and set clocks back: `rehash` is for that doubt.

This module does not know where files come from or what to do about a bad one.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from stat import S_ISREG
from tempfile import NamedTemporaryFile
from typing import Literal

from models.card import WeightFile

Problem = Literal["missing", "unreadable", "wrong size", "wrong SHA-256"]

CHUNK_BYTES = 1 << 20


def sha256_of(path: Path, on_bytes: Callable[[int], None] | None = None) -> str:
    """Hashes a file in chunks.

    Args:
        path: The file.
        on_bytes: Called with the number of bytes hashed so far.

    Returns:
        Lower-case hexadecimal SHA-256.

    Raises:
        OSError: The file cannot be read.
    """
    digest = hashlib.sha256()
    done = 0
    with path.open("rb") as stream:
        while chunk := stream.read(CHUNK_BYTES):
            digest.update(chunk)
            done += len(chunk)
            if on_bytes is not None:
                on_bytes(done)
    return digest.hexdigest()


class Ledger:
    """What has been hashed before, kept in one small JSON file.

    A ledger that is missing, broken or cannot be written costs time, never correctness.

    Args:
        path: The JSON file; its folder is made when needed.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._entries = self._read()

    def problem(
        self,
        directory: Path,
        expected: WeightFile,
        *,
        rehash: bool = False,
        on_bytes: Callable[[WeightFile, int], None] | None = None,
    ) -> Problem | None:
        """What is wrong with a file, or None when it is as expected.

        Args:
            directory: The folder that the file's name is relative to. What is remembered is the
                file, not its folder: moving it by a rename keeps its entry.
            expected: Its name, size and hash.
            rehash: Hash even when the ledger knows the file.
            on_bytes: Called with the file and the number of bytes hashed so far, when hashing.
        """
        path = directory / expected.name
        before = _fingerprint(path)
        if before is None:
            return "missing"
        if before[0] != expected.size_bytes:
            return "wrong size"
        if not rehash and self._entries.get(expected.name) == [*before, expected.sha256]:
            return None
        listener = None if on_bytes is None else partial(on_bytes, expected)
        try:
            actual = sha256_of(path, listener)
        except OSError:
            return "unreadable"
        if _fingerprint(path) == before:  # else it changed under our hands: remember nothing
            self._entries[expected.name] = [*before, actual]
        return None if actual == expected.sha256 else "wrong SHA-256"

    def problems(
        self,
        directory: Path,
        files: Iterable[WeightFile],
        *,
        rehash: bool = False,
        on_bytes: Callable[[WeightFile, int], None] | None = None,
    ) -> dict[str, Problem]:
        """Checks several files of one directory, and saves what was learnt.

        Returns:
            Name → problem, for the files that have one.
        """
        before = json.dumps(self._entries)
        found = {
            file.name: problem
            for file in files
            if (problem := self.problem(directory, file, rehash=rehash, on_bytes=on_bytes))
        }
        if json.dumps(self._entries) != before:
            self._save()
        return found

    def _read(self) -> dict[str, list[int | str]]:
        try:
            entries = json.loads(self._path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return entries if isinstance(entries, dict) else {}

    def _save(self) -> None:
        with contextlib.suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with NamedTemporaryFile(
                "w", dir=self._path.parent, prefix=".ledger-", delete=False, encoding="utf-8"
            ) as stream:
                json.dump(self._entries, stream)
            Path(stream.name).replace(self._path)


def _fingerprint(path: Path) -> list[int | str] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    if not S_ISREG(status.st_mode):
        return None
    return [status.st_size, status.st_mtime_ns, status.st_ino]
