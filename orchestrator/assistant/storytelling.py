"""The story step: a story is begun, and its events are passed on.

Story Mode is asked the way any caller asks it, through its own service's methods. A caller who
leaves ends the story, unless it was asked to go on.
"""

from __future__ import annotations

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncGenerator, Iterable
from pathlib import Path
from typing import Any, Protocol

from google.longrunning import operations_pb2

from lanternist.runtime.call import Call
from lanternist.runtime.errors import CancelledError, LanternistError
from lanternist.runtime.status import from_status
from lanternist.runtime.validation import validate
from lanternist.v1 import assistant_pb2, story_pb2, voice_pb2
from orchestrator.assets.store import AssetStore
from orchestrator.assistant.conversation import Recording
from orchestrator.assistant.hearing import check
from orchestrator.assistant.speaking import choose
from orchestrator.assistant.work import Outcome, Task
from orchestrator.clients.voice import VoiceClient

_MOST_TOPIC_CHARS = 2000


class Stories(Protocol):
    """What is needed of the story service."""

    async def CreateStory(
        self, request: story_pb2.CreateStoryRequest, call: Call
    ) -> operations_pb2.Operation:
        """Begins a story."""

    def WatchStory(
        self, request: story_pb2.WatchStoryRequest, call: Call
    ) -> AsyncGenerator[story_pb2.WatchStoryResponse, None]:
        """Streams its events."""


class Operations(Protocol):
    """What is needed of the operation store."""

    async def cancel(self, name: str) -> Any:
        """Asks an operation to stop."""


async def tell(
    task: Task,
    outcome: Outcome,
    call: Call,
    *,
    stories: Stories,
    operations: Operations,
    assets: AssetStore,
) -> AsyncGenerator[assistant_pb2.RespondResponse, None]:
    """Has a story made, and passes its events on until it ends.

    Raises:
        LanternistError: What the story service raised, or ended the story.
    """
    request = await story_request(task, call, assets)
    validate(request)
    operation = await stories.CreateStory(request, call)
    metadata = story_pb2.CreateStoryMetadata()
    operation.metadata.Unpack(metadata)
    outcome.story = metadata.story
    ended = False
    try:
        yield outcome.event(story_operation=operation)
        watch = story_pb2.WatchStoryRequest(name=metadata.story, progress=True)
        events = stories.WatchStory(watch, call)
        async with contextlib.aclosing(_timely(events, call)) as watched:
            async for event in watched:
                yield outcome.event(story=event)
                match event.WhichOneof("event"):
                    case "failed":
                        ended = True
                        raise from_status(event.failed.error)
                    case "finished":
                        ended = True
                        await _keep(event.finished.story, outcome, assets)
    finally:
        if not ended and not task.request.detach_story:
            await asyncio.shield(_cancel(operations, operation.name))


async def story_request(task: Task, call: Call, assets: AssetStore) -> story_pb2.CreateStoryRequest:
    """What Story Mode is asked for."""
    parameters, asked = task.parameters, task.decision.asked
    request = story_pb2.CreateStoryRequest(
        style=parameters.style,
        language=parameters.language,
        image_width=parameters.width,
        image_height=parameters.height,
        request_id=task.request.request_id,
    )
    if parameters.HasField("seed"):
        request.seed = parameters.seed
    if task.request.model:
        field = (
            "image_model"
            if task.lines["image"].routes.modality_of(task.request.model) == "image"
            else "voice_model"
        )
        setattr(request, field, task.request.model)
    recording = task.conversation.recording
    if recording is not None:
        request.narration = await _narration(task, recording, assets)
        return request
    before = task.conversation.said_before
    if asked.material:
        request.text = asked.prompt
    elif asked.refers and before:
        request.text = before
    else:
        request.topic = _topic(task)
    request.telling = parameters.telling
    if parameters.HasField("speed"):
        request.speed = parameters.speed
    request.voice = parameters.voice or await _voice_of(task, call)
    return request


def _topic(task: Task) -> str:
    count = task.parameters.sentence_count
    wish = f" (in {count} sentence{'s' if count > 1 else ''})" if count else ""
    return task.decision.asked.prompt[: _MOST_TOPIC_CHARS - len(wish)] + wish


async def _voice_of(task: Task, call: Call) -> str:
    """A voice of the gender that was asked for; empty: Story Mode chooses."""
    if not task.parameters.voice_gender:
        return ""
    language = task.parameters.language or task.decision.language
    with task.lines["voice"].open("") as connection:
        listed = await VoiceClient(connection).ListVoices(voice_pb2.ListVoicesRequest(), call)
    chosen = choose(listed.voices, language, task.parameters.voice_gender, "", certain=True)
    return chosen.id if chosen is not None else ""


async def _narration(task: Task, recording: Recording, assets: AssetStore) -> str:
    if recording.asset:
        await check(recording, assets, task.lines["transcription"].max_upload_bytes)
        return recording.asset
    from orchestrator.story import recording as recordings  # noqa: PLC0415 - only for stories

    with tempfile.TemporaryDirectory(prefix="lanternist-") as directory:
        path = Path(directory) / "narration"
        await asyncio.to_thread(path.write_bytes, recording.data)
        found = await asyncio.to_thread(recordings.examine, path)
        asset = await assets.put_file(path, found.media_type)
    return asset.name


async def _keep(story: story_pb2.Story, outcome: Outcome, assets: AssetStore) -> None:
    """Notes the story's sound and pictures."""
    names: Iterable[str] = [story.narration, *(scene.image for scene in story.scenes)]
    for name in dict.fromkeys(filter(None, names)):
        outcome.keep(await assets.get(name))
    outcome.usage.image_count += len(story.scenes)
    outcome.usage.spoken_ms += story.duration_ms


async def _timely(
    events: AsyncGenerator[story_pb2.WatchStoryResponse, None], call: Call
) -> AsyncGenerator[story_pb2.WatchStoryResponse, None]:
    """Events until the caller's deadline, also while nothing happens."""
    async with contextlib.aclosing(events):
        while True:
            try:
                async with asyncio.timeout(call.remaining_seconds()):
                    event = await anext(events, None)
            except TimeoutError:
                call.check()
                continue
            if event is None:
                return
            yield event


async def _cancel(operations: Operations, name: str) -> None:
    with contextlib.suppress(CancelledError, LanternistError):  # it may have ended by itself
        await operations.cancel(name)
