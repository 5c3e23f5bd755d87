"""The image step: pictures as they are drawn; the same bytes are marked, shown and stored."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator

from lanternist.runtime.call import Call
from lanternist.v1 import assistant_pb2, image_pb2
from orchestrator.assistant.keeping import Keeper
from orchestrator.assistant.work import Outcome, Task
from orchestrator.clients.image import ImageClient, PictureParts

_MOST_PROMPT_CHARS = 100_000


async def draw(
    task: Task, model: str, outcome: Outcome, call: Call, keeper: Keeper
) -> AsyncGenerator[assistant_pb2.RespondResponse, None]:
    """Has the image model draw, and stores what it draws.

    Raises:
        LanternistError: What the image service raised.
    """
    request = image_request(task, model, outcome.heard)
    parts = PictureParts()
    with task.lines["image"].open(model) as connection:
        events = keeper.marked(ImageClient(connection).GenerateImages(request, call))
        async with contextlib.aclosing(events):
            async for event in events:
                outcome.shown |= event.WhichOneof("event") in ("image", "chunk", "preview")
                yield outcome.event(image=event)
                if (picture := parts.take(event)) is not None:
                    outcome.usage.image_count += 1
                    outcome.keep(await keeper.picture(picture))


def image_request(task: Task, model: str, heard: str) -> image_pb2.GenerateImagesRequest:
    """What the image model is asked for."""
    parameters = task.parameters
    request = image_pb2.GenerateImagesRequest(
        model=model,
        prompt=_prompt(task, heard)[:_MOST_PROMPT_CHARS],
        negative_prompt=parameters.negative_prompt,
        style=parameters.style,
        width=parameters.width,
        height=parameters.height,
        step_count=parameters.step_count,
        count=parameters.count,
        preview_interval=parameters.preview_interval,
        encoding=parameters.image_encoding,
        quality=parameters.quality,
    )
    if parameters.HasField("seed"):
        request.seed = parameters.seed
    if parameters.HasField("guidance_scale"):
        request.guidance_scale = parameters.guidance_scale
    return request


def _prompt(task: Task, heard: str) -> str:
    """The words, what a recording says, or "draw it again" with what was drawn before."""
    asked = task.decision.asked
    if heard:
        return heard
    before = task.conversation.asked_before
    return f"{before.rstrip('. ')}, {asked.prompt}" if asked.refers and before else asked.prompt
