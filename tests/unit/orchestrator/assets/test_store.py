"""The asset store: equal bytes are one asset, half files are none, broken files are found."""

from __future__ import annotations

import asyncio
import hashlib
import os
import time
import uuid
from collections.abc import AsyncIterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import IO

import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    DataLossError,
    NotFoundError,
    OutOfRangeError,
    ResourceExhaustedError,
)
from lanternist.v1 import asset_pb2
from orchestrator.assets.servicer import AssetServicer
from orchestrator.assets.store import CHUNK_BYTES, SHARDS, Asset, AssetStore, Stored
from orchestrator.provenance.notary import Notary

BYTES = bytes(range(256)) * 10_000  # 2.56 MB: several blocks, many chunks


@pytest.fixture(params=["directory", "fsspec"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> AssetStore:
    if request.param == "directory":
        return AssetStore(tmp_path / "assets")
    return AssetStore(f"memory://{uuid.uuid4().hex}")


async def stream(data: bytes, size: int = 100_000) -> AsyncIterator[bytes]:
    for start in range(0, len(data), size):
        yield data[start : start + size]


def stored_files(root: Path) -> list[Path]:
    return [path for path in root.rglob("*") if path.is_file()]


async def test_put_names_bytes_by_their_hash(store: AssetStore) -> None:
    asset = await store.put(BYTES, "image/png")
    assert asset.name == f"assets/{hashlib.sha256(BYTES).hexdigest()}"
    assert (asset.media_type, asset.size_bytes) == ("image/png", len(BYTES))
    assert await store.read(asset.name) == BYTES
    assert await store.get(asset.name) == asset


async def test_equal_bytes_are_one_asset(store: AssetStore, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(BYTES)
    first = await store.put(BYTES, "image/png")
    assert await store.put_file(tmp_path / "file", "x/other") == first
    assert await store.put_stream(stream(BYTES), "x/other") == first
    assert await store.put(b"", "x/empty") != first


async def test_writers_at_the_same_time_agree(store: AssetStore) -> None:
    puts = [store.put_stream(stream(BYTES), "image/png") for _ in range(6)]
    assert len({asset.name for asset in await asyncio.gather(*puts)}) == 1
    assert await store.read(f"assets/{hashlib.sha256(BYTES).hexdigest()}") == BYTES


async def test_a_stream_too_long_leaves_nothing(tmp_path: Path) -> None:
    store = AssetStore(tmp_path / "assets")
    with pytest.raises(ResourceExhaustedError) as caught:
        await store.put_stream(stream(BYTES), "x/y", max_bytes=len(BYTES) - 1)
    assert caught.value.subject == "upload size"
    assert stored_files(tmp_path / "assets") == []
    await store.put_stream(stream(BYTES), "x/y", max_bytes=len(BYTES))


async def test_a_writer_who_leaves_leaves_nothing(tmp_path: Path) -> None:
    store = AssetStore(tmp_path / "assets")

    async def endless() -> AsyncIterator[bytes]:
        while True:
            yield bytes(1_000_000)
            await asyncio.sleep(0.01)

    writing = asyncio.create_task(store.put_stream(endless(), "x/y"))
    await asyncio.sleep(0.1)
    writing.cancel()
    with pytest.raises(asyncio.CancelledError):
        await writing
    assert stored_files(tmp_path / "assets") == []


@pytest.mark.parametrize("offset", [0, 1, CHUNK_BYTES, 1_048_576, 1_048_577, len(BYTES)])
async def test_chunks_from_any_offset(store: AssetStore, offset: int) -> None:
    asset = await store.put(BYTES, "x/y")
    chunks = [chunk async for chunk in store.chunks(asset.name, offset)]
    assert b"".join(chunks) == BYTES[offset:]
    assert all(0 < len(chunk) <= CHUNK_BYTES for chunk in chunks)


async def test_an_offset_beyond_the_end(store: AssetStore) -> None:
    asset = await store.put(b"short", "x/y")
    with pytest.raises(OutOfRangeError):
        await anext(store.chunks(asset.name, 6))


@pytest.mark.parametrize("damage", ["changed", "truncated", "gone"])
async def test_damaged_bytes_are_data_loss(tmp_path: Path, damage: str) -> None:
    store = AssetStore(tmp_path / "assets")
    asset = await store.put(BYTES, "x/y")
    (path,) = [p for p in stored_files(tmp_path / "assets") if p.name == asset.sha256]
    if damage == "changed":
        path.write_bytes(BYTES[:-1] + b"!")
    elif damage == "truncated":
        path.write_bytes(BYTES[:-1])
    else:
        path.unlink()
    with pytest.raises(DataLossError):
        await store.read(asset.name)
    received = bytearray()

    async def download() -> None:
        async for chunk in store.chunks(asset.name):
            received.extend(chunk)

    with pytest.raises(DataLossError):
        await download()
    assert len(received) < len(BYTES) - 1  # never the whole of a wrong file
    with pytest.raises(DataLossError):
        async with store.path_for_reading(asset.name):
            pass


async def test_a_broken_record_is_data_loss(tmp_path: Path) -> None:
    store = AssetStore(tmp_path / "assets")
    asset = await store.put(b"bytes", "x/y")
    (record,) = (tmp_path / "assets").rglob("*.json")
    record.write_text("{")
    with pytest.raises(DataLossError):
        await store.get(asset.name)


@pytest.mark.parametrize(
    "name",
    ["", "assets/", "assets/../../etc/passwd", "assets/" + "A" * 64, "assets/" + "0" * 64 + "\n"],
)
async def test_unknown_and_tricky_names(store: AssetStore, name: str) -> None:
    with pytest.raises(NotFoundError) as caught:
        await store.get(name)
    assert caught.value.field == "name"


async def test_a_path_for_libraries(store: AssetStore) -> None:
    asset = await store.put(BYTES, "x/y")
    async with store.path_for_reading(asset.name) as path:
        assert path.read_bytes() == BYTES


async def test_sweep_takes_only_what_a_crash_left(tmp_path: Path) -> None:
    store = AssetStore(tmp_path / "assets")
    kept = await store.put(b"bytes", "x/y")
    old, new = (tmp_path / "assets" / "writing" / name for name in ("old", "new"))
    for path in (old, new):
        path.write_bytes(b"half")
    two_days_ago = time.time() - 2 * 86400
    os.utime(old, (two_days_ago, two_days_ago))
    assert await store.sweep() == 1
    assert not old.exists()
    assert new.exists()
    assert await store.read(kept.name) == b"bytes"


async def test_the_servicer_sends_facts_then_bytes(store: AssetStore) -> None:
    asset = await store.put(BYTES, "audio/mpeg")
    servicer = AssetServicer(store, Notary.none())
    facts = await servicer.GetAsset(asset_pb2.GetAssetRequest(name=asset.name), Call())
    assert facts.media_type == "audio/mpeg"
    request = asset_pb2.DownloadAssetRequest(name=asset.name, offset=len(BYTES) - 100)
    first, *rest = [message async for message in servicer.DownloadAsset(request, Call())]
    assert first.asset == facts
    assert b"".join(message.data for message in rest) == BYTES[-100:]


def listed(store: AssetStore, asset: Asset) -> Stored:
    """The asset as a collection found it: nobody has put or held it for two days."""
    (stored,) = store._files.shard(asset.sha256[:2])
    if store._files.local:
        long_ago = stored.used - 2 * 86400
        for name in (asset.sha256, f"{asset.sha256}.json"):
            path = Path(store._files.path(asset.sha256)).with_name(name)
            os.utime(path, (long_ago, long_ago))
    (stored,) = store._files.shard(asset.sha256[:2])
    return stored


async def test_shards_list_everything_once(store: AssetStore) -> None:
    assets = [await store.put(bytes([number]), "x/y") for number in range(40)]
    found = [one for digits in SHARDS for one in await store.shard(digits)]
    assert sorted(one.sha256 for one in found) == sorted(asset.sha256 for asset in assets)
    assert all(one.whole and one.size_bytes > 1 for one in found)
    assert all(abs(one.used - time.time()) < 3600 for one in found)


async def test_what_is_removed_is_not_found_and_can_be_put_again(store: AssetStore) -> None:
    asset = await store.put(BYTES, "x/y")
    assert await store.remove(listed(store, asset))
    with pytest.raises(NotFoundError):
        await store.get(asset.name)
    with pytest.raises(NotFoundError):
        await store.hold(asset.name)
    assert await store.shard(asset.sha256[:2]) == []
    await store.put(BYTES, "x/y")
    assert await store.read(asset.name) == BYTES


@pytest.mark.parametrize("use", ["put", "put_stream", "hold"])
async def test_what_was_put_or_held_since_it_was_listed_is_not_removed(
    store: AssetStore, use: str
) -> None:
    asset = await store.put(BYTES, "x/y")
    stored = listed(store, asset)
    await asyncio.sleep(0.02)  # the clock of file systems is coarse
    match use:
        case "put":
            await store.put(BYTES, "x/y")
        case "put_stream":
            await store.put_stream(stream(BYTES), "x/y")
        case _:
            assert await store.hold(asset.name) == asset
    assert not await store.remove(stored)
    assert await store.read(asset.name) == BYTES


async def test_a_removal_waits_for_the_put_under_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else it would come between the look at the record and the note that it is needed."""
    store = AssetStore(tmp_path / "assets")
    asset = await store.put(b"bytes", "x/y")
    stored = listed(store, asset)
    lookup, removing = store._files.lookup, ThreadPoolExecutor(1)
    begun: list[Future[bool]] = []

    def slow(sha256: str) -> Asset | None:
        known = lookup(sha256)
        if not begun:
            begun.append(removing.submit(store._files.remove, stored))
            with pytest.raises(TimeoutError):
                begun[0].result(timeout=0.1)
        return known

    monkeypatch.setattr(store._files, "lookup", slow)
    assert await store.put(b"bytes", "x/y") == asset
    assert not await asyncio.wrap_future(begun[0])
    assert await store.read(asset.name) == b"bytes"
    removing.shutdown()


async def test_bytes_that_are_lost_are_put_again(tmp_path: Path) -> None:
    store = AssetStore(tmp_path / "assets")
    asset = await store.put(b"bytes", "x/y")
    (path,) = [p for p in stored_files(tmp_path / "assets") if p.name == asset.sha256]
    path.unlink()
    with pytest.raises(NotFoundError):
        await store.hold(asset.name)
    await store.put(b"bytes", "x/y")
    assert await store.read(asset.name) == b"bytes"


async def test_a_reader_finds_nothing_of_what_goes_while_he_comes(
    store: AssetStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    asset = await store.put(b"bytes", "x/y")
    stored, opened = listed(store, asset), store._files.open

    def late(sha256: str) -> IO[bytes]:
        assert store._files.remove(stored)
        return opened(sha256)

    monkeypatch.setattr(store._files, "open", late)
    with pytest.raises(NotFoundError):
        await store.read(asset.name)
