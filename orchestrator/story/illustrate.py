"""Scenes into pictures, in the order in which they are needed, a few at a time.

Each picture is a step of its own. This module does not know the voice or the clock.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Protocol

from google.protobuf.json_format import MessageToDict

from lanternist.runtime.call import Call
from lanternist.runtime.errors import UnavailableError
from lanternist.v1 import image_pb2
from orchestrator.assets.store import AssetStore
from orchestrator.clients.image import Picture
from orchestrator.story.domain import Scene
from orchestrator.story.patience import persist
from orchestrator.story.steps import Result, Steps, key
from orchestrator.story.wire import description_to

_VERSION = 1
# One being drawn, one waiting, so that the engine never idles between two pictures.
_AT_ONCE = 2


class Painter(Protocol):
    """What an illustration needs of the image service."""

    def pictures(
        self, request: image_pb2.GenerateImagesRequest, call: Call
    ) -> AsyncGenerator[Picture, None]:
        """Draws pictures."""


@dataclass(frozen=True, slots=True)
class Look:
    """How every picture of a story looks. Every field goes into the keys of steps."""

    model: str
    style: str
    width: int
    height: int


class Illustrator:
    """Has scenes drawn.

    Args:
        painter: The image service.
        look: How the pictures look.
        assets: Keeps the pictures.
        steps: Remembers pictures that were drawn before.
        call: Makes the deadline and ids of each attempt.
    """

    def __init__(
        self,
        painter: Painter,
        look: Look,
        assets: AssetStore,
        steps: Steps,
        call: Callable[[], Call],
    ) -> None:
        self._painter = painter
        self._look = look
        self._assets = assets
        self._steps = steps
        self._call = call

    async def draw(
        self, scenes: Sequence[Scene], drawn: Callable[[Scene], Awaitable[None]]
    ) -> tuple[Scene, ...]:
        """Draws every scene.

        Args:
            scenes: In the order in which they are shown.
            drawn: Called for each as soon as its picture is there; mostly in order.

        Raises:
            LanternistError: What the image service raised, for good; the other pictures are
                abandoned then.
        """
        finished: list[Scene] = list(scenes)
        waiting = iter(range(len(scenes)))

        async def work() -> None:
            for position in waiting:
                finished[position] = await self._draw(scenes[position])
                await drawn(finished[position])

        tasks = [asyncio.create_task(work()) for _ in range(_AT_ONCE)]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        return tuple(finished)

    async def _draw(self, scene: Scene) -> Scene:
        look = replace(self._look, model=scene.own_model or self._look.model)
        request = image_pb2.GenerateImagesRequest(
            model=look.model,
            prompt=scene.prompt,
            scene=description_to(scene.description),
            style=look.style,
            width=look.width,
            height=look.height,
            seed=scene.seed,
            encoding=image_pb2.IMAGE_ENCODING_PNG,
        )
        inputs = {
            "look": asdict(look),
            "prompt": scene.prompt,
            "scene": MessageToDict(request.scene),
            "seed": scene.seed,
        }
        name = key("draw", _VERSION, inputs)

        async def attempt() -> Result:
            return await self._attempt(request)

        result = await self._steps.once(name, lambda: persist(attempt, step="illustrate"))
        return replace(
            scene,
            image=result["image"],
            model=result["model"],
            width=result["width"],
            height=result["height"],
            notes=tuple(result["notes"]),
        )

    async def _attempt(self, request: image_pb2.GenerateImagesRequest) -> Result:
        async with contextlib.aclosing(self._painter.pictures(request, self._call())) as pictures:
            async for picture in pictures:
                asset = await self._assets.put(picture.data, picture.info.media_type)
                return {
                    "image": asset.name,
                    "model": picture.info.model,
                    "width": picture.info.width,
                    "height": picture.info.height,
                    "notes": list(picture.info.notes),
                }
        raise UnavailableError("The image service ended before the picture was drawn.")
