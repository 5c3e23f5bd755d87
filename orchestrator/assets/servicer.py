"""`AssetService` over the asset store: proto ↔ store, nothing else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import TYPE_CHECKING

from lanternist.v1 import asset_pb2
from orchestrator.assets.store import Asset, AssetStore
from orchestrator.provenance.verify import verify

_READ_AT_ONCE = 2

if TYPE_CHECKING:
    from lanternist.runtime.call import Call
    from orchestrator.provenance.notary import Notary


def to_proto(asset: Asset) -> asset_pb2.Asset:
    """The contract's form of an asset's facts."""
    message = asset_pb2.Asset(
        name=asset.name, media_type=asset.media_type, size_bytes=asset.size_bytes
    )
    message.create_time.FromDatetime(asset.create_time)
    return message


class AssetServicer:
    """Hands out stored files, and tells where they come from.

    Args:
        store: Keeps them.
        notary: Knows who is trusted.
    """

    def __init__(self, store: AssetStore, notary: Notary) -> None:
        self._store = store
        self._notary = notary
        # Each reading is a process that may need memory.
        self._reading = asyncio.Semaphore(_READ_AT_ONCE)

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

    async def VerifyAsset(
        self, request: asset_pb2.VerifyAssetRequest, call: Call
    ) -> asset_pb2.VerifyAssetResponse:
        """Tells what an asset's mark is worth, and what it says."""
        async with self._reading, self._store.path_for_reading(request.name) as path:
            found = await verify(path, self._notary.anchors())
        response = asset_pb2.VerifyAssetResponse(
            claim_generator=found.claim_generator,
            signer=found.signer,
            digital_source_type=found.digital_source_type,
            model=found.model,
            actions=found.actions,
            ingredients=found.ingredients,
            findings=found.findings,
        )
        response.state = asset_pb2.ProvenanceState.Value(f"PROVENANCE_STATE_{found.state}")
        if found.sign_time is not None:
            response.sign_time.FromDatetime(found.sign_time)
        return response
