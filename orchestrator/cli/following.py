"""What the story commands share: following a story to its end, and writing it into a folder."""

from __future__ import annotations

import asyncio
import contextlib
import mimetypes
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from google.longrunning import operations_pb2

from lanternist.runtime.call import Call
from lanternist.runtime.status import from_status
from lanternist.v1 import asset_pb2, story_pb2
from orchestrator.cli.activity import Activity
from orchestrator.cli.export import exported
from orchestrator.clients.assets import AssetClient
from orchestrator.clients.channel import Connection
from orchestrator.clients.operations import OperationsClient
from orchestrator.clients.story import StoryClient, StoryProgress
from orchestrator.story.domain import Story
from orchestrator.story.export.audio import MP3
from orchestrator.story.export.folder import write_folder
from orchestrator.story.export.html import Medium


async def follow(connection: Connection, name: str, activity: Activity) -> story_pb2.Story:
    """Follows a story to its end or to a pause, across broken connections; returns it.

    Raises:
        LanternistError: The story's own error, or the server's.
    """
    client, progress = StoryClient(connection), StoryProgress()
    end = story_pb2.WatchStoryResponse()
    async with contextlib.aclosing(client.events(name)) as events:
        async for event in events:
            progress.take(event)
            match event.WhichOneof("event"):
                case "finished" | "failed":
                    end = event
                case "paused":
                    now = await client.GetStory(story_pb2.GetStoryRequest(name=name), Call())
                    if now.state == story_pb2.STORY_STATE_PAUSED:
                        return now
            tell(progress, activity)
    if end.HasField("failed"):
        raise from_status(end.failed.error)
    return end.finished.story


def tell(progress: StoryProgress, activity: Activity) -> None:
    """Shows how far a story is, and what is known of the rest."""
    words = ", ".join(filter(None, ("telling and drawing", progress.rest)))
    activity.reached(words, progress.done, progress.total or None)


async def write(
    connection: Connection, made: Story, directory: Path, recording: Path | None = None
) -> list[str]:
    """Writes a finished story's folder; returns its files.

    Args:
        connection: To the server that has the story.
        made: The story.
        directory: Made when missing.
        recording: The narration as a local file, when it was uploaded from one.
    """
    assets = AssetClient(connection)
    pictures = []
    for scene in made.scenes:
        facts = await assets.GetAsset(asset_pb2.GetAssetRequest(name=scene.image), Call())
        pictures.append(Medium(facts.media_type, await assets.read(scene.image, Call())))
    if recording is not None:
        name = f"narration{recording.suffix.lower() or '.audio'}"
        return await asyncio.to_thread(write_folder, directory, made, pictures, recording, name)
    narration = made.narration
    if "voice" in made.models:
        wanted = story_pb2.ExportStoryRequest(name=made.name, format=story_pb2.EXPORT_FORMAT_MP3)
        narration = (await exported(connection, wanted)).asset
        made = replace(made, narration_media_type=MP3)
        name = "narration.mp3"
    else:  # a recording keeps its bytes
        name = f"narration{mimetypes.guess_extension(made.narration_media_type) or '.audio'}"
    with tempfile.TemporaryDirectory(prefix="lanternist-") as temporary:
        sound = Path(temporary) / "narration"
        await assets.save(narration, sound, Call())
        return await asyncio.to_thread(write_folder, directory, made, pictures, sound, name)


def resource(name: str) -> str:
    """The resource name of a story, of which `stories/` may be left out."""
    return name if name.startswith("stories/") else f"stories/{name}"


def facts(story: story_pb2.Story) -> dict[str, Any]:
    """What `--json` shows of a story in a few lines."""
    shown: dict[str, Any] = {
        "name": story.name,
        "title": story.title,
        "state": state(story),
        "language": story.language,
        "revision": story.revision,
        "duration_ms": story.duration_ms,
        "segment_count": len(story.segments),
        "scene_count": len(story.scenes),
        "create_time": story.create_time.ToJsonString(),
        "notes": list(story.notes),
    }
    if story.HasField("error"):
        shown["error"] = story.error.message
    if story.HasField("reuse"):
        shown["reuse"] = {
            "segments_reused": story.reuse.segments_reused,
            "segments_made": story.reuse.segments_made,
            "scenes_reused": story.reuse.scenes_reused,
            "scenes_made": story.reuse.scenes_made,
        }
    return shown


def state(story: story_pb2.Story) -> str:
    """Where a story stands, in a word."""
    return story_pb2.StoryState.Name(story.state).removeprefix("STORY_STATE_").lower()


async def operations_of(operations: OperationsClient, story: str) -> Sequence[str]:
    """Names of the running operations that make a story."""
    names, token = [], ""
    while True:
        page = await operations.ListOperations(
            operations_pb2.ListOperationsRequest(
                filter="done=false", page_size=1000, page_token=token
            ),
            Call(),
        )
        for operation in page.operations:
            metadata = story_pb2.CreateStoryMetadata()
            if operation.metadata.Unpack(metadata) and metadata.story == story:
                names.append(operation.name)
        token = page.next_page_token
        if not token:
            return names
