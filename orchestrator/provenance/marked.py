"""Pictures and narrations, marked when they are made, before anybody sees or keeps them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from lanternist.runtime.call import Call
from lanternist.v1 import image_pb2
from orchestrator.clients.image import Picture, PictureParts
from orchestrator.provenance.claim import RECORDED, Claim, composite
from orchestrator.provenance.notary import Notary

_CHUNK_BYTES = 256 * 1024

Events = AsyncGenerator[image_pb2.GenerateImagesResponse, None]


class Draws(Protocol):
    """What draws."""

    def pictures(
        self, request: image_pb2.GenerateImagesRequest, call: Call
    ) -> AsyncGenerator[Picture, None]:
        """Draws pictures."""


class MarkedPainter:
    """Draws what another draws, marked.

    Args:
        painter: Draws.
        notary: Marks.
    """

    def __init__(self, painter: Draws, notary: Notary) -> None:
        self._painter = painter
        self._notary = notary

    async def pictures(
        self, request: image_pb2.GenerateImagesRequest, call: Call
    ) -> AsyncGenerator[Picture, None]:
        """Draws pictures."""
        varied = request.HasField("source")
        async with contextlib.aclosing(self._painter.pictures(request, call)) as pictures:
            async for picture in pictures:
                yield await mark_picture(picture, self._notary, varied=varied)


async def mark_picture(picture: Picture, notary: Notary, *, varied: bool = False) -> Picture:
    """A finished picture with its mark; as it is when none is wanted, or it has no place for one.

    Args:
        picture: As the service sent it.
        notary: Marks.
        varied: Whether it was drawn from a picture that the caller gave: then it is claimed as a
            composite, not as made by the model alone.

    Raises:
        InternalError: It could not be signed.
    """
    model, media_type = picture.info.model, picture.info.media_type
    made = notary.source_type([model])
    claim = Claim(
        "Variation of a picture" if varied else "Picture",
        composite((made, RECORDED)) if varied else made,
        {"image": model},
    )
    data = await notary.mark(picture.data, media_type, claim)
    info = image_pb2.ImageInfo()
    info.CopyFrom(picture.info)
    info.size_bytes, info.marked = len(data), notary.marks(media_type)
    return replace(picture, info=info, data=data)


async def marked_events(events: Events, notary: Notary, *, varied: bool = False) -> Events:
    """The events of a `GenerateImages` stream, its finished pictures marked.

    A picture is announced once it is whole. Looks at unfinished pictures pass as they are.

    Args:
        events: As the service sends them.
        notary: Marks.
        varied: As `mark_picture`.

    Raises:
        InternalError: A picture could not be signed.
        UnavailableError: The stream ended in the middle of a picture.
    """
    parts = PictureParts()
    async with contextlib.aclosing(events):
        async for event in events:
            if event.WhichOneof("event") not in ("image", "chunk"):
                yield event
            elif (picture := parts.take(event)) is not None:
                marked = await mark_picture(picture, notary, varied=varied)
                yield image_pb2.GenerateImagesResponse(image=marked.info)
                for at in range(0, len(marked.data), _CHUNK_BYTES):
                    data = marked.data[at : at + _CHUNK_BYTES]
                    chunk = image_pb2.ImageChunk(index=marked.info.index, data=data)
                    yield image_pb2.GenerateImagesResponse(chunk=chunk)
    parts.check_complete()


async def mark_narration(notary: Notary, path: Path, media_type: str, model: str) -> None:
    """Marks the sound of a story that a model spoke."""
    claim = Claim("Narration", notary.source_type([model]), {"voice": model})
    await notary.mark_file(path, media_type, claim)
