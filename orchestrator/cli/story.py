"""`lanternist story`: tells and illustrates a text, or illustrates a recording, into a folder."""

from __future__ import annotations

import asyncio
import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from google.longrunning import operations_pb2

from lanternist.runtime.call import Call
from lanternist.runtime.errors import LanternistError
from lanternist.runtime.settings import ModalityName
from lanternist.v1 import story_pb2
from orchestrator.cli import story_edits
from orchestrator.cli.activity import Activity
from orchestrator.cli.export import export_to, parse_formats
from orchestrator.cli.following import follow, write
from orchestrator.cli.image import DEFAULT_SIZE, Size, parse_size
from orchestrator.cli.session import Address, Json, Server, Verbose, run
from orchestrator.clients.channel import Connection
from orchestrator.clients.operations import OperationsClient
from orchestrator.clients.story import StoryClient
from orchestrator.story.domain import Story
from orchestrator.story.export.folder import PAGE
from orchestrator.story.segments_file import read_segments
from orchestrator.story.wire import story_from

app = typer.Typer()

_TEXTS = frozenset({".md", ".markdown", ".txt", ".text"})
_DIVIDED = frozenset({".json", ".vtt", ".srt"})
_SNIFFED_BYTES = 65_536


@app.command()
def story(
    source: Annotated[
        str,
        typer.Argument(
            metavar="[INPUT]",
            help="Text or Markdown, segments (.json, .vtt, .srt), a recording, or - for stdin.",
            show_default=False,
        ),
    ] = "",
    output: Annotated[
        Path | None,
        typer.Option("-o", "--output", metavar="DIR", file_okay=False, help="The folder."),
    ] = None,
    *,
    topic: Annotated[
        str, typer.Option(help="In place of INPUT: what the text model shall tell about.")
    ] = "",
    title: Annotated[str, typer.Option(help="By default the first heading, or words.")] = "",
    telling: Annotated[str, typer.Option(help="scripted, emotive (default) or story.")] = "",
    cast: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=VOICE", help="Voice of a character; with --telling story."),
    ] = None,
    style: Annotated[
        str, typer.Option(help='Look and palette, for example "paper-cut in sepia".')
    ] = "",
    voice: Annotated[str, typer.Option(help="Voice id; by default the language's.")] = "",
    language: Annotated[
        str, typer.Option(metavar="TAG", help="BCP-47, for example fr; by default detected.")
    ] = "",
    seed: Annotated[int | None, typer.Option(min=0, help="By default made from the text.")] = None,
    model: Annotated[str, typer.Option(help="Image model id; by default the server's.")] = "",
    voice_model: Annotated[str, typer.Option(help="Voice model id.")] = "",
    text_model: Annotated[str, typer.Option(help="Text model id.")] = "",
    transcription_model: Annotated[str, typer.Option(help="For a recording.")] = "",
    transcript: Annotated[
        Path | None,
        typer.Option(metavar="FILE", exists=True, dir_okay=False, help="Words of a recording."),
    ] = None,
    speed: Annotated[
        float | None, typer.Option(min=0.5, max=2, help="Of the voice; 0.5: half.")
    ] = None,
    loudness: Annotated[
        float | None, typer.Option(min=-40, max=-8, help="In LUFS; by default -16.")
    ] = None,
    size: Annotated[
        Size,
        typer.Option(metavar="WxH", parser=parse_size, help="Of the pictures, in pixels."),
    ] = DEFAULT_SIZE,
    review: Annotated[
        bool, typer.Option("--review", help="Pause when the plan is there; with --detach.")
    ] = False,
    exports: Annotated[
        str, typer.Option("--export", metavar="FORMAT,…", help="Also mp4, epub, psd, zip, …")
    ] = "",
    detach: Annotated[
        bool, typer.Option("--detach", help="Say the story's name and leave it to the server.")
    ] = False,
    as_json: Json = False,
    address: Address = None,
    verbose: Verbose = False,
) -> None:
    """Tell and illustrate a text, or illustrate a recording."""
    if bool(source) == bool(topic):
        raise typer.BadParameter("give a file (or -), or a --topic.", param_hint="INPUT")
    if (output is None) != detach:
        raise typer.BadParameter("give a folder, or --detach.", param_hint="-o")
    if exports and detach:
        raise typer.BadParameter("is for a story that is waited for.", param_hint="--export")
    if review and not detach:
        raise typer.BadParameter("needs --detach: nobody could review.", param_hint="--review")
    formats = parse_formats(exports, "--export") if exports else []
    request = story_pb2.CreateStoryRequest(
        title=title,
        telling=story_edits.telling_of(telling),
        cast=story_edits.cast(cast or ()),
        style=style,
        voice=voice,
        language=language,
        seed=seed,
        image_model=model,
        voice_model=voice_model,
        text_model=text_model,
        transcription_model=transcription_model,
        transcript=_decode(transcript.read_bytes()) if transcript else "",
        speed=speed,
        loudness_lufs=loudness,
        image_width=size.width,
        image_height=size.height,
        review_plan=review,
    )
    if topic:
        request.topic = topic
    recording = None if topic else _read(source, request)
    made = _Made()

    async def work(connection: Connection) -> None:
        with Activity("reading") as activity:
            client = StoryClient(connection)
            if recording is not None:
                activity.reached("sending the recording", 0)
                uploaded = await client.upload_file(recording, "", Call())
                request.narration = uploaded.narration
            if detach or output is None:
                made.name = _name(await client.CreateStory(request, Call()))
                return
            made.story = await _tell(connection, request, activity)
            activity.reached("writing the folder", 0)
            made.files = await write(connection, made.story, output, recording)
            for chosen in formats:
                wanted = story_pb2.ExportStoryRequest(name=made.story.name, format=chosen)
                made.exports.append(await export_to(connection, wanted, output, activity.reached))

    run(
        Server(address, verbose),
        _needs(request, recording),
        work,
        models=_models(request, recording),
        own_stack=not detach,
    )
    if output is None:
        typer.echo(json.dumps({"name": made.name}) if as_json else made.name)
        return
    if as_json:
        typer.echo(json.dumps(made.facts(output), indent=2, ensure_ascii=False))
        return
    typer.echo(str(output / PAGE))
    for export in made.exports:
        typer.echo(export["file"])
    for note in made.story.notes:
        typer.secho(f"  {note}", err=True, dim=True)


def _needs(request: story_pb2.CreateStoryRequest, recording: Path | None) -> list[ModalityName]:
    """The services that the story takes."""
    if recording is not None:
        return ["image", "transcription"]
    needs: list[ModalityName] = ["image", "voice"]
    if request.telling == story_pb2.TELLING_SCRIPTED:  # somebody else listens to the voice
        needs.append("transcription")
    if request.topic:
        needs.append("text")
    return needs


def _models(
    request: story_pb2.CreateStoryRequest, recording: Path | None
) -> dict[ModalityName, str]:
    """The models that were named, for the services that the story takes."""
    named: dict[ModalityName, str] = {
        "image": request.image_model,
        "voice": request.voice_model,
        "text": request.text_model,
        "transcription": request.transcription_model,
    }
    needs = _needs(request, recording)
    return {name: model for name, model in named.items() if model and name in needs}


class _Made:
    """What the command has made."""

    story: Story
    files: list[str]

    def __init__(self) -> None:
        self.name = ""
        self.exports: list[dict[str, Any]] = []

    def facts(self, directory: Path) -> dict[str, Any]:
        """What `--json` shows."""
        return {
            "directory": str(directory),
            "files": self.files,
            "name": self.story.name,
            "title": self.story.title,
            "language": self.story.language,
            "duration_ms": self.story.duration_ms,
            "segment_count": len(self.story.segments),
            "scene_count": len(self.story.scenes),
            "voice": self.story.voice,
            "seed": self.story.seed,
            "models": self.story.models,
            "notes": list(self.story.notes),
            "exports": self.exports,
        }


def _read(source: str, request: story_pb2.CreateStoryRequest) -> Path | None:
    """Puts the text or the segments into the request, or returns the path of the recording."""
    if source == "-":
        request.text = _decode(sys.stdin.buffer.read())
        return None
    path = Path(source)
    if not path.is_file():
        raise typer.BadParameter(f"{source!r} is not a file.", param_hint="INPUT")
    suffix = path.suffix.lower()
    if suffix in _DIVIDED:
        request.segments.CopyFrom(_segments(path))
        return None
    if suffix in _TEXTS:
        request.text = _decode(path.read_bytes())
        return None
    with path.open("rb") as file:
        beginning = file.read(_SNIFFED_BYTES)
    if b"\0" in beginning:
        return path
    try:
        request.text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return path
    return None


def _segments(path: Path) -> story_pb2.SourceSegments:
    try:
        return read_segments(path.read_bytes(), path.name)
    except LanternistError as error:
        raise typer.BadParameter(error.message, param_hint="INPUT") from None


def _decode(data: bytes) -> str:
    """Text of a file whose encoding nobody tells: UTF-8, UTF-16 with its mark, else Windows'."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", errors="replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", errors="replace")


async def _tell(
    connection: Connection, request: story_pb2.CreateStoryRequest, activity: Activity
) -> Story:
    """Has the story made; whoever interrupts the wait cancels the making."""
    creating = asyncio.ensure_future(StoryClient(connection).CreateStory(request, Call()))
    try:
        name = _name(await asyncio.shield(creating))
        return story_from(await follow(connection, name, activity))
    except asyncio.CancelledError:
        await OperationsClient(connection).cancel_begun(creating)
        raise


def _name(operation: operations_pb2.Operation) -> str:
    """The story that an operation makes."""
    metadata = story_pb2.CreateStoryMetadata()
    operation.metadata.Unpack(metadata)
    return metadata.story
