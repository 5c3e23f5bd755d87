"""Client of `ImageService`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator, Callable
from dataclasses import dataclass

from lanternist.runtime.call import Call
from lanternist.runtime.errors import UnavailableError
from lanternist.v1 import image_pb2, image_pb2_grpc
from orchestrator.clients.channel import Connection

MOST_SOURCE_BYTES = 3 << 20
"""Of a picture to draw on from, as the contract has it."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished picture.

    Attributes:
        info: What the service says of it.
        data: The encoded file.
    """

    info: image_pb2.ImageInfo
    data: bytes


class PictureParts:
    """Puts the chunks of a `GenerateImages` stream together."""

    def __init__(self) -> None:
        self._info: image_pb2.ImageInfo | None = None
        self._data = bytearray()

    def take(self, event: image_pb2.GenerateImagesResponse) -> Picture | None:
        """Takes an event of the stream; returns the picture that it completes, if it does."""
        match event.WhichOneof("event"):
            case "image":
                self._info, self._data = event.image, bytearray()
            case "chunk":
                self._data += event.chunk.data
        if self._info is None or len(self._data) < self._info.size_bytes:
            return None
        picture, self._info = Picture(self._info, bytes(self._data)), None
        return picture

    def check_complete(self) -> None:
        """Checks, at the end of the stream, that no picture is left unfinished.

        Raises:
            UnavailableError: One is.
        """
        if self._info is not None:
            raise UnavailableError("The service ended before the picture was complete.")


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
        parts = PictureParts()
        async with contextlib.aclosing(self.GenerateImages(request, call)) as events:
            async for event in events:
                if watch is not None and event.WhichOneof("event") not in ("image", "chunk"):
                    watch(event)
                if (picture := parts.take(event)) is not None:
                    yield picture
        parts.check_complete()
