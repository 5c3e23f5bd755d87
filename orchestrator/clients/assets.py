"""Client of `AssetService`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

from lanternist.runtime.call import Call
from lanternist.v1 import asset_pb2, asset_pb2_grpc
from orchestrator.clients.channel import Connection


class AssetClient:
    """Fetches stored files."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = asset_pb2_grpc.AssetServiceStub(connection.channel)

    async def GetAsset(self, request: asset_pb2.GetAssetRequest, call: Call) -> asset_pb2.Asset:
        """Gets what is known of an asset."""
        return await self._connection.unary(self._stub.GetAsset, request, call)

    def DownloadAsset(
        self, request: asset_pb2.DownloadAssetRequest, call: Call
    ) -> AsyncGenerator[asset_pb2.DownloadAssetResponse, None]:
        """Streams an asset: its facts, then its bytes."""
        return self._connection.stream(self._stub.DownloadAsset, request, call)

    async def VerifyAsset(
        self, request: asset_pb2.VerifyAssetRequest, call: Call
    ) -> asset_pb2.VerifyAssetResponse:
        """Tells who made a file, and whether it was changed since."""
        return await self._connection.unary(self._stub.VerifyAsset, request, call)

    async def read(self, name: str, call: Call) -> bytes:
        """The whole file in memory.

        Raises:
            LanternistError: What the service raised.
        """
        request = asset_pb2.DownloadAssetRequest(name=name)
        async with contextlib.aclosing(self.DownloadAsset(request, call)) as messages:
            return b"".join([message.data async for message in messages])

    async def save(self, name: str, path: Path, call: Call) -> None:
        """Writes the whole file to a path, without holding it in memory.

        Raises:
            LanternistError: What the service raised.
            OSError: It cannot be written.
        """
        request = asset_pb2.DownloadAssetRequest(name=name)
        async with contextlib.aclosing(self.DownloadAsset(request, call)) as messages:
            with await asyncio.to_thread(path.open, "wb") as file:
                async for message in messages:
                    file.write(message.data)
