"""An ordinary client that knows health, reflection and Operations, and nothing of this project."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from tests.e2e.client import drain, refusal

SERVICES = {
    f"lanternist.v1.{name}Service"
    for name in ("Image", "Voice", "Text", "Transcription", "Story", "Asset", "Model")
}
Code = grpc.StatusCode


def test_health(channel: grpc.Channel) -> None:
    stub = health_pb2_grpc.HealthStub(channel)
    for name in ("", *SERVICES, "google.longrunning.Operations"):
        answer = stub.Check(health_pb2.HealthCheckRequest(service=name))
        assert answer.status == health_pb2.HealthCheckResponse.SERVING, name
    watch = stub.Watch(health_pb2.HealthCheckRequest())
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
    watch.cancel()
    with pytest.raises(grpc.RpcError) as caught:
        stub.Check(health_pb2.HealthCheckRequest(service="no.such.Service"))
    assert caught.value.code() is Code.NOT_FOUND


def test_reflection_leads_to_operations(channel: grpc.Channel) -> None:
    pool, services = reflected(channel)
    assert services >= {*SERVICES, "google.longrunning.Operations", "grpc.health.v1.Health"}
    operations = pool.FindServiceByName("google.longrunning.Operations")
    listing = call_dynamically(channel, operations, "ListOperations", page_size=1)
    assert listing.DESCRIPTOR.full_name == "google.longrunning.ListOperationsResponse"
    with pytest.raises(grpc.RpcError) as caught:
        call_dynamically(channel, operations, "GetOperation", name="operations/none")
    assert refusal(caught.value) == (Code.NOT_FOUND, "OPERATION_NOT_FOUND")


def test_reflection_leads_to_a_picture(channel: grpc.Channel) -> None:
    pool, _ = reflected(channel)
    method = pool.FindServiceByName("lanternist.v1.ImageService").methods_by_name["GenerateImages"]
    make = message_factory.GetMessageClass
    draw = channel.unary_stream(
        "/lanternist.v1.ImageService/GenerateImages",
        request_serializer=make(method.input_type).SerializeToString,
        response_deserializer=make(method.output_type).FromString,
    )
    request = make(method.input_type)(prompt="a fox", width=64, height=64)
    events = [event.WhichOneof("event") for event in draw(request, timeout=60)]
    assert events[-1] == "chunk"
    assert "image" in events


def test_an_unknown_method_is_unimplemented(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        channel.unary_unary("/lanternist.v1.ImageService/Guess")(b"")
    assert caught.value.code() is Code.UNIMPLEMENTED


def test_bytes_that_are_no_message(channel: grpc.Channel) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        drain(channel.unary_stream("/lanternist.v1.TextService/GenerateText")(b"\xff\xff"))
    assert refusal(caught.value) == (Code.INVALID_ARGUMENT, "MALFORMED_MESSAGE")


def reflected(channel: grpc.Channel) -> tuple[descriptor_pool.DescriptorPool, set[str]]:
    """Every file that reflection tells of, in a pool of its own, and the services' names."""
    stub = reflection_pb2_grpc.ServerReflectionStub(channel)

    def ask(**question: str) -> Any:
        request = reflection_pb2.ServerReflectionRequest(**question)
        return next(stub.ServerReflectionInfo(iter([request])))

    names = {found.name for found in ask(list_services="*").list_services_response.service}
    files: dict[str, descriptor_pb2.FileDescriptorProto] = {}
    wanted = [ask(file_containing_symbol=name) for name in sorted(names)]
    while wanted:
        for raw in wanted.pop().file_descriptor_response.file_descriptor_proto:
            file = descriptor_pb2.FileDescriptorProto.FromString(raw)
            if file.name not in files:
                files[file.name] = file
                wanted += [ask(file_by_filename=name) for name in file.dependency]
    pool = descriptor_pool.DescriptorPool()
    while files:
        for name in [n for n, f in files.items() if not set(f.dependency) & set(files)]:
            pool.Add(files.pop(name))
    return pool, names


def call_dynamically(channel: grpc.Channel, service: Any, method: str, **fields: Any) -> Any:
    descriptor = service.methods_by_name[method]
    request = message_factory.GetMessageClass(descriptor.input_type)(**fields)
    call = channel.unary_unary(
        f"/{service.full_name}/{method}",
        request_serializer=type(request).SerializeToString,
        response_deserializer=message_factory.GetMessageClass(descriptor.output_type).FromString,
    )
    return call(request, timeout=60)
