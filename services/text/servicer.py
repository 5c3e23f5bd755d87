"""`TextService`: messages of the contract to requests of the engine, its events back to messages.

Nothing here knows a model or a transport.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

from lanternist.runtime.call import Call
from lanternist.runtime.errors import InvalidArgumentError
from lanternist.v1 import progress_pb2, text_pb2
from services.base.host import Loading, ModelHost
from services.text.engine import (
    ChatMessage,
    FinishReason,
    Role,
    TextDelta,
    TextEngine,
    TextFinished,
    TextRequest,
)

_ROLES: dict[int, Role] = {
    text_pb2.CHAT_ROLE_SYSTEM: "system",
    text_pb2.CHAT_ROLE_USER: "user",
    text_pb2.CHAT_ROLE_ASSISTANT: "assistant",
}
_REASONS = {
    FinishReason.STOP: text_pb2.FINISH_REASON_STOP,
    FinishReason.LENGTH: text_pb2.FINISH_REASON_LENGTH,
    FinishReason.CONTENT_FILTER: text_pb2.FINISH_REASON_CONTENT_FILTER,
}


class TextServicer:
    """Serves `lanternist.v1.TextService`.

    Args:
        host: The text models of this process.
    """

    def __init__(self, host: ModelHost[TextEngine]) -> None:
        self._host = host

    async def GenerateText(
        self, request: text_pb2.GenerateTextRequest, call: Call
    ) -> AsyncIterator[text_pb2.GenerateTextResponse]:
        """Continues a conversation; see the contract."""
        model = self._host.model(request.model)
        wanted = _request(request)
        wanted.validate()
        response = text_pb2.GenerateTextResponse
        async for event in model.stream(call, lambda engine: engine.generate(wanted, call)):
            match event:
                case TextDelta(text):
                    yield response(delta=text)
                case TextFinished(reason, prompt_tokens, completion_tokens):
                    finish = text_pb2.TextFinish(
                        reason=_REASONS[reason],
                        prompt_tokens=prompt_tokens,
                        completion_tokens=completion_tokens,
                        model=model.card.id,
                    )
                    yield response(finish=finish)
                case Loading(model_id):
                    yield response(loading=progress_pb2.ModelLoading(model=model_id))


def _request(request: text_pb2.GenerateTextRequest) -> TextRequest:
    return TextRequest(
        messages=tuple(
            ChatMessage(_ROLES[message.role], message.content) for message in request.messages
        ),
        max_tokens=request.max_tokens or None,
        temperature=request.temperature if request.HasField("temperature") else None,
        top_p=request.top_p if request.HasField("top_p") else None,
        seed=request.seed if request.HasField("seed") else None,
        stop=tuple(request.stop),
        json_schema=_schema(request.json_schema),
    )


def _schema(text: str) -> dict[str, Any] | None:
    if not text.strip():
        return None
    try:
        schema = json.loads(text)
    except (ValueError, RecursionError):
        schema = None
    if not isinstance(schema, dict):
        raise InvalidArgumentError("json_schema", "must be a JSON object.")
    return schema
