"""Requests are read strictly, and what is wrong is told by name."""

from __future__ import annotations

import json
from typing import Any

import pytest

from lanternist.runtime.errors import InvalidArgumentError, LanternistError
from orchestrator.gateways.openai.answering import renamed
from orchestrator.gateways.openai.chat import ChatRequest
from orchestrator.gateways.openai.fields import parse
from orchestrator.gateways.openai.pictures import ImageRequest
from orchestrator.gateways.openai.response_request import ResponseRequest
from orchestrator.gateways.refusals import HttpError, NotSupportedError

CHAT = {"model": "m", "messages": [{"role": "user", "content": "hi"}]}


def chat(**fields: Any) -> ChatRequest:
    return parse(ChatRequest, json.dumps({**CHAT, **fields}).encode())


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[1", b"nul", b'{"a":}', b"\xff\xfe", b"[" * 100_000, b'{"model": NaN}']
)
def test_what_is_not_json(body: bytes) -> None:
    with pytest.raises(LanternistError) as caught:
        parse(ChatRequest, body)
    assert isinstance(caught.value, HttpError | InvalidArgumentError)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"model": 7}, "model"),
        ({"model": ""}, "model"),
        ({"messages": []}, "messages"),
        ({"messages": "hi"}, "messages"),
        ({"messages": [{"role": "tool", "content": "x"}]}, "messages[0].role"),
        ({"messages": [{"role": "user"}]}, "messages[0].content"),
        ({"messages": [{"role": "user", "content": 3}]}, "messages[0].content"),
        ({"temperature": "1"}, "temperature"),
        ({"temperature": 3}, "temperature"),
        ({"max_tokens": True}, "max_tokens"),
        ({"max_tokens": 1.5}, "max_tokens"),
        ({"seed": -1}, "seed"),
        ({"seed": 2**60}, "seed"),
        ({"n": 9}, "n"),
        ({"stop": {"a": 1}}, "stop"),
        ({"stream": "yes"}, "stream"),
        ({"best_of": 2}, "best_of"),
        ({"stream_options": {"usage": True}}, "stream_options.usage"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], wrong: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        chat(**fields)
    assert caught.value.violations[0].field == wrong
    assert caught.value.message.startswith(f"{wrong}: ")


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"logprobs": True}, "logprobs"),
        ({"frequency_penalty": 0.5}, "frequency_penalty"),
        ({"presence_penalty": False}, "presence_penalty"),
        ({"logit_bias": {"50256": -100}}, "logit_bias"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"tools": [{"type": "function"}]}, "tools"),
        ({"tool_choice": "required"}, "tool_choice"),
        ({"store": True}, "store"),
        ({"reasoning_effort": "high"}, "reasoning_effort"),
        ({"modalities": ["text", "audio"]}, "modalities"),
        ({"web_search_options": {}}, "web_search_options"),
        ({"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": 1}]}]},
         "messages[0].content[0].type"),
        ({"messages": [{"role": "user", "content": "x", "name": "Ada"}]}, "messages[0].name"),
    ],
)  # fmt: skip
def test_what_is_not_supported_is_refused_by_name(fields: dict[str, Any], wrong: str) -> None:
    with pytest.raises(NotSupportedError) as caught:
        chat(**fields)
    assert caught.value.field == wrong


def test_values_that_change_nothing_pass() -> None:
    chat(
        logprobs=False,
        frequency_penalty=0.0,
        presence_penalty=0,
        logit_bias={},
        response_format={"type": "text"},
        tools=[],
        tool_choice="auto",
        store=False,
        user="u",
        metadata={"a": "b"},
        service_tier="auto",
        temperature=1,
        parallel_tool_calls=True,
    )


def test_content_is_text_in_one_piece_or_several() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert chat(messages=[{"role": "user", "content": parts}]).messages[0].text() == "ab"
    assert chat(stop="x").stop == chat(stop=["x"]).stop == ["x"]


def test_an_answer_can_be_sent_back() -> None:
    part = {"type": "output_text", "text": "Hello.", "annotations": [], "logprobs": []}
    item = {
        "id": "msg_1",
        "type": "message",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }
    body = {"input": [{"role": "user", "content": "Hi"}, item], "instructions": "Be brief."}
    asked = parse(ResponseRequest, json.dumps(body).encode())
    assert asked.conversation_of() == [
        ("system", "Be brief."),
        ("user", "Hi"),
        ("assistant", "Hello."),
    ]


@pytest.mark.parametrize("size", ["64", "64x", "x64", "64 x 64", "-1x64", "64x64x64", "64x64\n"])
def test_sizes_have_one_form(size: str) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        parse(ImageRequest, json.dumps({"prompt": "x", "size": size}).encode())
    assert caught.value.violations[0].field == "size"


def test_the_contracts_fields_take_the_interfaces_names() -> None:
    error = InvalidArgumentError("width", "must be less", reason="INVALID_FIELD")
    told = renamed(error, {"width": "size"})
    assert isinstance(told, InvalidArgumentError)
    assert told.violations[0].field == "size"
    assert told.message == "size: must be less"
    nested = renamed(InvalidArgumentError("messages[2].content", "is wrong"), {"messages": "input"})
    assert isinstance(nested, InvalidArgumentError)
    assert nested.violations[0].field == "input[2].content"
