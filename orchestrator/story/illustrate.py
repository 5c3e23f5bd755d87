"""Scenes into pictures, each when its turn comes.

Each picture is a step of its own. One that would come after the voice is drawn in fewer steps
first, and then well. This module does not know the voice, nor what other stories draw.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from google.protobuf.json_format import MessageToDict

from lanternist.runtime.call import Call
from lanternist.runtime.errors import UnavailableError
from lanternist.v1 import image_pb2
from orchestrator.assets.store import AssetStore
from orchestrator.clients.image import Picture
from orchestrator.story.domain import Scene, Scores
from orchestrator.story.patience import persist
from orchestrator.story.redraw import Judge, improved
from orchestrator.story.schedule import DRAFT_COST, Drafts, Gate, Schedule
from orchestrator.story.scores import prompt_score
from orchestrator.story.steps import Result, Steps, key
from orchestrator.story.wire import description_to

_VERSION = 2
Drawn = Callable[[Scene], Awaitable[None]]
"""Is given a scene as soon as its picture is there; twice when the first one is a draft."""


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


@dataclass(frozen=True, slots=True)
class Pace:
    """When the pictures of a story are needed.

    Attributes:
        story: Its name.
        due: Says when the voice reaches a scene, on the schedule's clock.
        schedule: Lets pictures through.
        idle: Whether nobody waits for the story.
        watched: Says whether somebody sees it being made.
    """

    story: str
    due: Callable[[Scene], float]
    schedule: Schedule
    idle: bool = False
    watched: Callable[[], bool] = lambda: False

    @classmethod
    def unhurried(cls) -> Pace:
        """In order, and never late."""
        return cls("", lambda scene: math.inf, Schedule())


class Illustrator:
    """Has scenes drawn.

    Args:
        painter: The image service.
        look: How the pictures look.
        assets: Keeps the pictures.
        steps: Remembers pictures that were drawn before.
        call: Makes the deadline and ids of each attempt.
        pace: When they are needed.
        judge: Scores them; None: nobody does.
        redraw_budget: How many may be drawn again because of their scores.
    """

    def __init__(
        self,
        painter: Painter,
        look: Look,
        assets: AssetStore,
        steps: Steps,
        call: Callable[[], Call],
        *,
        pace: Pace | None = None,
        judge: Judge | None = None,
        redraw_budget: int = 0,
    ) -> None:
        self._painter = painter
        self._look = look
        self._assets = assets
        self._steps = steps
        self._call = call
        self._pace = pace or Pace.unhurried()
        self._judge = judge
        self._redraw_budget = redraw_budget

    async def draw(self, scenes: Sequence[Scene], drawn: Drawn) -> tuple[Scene, ...]:
        """Draws every scene.

        Args:
            scenes: In the order in which they are shown.
            drawn: Called for each as soon as its picture is there; nearly in order.

        Raises:
            LanternistError: What the image service raised, for good; the other pictures are
                abandoned then.
        """
        drafts = Drafts(len(scenes))
        requests = [self._request(scene) for scene in scenes]
        # All are looked up before any is drawn: those to be drawn come to the gate in order.
        known = await asyncio.gather(*(self._steps.known(_key(request)) for request in requests))
        tasks = [
            asyncio.create_task(self._scene(scene, request, result, drawn, drafts))
            for scene, request, result in zip(scenes, requests, known, strict=True)
        ]
        try:
            first = tuple(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        if self._judge is None:
            return first
        best = await improved(first, self._judge, self._again, self._redraw_budget)
        for scene, before in zip(best, first, strict=True):
            if scene.image != before.image:
                await drawn(scene)
        return best

    async def _again(self, scene: Scene) -> Scene:
        """A scene drawn once more, when nobody waits for another."""
        request = self._request(scene)
        known = await self._steps.known(_key(request))
        if known is None:
            gate = self._pace.schedule.gate(request.model)
            async with gate.turn(self._pace.story, lambda: math.inf, idle=True):
                known = await self._timed(request, gate)
        return _with(scene, known)

    async def _scene(
        self,
        scene: Scene,
        request: image_pb2.GenerateImagesRequest,
        known: Result | None,
        drawn: Drawn,
        drafts: Drafts,
    ) -> Scene:
        """One scene with its picture, known or drawn now."""
        if known is None:
            known = await self._in_turn(scene, request, drawn, drafts)
        finished = _with(scene, known)
        await drawn(finished)
        return finished

    async def _in_turn(
        self,
        scene: Scene,
        request: image_pb2.GenerateImagesRequest,
        drawn: Drawn,
        drafts: Drafts,
    ) -> Result:
        pace = self._pace
        gate = pace.schedule.gate(request.model)

        def due() -> float:
            return pace.due(scene)

        async with gate.turn(pace.story, due, idle=pace.idle):
            few = pace.schedule.draft_steps(request.model)
            late_by = pace.schedule.clock() + gate.seconds - due()
            if not (few and pace.watched() and drafts.take(late_by, DRAFT_COST)):
                return await self._timed(request, gate)
            rough = image_pb2.GenerateImagesRequest()
            rough.CopyFrom(request)
            rough.step_count = few
            draft = await self._picture(rough)
        await drawn(replace(_with(scene, draft), draft=True))
        async with gate.turn(pace.story, due, idle=True):
            return await self._timed(request, gate)

    async def _timed(self, request: image_pb2.GenerateImagesRequest, gate: Gate) -> Result:
        began = self._pace.schedule.clock()
        result = await self._picture(request)
        gate.took(self._pace.schedule.clock() - began)
        return result

    async def _picture(self, request: image_pb2.GenerateImagesRequest) -> Result:
        async def attempt() -> Result:
            return await self._attempt(request)

        return await self._steps.once(_key(request), lambda: persist(attempt, step="illustrate"))

    def _request(self, scene: Scene) -> image_pb2.GenerateImagesRequest:
        return image_pb2.GenerateImagesRequest(
            model=scene.own_model or self._look.model,
            prompt=scene.prompt,
            scene=description_to(scene.description),
            style=self._look.style,
            width=self._look.width,
            height=self._look.height,
            seed=scene.seed,
            encoding=image_pb2.IMAGE_ENCODING_PNG,
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
                    "visibility": list(picture.info.subject_visibility),
                }
        raise UnavailableError("The image service ended before the picture was drawn.")


def _key(request: image_pb2.GenerateImagesRequest) -> str:
    """Everything that a picture depends on."""
    return key("draw", _VERSION, {"request": MessageToDict(request)})


def _with(scene: Scene, result: Result) -> Scene:
    """A scene with its picture."""
    return replace(
        scene,
        image=result["image"],
        model=result["model"],
        width=result["width"],
        height=result["height"],
        notes=tuple(result["notes"]),
        scores=Scores(prompt_score(scene.description, result.get("visibility", []))),
    )
