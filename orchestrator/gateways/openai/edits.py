"""`/v1/images/edits` and `/v1/images/variations`: pictures from a picture, with words or without.

An edit draws the whole picture anew from the one that is given, so there are no masks. `strength`,
how far it may leave that picture, is ours; so are `seed`, in requests and answers, and `marked`.
"""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from pydantic import Field
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from orchestrator.clients.image import MOST_SOURCE_BYTES
from orchestrator.gateways.ledger import call_of
from orchestrator.gateways.openai import pictures
from orchestrator.gateways.openai.answering import while_connected
from orchestrator.gateways.openai.fields import (
    PLAIN,
    Ignorable,
    ModelId,
    Only,
    RequestError,
    Unsupported,
    from_form,
)
from orchestrator.gateways.openai.forms import Form, form_of
from orchestrator.gateways.openai.naming import Naming
from orchestrator.gateways.refusals import NotSupportedError

RENAMES = {
    **pictures.RENAMES,
    "source": "image",
    "source.content": "image",
    "source.strength": "strength",
}
"""The contract's fields by what they are called here."""

_NOT_TAKEN = {
    "mask": "is not supported: the whole picture is drawn anew.",
    "markup": "is not supported: the whole picture is drawn anew.",
}


class VariationRequest(pictures.ImageOptions):
    """The fields beside the picture."""

    model: ModelId | None = None
    n: Annotated[int, Field(ge=1, le=16)] | None = None
    seed: Annotated[int, Field(ge=0, lt=2**53)] | None = None
    strength: (
        Annotated[
            float,
            Field(gt=0, le=1, description="How far from the picture: share of the steps drawn."),
        ]
        | None
    ) = None
    stream: Annotated[Any, Only((None, "false"), "pictures from a picture are not streamed.")] = (
        None
    )
    partial_images: Annotated[Any, Only((None, "0"), "is for streams alone.")] = None
    response_format: Annotated[
        Any, Only((None, "b64_json"), "pictures are sent as b64_json; url is not supported.")
    ] = None
    input_fidelity: Annotated[Any, Only((None, "low"), "is not supported; see strength.")] = None
    mask: Unsupported = None
    markup: Unsupported = None
    safety_identifier: Ignorable
    user: Ignorable


class EditRequest(VariationRequest):
    """The fields beside the picture, words among them."""

    prompt: Annotated[str, Field(min_length=1, max_length=100_000, json_schema_extra=PLAIN)]


class Edits:
    """Draws from pictures.

    Args:
        draw: Draws.
        naming: Aliases.
    """

    def __init__(self, draw: pictures.Pictures, naming: Naming) -> None:
        self._draw = draw
        self._naming = naming

    async def edit(self, request: Request) -> Response:
        """Answers a request for a picture drawn from another and from words."""
        asked, content = await _read(request, EditRequest)
        return await self._answer(request, asked, asked.prompt, content)

    async def vary(self, request: Request) -> Response:
        """Answers a request for variations of a picture."""
        asked, content = await _read(request, VariationRequest)
        return await self._answer(request, asked, "", content)

    async def _answer(
        self, request: Request, asked: VariationRequest, prompt: str, content: bytes
    ) -> Response:
        model = self._naming.model(asked.model)
        contract = pictures.wanted(
            asked, prompt, model, count=asked.n or 1, seed=asked.seed, looks=0
        )
        contract.source.content = content
        contract.source.strength = asked.strength or 0.0
        drawing = self._draw.whole(asked, contract, call_of(request.scope))
        whole = await while_connected(request.receive, drawing)
        return await asyncio.to_thread(JSONResponse, whole)


async def _read(request: Request, kind: type[Any]) -> tuple[Any, bytes]:
    """The fields of a form, and its picture.

    Raises:
        HttpError: 415, it is no form; 400, it is broken.
        RequestError: Fields are wrong, or the picture is too large.
        NotSupportedError: There is a mask, or another field that asks for what there is not.
    """
    form = await form_of(
        request, files=("image",), lists=(), optional=tuple(_NOT_TAKEN), arrays=("image",)
    )
    try:
        _check_files(form)
        asked = from_form(kind, form.values)
        return asked, await _content(form.files["image"])
    finally:
        await form.close()


def _check_files(form: Form) -> None:
    for name, why in _NOT_TAKEN.items():
        if name in form.files:
            raise NotSupportedError(name, why)


async def _content(file: UploadFile) -> bytes:
    content = await asyncio.to_thread(file.file.read, MOST_SOURCE_BYTES + 1)
    if len(content) > MOST_SOURCE_BYTES:
        raise RequestError("image", f"must have at most {MOST_SOURCE_BYTES >> 20} MiB.")
    return content
