"""`OpenAIImageEngine`: any server with OpenAI's image-generation interface draws.

A hosted model, or a local server that speaks the same; where it is, the environment says. Pictures
are asked for one at a time, so that each is shown when it is there and a caller who leaves pays for
no more. Only pictures inside the answer are taken: a link would have to be fetched from an address
that nobody configured.

Interface: `POST /v1/images/generations` as OpenAI documents it.
"""

from __future__ import annotations

import base64
import binascii
import io
import json
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np
from PIL import Image, UnidentifiedImageError
from pydantic import BaseModel, ValidationError

from lanternist.runtime.call import Call
from lanternist.runtime.errors import FailedPreconditionError
from models.card import ModelCard
from models.illustrator.scene import to_prompt
from models.placement import Placement
from models.weights import Weights
from services.base.upstream import Upstream
from services.base.upstream_calls import UpstreamCalls
from services.image.engine import (
    FinishedImage,
    ImageEvent,
    ImageRequest,
    Pixels,
    StepProgress,
    check_limits,
    limit,
    readable,
)

_MOST_ANSWER_BYTES = 96 * 1024 * 1024  # a PNG of 4096 × 4096 in base64
_INTERFACE = "the image-generation interface"


class ImageUpstream(Upstream):
    """A server that draws."""

    __slots__ = ()
    noun: ClassVar[str] = "image server"
    model_variable: ClassVar[str] = "LANTERNIST_OPENAI_IMAGE_MODEL"

    def field_of(self, status: int, said: str) -> str:
        """The field that the upstream names, where it names one."""
        lower = said.lower()
        return "width" if "size" in lower else "prompt"


class _Drawn(BaseModel):
    b64_json: str | None = None
    url: str | None = None


class _Answer(BaseModel):
    data: list[_Drawn] = []


class OpenAIImageEngine:
    """Passes requests on to an upstream server.

    The card's options name the environment variables (`base_url_variable`, `api_key_variable`,
    `model_variable`), and may set `response_format` (sent as it is; empty: not sent), `seed_field`
    (for servers that take a seed) and `extra` (further fields of every request).
    """

    def __init__(self, card: ModelCard, weights: Weights | None, placement: Placement) -> None:
        self._card = card
        self._calls: UpstreamCalls | None = None

    def load(self) -> None:
        """Reads the settings.

        Raises:
            FailedPreconditionError: A setting is missing or wrong.
        """
        self._calls = UpstreamCalls(ImageUpstream.from_environment(self._card))

    def warm_up(self) -> None:
        """Asks the upstream for its models; see `UpstreamCalls.probe`."""
        self._ready().probe()

    def close(self) -> None:
        """Closes the connections. Idempotent."""
        if self._calls is not None:
            self._calls.close()

    def generate(self, request: ImageRequest, call: Call) -> Iterator[ImageEvent]:
        """Draws pictures one after another; see `ImageEngine.generate`.

        Raises:
            LanternistError: As `UpstreamCalls.post`; or the answer is no picture.
        """
        check_limits(request, self._card)
        calls = self._ready()
        words = request.prompt
        if not words.strip() and request.scene is not None:
            words = to_prompt(request.scene)
        prompt, notes = readable(words, self._card)
        for index in range(request.count):
            body = self._body(request, prompt, request.image_seed(index))
            reply = calls.post("/images/generations", body, call, most_bytes=_MOST_ANSWER_BYTES)
            pixels = self._pixels(reply.content)
            call.check()
            yield StepProgress(1, 1, index)
            yield FinishedImage(
                pixels,
                index,
                request.image_seed(index),
                notes=(*notes, *self._notes(request, pixels)),
                parameters={
                    "prompt": prompt,
                    "model": self._card.id,
                    "upstream_model": calls.upstream.model,
                    "width": pixels.shape[1],
                    "height": pixels.shape[0],
                },
            )

    def _body(self, request: ImageRequest, prompt: str, seed: int) -> dict[str, Any]:
        options = self._card.options
        body: dict[str, Any] = {
            "model": self._ready().upstream.model,
            "prompt": f"{prompt}, {request.style}" if request.style else prompt,
            "n": 1,
            "size": f"{request.width}x{request.height}",
            **dict(options.get("extra", {})),
        }
        if form := str(options.get("response_format", "b64_json")):
            body["response_format"] = form
        if field := str(options.get("seed_field", "")):
            body[field] = seed
        return body

    def _notes(self, request: ImageRequest, pixels: Pixels) -> Iterator[str]:
        if not self._card.options.get("seed_field"):
            yield "The upstream draws without a seed: the same request gives another picture."
        if request.negative_prompt:
            yield "The upstream takes no negative prompt."
        height, width = pixels.shape[:2]
        if (width, height) != (request.width, request.height):
            yield f"The upstream drew {width} × {height} pixels."

    def _pixels(self, content: bytes) -> Pixels:
        """The picture in an answer, uint8, (height, width, 3)."""
        upstream = self._ready().upstream
        try:
            drawn = _Answer.model_validate(json.loads(content)).data[0]
        except (ValueError, ValidationError, IndexError) as error:
            raise upstream.not_compatible(_INTERFACE) from error
        if not drawn.b64_json:
            raise upstream.not_compatible(f"{_INTERFACE} with pictures inside the answer")
        try:
            data = base64.b64decode(drawn.b64_json, validate=True)
            with Image.open(io.BytesIO(data), formats=("PNG", "JPEG", "WEBP")) as picture:
                # Looked at before it is unpacked: a small file may claim to be an enormous picture.
                if picture.width * picture.height > limit(self._card, "max_pixels"):
                    raise upstream.too_large(_MOST_ANSWER_BYTES)
                return np.asarray(picture.convert("RGB"))
        except (binascii.Error, UnidentifiedImageError, OSError, SyntaxError) as error:
            raise upstream.not_compatible(f"{_INTERFACE}: what it sends is no picture") from error

    def _ready(self) -> UpstreamCalls:
        if self._calls is None:
            raise FailedPreconditionError(
                f"The model {self._card.id} is not loaded.", reason="MODEL_NOT_LOADED"
            )
        return self._calls
