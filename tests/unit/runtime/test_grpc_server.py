"""Transport-free handlers over a real grpc.aio server: errors, deadlines, cancellation, ids."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import grpc.aio
import pytest
from google.rpc import error_details_pb2, status_pb2

from lanternist.runtime import errors
from lanternist.runtime.grpc_server import add_service
from lanternist.runtime.status import DETAILS_KEY, from_rpc_error
from lanternist.v1 import (
    model_pb2,
    model_pb2_grpc,
    text_pb2,
    text_pb2_grpc,
    transcription_pb2,
    transcription_pb2_grpc,
)


def ask(content: str) -> text_pb2.GenerateTextRequest:
    return text_pb2.GenerateTextRequest(messages=[{"role": "CHAT_ROLE_USER", "content": content}])


class Text:
    def __init__(self) -> None:
        self.calls = []
        self.ended = asyncio.Event()

    async def GenerateText(self, request, call) -> AsyncIterator:
        self.calls.append(call)
        word = request.messages[0].content
        try:
            if word == "defect":
                raise RuntimeError("password=hunter2 at /secret/path")
            if word == "full":
                raise errors.ResourceExhaustedError("Full.", subject="queue", retry_delay_seconds=2)
            yield text_pb2.GenerateTextResponse(delta=word)
            if word == "bytes":
                yield text_pb2.GenerateTextResponse(delta="raw").SerializeToString()
            if word == "late":
                raise errors.UnavailableError("Gone.")
            while word == "for ever":
                await asyncio.sleep(0.01)
                yield text_pb2.GenerateTextResponse(delta=".")
            if word == "busy":
                await asyncio.sleep(60)
        finally:
            self.ended.set()


class Transcription:
    async def Transcribe(self, requests, call) -> AsyncIterator:
        total = 0
        async for request in requests:
            total += len(request.audio)
        yield transcription_pb2.TranscribeResponse(summary={"duration_ms": total})


class Models:
    async def ListModels(self, request, call):
        return model_pb2.ListModelsResponse(models=[{"id": call.metadata["x-request-id"]}])

    async def GetModel(self, request, call):
        raise errors.NotFoundError("model", request.name, field="name")

    LoadModel = UnloadModel = GetModel


@pytest.fixture
async def stack():
    server = grpc.aio.server()
    text = Text()

    def guard(metadata) -> None:
        if metadata.get("authorization") == "Bearer wrong":
            raise errors.UnauthenticatedError("The token is wrong.")

    for module, service, implementation in (
        (text_pb2, "TextService", text),
        (transcription_pb2, "TranscriptionService", Transcription()),
        (model_pb2, "ModelService", Models()),
    ):
        descriptor = module.DESCRIPTOR.services_by_name[service]
        add_service(server, descriptor, implementation, guard=guard)
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
        yield text, channel
    await server.stop(None)


async def deltas(stream) -> list[str]:
    return [response.delta async for response in stream]


async def failure(awaitable) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await awaitable
    return caught.value


def details(error: grpc.aio.AioRpcError, kind):
    status = status_pb2.Status.FromString(dict(error.trailing_metadata())[DETAILS_KEY])
    for packed in status.details:
        if packed.Is(kind.DESCRIPTOR):
            found = kind()
            packed.Unpack(found)
            return found
    raise AssertionError(f"no {kind.__name__} in {status}")


async def test_messages_and_raw_bytes_arrive_alike(stack) -> None:
    _, channel = stack
    assert await deltas(text_pb2_grpc.TextServiceStub(channel).GenerateText(ask("bytes"))) == [
        "bytes",
        "raw",
    ]


async def test_a_request_that_breaks_the_contract_names_its_field(stack) -> None:
    text, channel = stack
    stub = text_pb2_grpc.TextServiceStub(channel)
    error = await failure(deltas(stub.GenerateText(text_pb2.GenerateTextRequest())))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    violations = details(error, error_details_pb2.BadRequest).field_violations
    assert violations[0].field == "messages"
    assert not text.calls, "the handler must not see it"


async def test_a_defect_leaves_as_internal_with_a_request_id_and_nothing_else(stack) -> None:
    _, channel = stack
    stub = text_pb2_grpc.TextServiceStub(channel)
    error = await failure(
        deltas(stub.GenerateText(ask("defect"), metadata=(("x-request-id", "abc"),)))
    )
    assert error.code() is grpc.StatusCode.INTERNAL
    assert "hunter2" not in str(error.trailing_metadata()) + error.details()
    assert details(error, error_details_pb2.RequestInfo).request_id == "abc"


async def test_our_errors_keep_their_details_also_in_mid_stream(stack) -> None:
    _, channel = stack
    stub = text_pb2_grpc.TextServiceStub(channel)
    full = await failure(deltas(stub.GenerateText(ask("full"))))
    assert details(full, error_details_pb2.RetryInfo).retry_delay.seconds == 2
    assert details(full, error_details_pb2.QuotaFailure).violations[0].subject == "queue"
    late = await failure(deltas(stub.GenerateText(ask("late"))))
    assert isinstance(from_rpc_error(late), errors.UnavailableError)


async def test_unary_errors_and_ids(stack) -> None:
    _, channel = stack
    stub = model_pb2_grpc.ModelServiceStub(channel)
    error = await failure(stub.GetModel(model_pb2.GetModelRequest(name="models/x")))
    assert from_rpc_error(error).reason == "MODEL_NOT_FOUND"
    listed = await stub.ListModels(
        model_pb2.ListModelsRequest(), metadata=(("x-request-id", "mine"),)
    )
    assert listed.models[0].id == "mine"
    made = await stub.ListModels(model_pb2.ListModelsRequest())
    assert len(made.models[0].id) == 32


async def test_a_deadline_reaches_the_handler_and_ends_it(stack) -> None:
    text, channel = stack
    stub = text_pb2_grpc.TextServiceStub(channel)
    for seconds in (0.2, 1, 5, 25):  # a busy machine may not even begin within a short one
        error = await failure(deltas(stub.GenerateText(ask("busy"), timeout=seconds)))
        assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
        if text.calls:
            break
    await asyncio.wait_for(text.ended.wait(), 30)
    assert text.calls[0].remaining_seconds() == 0
    assert text.calls[0].cancelled


async def test_a_client_that_leaves_cancels_the_call(stack) -> None:
    text, channel = stack
    stream = text_pb2_grpc.TextServiceStub(channel).GenerateText(ask("for ever"))
    await stream.read()
    stream.cancel()
    await asyncio.wait_for(text.ended.wait(), 30)
    assert text.calls[0].cancelled


async def test_every_message_of_a_client_stream_is_checked(stack) -> None:
    _, channel = stack
    stub = transcription_pb2_grpc.TranscriptionServiceStub(channel)

    async def sending(*messages):
        for message in messages:
            yield message

    good = transcription_pb2.TranscribeRequest(audio=b"12345")
    answered = [r async for r in stub.Transcribe(sending(good, good))]
    assert answered[0].summary.duration_ms == 10

    async def collect(stream):
        return [r async for r in stream]

    error = await failure(
        collect(stub.Transcribe(sending(good, transcription_pb2.TranscribeRequest())))
    )
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_the_guard_speaks_before_anything_else(stack) -> None:
    text, channel = stack
    stub = text_pb2_grpc.TextServiceStub(channel)
    error = await failure(
        deltas(stub.GenerateText(ask("x"), metadata=(("authorization", "Bearer wrong"),)))
    )
    assert error.code() is grpc.StatusCode.UNAUTHENTICATED
    assert not text.calls
