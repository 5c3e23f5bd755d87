"""The text servicer with a fake engine: messages in, messages out."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import InvalidArgumentError, NotFoundError
from lanternist.v1 import text_pb2 as pb
from models.catalog import Catalog
from models.placement import Placement
from services.base.host import ModelHost
from services.text.engine import TextEngine
from services.text.servicer import TextServicer

CARDS = Path(__file__).parents[3] / "cards"


@pytest.fixture
async def servicer() -> AsyncIterator[TextServicer]:
    host: ModelHost[TextEngine] = ModelHost(
        "text", ["fake-text"], Catalog.builtin(CARDS), Placement(), 4
    )
    await host.start()
    yield TextServicer(host)
    await host.close()


def ask(text: str, **fields: object) -> pb.GenerateTextRequest:
    message = pb.ChatMessage(role=pb.CHAT_ROLE_USER, content=text)
    return pb.GenerateTextRequest(messages=[message], **fields)  # type: ignore[arg-type]


async def generate(
    servicer: TextServicer, request: pb.GenerateTextRequest
) -> tuple[str, pb.TextFinish]:
    events = [event async for event in servicer.GenerateText(request, Call())]
    assert [event.WhichOneof("event") for event in events] == ["delta"] * (len(events) - 1) + [
        "finish"
    ]
    return "".join(event.delta for event in events), events[-1].finish


async def test_an_answer_streams_and_finishes(servicer: TextServicer) -> None:
    text, finish = await generate(servicer, ask("Once upon  a time\n"))
    assert text == "Once upon  a time\n"
    assert finish == pb.TextFinish(
        reason=pb.FINISH_REASON_STOP, prompt_tokens=5, completion_tokens=5, model="fake-text"
    )


async def test_every_field_reaches_the_engine(servicer: TextServicer) -> None:
    text, finish = await generate(servicer, ask("one two three", max_tokens=2))
    assert (text, finish.reason) == ("one two", pb.FINISH_REASON_LENGTH)
    text, finish = await generate(servicer, ask("one two three", stop=["o t"]))
    assert (text, finish.reason) == ("one tw", pb.FINISH_REASON_STOP)


async def test_a_conversation_without_a_word_is_refused(servicer: TextServicer) -> None:
    with pytest.raises(InvalidArgumentError, match="messages"):
        await generate(servicer, ask("  "))


async def test_an_unknown_model_is_named(servicer: TextServicer) -> None:
    with pytest.raises(NotFoundError) as caught:
        await generate(servicer, ask("hi", model="gpt-9"))
    assert caught.value.resource_name == "gpt-9"
