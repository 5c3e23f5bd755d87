"""`lanternist stories`: the stories that a running server makes and keeps."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from google.longrunning import operations_pb2
from google.protobuf.json_format import MessageToDict

from lanternist.runtime.call import Call
from lanternist.v1 import story_pb2
from orchestrator.cli import story_edits
from orchestrator.cli.activity import Activity
from orchestrator.cli.following import facts, follow, operations_of, resource, state, write
from orchestrator.cli.session import Address, Json, Server, Verbose, run
from orchestrator.clients.channel import Connection
from orchestrator.clients.operations import OperationsClient
from orchestrator.clients.story import StoryClient
from orchestrator.story.export.folder import PAGE
from orchestrator.story.wire import story_from

app = typer.Typer(
    no_args_is_help=True, help="List, follow, pause, change and end the stories of a server."
)

Name = Annotated[str, typer.Argument(help="The story, as `stories list` shows it.")]
Folder = Annotated[
    Path | None,
    typer.Option("-o", "--output", metavar="DIR", file_okay=False, help="Write the folder."),
]

_CANCEL_SECONDS = 20.0


def _on_server(
    address: str | None, verbose: bool, work: Callable[[Connection], Awaitable[None]]
) -> None:
    run(Server(address, verbose), [], work, own_stack=False)


@app.command("list")
def list_(
    *,
    limit: Annotated[int, typer.Option(min=1, max=1000, help="Most stories.")] = 50,
    as_json: Json = False,
    address: Address = None,
    verbose: Verbose = False,
) -> None:
    """List stories, newest first."""
    listed: list[story_pb2.Story] = []

    async def work(connection: Connection) -> None:
        request = story_pb2.ListStoriesRequest(page_size=limit)
        listed.extend((await StoryClient(connection).ListStories(request, Call())).stories)

    _on_server(address, verbose, work)
    if as_json:
        typer.echo(json.dumps({"stories": [_brief(s) for s in listed]}, ensure_ascii=False))
        return
    for story in listed:
        asked = story.create_time.ToDatetime().strftime("%Y-%m-%d %H:%M")
        typer.echo(f"{story.name}  {state(story):9}  {asked}  {story.title}")


@app.command()
def show(
    name: Name,
    *,
    revision: Annotated[int, typer.Option(min=0, help="By default the newest.")] = 0,
    as_json: Json = False,
    address: Address = None,
    verbose: Verbose = False,
) -> None:
    """Show a story: its sentences, its scenes, its revisions."""
    found: list[story_pb2.Story] = []

    async def work(connection: Connection) -> None:
        request = story_pb2.GetStoryRequest(name=resource(name), revision=revision)
        found.append(await StoryClient(connection).GetStory(request, Call()))

    _on_server(address, verbose, work)
    story = found[0]
    if as_json:
        shown = MessageToDict(story, preserving_proto_field_name=True)
        typer.echo(json.dumps(shown, indent=2, ensure_ascii=False))
        return
    seconds = story.duration_ms / 1000
    typer.echo(f"{story.title}  ({state(story)}, revision {story.revision}, {seconds:.0f} s)")
    for scene in story.scenes:
        typer.echo(f"\nscene {scene.index}: {scene.prompt}")
        for index in scene.segments:
            said = story.segments[index]
            who = "" if said.speaker in ("", "narrator") else f"{said.speaker}: "
            typer.echo(f"  {index:3}  {who}{said.text}")
    for entry in story.revisions[1:]:
        typer.secho(f"revision {entry.revision}: {entry.summary}", dim=True)
    for note in story.notes:
        typer.secho(f"note: {note}", dim=True)


@app.command()
def wait(
    name: Name,
    output: Folder = None,
    *,
    as_json: Json = False,
    address: Address = None,
    verbose: Verbose = False,
) -> None:
    """Wait until a story has ended or is paused; write its folder with -o."""
    _follow(resource(name), output, as_json, address, verbose)


@app.command()
def cancel(
    name: Name, *, as_json: Json = False, address: Address = None, verbose: Verbose = False
) -> None:
    """End the making of a story for good."""

    async def work(connection: Connection) -> None:
        client, operations = StoryClient(connection), OperationsClient(connection)
        request = story_pb2.GetStoryRequest(name=resource(name))
        await client.GetStory(request, Call())  # says so when there is none
        for operation in await operations_of(operations, resource(name)):
            await operations.CancelOperation(
                operations_pb2.CancelOperationRequest(name=operation), Call()
            )
            await operations.WaitOperation(
                operations_pb2.WaitOperationRequest(name=operation),
                Call(timeout_seconds=_CANCEL_SECONDS),
            )
        _say(await client.GetStory(request, Call()), as_json)

    _on_server(address, verbose, work)


@app.command()
def pause(
    name: Name, *, as_json: Json = False, address: Address = None, verbose: Verbose = False
) -> None:
    """Hold a story where it stands; nothing made is lost."""

    async def work(connection: Connection) -> None:
        request = story_pb2.PauseStoryRequest(name=resource(name))
        _say(await StoryClient(connection).PauseStory(request, Call()), as_json)

    _on_server(address, verbose, work)


@app.command()
def resume(
    name: Name, *, as_json: Json = False, address: Address = None, verbose: Verbose = False
) -> None:
    """Go on with a paused story."""

    async def work(connection: Connection) -> None:
        request = story_pb2.ResumeStoryRequest(name=resource(name))
        _say(await StoryClient(connection).ResumeStory(request, Call()), as_json)

    _on_server(address, verbose, work)


@app.command()
def delete(
    name: Name, *, as_json: Json = False, address: Address = None, verbose: Verbose = False
) -> None:
    """Delete a story with its recording and files; one that is being made is ended first."""

    async def work(connection: Connection) -> None:
        request = story_pb2.DeleteStoryRequest(name=resource(name))
        await StoryClient(connection).DeleteStory(request, Call())

    _on_server(address, verbose, work)
    if as_json:
        typer.echo(json.dumps({"deleted": resource(name)}))


@app.command()
def revise(
    name: Name,
    output: Folder = None,
    *,
    sentence: Annotated[
        list[str] | None,
        typer.Option(metavar="N=TEXT", help="Put a sentence otherwise; no text: it goes."),
    ] = None,
    scene: Annotated[
        list[str] | None,
        typer.Option(metavar="N:FIELD=…", help="Its prompt, seed or model: 2:seed=7."),
    ] = None,
    merge: Annotated[
        list[int] | None, typer.Option(metavar="N", help="Join a scene to the next one.")
    ] = None,
    split: Annotated[
        list[str] | None, typer.Option(metavar="N@SENTENCE", help="Make two scenes of one.")
    ] = None,
    cast: Annotated[
        list[str] | None, typer.Option(metavar="NAME=VOICE", help="Another voice for someone.")
    ] = None,
    look: Annotated[
        list[str] | None, typer.Option(metavar="NAME=WORDS", help="How someone looks.")
    ] = None,
    voice: Annotated[str, typer.Option(help="Of the narrator.")] = "",
    style: Annotated[str, typer.Option(help="Look of the pictures.")] = "",
    telling: Annotated[str, typer.Option(help="scripted, emotive or story.")] = "",
    model: Annotated[str, typer.Option(help="Image model id of all pictures.")] = "",
    title: Annotated[str, typer.Option()] = "",
    restore: Annotated[
        int | None, typer.Option(min=1, help="Become again what it was at a revision.")
    ] = None,
    edits: Annotated[
        Path | None,
        typer.Option(metavar="FILE", exists=True, dir_okay=False, help="JSON list of edits."),
    ] = None,
    base: Annotated[int, typer.Option(min=0, help="Fail unless this is the newest revision.")] = 0,
    detach: Annotated[bool, typer.Option("--detach", help="Do not wait for the end.")] = False,
    as_json: Json = False,
    address: Address = None,
    verbose: Verbose = False,
) -> None:
    """Change a story; only what depends on the change is made again."""
    wanted = [
        *([story_pb2.StoryEdit(restore_revision=restore)] if restore else []),
        *(story_edits.from_file(edits) if edits else []),
        *story_edits.plain(voice=voice, style=style, image_model=model, title=title),
        *story_edits.told(telling),
        *(story_pb2.StoryEdit(cast=entry) for entry in story_edits.cast(cast or ())),
        *story_edits.looks(look or ()),
        *story_edits.scenes(scene or ()),
        *story_edits.sentences(sentence or ()),
        *(story_pb2.StoryEdit(merge=story_pb2.MergeScenes(index=i)) for i in merge or ()),
        *story_edits.splits(split or ()),
    ]
    if not wanted:
        raise typer.BadParameter("nothing to change; see --help.")
    request = story_pb2.ReviseStoryRequest(name=resource(name), edits=wanted, base_revision=base)

    async def work(connection: Connection) -> None:
        await StoryClient(connection).ReviseStory(request, Call())

    _on_server(address, verbose, work)
    if detach:
        _tell({"name": request.name}, as_json, request.name)
        return
    _follow(request.name, output, as_json, address, verbose)


def _follow(
    name: str, output: Path | None, as_json: bool, address: str | None, verbose: bool
) -> None:
    """Waits for a story's end or pause, and writes its folder."""
    shown: dict[str, Any] = {}

    async def work(connection: Connection) -> None:
        with Activity("waiting") as activity:
            story = await follow(connection, name, activity)
            shown.update(facts(story))
            if output is not None and story.state != story_pb2.STORY_STATE_PAUSED:
                activity.reached("writing the folder", 0)
                shown["files"] = await write(connection, story_from(story), output)
                shown["directory"] = str(output)

    _on_server(address, verbose, work)
    page = str(output / PAGE) if "files" in shown and output else f"{name}  {shown['state']}"
    _tell(shown, as_json, page)
    if reuse := shown.get("reuse"):
        kept = f"{reuse['segments_reused']} sentences and {reuse['scenes_reused']} pictures kept"
        made = f"{reuse['segments_made']} and {reuse['scenes_made']} made"
        typer.secho(f"  {kept}, {made}", err=True, dim=True)


def _brief(story: story_pb2.Story) -> dict[str, Any]:
    shown = facts(story)
    for key in ("segment_count", "scene_count", "notes", "revision"):
        shown.pop(key)
    return shown


def _say(story: story_pb2.Story, as_json: bool) -> None:
    _tell(facts(story), as_json, f"{story.name}  {state(story)}")


def _tell(shown: dict[str, Any], as_json: bool, line: str) -> None:
    typer.echo(json.dumps(shown, indent=2, ensure_ascii=False) if as_json else line)
