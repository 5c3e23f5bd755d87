"""`/v1/images/generations`: pictures from words, whole or with looks at them on the way.

`seed`, in requests and answers, is ours: with it the same request draws the same picture again. So
is `marked`: whether the picture bears a C2PA mark.
"""

from __future__ import annotations

import asyncio
import base64
import math
import re
import time
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Annotated, Any, Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lanternist.runtime.call import Call
from lanternist.v1 import image_pb2
from orchestrator.clients.image import ImageClient, Picture, PictureParts
from orchestrator.gateways.ledger import call_of
from orchestrator.gateways.metrics import Metrics
from orchestrator.gateways.openai.answering import (
    EVENTS,
    Stream,
    event,
    json_body,
    while_connected,
)
from orchestrator.gateways.openai.fields import (
    PLAIN,
    Body,
    Ignorable,
    ModelId,
    Only,
    RequestError,
    Unsupported,
)
from orchestrator.gateways.openai.naming import Naming
from orchestrator.gateways.refusals import NotSupportedError

RENAMES = {
    "width": "size",
    "height": "size",
    "count": "n",
    "encoding": "output_format",
    "step_count": "quality",
    "quality": "output_compression",
}
"""The contract's fields by what they are called here."""

_SIZE = r"^(auto|[0-9]{2,4}x[0-9]{2,4})$"
_ENCODINGS = {
    "png": image_pb2.IMAGE_ENCODING_PNG,
    "jpeg": image_pb2.IMAGE_ENCODING_JPEG,
    "webp": image_pb2.IMAGE_ENCODING_WEBP,
    "svg": image_pb2.IMAGE_ENCODING_SVG,
}
# The contract knows steps, not qualities. 0 is the model's own number; models without steps draw
# every quality alike, and say so in `notes`.
_STEPS = {"auto": 0, "standard": 0, "medium": 0, "low": 6, "high": 24, "hd": 24}
_TOLD_QUALITY = {"standard": "medium", "hd": "high"}
_NO_USAGE = {
    "total_tokens": 0,
    "input_tokens": 0,
    "output_tokens": 0,
    "input_tokens_details": {"text_tokens": 0, "image_tokens": 0},
}

Quality = Literal["auto", "low", "medium", "high", "standard", "hd"]
Format = Literal["png", "jpeg", "webp", "svg"]


class ImageOptions(Body):
    """What may be asked of a picture, by either interface that draws."""

    size: Annotated[str, Field(pattern=_SIZE)] | None = None
    quality: Quality | None = None
    output_format: Format | None = None
    output_compression: Annotated[int, Field(ge=0, le=100)] | None = None
    partial_images: Annotated[int, Field(ge=0, le=3)] | None = None
    background: Annotated[
        Any,
        Only((None, "auto", "opaque"), "pictures are opaque here; transparent is not supported."),
    ] = None
    moderation: Annotated[Any, Only((None, "auto", "low"))] = None
    complexity: Unsupported = None
    frame_count: Annotated[Any, Only((None, 1))] = None
    frame_duration_ms: Unsupported = None
    svg: Unsupported = None


class ImageRequest(ImageOptions):
    """A request for pictures."""

    prompt: Annotated[str, Field(min_length=1, max_length=100_000, json_schema_extra=PLAIN)]
    model: ModelId | None = None
    n: Annotated[int, Field(ge=1, le=16)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**53)] | None = None
    stream: bool | None = None
    response_format: Annotated[
        Any, Only((None, "b64_json"), "pictures are sent as b64_json; url is not supported.")
    ] = None
    style: Unsupported = None
    safety_identifier: Ignorable
    user: Ignorable


def wanted(
    options: ImageOptions, prompt: str, model: str, *, count: int, seed: int | None, looks: int
) -> image_pb2.GenerateImagesRequest:
    """The contract's request.

    Args:
        options: Size, quality, format.
        prompt: What to draw.
        model: Id; empty for the default.
        count: Pictures.
        seed: Of the first.
        looks: Partial pictures on the way.

    Raises:
        RequestError: A compression is asked of a format that has none.
    """
    width, height = _size(options.size)
    form = options.output_format or "png"
    compression = options.output_compression
    if compression is not None and form not in ("jpeg", "webp"):
        raise RequestError("output_compression", f"{form} has no such setting.")
    return image_pb2.GenerateImagesRequest(
        model=model,
        prompt=prompt,
        width=width,
        height=height,
        seed=seed,
        step_count=_STEPS[options.quality or "auto"],
        count=count,
        preview_interval=1 if looks else 0,
        encoding=_ENCODINGS[form],
        # 100 is the best picture, as there; 0 would be the contract's own choice.
        quality=0 if compression is None else max(1, compression),
    )


def _size(size: str | None) -> tuple[int, int]:
    if size is None or not re.match(r"[0-9]", size):
        return 0, 0
    width, _, height = size.partition("x")
    return int(width), int(height)


def told(options: ImageOptions, info: image_pb2.ImageInfo) -> dict[str, Any]:
    """What an answer says of a picture's settings."""
    quality = options.quality or "auto"
    return {
        "background": "opaque",
        "output_format": options.output_format or "png",
        "quality": _TOLD_QUALITY.get(quality, quality),
        "size": f"{info.width}x{info.height}",
    }


Look = tuple[int, bytes]
"""A look at an unfinished picture: its number, from 0, and a JPEG."""


async def drawn(
    client: ImageClient, request: image_pb2.GenerateImagesRequest, call: Call, looks: int
) -> AsyncGenerator[Look | Picture, None]:
    """Pictures as they are finished, with some looks at each on the way, evenly spread.

    Raises:
        LanternistError: What the service raised.
    """
    chosen: set[int] = set()
    sent, parts = 0, PictureParts()
    async with aclosing(client.GenerateImages(request, call)) as events:
        async for happened in events:
            match happened.WhichOneof("event"):
                case "progress":
                    total = happened.progress.step_count
                    chosen = {
                        math.ceil(total * number / (looks + 1)) for number in range(1, looks + 1)
                    }
                case "preview" if happened.preview.step in chosen:
                    yield sent, happened.preview.jpeg
                    sent += 1
                case "image":
                    sent = 0
            if (picture := parts.take(happened)) is not None:
                yield picture
    parts.check_complete()


class Pictures:
    """Draws.

    Args:
        client: Draws, somewhere else.
        naming: Aliases.
        metrics: Counts pictures.
    """

    def __init__(self, client: ImageClient, naming: Naming, metrics: Metrics) -> None:
        self._client = client
        self._naming = naming
        self._metrics = metrics

    async def generate(self, request: Request) -> Response:
        """Answers one request."""
        asked = await json_body(request, ImageRequest)
        count, looks = asked.n or 1, asked.partial_images or 0
        if looks and not asked.stream:
            raise RequestError("partial_images", "is for streams alone.")
        if asked.stream and count > 1:
            raise NotSupportedError("n", "a stream's events do not say which picture: ask for one.")
        contract = wanted(
            asked,
            asked.prompt,
            self._naming.model(asked.model),
            count=count,
            seed=asked.seed,
            looks=looks,
        )
        call = call_of(request.scope)
        if asked.stream:
            return Stream(self._events(asked, contract, call, looks), EVENTS)
        whole = await while_connected(request.receive, self.whole(asked, contract, call))
        # Sixteen large pictures take a second to write as JSON: not on the loop.
        return await asyncio.to_thread(JSONResponse, whole)

    async def whole(
        self, asked: ImageOptions, contract: image_pb2.GenerateImagesRequest, call: Call
    ) -> dict[str, Any]:
        """The answer with every picture.

        Raises:
            LanternistError: What the service raised.
        """
        entries: list[dict[str, Any]] = []
        settings: dict[str, Any] = {}
        async with aclosing(drawn(self._client, contract, call, 0)) as pictures:
            async for picture in pictures:
                if isinstance(picture, Picture):
                    self._metrics.drawn(picture.info.model)
                    settings = told(asked, picture.info)
                    entries.append(_entry(picture))
        return {"created": int(time.time()), "data": entries, **settings}

    async def _events(
        self,
        asked: ImageRequest,
        contract: image_pb2.GenerateImagesRequest,
        call: Call,
        looks: int,
    ) -> AsyncGenerator[bytes, None]:
        created = int(time.time())
        async with aclosing(drawn(self._client, contract, call, looks)) as made:
            async for item in made:
                if isinstance(item, Picture):
                    self._metrics.drawn(item.info.model)
                    kind = "image_generation.completed"
                    facts = {**_entry(item), **told(asked, item.info), "usage": _NO_USAGE}
                else:
                    kind = "image_generation.partial_image"
                    number, jpeg = item
                    facts = {
                        "b64_json": encoded(jpeg),
                        "partial_image_index": number,
                        "background": "opaque",
                        "output_format": "jpeg",  # looks are JPEG, whatever the picture will be
                        "quality": asked.quality or "auto",
                        "size": asked.size or "auto",
                    }
                yield event({"type": kind, "created_at": created, **facts}, kind)


def _entry(picture: Picture) -> dict[str, Any]:
    info = picture.info
    entry = {"b64_json": encoded(picture.data), "seed": info.seed, "marked": info.marked}
    return {**entry, "notes": list(info.notes)} if info.notes else entry


def encoded(data: bytes) -> str:
    """Bytes in base64."""
    return base64.b64encode(data).decode("ascii")
