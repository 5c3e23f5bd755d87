"""Pictures and narrations of stories, marked when they are made, before anything keeps them."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Protocol

from lanternist.runtime.call import Call
from lanternist.v1 import image_pb2
from orchestrator.clients.image import Picture
from orchestrator.provenance.claim import Claim
from orchestrator.provenance.notary import Notary


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
        async with contextlib.aclosing(self._painter.pictures(request, call)) as pictures:
            async for picture in pictures:
                model = picture.info.model
                claim = Claim("Picture", self._notary.source_type([model]), {"image": model})
                data = await self._notary.mark(picture.data, picture.info.media_type, claim)
                info = image_pb2.ImageInfo()
                info.CopyFrom(picture.info)
                info.size_bytes = len(data)
                yield replace(picture, info=info, data=data)


async def mark_narration(notary: Notary, path: Path, media_type: str, model: str) -> None:
    """Marks the sound of a story that a model spoke."""
    claim = Claim("Narration", notary.source_type([model]), {"voice": model})
    await notary.mark_file(path, media_type, claim)
