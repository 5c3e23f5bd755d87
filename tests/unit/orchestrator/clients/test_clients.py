"""Clients: errors come back whole, pictures come back in one piece, ids travel."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator

import grpc
import grpc.aio
import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    DeadlineExceededError,
    FailedPreconditionError,
    InternalError,
    LanternistError,
    UnavailableError,
)
from lanternist.v1 import image_pb2, text_pb2
from orchestrator.clients.channel import Connection
from orchestrator.clients.image import ImageClient
from orchestrator.clients.specialists import Specialists
from orchestrator.clients.status import translate
from tests.unit.orchestrator.conftest import EchoText, Serve

TEXT = text_pb2.DESCRIPTOR.services_by_name["TextService"]
IMAGE = image_pb2.DESCRIPTOR.services_by_name["ImageService"]


def rpc_error(code: grpc.StatusCode, details: str = "") -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), grpc.aio.Metadata(), details=details)


@pytest.mark.parametrize(
    ("code", "details", "kind"),
    [
        (grpc.StatusCode.UNAVAILABLE, "failed to connect", UnavailableError),
        (grpc.StatusCode.UNAVAILABLE, "Socket closed", UnavailableError),
        (grpc.StatusCode.UNKNOWN, "Stream removed", UnavailableError),
        (grpc.StatusCode.INTERNAL, "Received RST_STREAM with error code 2", UnavailableError),
        (grpc.StatusCode.INTERNAL, "Internal error from Core", UnavailableError),
        (grpc.StatusCode.CANCELLED, "", UnavailableError),
        (grpc.StatusCode.INTERNAL, "Something went wrong on our side.", InternalError),
        (grpc.StatusCode.DEADLINE_EXCEEDED, "", DeadlineExceededError),
    ],
)
def test_a_peer_that_breaks_off_is_unavailable(
    code: grpc.StatusCode, details: str, kind: type[LanternistError]
) -> None:
    assert type(translate(rpc_error(code, details))) is kind


async def test_a_deadline_that_has_passed_is_not_sent(serve: Serve) -> None:
    echo = EchoText()
    connection = Connection(await serve(TEXT, echo))
    text = Specialists.behind(connection).text
    with pytest.raises(DeadlineExceededError):
        await anext(text.GenerateText(text_pb2.GenerateTextRequest(), Call(timeout_seconds=0)))
    assert echo.calls == []
    await connection.close()


async def test_a_token_goes_with_every_call(serve: Serve) -> None:
    echo = EchoText()
    connection = Connection(await serve(TEXT, echo), token="open-sesame")
    message = text_pb2.ChatMessage(role=text_pb2.CHAT_ROLE_USER, content="a")
    request = text_pb2.GenerateTextRequest(messages=[message])
    async for _ in Specialists.behind(connection).text.GenerateText(request, Call("id-1")):
        pass
    assert echo.calls[0].metadata["authorization"] == "Bearer open-sesame"
    assert echo.calls[0].request_id == "id-1"
    await connection.close()


class Painter:
    """Two pictures in uneven chunks, the second perhaps cut short."""

    def __init__(self, cut_short: bool) -> None:
        self._cut_short = cut_short

    async def GenerateImages(
        self, request: image_pb2.GenerateImagesRequest, call: Call
    ) -> AsyncGenerator[image_pb2.GenerateImagesResponse, None]:
        yield image_pb2.GenerateImagesResponse(progress={"step": 1, "step_count": 1})
        for index, data in enumerate((b"first picture", b"second")):
            info = image_pb2.ImageInfo(index=index, size_bytes=len(data))
            yield image_pb2.GenerateImagesResponse(image=info)
            sent = data[:3] if self._cut_short and index else data
            for start in range(0, len(sent), 5):
                chunk = image_pb2.ImageChunk(index=index, data=sent[start : start + 5])
                yield image_pb2.GenerateImagesResponse(chunk=chunk)


class TestPictures:
    """Chunks put together."""

    @pytest.fixture(params=[False, True])
    async def client(
        self, serve: Serve, request: pytest.FixtureRequest
    ) -> AsyncIterator[tuple[ImageClient, bool]]:
        connection = Connection(await serve(IMAGE, Painter(request.param)))
        yield ImageClient(connection), request.param
        await connection.close()

    async def test_whole_or_an_error(self, client: tuple[ImageClient, bool]) -> None:
        painter, cut_short = client
        seen: list[str | None] = []
        data: list[bytes] = []

        async def collect() -> None:
            request = image_pb2.GenerateImagesRequest(prompt="x")
            watch = seen.append
            async for picture in painter.pictures(
                request, Call(), lambda event: watch(event.WhichOneof("event"))
            ):
                data.append(picture.data)

        if cut_short:
            with pytest.raises(UnavailableError, match="before the picture was complete"):
                await asyncio.wait_for(collect(), 60)
        else:
            await collect()
        assert data == [b"first picture", b"second"][: 1 if cut_short else 2]
        assert seen == ["progress"]


def test_a_service_that_is_not_here_says_so() -> None:
    absent = Specialists.over({})
    with pytest.raises(FailedPreconditionError) as caught:
        absent.voice.ListVoices  # noqa: B018 - the look-up itself tells
    assert caught.value.reason == "SERVICE_DISABLED"
