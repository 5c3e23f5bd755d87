"""Random messages through the real door: any canonical code, never INTERNAL or UNKNOWN."""

from __future__ import annotations

from typing import Any

import grpc
import pytest
from google.protobuf.descriptor import Descriptor, FieldDescriptor
from google.protobuf.message_factory import GetMessageClass
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lanternist.v1 import asset_pb2, image_pb2, model_pb2, story_pb2, text_pb2, voice_pb2

# What names this stack's models and voices, so that some requests get beyond the door.
WORDS = st.sampled_from(
    ["", "fake-image", "fake-voice", "fake-text", "en", "fr", "none", "..", "a fox"]
)
TEXT = st.one_of(WORDS, st.text(max_size=40))
SCALARS: dict[int, st.SearchStrategy[Any]] = {
    FieldDescriptor.CPPTYPE_INT32: st.integers(-(2**31), 2**31 - 1) | st.integers(-2, 70),
    FieldDescriptor.CPPTYPE_INT64: st.integers(-(2**63), 2**63 - 1) | st.integers(-2, 70),
    FieldDescriptor.CPPTYPE_DOUBLE: st.floats() | st.floats(0, 3),
    FieldDescriptor.CPPTYPE_FLOAT: st.floats(width=32),
    FieldDescriptor.CPPTYPE_BOOL: st.booleans(),
    FieldDescriptor.CPPTYPE_ENUM: st.integers(-1, 6),
    FieldDescriptor.CPPTYPE_STRING: TEXT,
}


def field_values(field: FieldDescriptor) -> st.SearchStrategy[Any]:
    if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
        one: st.SearchStrategy[Any] = messages(field.message_type)
    elif field.type == FieldDescriptor.TYPE_BYTES:
        one = st.binary(max_size=200)
    else:
        one = SCALARS[field.cpp_type]
    return st.lists(one, max_size=3) if field.is_repeated else one


def messages(descriptor: Descriptor) -> st.SearchStrategy[Any]:
    """Messages of a type with any of their fields set to anything."""
    kind = GetMessageClass(descriptor)
    fields = {field.name: field_values(field) for field in descriptor.fields}
    return st.fixed_dictionaries({}, optional=fields).map(lambda chosen: kind(**chosen))


METHODS = [
    (image_pb2, "ImageService", "GenerateImages"),
    (voice_pb2, "VoiceService", "Synthesize"),
    (voice_pb2, "VoiceService", "ListVoices"),
    (text_pb2, "TextService", "GenerateText"),
    (story_pb2, "StoryService", "CreateStory"),
    (story_pb2, "StoryService", "GetStory"),
    (story_pb2, "StoryService", "WatchStory"),
    (story_pb2, "StoryService", "ListStories"),
    (story_pb2, "StoryService", "DeleteStory"),
    (asset_pb2, "AssetService", "GetAsset"),
    (asset_pb2, "AssetService", "DownloadAsset"),
    (model_pb2, "ModelService", "ListModels"),
    (model_pb2, "ModelService", "GetModel"),
    (model_pb2, "ModelService", "LoadModel"),
    (model_pb2, "ModelService", "UnloadModel"),
]


@pytest.mark.parametrize(
    ("module", "service", "method"), METHODS, ids=lambda v: getattr(v, "__name__", v)
)
def test_no_message_breaks_the_stack(
    fake_stack: Any, module: Any, service: str, method: str
) -> None:
    described = module.DESCRIPTOR.services_by_name[service].methods_by_name[method]
    answer = GetMessageClass(described.output_type).FromString
    codes: set[grpc.StatusCode] = set()

    with grpc.insecure_channel(fake_stack.address) as channel:
        make = channel.unary_stream if described.server_streaming else channel.unary_unary
        call: Any = make(
            f"/{described.containing_service.full_name}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=answer,
        )

        @settings(max_examples=60, deadline=None, derandomize=True,
                  suppress_health_check=list(HealthCheck))  # fmt: skip
        @given(messages(described.input_type))
        def send(message: Any) -> None:
            try:
                answered = call(message, timeout=60)
                if described.server_streaming:
                    for _ in answered:
                        pass
                codes.add(grpc.StatusCode.OK)
            except grpc.RpcError as error:
                codes.add(error.code())

        send()
    assert codes
    assert not codes & {grpc.StatusCode.INTERNAL, grpc.StatusCode.UNKNOWN}
