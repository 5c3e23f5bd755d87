"""`AssetStore`: files by the SHA-256 of their bytes, on any file system that fsspec reaches.

A put streams into a temporary name while hashing, then renames: a reader sees a whole asset or
none, and two writers of the same bytes make one asset. A read checks the bytes against the name
and raises `DataLossError` when they no longer match. The store knows neither gRPC nor stories, and
never builds a path from anything but a checked hash.

Layout below the root: `ab/cd/<sha256>` (the bytes), `ab/cd/<sha256>.json` (media type, size, time),
`writing/` (writes under way), `locks/`.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
import shutil
import tempfile
from collections.abc import AsyncIterable, AsyncIterator, Callable
from pathlib import Path
from typing import IO, Any

from lanternist.runtime.errors import (
    DataLossError,
    NotFoundError,
    OutOfRangeError,
    ResourceExhaustedError,
)
from orchestrator.assets.files import SHARDS, Asset, AssetFiles, Stored

__all__ = ["CHUNK_BYTES", "SHARDS", "Asset", "AssetStore", "Stored"]

CHUNK_BYTES = 64 * 1024
_BLOCK_BYTES = 1024 * 1024  # one visit to a worker thread reads or writes this much
_NAME = re.compile(r"assets/([0-9a-f]{64})")


class AssetStore:
    """Puts and gets assets. Every method may be called from any task; file work runs in threads.

    Args:
        url: Root, a path or any fsspec URL (`file:///…`, `s3://bucket/prefix`, `memory://x`).
        storage_options: Passed to the fsspec file system.
    """

    def __init__(self, url: str | Path, **storage_options: Any) -> None:
        self._files = AssetFiles(url, **storage_options)

    async def put(self, data: bytes, media_type: str) -> Asset:
        """Stores bytes. Storing what is there already costs one look-up.

        Args:
            data: The whole file.
            media_type: For example `image/png`; kept from the first put.
        """

        def store() -> Asset:
            known = self._files.hold(hashlib.sha256(data).hexdigest())
            return known or self._files.write((data,), media_type)

        return await asyncio.to_thread(store)

    async def put_file(self, path: Path, media_type: str) -> Asset:
        """Stores a copy of a local file."""

        def copy() -> Asset:
            with path.open("rb") as source:
                return self._files.write(iter(lambda: source.read(_BLOCK_BYTES), b""), media_type)

        return await asyncio.to_thread(copy)

    async def put_stream(
        self, chunks: AsyncIterable[bytes], media_type: str, *, max_bytes: int | None = None
    ) -> Asset:
        """Stores a stream of unknown length without holding it in memory.

        Raises:
            ResourceExhaustedError: The stream is longer than `max_bytes`; nothing is kept.
        """
        writing = await asyncio.to_thread(self._files.begin)
        try:
            pending = bytearray()
            async for chunk in chunks:
                pending += chunk
                if max_bytes is not None and writing.size + len(pending) > max_bytes:
                    raise ResourceExhaustedError(
                        f"The file is larger than {max_bytes:,} bytes.",
                        subject="upload size",
                        reason="UPLOAD_TOO_LARGE",
                        metadata={"max_bytes": str(max_bytes)},
                    )
                if len(pending) >= _BLOCK_BYTES:
                    await asyncio.to_thread(writing.write, bytes(pending))
                    pending.clear()
            await asyncio.to_thread(writing.write, bytes(pending))
            return await asyncio.to_thread(self._files.adopt, writing, media_type)
        except BaseException:
            # Shielded: a caller that left must not leave its half file behind.
            await asyncio.shield(asyncio.to_thread(writing.discard))
            raise

    async def get(self, name: str) -> Asset:
        """The facts of an asset.

        Raises:
            NotFoundError: There is none of that name.
        """
        return await self._known(name, self._files.lookup)

    async def hold(self, name: str) -> Asset:
        """As `get`; the asset counts as used now, so no collection takes it for an hour at least.

        For whoever is about to write its name down. Bytes that are gone count as not there.

        Raises:
            NotFoundError: There is none of that name.
        """
        return await self._known(name, self._files.hold)

    async def _known(self, name: str, find: Callable[[str], Asset | None]) -> Asset:
        match = _NAME.fullmatch(name)
        known = await asyncio.to_thread(find, match[1]) if match else None
        if known is None:
            raise NotFoundError("asset", name, field="name")
        return known

    async def read(self, name: str) -> bytes:
        """The whole file, checked.

        Raises:
            NotFoundError: There is none of that name.
            DataLossError: The bytes no longer match the name.
        """
        asset = await self.get(name)
        return b"".join([block async for block in self._blocks(asset, 0)])

    async def chunks(self, name: str, offset: int = 0) -> AsyncIterator[bytes]:
        """The file from `offset` on, in chunks of at most 64 KiB.

        The last chunk is held back until the whole file has been checked against its hash, so a
        reader who got everything got the right bytes.

        Raises:
            NotFoundError: There is none of that name.
            OutOfRangeError: `offset` lies beyond the end.
            DataLossError: The bytes no longer match the name.
        """
        asset = await self.get(name)
        if offset > asset.size_bytes:
            raise OutOfRangeError(
                f"offset {offset} lies beyond the end at {asset.size_bytes}.",
                reason="OFFSET_BEYOND_END",
                metadata={"size_bytes": str(asset.size_bytes)},
            )
        async for block in self._blocks(asset, offset):
            for start in range(0, len(block), CHUNK_BYTES):
                yield block[start : start + CHUNK_BYTES]

    @contextlib.asynccontextmanager
    async def path_for_reading(self, name: str) -> AsyncIterator[Path]:
        """A local file with the asset's checked bytes, for libraries that want a path.

        Not to be written to: on a local store it is the stored file itself. Valid inside the block.

        Raises:
            NotFoundError: There is none of that name.
            DataLossError: The bytes no longer match the name.
        """
        asset = await self.get(name)
        if self._files.local:
            async for _ in self._blocks(asset, asset.size_bytes):
                pass
            yield Path(self._files.path(asset.sha256))
            return
        directory = Path(await asyncio.to_thread(tempfile.mkdtemp, prefix="lanternist-asset-"))
        try:
            copy = directory / asset.sha256
            with copy.open("wb") as target:
                async for block in self._blocks(asset, 0):
                    await asyncio.to_thread(target.write, block)
            yield copy
        finally:
            await asyncio.to_thread(shutil.rmtree, directory, ignore_errors=True)

    async def sweep(self) -> int:
        """Deletes temporary files that a crash left behind, a day old or more. Returns how many."""
        return await asyncio.to_thread(self._files.sweep)

    async def shard(self, digits: str) -> list[Stored]:
        """What is stored under the hashes that begin with two digits of `SHARDS`, in no order."""
        return await asyncio.to_thread(self._files.shard, digits)

    async def remove(self, stored: Stored) -> bool:
        """Deletes what was listed, unless it was put or held since. Returns whether it did."""
        return await asyncio.to_thread(self._files.remove, stored)

    async def _blocks(self, asset: Asset, offset: int) -> AsyncIterator[bytes]:
        """Hashes everything, yields what lies from `offset` on, the last block once checked."""
        digest = hashlib.sha256()
        position, held = 0, b""

        def read(file: IO[bytes]) -> bytes:
            block = file.read(_BLOCK_BYTES)
            digest.update(block)
            return block

        try:
            file = await asyncio.to_thread(self._files.open, asset.sha256)
        except FileNotFoundError as error:
            await self.get(asset.name)  # collected just now: then it is not found
            raise DataLossError(f"The bytes of {asset.name} are gone.") from error
        try:
            while block := await asyncio.to_thread(read, file):
                if held:
                    yield held
                held = block[max(0, offset - position) :]
                position += len(block)
        finally:
            await asyncio.to_thread(file.close)
        if digest.hexdigest() != asset.sha256:
            raise DataLossError(f"The bytes of {asset.name} no longer match their hash.")
        if held:
            yield held
