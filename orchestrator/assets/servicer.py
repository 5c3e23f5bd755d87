"""`AssetService` over the asset store: proto ↔ store, nothing else."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from lanternist.v1 import asset_pb2
from orchestrator.assets.store import Asset, AssetStore

if TYPE_CHECKING:
    from lanternist.runtime.call import Call


def to_proto(asset: Asset) -> asset_pb2.Asset:
    """The contract's form of an asset's facts."""
    message = asset_pb2.Asset(
        name=asset.name, media_type=asset.media_type, size_bytes=asset.size_bytes
    )
    message.create_time.FromDatetime(asset.create_time)
    return message


class AssetServicer:
    """Hands out stored files."""

    def __init__(self, store: AssetStore) -> None:
        self._store = store

    async def GetAsset(self, request: asset_pb2.GetAssetRequest, call: Call) -> asset_pb2.Asset:
        """Gets what is known of an asset."""
        return to_proto(await self._store.get(request.name))

    async def DownloadAsset(
        self, request: asset_pb2.DownloadAssetRequest, call: Call
    ) -> AsyncIterator[asset_pb2.DownloadAssetResponse]:
        """Streams the facts, then the bytes from `offset` on."""
        asset = await self._store.get(request.name)
        yield asset_pb2.DownloadAssetResponse(asset=to_proto(asset))
        async for chunk in self._store.chunks(request.name, request.offset):
            call.check()
            yield asset_pb2.DownloadAssetResponse(data=chunk)
