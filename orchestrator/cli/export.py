"""`lanternist export`: writes a finished story as files: film, book, page, captions, layers."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer
from google.longrunning import operations_pb2

from lanternist.runtime.call import Call
from lanternist.v1 import story_pb2
from orchestrator.cli.activity import Activity
from orchestrator.cli.files import whole_file
from orchestrator.cli.image import Size, parse_size
from orchestrator.cli.session import Address, Json, Server, Verbose, run
from orchestrator.clients.assets import AssetClient
from orchestrator.clients.channel import Connection
from orchestrator.clients.operations import OperationsClient
from orchestrator.clients.story import StoryClient

app = typer.Typer()

FORMATS: Mapping[str, story_pb2.ExportFormat.ValueType] = {
    name.removeprefix("EXPORT_FORMAT_").lower(): story_pb2.ExportFormat.Value(name)
    for name in story_pb2.ExportFormat.keys()  # noqa: SIM118 - an enum of protobuf, not a mapping
    if name != "EXPORT_FORMAT_UNSPECIFIED"
}
_ALSO = {"vtt": "webvtt"}
_ASPECTS = {
    "16:9": Size(1280, 720), "9:16": Size(720, 1280), "1:1": Size(1080, 1080),
    "4:3": Size(1024, 768),
}  # fmt: skip
_FILM = story_pb2.EXPORT_FORMAT_MP4
_NO_SIZE = Size()


@app.command()
def export(
    name: Annotated[str, typer.Argument(help="The story, as `stories list` shows it.")],
    formats: Annotated[
        str,
        typer.Option("--format", metavar="FORMAT,…", help=f"Of {', '.join(FORMATS)}."),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", file_okay=False, help="The folder.")
    ],
    *,
    size: Annotated[
        Size, typer.Option(metavar="WxH", parser=parse_size, help="Of a film; even numbers.")
    ] = _NO_SIZE,
    aspect: Annotated[
        str, typer.Option(metavar="W:H", help=f"Of a film: {', '.join(_ASPECTS)}.")
    ] = "",
    burn_captions: Annotated[
        bool, typer.Option("--burn-captions", help="Draw captions into the frames as well.")
    ] = False,
    motion: Annotated[bool, typer.Option(help="Whether the camera pans and zooms.")] = True,
    scene: Annotated[
        int, typer.Option(min=1, metavar="N", help="Which picture, from 1; for PSD.")
    ] = 1,
    revision: Annotated[int, typer.Option(min=0, help="By default the newest.")] = 0,
    as_json: Json = False,
    address: Address = None,
    verbose: Verbose = False,
) -> None:
    """Write a finished story as files that other programs open."""
    chosen = parse_formats(formats)
    film = film_size(size, aspect)
    story = name if name.startswith("stories/") else f"stories/{name}"
    requests = [_request(story, one, revision) for one in chosen]
    for request in requests:
        if request.format == _FILM:
            request.width, request.height = film.width, film.height
            request.burn_captions = burn_captions
            request.motion = motion
        if request.format == story_pb2.EXPORT_FORMAT_PSD:
            request.scene = scene - 1
    output.mkdir(parents=True, exist_ok=True)
    written: list[dict[str, Any]] = []

    async def work(connection: Connection) -> None:
        with Activity("exporting") as activity:
            for request in requests:
                written.append(await export_to(connection, request, output, activity.reached))

    run(Server(address, verbose), [], work)
    if as_json:
        typer.echo(json.dumps({"exports": written}, indent=2, ensure_ascii=False))
        return
    for facts in written:
        typer.echo(facts["file"])
        for note in facts["notes"]:
            typer.secho(f"  {note}", err=True, dim=True)


def parse_formats(text: str, option: str = "--format") -> list[story_pb2.ExportFormat.ValueType]:
    """The formats that an option names, `mp4,epub`, each once.

    Raises:
        typer.BadParameter: There is none of that name.
    """
    names = [part.strip().lower() for part in text.split(",") if part.strip()]
    chosen = [FORMATS.get(_ALSO.get(name, name)) for name in names]
    if not chosen or None in chosen:
        raise typer.BadParameter(f"choose of {', '.join(FORMATS)}.", param_hint=option)
    return list(dict.fromkeys(one for one in chosen if one is not None))


def film_size(size: Size, aspect: str) -> Size:
    """The size of a film; 0 × 0 for that of the pictures.

    Raises:
        typer.BadParameter: There is no such aspect, or both are given.
    """
    if not aspect:
        return size
    if size != _NO_SIZE:
        raise typer.BadParameter("give a size or an aspect, not both.", param_hint="--aspect")
    if aspect not in _ASPECTS:
        raise typer.BadParameter(f"choose of {', '.join(_ASPECTS)}.", param_hint="--aspect")
    return _ASPECTS[aspect]


async def export_to(
    connection: Connection,
    request: story_pb2.ExportStoryRequest,
    directory: Path,
    reached: Callable[[str, float, float | None], None],
) -> dict[str, Any]:
    """Has a story exported, and writes the file into a directory.

    Args:
        connection: To a server.
        request: What to write.
        directory: Where; it exists.
        reached: Told in words, done and total, how far the work has come.

    Returns:
        What `--json` shows of the file.

    Raises:
        LanternistError: What the server raised.
        OSError: The file cannot be written.
    """
    label = story_pb2.ExportFormat.Name(request.format).removeprefix("EXPORT_FORMAT_").lower()
    made = await exported(
        connection, request, lambda share: reached(f"writing {label}", share, 1.0)
    )
    path = directory / made.file_name
    with whole_file(path) as file:
        await AssetClient(connection).save(made.asset, file, Call())
    return {
        "file": str(path),
        "format": label,
        "asset": made.asset,
        "media_type": made.media_type,
        "size_bytes": made.size_bytes,
        "notes": list(made.notes),
    }


async def exported(
    connection: Connection,
    request: story_pb2.ExportStoryRequest,
    progress: Callable[[float], None] = lambda _: None,
) -> story_pb2.ExportStoryResponse:
    """Has a story exported, and waits; whoever interrupts the wait cancels it.

    Raises:
        LanternistError: What the server raised.
    """

    async def watch(operation: operations_pb2.Operation) -> None:
        metadata = story_pb2.ExportStoryMetadata()
        operation.metadata.Unpack(metadata)
        progress(metadata.progress)

    begin = StoryClient(connection).ExportStory(request, Call())
    operation = await OperationsClient(connection).ended(begin, watch=watch)
    made = story_pb2.ExportStoryResponse()
    operation.response.Unpack(made)
    return made


def _request(
    story: str, chosen: story_pb2.ExportFormat.ValueType, revision: int
) -> story_pb2.ExportStoryRequest:
    return story_pb2.ExportStoryRequest(name=story, format=chosen, revision=revision)
