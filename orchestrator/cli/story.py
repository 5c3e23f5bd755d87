"""`lanternist story`: tells and illustrates a text, or illustrates a recording, into a folder."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
import tempfile
from pathlib import Path
from typing import Annotated, Any

import typer
from google.longrunning import operations_pb2

from lanternist.runtime.call import Call
from lanternist.runtime.errors import LanternistError, UnavailableError
from lanternist.runtime.settings import ModalityName
from lanternist.runtime.status import from_status
from lanternist.v1 import asset_pb2, story_pb2
from orchestrator.cli.activity import Activity
from orchestrator.cli.image import DEFAULT_SIZE, Size, parse_size
from orchestrator.cli.session import Address, Json, Server, Verbose, run
from orchestrator.clients.assets import AssetClient
from orchestrator.clients.channel import Connection
from orchestrator.clients.operations import OperationsClient
from orchestrator.clients.story import StoryClient
from orchestrator.story.domain import Story
from orchestrator.story.export.folder import PAGE, write_folder
from orchestrator.story.export.html import Medium
from orchestrator.story.wire import story_from

app = typer.Typer()

_ANY_SIZE = Size()
_TEXTS = frozenset({".md", ".markdown", ".txt", ".text"})
_SNIFFED_BYTES = 65_536
_CANCEL_SECONDS = 5.0
# How often a watch that broke off is taken up again before the command gives up.
_RECONNECTIONS = 10


@app.command()
def story(
    source: Annotated[
        str,
        typer.Argument(metavar="INPUT", help="Text or Markdown, a recording, or - for stdin."),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="DIR", file_okay=False, help="The folder.")
    ],
    *,
    title: Annotated[str, typer.Option(help="By default the first heading, or words.")] = "",
    style: Annotated[str, typer.Option(help="Look of the pictures, for example paper-cut.")] = "",
    voice: Annotated[str, typer.Option(help="Voice id; by default the language's.")] = "",
    language: Annotated[
        str, typer.Option(metavar="TAG", help="BCP-47, for example fr; by default detected.")
    ] = "",
    seed: Annotated[int | None, typer.Option(min=0, help="By default made from the text.")] = None,
    model: Annotated[str, typer.Option(help="Image model id; by default the server's.")] = "",
    voice_model: Annotated[str, typer.Option(help="Voice model id.")] = "",
    transcription_model: Annotated[str, typer.Option(help="For a recording.")] = "",
    speed: Annotated[
        float | None, typer.Option(min=0.5, max=2, help="Of the voice; 0.5: half.")
    ] = None,
    size: Annotated[
        Size,
        typer.Option(metavar="WxH", parser=parse_size, help="Of the pictures, in pixels."),
    ] = DEFAULT_SIZE,
    as_json: Json = False,
    address: Address = None,
    verbose: Verbose = False,
) -> None:
    """Tell and illustrate a text, or illustrate a recording."""
    text, recording = _read(source)
    request = story_pb2.CreateStoryRequest(
        title=title,
        style=style,
        voice=voice,
        language=language,
        seed=seed,
        image_model=model,
        voice_model=voice_model,
        transcription_model=transcription_model,
        speed=speed,
        image_width=size.width,
        image_height=size.height,
    )
    if text is not None:
        request.text = text
    made = _Made()

    async def work(connection: Connection) -> None:
        with Activity("reading") as activity:
            client = StoryClient(connection)
            if recording is not None:
                activity.reached("sending the recording", 0)
                uploaded = await client.upload_file(recording, "", Call())
                request.narration = uploaded.narration
            made.story = await _tell(connection, request, activity)
            activity.reached("writing the folder", 0)
            made.files = await _write(connection, made.story, output, recording)

    speaking: ModalityName = "voice" if recording is None else "transcription"
    spoken_by = voice_model if recording is None else transcription_model
    models: dict[ModalityName, str] = {"image": model, speaking: spoken_by}
    run(
        Server(address, verbose),
        ["image", speaking],
        work,
        models={name: chosen for name, chosen in models.items() if chosen},
    )
    if as_json:
        typer.echo(json.dumps(made.facts(output), indent=2, ensure_ascii=False))
        return
    typer.echo(str(output / PAGE))
    for note in made.story.notes:
        typer.secho(f"  {note}", err=True, dim=True)


class _Made:
    """What the command has made."""

    story: Story
    files: list[str]

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
        }


def _read(source: str) -> tuple[str | None, Path | None]:
    """The text, or the path of the recording."""
    if source == "-":
        return _decode(sys.stdin.buffer.read()), None
    path = Path(source)
    if not path.is_file():
        raise typer.BadParameter(f"{source!r} is not a file.", param_hint="INPUT")
    if path.suffix.lower() in _TEXTS:
        return _decode(path.read_bytes()), None
    with path.open("rb") as file:
        beginning = file.read(_SNIFFED_BYTES)
    if b"\0" in beginning:
        return None, path
    try:
        return path.read_text(encoding="utf-8"), None
    except UnicodeDecodeError:
        return None, path


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
        operation = await asyncio.shield(creating)
        metadata = story_pb2.CreateStoryMetadata()
        operation.metadata.Unpack(metadata)
        return story_from(await _watch(connection, metadata.story, activity))
    except asyncio.CancelledError:
        with contextlib.suppress(LanternistError, TimeoutError):
            async with asyncio.timeout(_CANCEL_SECONDS):
                name = (await creating).name
                cancel = operations_pb2.CancelOperationRequest(name=name)
                await OperationsClient(connection).CancelOperation(cancel, Call())
        raise


async def _watch(connection: Connection, name: str, activity: Activity) -> story_pb2.Story:
    """Follows a story to its end, across broken connections."""
    client, seen, broken = StoryClient(connection), 0, 0
    done, total = 0, 0
    while True:
        request = story_pb2.WatchStoryRequest(name=name, after_sequence=seen)
        event = story_pb2.WatchStoryResponse()
        try:
            async with contextlib.aclosing(client.WatchStory(request, Call())) as events:
                async for event in events:
                    seen, broken = event.sequence, 0
                    if event.HasField("planned"):
                        planned = event.planned.story
                        total = len(planned.segments) + len(planned.scenes)
                    else:
                        done += 1
                    activity.reached("telling and drawing", done, total)
        except UnavailableError as error:
            broken += 1
            if broken > _RECONNECTIONS:
                raise
            await asyncio.sleep(error.retry_delay_seconds)
        if event.HasField("finished"):
            return event.finished.story
        if event.HasField("failed"):
            raise from_status(event.failed.error)


async def _write(
    connection: Connection, made: Story, directory: Path, recording: Path | None
) -> list[str]:
    assets = AssetClient(connection)
    pictures = []
    for scene in made.scenes:
        facts = await assets.GetAsset(asset_pb2.GetAssetRequest(name=scene.image), Call())
        pictures.append(Medium(facts.media_type, await assets.read(scene.image, Call())))
    if recording is not None:
        name = f"narration{recording.suffix.lower() or '.audio'}"
        return await asyncio.to_thread(write_folder, directory, made, pictures, recording, name)
    with tempfile.TemporaryDirectory(prefix="lanternist-") as temporary:
        sound = Path(temporary) / "narration.flac"
        sound.write_bytes(await assets.read(made.narration, Call()))
        return await asyncio.to_thread(
            write_folder, directory, made, pictures, sound, "narration.mp3"
        )
