"""The tools for stories: `tell_story` and `revise_story`."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Annotated, Any, Literal

from google.longrunning import operations_pb2
from mcp.server.mcpserver import Context, MCPServer
from mcp.types import CallToolResult, ToolAnnotations
from pydantic import Field

from lanternist.runtime.errors import InvalidArgumentError
from lanternist.runtime.status import from_status
from lanternist.v1 import asset_pb2, story_pb2
from orchestrator.clients.assets import AssetClient
from orchestrator.clients.channel import Connection
from orchestrator.clients.operations import OperationsClient
from orchestrator.clients.story import TELLINGS, StoryClient, StoryProgress
from orchestrator.gateways.mcp import previews, results
from orchestrator.gateways.mcp.edits import Change, edit
from orchestrator.gateways.mcp.failures import as_tool_errors
from orchestrator.gateways.mcp.link import Link
from orchestrator.gateways.mcp.report import Report

_SHOWN_SCENES = 4
_MAKES = ToolAnnotations(read_only_hint=False, destructive_hint=False, open_world_hint=False)

Export = Literal["html", "mp4", "epub", "webvtt", "srt", "zip", "mp3", "m4a", "flac", "wav", "opus"]
Exports = Annotated[
    list[Export], Field(max_length=11, description="Also write the story as these files.")
]
Wait = Annotated[
    bool,
    Field(description="False: return at once; read the story's resource to see how it goes."),
]


def add_story_tools(server: MCPServer[Any], link: Link) -> None:
    """Gives a server `tell_story` and `revise_story`."""

    @server.tool(title="Tell a story", annotations=_MAKES)
    async def tell_story(
        ctx: Context[Any, Any],
        *,
        text: Annotated[
            str, Field(max_length=200_000, description="The tale, plain text or Markdown.")
        ] = "",
        topic: Annotated[
            str, Field(max_length=2000, description="Or what a tale shall be written about.")
        ] = "",
        recording_uri: Annotated[
            str, Field(max_length=200, description="Or a recorded narration, lanternist://assets/…")
        ] = "",
        title: Annotated[str, Field(max_length=200)] = "",
        telling: Annotated[
            Literal["scripted", "emotive", "story"],
            Field(description="Read exactly; with feeling; or with a voice for each character."),
        ] = "emotive",
        style: Annotated[str, Field(max_length=1000, description="Look of the pictures.")] = "",
        voice: Annotated[str, Field(max_length=100, description="Of the narrator.")] = "",
        language: Annotated[str, Field(max_length=35, description="BCP-47. Empty: detected.")] = "",
        image_model: Annotated[str, Field(max_length=100)] = "",
        seed: Annotated[int | None, Field(ge=0, le=2**53 - 1)] = None,
        exports: Exports = [],  # noqa: B006 - never changed; a default of the schema
        wait: Wait = True,
    ) -> Annotated[CallToolResult, results.Story]:
        """Tell a text, a topic or a recording as a story: a voice, and pictures on its clock."""
        with as_tool_errors():
            request = story_pb2.CreateStoryRequest(
                title=title,
                style=style,
                voice=voice,
                language=language,
                image_model=image_model,
                seed=seed,
            )
            given = [name for name in (text.strip(), topic.strip(), recording_uri.strip()) if name]
            if len(given) != 1:
                raise InvalidArgumentError("text", "give one of text, topic and recording_uri")
            if recording_uri:
                request.narration = results.asset_name(recording_uri, "recording_uri")
            else:
                request.telling = TELLINGS[telling]
                if topic:
                    request.topic = topic
                else:
                    request.text = text
            report = Report(ctx)
            connection = await link.connection(report)
            begin = StoryClient(connection).CreateStory(request, link.call())
            return await _follow(link, connection, begin, report, exports, wait=wait)

    @server.tool(title="Revise a story", annotations=_MAKES)
    async def revise_story(
        ctx: Context[Any, Any],
        *,
        name: Annotated[str, Field(max_length=200, description="As tell_story returned it.")],
        changes: Annotated[list[Change], Field(min_length=1, max_length=100)],
        exports: Exports = [],  # noqa: B006 - never changed; a default of the schema
        wait: Wait = True,
    ) -> Annotated[CallToolResult, results.Story]:
        """Change a story that is there. Only what depends on the changes is made again."""
        with as_tool_errors():
            request = story_pb2.ReviseStoryRequest(
                name=results.story_name(name, "name"), edits=[edit(change) for change in changes]
            )
            report = Report(ctx)
            connection = await link.connection(report)
            begin = StoryClient(connection).ReviseStory(request, link.call())
            return await _follow(link, connection, begin, report, exports, wait=wait)


async def _follow(
    link: Link,
    connection: Connection,
    begin: Any,
    report: Report,
    exports: Sequence[Export],
    *,
    wait: bool,
) -> CallToolResult:
    """Follows a story to its end; a client that leaves while it waits cancels it."""
    # Shielded: a client that leaves now would else leave a story behind that nobody stops.
    beginning = asyncio.ensure_future(begin)
    try:
        operation = await asyncio.shield(beginning)
        metadata = story_pb2.CreateStoryMetadata()
        operation.metadata.Unpack(metadata)
        stories, name = StoryClient(connection), metadata.story
        if not wait:
            story = await stories.GetStory(story_pb2.GetStoryRequest(name=name), link.call())
            return await _result(link, connection, story, ())
        story = await _watch(link, stories, name, report)
        written = [await _export(link, connection, name, kind, report) for kind in exports]
        return await _result(link, connection, story, written)
    except asyncio.CancelledError:
        await OperationsClient(connection).cancel_begun(beginning, link.call)
        raise


async def _watch(link: Link, client: StoryClient, name: str, report: Report) -> story_pb2.Story:
    """Follows a story to the end of its newest revision; those before are in the stream as well."""
    progress, end = StoryProgress(), story_pb2.WatchStoryResponse()
    async with contextlib.aclosing(client.events(name, link.call)) as events:
        async for event in events:
            progress.take(event)
            match event.WhichOneof("event"):
                case "planned":
                    await report.say(f"{len(event.planned.story.scenes)} pictures planned")
                case "narrated" | "illustrated" | "progress":
                    done, total = progress.done, progress.total
                    words = [f"{done} of {total} told and drawn", progress.rest]
                    await report.reached(", ".join(filter(None, words)), done / max(total, 1))
                case "paused":
                    await report.say("Paused")
                case "finished" | "failed":
                    end = event
    if end.HasField("failed"):
        raise from_status(end.failed.error)
    return end.finished.story


async def _export(
    link: Link, connection: Connection, name: str, kind: Export, report: Report
) -> str:
    async def watch(operation: operations_pb2.Operation) -> None:
        metadata = story_pb2.ExportStoryMetadata()
        if operation.metadata.Unpack(metadata):
            await report.say(f"Writing {kind}", metadata.progress)

    await report.say(f"Writing {kind}")
    format = story_pb2.ExportFormat.Value(f"EXPORT_FORMAT_{kind.upper()}")
    request = story_pb2.ExportStoryRequest(name=name, format=format)
    begin = StoryClient(connection).ExportStory(request, link.call())
    operation = await OperationsClient(connection).ended(begin, link.call, watch)
    written = story_pb2.ExportStoryResponse()
    operation.response.Unpack(written)
    return written.asset


async def _result(
    link: Link, connection: Connection, story: story_pb2.Story, exports: Sequence[str]
) -> CallToolResult:
    assets = AssetClient(connection)
    facts = await describe(link, assets, story, exports)
    shown = []
    for scene in story.scenes[:_SHOWN_SCENES]:
        if scene.image:
            data = await assets.read(scene.image, link.call())
            picture = next(s.picture for s in facts.scenes if s.index == scene.index)
            shown.append((data, picture.media_type if picture else "image/png"))
    files = [scene.picture for scene in facts.scenes if scene.picture is not None]
    files += [facts.narration] if facts.narration else []
    files += facts.exports
    summary = (
        f"“{facts.title}” ({facts.name}), {facts.state}: {len(facts.scenes)} pictures, "
        f"{facts.duration_ms / 1000:.0f} s."
    )
    return results.result(
        facts, " ".join([summary, *facts.notes]), previews.of_pictures(shown), files
    )


async def describe(
    link: Link, assets: AssetClient, story: story_pb2.Story, exports: Sequence[str] = ()
) -> results.Story:
    """A story as values, with the facts of its files."""

    async def file(name: str) -> results.File | None:
        if not name:
            return None
        asset = await assets.GetAsset(asset_pb2.GetAssetRequest(name=name), link.call())
        return results.file(asset)

    texts = {segment.index: segment.text for segment in story.segments}
    return results.Story(
        name=story.name,
        uri=f"lanternist://{story.name}",
        title=story.title,
        state=story_pb2.StoryState.Name(story.state).removeprefix("STORY_STATE_").lower(),
        revision=story.revision,
        duration_ms=story.duration_ms,
        narration=await file(story.narration),
        scenes=[
            results.Scene(
                index=scene.index,
                start_ms=scene.start_ms,
                end_ms=scene.end_ms,
                prompt=scene.prompt,
                picture=await file(scene.image),
                text=" ".join(texts.get(index, "") for index in scene.segments),
            )
            for scene in story.scenes
        ],
        cast=[
            results.Character(id=c.id, name=c.name, description=c.description, voice=c.voice)
            for c in story.cast
        ],
        exports=[one for name in exports if (one := await file(name)) is not None],
        notes=list(story.notes),
    )
