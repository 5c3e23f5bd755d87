"""`/v1/responses`: text, or with the image tool a picture, where the words ask for one.

Nothing is kept between requests: a conversation is sent whole each time. Whether words ask for a
picture is decided by the assistant behind this interface, unless `tool_choice` says it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from lanternist.runtime.call import Call
from lanternist.runtime.errors import LanternistError
from lanternist.v1 import assistant_pb2, model_pb2, text_pb2
from orchestrator.clients.assistant import AssistantClient
from orchestrator.clients.specialists import Specialists
from orchestrator.gateways.ledger import call_of
from orchestrator.gateways.metrics import Metrics
from orchestrator.gateways.openai.answering import (
    EVENTS,
    Stream,
    event,
    json_body,
    while_connected,
)
from orchestrator.gateways.openai.fields import RequestError
from orchestrator.gateways.openai.naming import Naming
from orchestrator.gateways.openai.pictures import RENAMES as PICTURE_RENAMES
from orchestrator.gateways.openai.pictures import wanted
from orchestrator.gateways.openai.response_request import DRAW, ImageTool, ResponseRequest
from orchestrator.gateways.openai.turns import Event, Turn
from orchestrator.gateways.openai.writing import ROLES

RENAMES = {"messages": "input", "max_tokens": "max_output_tokens", "prompt": "input"}


class Responses:
    """Answers with text or a picture.

    Args:
        specialists: Write and draw.
        assistant: Decides which.
        naming: Aliases and defaults.
        metrics: Counts tokens and pictures.
    """

    def __init__(
        self,
        specialists: Specialists,
        assistant: AssistantClient,
        naming: Naming,
        metrics: Metrics,
    ) -> None:
        self._specialists = specialists
        self._assistant = assistant
        self._naming = naming
        self._metrics = metrics

    async def create(self, request: Request) -> Response:
        """Answers one request."""
        asked = await json_body(request, ResponseRequest)
        if asked.tool_choice in ("required", {"type": DRAW}) and not asked.tools:
            raise RequestError("tool_choice", "asks for a tool, and there is none.")
        answer = self._answer(asked, call_of(request.scope), request.scope["lanternist.renames"])
        if asked.stream:
            return Stream(_sent(answer), EVENTS)
        return JSONResponse(await while_connected(request.receive, _last(answer)))

    async def _answer(
        self, asked: ResponseRequest, call: Call, renames: dict[str, str]
    ) -> AsyncGenerator[Event, None]:
        tool = asked.tools[0] if asked.tools else None
        prompt = await self._picture(asked, call) if tool else None
        modality = model_pb2.MODALITY_TEXT
        model = self._naming.model(asked.model) or await self._naming.default(modality, call)
        turn = Turn(_facts(asked), model)
        begun = False
        if tool is not None and prompt is not None:
            renames.update(PICTURE_RENAMES)
            making = self._drawn(turn, tool, prompt, call)
        else:
            making = self._written(turn, asked, model, call)
        async with aclosing(making) as events:
            try:
                async for happened in events:
                    begun = True
                    yield happened
            except LanternistError as error:
                if not begun or not asked.stream:
                    raise
                for happened in turn.fail(error):
                    yield happened

    async def _written(
        self, turn: Turn, asked: ResponseRequest, model: str, call: Call
    ) -> AsyncGenerator[Event, None]:
        request = text_pb2.GenerateTextRequest(
            model=model,
            messages=[
                text_pb2.ChatMessage(role=ROLES[role], content=text)
                for role, text in asked.conversation_of()
            ],
            max_tokens=asked.max_output_tokens or 0,
            temperature=asked.temperature,
            top_p=asked.top_p,
        )
        async with aclosing(turn.write(self._specialists.text, request, call)) as events:
            async for happened, finish in events:
                if finish is not None:
                    read, made = finish.prompt_tokens, finish.completion_tokens
                    self._metrics.tokens(finish.model, read, made)
                yield happened

    async def _drawn(
        self, turn: Turn, tool: ImageTool, prompt: str, call: Call
    ) -> AsyncGenerator[Event, None]:
        model = self._naming.model(tool.model)
        looks = tool.partial_images or 0
        request = wanted(tool, prompt, model, count=1, seed=None, looks=looks)
        async with aclosing(turn.draw(self._specialists.image, request, tool, call)) as events:
            async for happened, picture in events:
                if picture is not None:
                    self._metrics.drawn(picture.info.model)
                yield happened

    async def _picture(self, asked: ResponseRequest, call: Call) -> str | None:
        """What is to be drawn; None when the answer is to be words.

        Raises:
            LanternistError: What the assistant raised.
        """
        said = "".join(part.text for part in asked.input[-1].content)
        match asked.tool_choice:
            case "none":
                return None
            case "required" | {"type": _}:
                return said
        request = assistant_pb2.RespondRequest(route_only=True)
        message = request.messages.add(role=text_pb2.CHAT_ROLE_USER)
        message.parts.add(text=said)
        async with aclosing(self._assistant.Respond(request, call)) as events:
            async for happened in events:
                if happened.HasField("routing"):
                    decision = happened.routing
                    draw = decision.intent == assistant_pb2.INTENT_IMAGE
                    return (decision.prompt or said) if draw else None
        return None


def _facts(asked: ResponseRequest) -> dict[str, Any]:
    """Fields of the response that repeat the request."""
    return {
        "instructions": asked.instructions,
        "max_output_tokens": asked.max_output_tokens,
        "metadata": asked.metadata or {},
        "parallel_tool_calls": bool(asked.parallel_tool_calls),
        "previous_response_id": None,
        "store": False,
        "temperature": asked.temperature,
        "text": {"format": {"type": "text"}},
        "tool_choice": asked.tool_choice or "auto",
        "tools": [tool.model_dump(exclude_none=True) for tool in asked.tools or ()],
        "top_p": asked.top_p,
        "truncation": "disabled",
    }


async def _sent(answer: AsyncGenerator[Event, None]) -> AsyncGenerator[bytes, None]:
    async with aclosing(answer):
        async for happened in answer:
            yield event(happened, happened["type"])


async def _last(answer: AsyncGenerator[Event, None]) -> dict[str, Any]:
    response: dict[str, Any] = {}
    async with aclosing(answer):
        async for happened in answer:
            response = happened.get("response", response)
    return response
