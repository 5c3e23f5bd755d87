"""Asking an image servicer without a transport, and reading what it streams."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lanternist.runtime.call import Call
from lanternist.v1 import image_pb2
from services.image.servicer import CHUNK_BYTES, ImageServicer

CARDS = Path(__file__).parents[3] / "cards"


async def answers(servicer: ImageServicer, **fields: Any) -> list[Any]:
    fields = {"prompt": "a fox", "width": 96, "height": 64, "step_count": 2, "seed": 3, **fields}
    request = image_pb2.GenerateImagesRequest(**fields)
    return [answer async for answer in servicer.GenerateImages(request, Call())]


def files(found: list[Any]) -> list[tuple[image_pb2.ImageInfo, bytes]]:
    """Each announced picture with its chunks joined, checked on the way."""
    joined: list[tuple[image_pb2.ImageInfo, bytes]] = []
    for answer in found:
        match answer.WhichOneof("event"):
            case "image":
                joined.append((answer.image, b""))
            case "chunk":
                info, content = joined[-1]
                assert answer.chunk.index == info.index
                assert 0 < len(answer.chunk.data) <= CHUNK_BYTES
                joined[-1] = (info, content + answer.chunk.data)
    assert all(info.size_bytes == len(content) for info, content in joined)
    return joined
