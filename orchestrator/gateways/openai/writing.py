"""Text of the contract for whoever answers in it: roles, reasons, several answers at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import aclosing

from lanternist.runtime.call import Call
from lanternist.runtime.errors import LanternistError, UnavailableError
from lanternist.v1 import text_pb2
from orchestrator.clients.text import TextClient

ROLES = {
    "system": text_pb2.CHAT_ROLE_SYSTEM,
    "developer": text_pb2.CHAT_ROLE_SYSTEM,
    "user": text_pb2.CHAT_ROLE_USER,
    "assistant": text_pb2.CHAT_ROLE_ASSISTANT,
}
FINISH = {
    text_pb2.FINISH_REASON_UNSPECIFIED: "stop",
    text_pb2.FINISH_REASON_STOP: "stop",
    text_pb2.FINISH_REASON_LENGTH: "length",
    text_pb2.FINISH_REASON_CONTENT_FILTER: "content_filter",
}

Written = tuple[str, text_pb2.TextFinish]


async def written(client: TextClient, request: text_pb2.GenerateTextRequest, call: Call) -> Written:
    """A whole answer, and how it ended.

    Raises:
        LanternistError: What the service raised.
    """
    pieces: list[str] = []
    async with aclosing(client.GenerateText(request, call)) as events:
        async for event in events:
            if event.HasField("delta"):
                pieces.append(event.delta)
            elif event.HasField("finish"):
                return "".join(pieces), event.finish
    raise UnavailableError("The service ended before the text was complete.")


async def all_written(
    client: TextClient, requests: Sequence[text_pb2.GenerateTextRequest], call: Call
) -> list[Written]:
    """Several answers, made at once; the first that fails ends the others.

    Raises:
        LanternistError: What the service raised.
    """
    tasks = [asyncio.ensure_future(written(client, request, call)) for request in requests]
    try:
        return list(await asyncio.gather(*tasks))
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


Numbered = tuple[int, text_pb2.GenerateTextResponse]


async def merged(
    client: TextClient, requests: Sequence[text_pb2.GenerateTextRequest], call: Call
) -> AsyncGenerator[Numbered, None]:
    """The events of several answers as they come, each with the number of its answer.

    Raises:
        LanternistError: What the service raised; the other answers end.
    """
    if len(requests) == 1:  # the usual case, without a queue between
        async with aclosing(client.GenerateText(requests[0], call)) as events:
            async for event in events:
                yield 0, event
        return
    queue: asyncio.Queue[Numbered | LanternistError | None] = asyncio.Queue(maxsize=64)

    async def follow(index: int) -> None:
        try:
            async with aclosing(client.GenerateText(requests[index], call)) as events:
                async for event in events:
                    await queue.put((index, event))
            await queue.put(None)
        except LanternistError as error:
            await queue.put(error)

    tasks = [asyncio.create_task(follow(index)) for index in range(len(requests))]
    try:
        ended = 0
        while ended < len(tasks):
            item = await queue.get()
            if isinstance(item, LanternistError):
                raise item
            if item is None:
                ended += 1
            else:
                yield item
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
