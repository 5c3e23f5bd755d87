"""Client of `ImageService`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from lanternist.runtime.call import Call
from lanternist.runtime.errors import UnavailableError
from lanternist.v1 import image_pb2, image_pb2_grpc
from orchestrator.clients.channel import Connection


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished picture.

    Attributes:
        info: What the service says of it.
        data: The encoded file.
    """

    info: image_pb2.ImageInfo
    data: bytes


class ImageClient:
    """Draws, somewhere else."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._stub = image_pb2_grpc.ImageServiceStub(connection.channel)

    def GenerateImages(
        self, request: image_pb2.GenerateImagesRequest, call: Call
    ) -> AsyncGenerator[image_pb2.GenerateImagesResponse, None]:
        """Draws pictures; see the contract for the order of events."""
        return self._connection.stream(self._stub.GenerateImages, request, call)

    async def pictures(
        self,
        request: image_pb2.GenerateImagesRequest,
        call: Call,
        watch: Callable[[image_pb2.GenerateImagesResponse], None] | None = None,
    ) -> AsyncGenerator[Picture, None]:
        """Draws pictures and puts their chunks together.

        Args:
            request: The request.
            call: Deadline and ids.
            watch: Sees every event that is no part of a picture: queue, loading, steps, previews.

        Raises:
            LanternistError: What the service raised.
        """
        info, data = None, bytearray()
        async with contextlib.aclosing(self.GenerateImages(request, call)) as events:
            async for event in events:
                kind = event.WhichOneof("event")
                if kind == "image":
                    info, data = event.image, bytearray()
                elif kind == "chunk":
                    data += event.chunk.data
                elif watch is not None:
                    watch(event)
                if info is not None and len(data) >= info.size_bytes:
                    yield Picture(info, bytes(data))
                    info = None
        if info is not None:
            raise UnavailableError("The service ended before the picture was complete.")
