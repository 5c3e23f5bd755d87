"""Pictures from pictures over HTTP: what reaches the image service, and what never does."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from lanternist.runtime.call import Call
from lanternist.runtime.errors import InvalidArgumentError
from lanternist.v1 import image_pb2
from tests.unit.orchestrator.gateways.conftest import gateway_over

pytestmark = pytest.mark.asyncio(loop_scope="module")
IMAGES = image_pb2.DESCRIPTOR.services_by_name["ImageService"]
PICTURE = b"a picture, as far as the gateway knows"


class Painter:
    """Notes what it is asked for, and sends a few bytes for each picture."""

    def __init__(self) -> None:
        self.asked: list[image_pb2.GenerateImagesRequest] = []
        self.refusal = ""

    async def GenerateImages(
        self, request: image_pb2.GenerateImagesRequest, call: Call
    ) -> AsyncIterator[image_pb2.GenerateImagesResponse]:
        if self.refusal:
            raise InvalidArgumentError(self.refusal, "is not as it should be")
        self.asked.append(request)
        for index in range(request.count):
            data = b"drawn %d" % index
            info = image_pb2.ImageInfo(
                index=index, seed=7 + index, width=96, height=64, size_bytes=len(data), model="m"
            )
            yield image_pb2.GenerateImagesResponse(image=info)
            chunk = image_pb2.ImageChunk(index=index, data=data)
            yield image_pb2.GenerateImagesResponse(chunk=chunk)


@pytest.fixture(scope="module")
def painter() -> Painter:
    return Painter()


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def address(painter: Painter, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    directory = tmp_path_factory.mktemp("gateway")
    async with gateway_over(directory, (IMAGES, painter)) as opened:
        yield opened


class Desk:
    """Posts forms."""

    def __init__(self, http: httpx2.AsyncClient, address: str) -> None:
        self._http, self._address = http, address

    async def post(
        self, path: str = "edits", files: Any = (("image", PICTURE),), **fields: str
    ) -> httpx2.Response:
        if path == "edits":
            fields = {"prompt": "in the snow", **fields}
        parts = [(name, (f"{name}.png", content, "image/png")) for name, content in files]
        url = f"http://{self._address}/v1/images/{path}"
        return await self._http.post(url, data=fields, files=parts)

    async def refusal(self, *arguments: Any, **fields: Any) -> tuple[int, str, str]:
        answer = await self.post(*arguments, **fields)
        error = answer.json()["error"]
        return answer.status_code, error["param"], error["code"]


@pytest.fixture
def desk(http: httpx2.AsyncClient, address: str, painter: Painter) -> Desk:
    painter.asked.clear()
    painter.refusal = ""
    return Desk(http, address)


async def test_an_edit_is_drawn_from_the_picture_and_the_words(
    desk: Desk, painter: Painter
) -> None:
    answer = await desk.post(
        n="2", size="96x64", seed="7", strength="0.25", quality="low", output_format="webp"
    )
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert [base64.b64decode(one["b64_json"]) for one in told["data"]] == [b"drawn 0", b"drawn 1"]
    assert [one["seed"] for one in told["data"]] == [7, 8]
    assert (told["size"], told["output_format"], told["quality"]) == ("96x64", "webp", "low")
    (asked,) = painter.asked
    assert asked.source == image_pb2.ImageSource(content=PICTURE, strength=0.25)
    assert (asked.prompt, asked.count, asked.seed, asked.model) == ("in the snow", 2, 7, "")
    assert (asked.width, asked.height, asked.step_count) == (96, 64, 6)
    assert asked.encoding == image_pb2.IMAGE_ENCODING_WEBP


async def test_a_variation_needs_no_words(desk: Desk, painter: Painter) -> None:
    answer = await desk.post("variations", size="auto", user="me", response_format="b64_json")
    assert answer.status_code == 200, answer.text
    (asked,) = painter.asked
    assert asked.source == image_pb2.ImageSource(content=PICTURE)
    assert (asked.prompt, asked.count, asked.width) == ("", 1, 0)


async def test_one_picture_in_a_list_is_one_picture(desk: Desk, painter: Painter) -> None:
    assert (await desk.post(files=[("image[]", PICTURE)])).status_code == 200
    assert painter.asked[0].source.content == PICTURE


@pytest.mark.parametrize(
    ("files", "refused"),
    [
        ([("mask", b"m")], (400, "image", "missing_field")),
        ([("image", PICTURE), ("mask", b"m")], (400, "mask", "not_supported")),
        ([("image", PICTURE), ("markup", b"m")], (400, "markup", "not_supported")),
        ([("image", PICTURE)] * 2, (400, "image", "invalid_field")),
        ([("image[]", PICTURE)] * 2, (400, "image", "invalid_field")),
        ([("image", PICTURE), ("other", b"x")], (400, "other", "invalid_field")),
        ([("image", b"")], (400, "image", "invalid_field")),
        ([("image", bytes((3 << 20) + 1))], (400, "image", "invalid_field")),
    ],
    ids=["none", "mask", "markup", "two", "two in a list", "unknown", "empty", "large"],
)
async def test_files_that_are_refused(
    desk: Desk, painter: Painter, files: Any, refused: tuple[int, str, str]
) -> None:
    assert await desk.refusal("edits", files) == refused
    assert painter.asked == []


@pytest.mark.parametrize(
    ("fields", "param", "code"),
    [
        ({"prompt": ""}, "prompt", "invalid_field"),
        ({"strength": "0"}, "strength", "invalid_field"),
        ({"strength": "1.5"}, "strength", "invalid_field"),
        ({"strength": "nan"}, "strength", "invalid_field"),
        ({"n": "17"}, "n", "invalid_field"),
        ({"n": "many"}, "n", "invalid_field"),
        ({"size": "9999x64"}, "size", "invalid_field"),
        ({"mask": "m"}, "mask", "not_supported"),
        ({"stream": "true"}, "stream", "not_supported"),
        ({"partial_images": "2"}, "partial_images", "not_supported"),
        ({"response_format": "url"}, "response_format", "not_supported"),
        ({"background": "transparent"}, "background", "not_supported"),
        ({"input_fidelity": "high"}, "input_fidelity", "not_supported"),
        ({"output_format": "png", "output_compression": "5"}, "output_compression", None),
        ({"foo": "1"}, "foo", "unknown_field"),
    ],
)
async def test_fields_that_are_refused(
    desk: Desk, painter: Painter, fields: dict[str, str], param: str, code: str | None
) -> None:
    refused = await desk.refusal("edits", **fields)
    assert refused == (400, param, code or refused[2])
    assert painter.asked == []


@pytest.mark.parametrize(
    ("field", "param"),
    [("source", "image"), ("source.content", "image"), ("source.strength", "strength")],
)
async def test_the_services_refusal_names_the_field_of_the_form(
    desk: Desk, painter: Painter, field: str, param: str
) -> None:
    painter.refusal = field
    assert await desk.refusal("variations") == (400, param, "invalid_field")


async def test_it_is_a_form_that_is_wanted(http: httpx2.AsyncClient, address: str) -> None:
    for path in ("edits", "variations"):
        url = f"http://{address}/v1/images/{path}"
        assert (await http.post(url, json={"prompt": "x"})).status_code == 415
