"""`/v1/chat/completions`: a conversation in, its continuation out, whole or as it is written."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lanternist.runtime.call import Call
from lanternist.runtime.errors import UnavailableError
from lanternist.v1 import text_pb2
from orchestrator.clients.text import TextClient
from orchestrator.gateways.ledger import call_of
from orchestrator.gateways.metrics import Metrics
from orchestrator.gateways.openai.answering import (
    DONE,
    EVENTS,
    Stream,
    event,
    json_body,
    while_connected,
)
from orchestrator.gateways.openai.fields import (
    Body,
    Ignorable,
    ModelId,
    Only,
    RequestError,
    Unsupported,
    given_as_text,
    text_or_parts,
)
from orchestrator.gateways.openai.naming import Naming
from orchestrator.gateways.openai.writing import FINISH, ROLES, all_written, merged

_MOST_CHOICES = 8
_SEED_LIMIT = 2**53


class TextPart(Body):
    """A part of a message: text."""

    type: Annotated[Any, Only(("text",), 'only parts of type "text" are supported here.')]
    text: str


Content = Annotated[
    list[TextPart],
    given_as_text("text"),
    text_or_parts({"const": "text"}, additionalProperties=False),
]


def as_list(value: Any) -> Any:
    """A stop sequence, or several."""
    return [value] if isinstance(value, str) else value


Stops = Annotated[
    list[str] | None,
    BeforeValidator(as_list),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "minLength": 1, "maxLength": 200},
                {
                    "type": "array",
                    "items": {"type": "string", "minLength": 1, "maxLength": 200},
                    "maxItems": 8,
                },
                {"type": "null"},
            ]
        }
    ),
]


class Message(Body):
    """One message of a conversation."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Content
    name: Unsupported = None
    refusal: Unsupported = None
    audio: Unsupported = None
    function_call: Unsupported = None
    tool_calls: Annotated[Any, Only((None, []))] = None
    annotations: Annotated[Any, Only((None, []))] = None

    def text(self) -> str:
        """Its words."""
        return "".join(part.text for part in self.content)


class StreamOptions(Body):
    """What a stream tells beside the text."""

    include_usage: bool | None = None
    include_obfuscation: Annotated[Any, Only((None, False))] = None


class ChatRequest(Body):
    """A request for a completion."""

    model: ModelId
    messages: Annotated[list[Message], Field(min_length=1, max_length=200)]
    max_tokens: Annotated[int, Field(ge=1, le=32768)] | None = None
    max_completion_tokens: Annotated[int, Field(ge=1, le=32768)] | None = None
    temperature: Annotated[float, Field(ge=0, le=2)] | None = None
    top_p: Annotated[float, Field(gt=0, le=1)] | None = None
    seed: Annotated[int, Field(ge=0, lt=_SEED_LIMIT)] | None = None
    stop: Stops = None
    n: Annotated[int, Field(ge=1, le=_MOST_CHOICES)] | None = None
    stream: bool | None = None
    stream_options: StreamOptions | None = None
    audio: Unsupported = None
    frequency_penalty: Annotated[Any, Only((None, 0))] = None
    function_call: Annotated[Any, Only((None, "none", "auto"))] = None
    functions: Annotated[Any, Only((None, []))] = None
    logit_bias: Annotated[Any, Only((None, {}))] = None
    logprobs: Annotated[Any, Only((None, False))] = None
    modalities: Annotated[Any, Only((None, ["text"]))] = None
    moderation: Unsupported = None
    parallel_tool_calls: Ignorable
    prediction: Unsupported = None
    presence_penalty: Annotated[Any, Only((None, 0))] = None
    reasoning_effort: Annotated[Any, Only((None, "none"))] = None
    response_format: Annotated[Any, Only((None, {"type": "text"}))] = None
    service_tier: Annotated[Any, Only((None, "auto", "default"))] = None
    store: Annotated[Any, Only((None, False))] = None
    tool_choice: Annotated[Any, Only((None, "none", "auto"))] = None
    tools: Annotated[Any, Only((None, []))] = None
    top_logprobs: Annotated[Any, Only((None, 0))] = None
    verbosity: Annotated[Any, Only((None, "medium"))] = None
    web_search_options: Unsupported = None
    metadata: Ignorable
    prompt_cache_key: Ignorable
    prompt_cache_options: Ignorable
    prompt_cache_retention: Ignorable
    safety_identifier: Ignorable
    user: Ignorable


class Chat:
    """Answers conversations.

    Args:
        client: Writes.
        naming: Aliases.
        metrics: Counts tokens.
    """

    def __init__(self, client: TextClient, naming: Naming, metrics: Metrics) -> None:
        self._client = client
        self._naming = naming
        self._metrics = metrics

    async def complete(self, request: Request) -> Response:
        """Answers one request."""
        asked = await json_body(request, ChatRequest)
        if asked.stream_options is not None and not asked.stream:
            raise RequestError("stream_options", "is for streams alone.")
        model = self._naming.model(asked.model)
        head: dict[str, Any] = {
            "id": f"chatcmpl-{call_of(request.scope).request_id}",
            "created": int(time.time()),
            "model": model,
        }
        requests = [_wanted(asked, model, choice) for choice in range(asked.n or 1)]
        call = call_of(request.scope)
        if asked.stream:
            return Stream(self._chunks(asked, head, requests, call), EVENTS)
        return JSONResponse(
            await while_connected(request.receive, self._whole(head, requests, call))
        )

    async def _whole(
        self,
        head: dict[str, Any],
        requests: Sequence[text_pb2.GenerateTextRequest],
        call: Call,
    ) -> dict[str, Any]:
        answers = await all_written(self._client, requests, call)
        choices = [
            {
                "index": index,
                "message": {"role": "assistant", "content": text, "refusal": None},
                "finish_reason": FINISH[finish.reason],
                "logprobs": None,
            }
            for index, (text, finish) in enumerate(answers)
        ]
        finishes = [finish for _, finish in answers]
        head = {**head, "model": finishes[0].model}
        usage = self._usage(finishes)
        return {**head, "object": "chat.completion", "choices": choices, "usage": usage}

    async def _chunks(
        self,
        asked: ChatRequest,
        head: dict[str, Any],
        requests: Sequence[text_pb2.GenerateTextRequest],
        call: Call,
    ) -> AsyncGenerator[bytes, None]:
        options = asked.stream_options
        with_usage = options is not None and bool(options.include_usage)
        head = {**head, "object": "chat.completion.chunk"}
        empty = {"usage": None} if with_usage else {}

        def chunk(index: int, delta: dict[str, Any], reason: str | None = None) -> bytes:
            choice = {"index": index, "delta": delta, "finish_reason": reason, "logprobs": None}
            return event({**head, "choices": [choice], **empty})

        begun: set[int] = set()
        finishes: list[text_pb2.TextFinish] = []
        async with aclosing(merged(self._client, requests, call)) as events:
            async for index, happened in events:
                if happened.HasField("delta") or happened.HasField("finish"):
                    if index not in begun:
                        begun.add(index)
                        yield chunk(index, {"role": "assistant", "content": "", "refusal": None})
                    if happened.HasField("delta"):
                        yield chunk(index, {"content": happened.delta})
                    else:
                        finishes.append(happened.finish)
                        yield chunk(index, {}, FINISH[happened.finish.reason])
        if len(finishes) < len(requests):
            raise UnavailableError("The service ended before the text was complete.")
        usage = self._usage(finishes)
        if with_usage:
            yield event({**head, "choices": [], "usage": usage})
        yield DONE

    def _usage(self, finishes: Sequence[text_pb2.TextFinish]) -> dict[str, int]:
        """The conversation is read once, however many answers it gets."""
        read = finishes[0].prompt_tokens
        made = sum(finish.completion_tokens for finish in finishes)
        self._metrics.tokens(finishes[0].model, read, made)
        return {"prompt_tokens": read, "completion_tokens": made, "total_tokens": read + made}


def _wanted(asked: ChatRequest, model: str, choice: int) -> text_pb2.GenerateTextRequest:
    """The request for one choice; the seed of choice `i` is `seed + i`."""
    both = {most for most in (asked.max_tokens, asked.max_completion_tokens) if most is not None}
    if len(both) > 1:
        raise RequestError("max_tokens", "differs from max_completion_tokens.")
    return text_pb2.GenerateTextRequest(
        model=model,
        messages=[
            text_pb2.ChatMessage(role=ROLES[message.role], content=message.text())
            for message in asked.messages
        ],
        max_tokens=next(iter(both), 0),
        temperature=asked.temperature,
        top_p=asked.top_p,
        seed=None if asked.seed is None else (asked.seed + choice) % _SEED_LIMIT,
        stop=asked.stop or (),
    )
