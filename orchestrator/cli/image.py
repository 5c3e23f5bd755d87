"""`lanternist image`: draws pictures into files, from words or from a picture."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from lanternist.runtime.call import Call
from lanternist.v1 import image_pb2
from orchestrator.cli.activity import Activity
from orchestrator.cli.files import check_target, numbered, text_argument, whole_file
from orchestrator.cli.session import Address, Json, Server, Verbose, run
from orchestrator.clients.channel import Connection
from orchestrator.clients.image import MOST_SOURCE_BYTES, ImageClient, Picture

app = typer.Typer()

_ENCODINGS = {
    ".png": image_pb2.IMAGE_ENCODING_PNG,
    ".jpg": image_pb2.IMAGE_ENCODING_JPEG,
    ".jpeg": image_pb2.IMAGE_ENCODING_JPEG,
    ".webp": image_pb2.IMAGE_ENCODING_WEBP,
    ".svg": image_pb2.IMAGE_ENCODING_SVG,
}


@dataclass(frozen=True, slots=True)
class Size:
    """A size in pixels. (Not a tuple: an option of a tuple's type takes several words.)"""

    width: int = 0
    height: int = 0


DEFAULT_SIZE = Size()
"""The model's own."""


def parse_size(value: str | Size) -> Size:
    """The size that `WIDTHxHEIGHT` says, in pixels.

    Raises:
        typer.BadParameter: It is not of that form.
    """
    if isinstance(value, Size):  # typer parses defaults too
        return value
    width, separator, height = value.lower().partition("x")
    if not (separator and width.isdecimal() and height.isdecimal()):
        raise typer.BadParameter(f"{value!r} is not of the form WIDTHxHEIGHT.")
    return Size(int(width), int(height))


def source_of(path: Path | None, strength: float) -> image_pb2.ImageSource | None:
    """The picture to draw from; None without a file. Whether it is one, the server finds out.

    Raises:
        typer.BadParameter: The file is empty or too large, or there is a strength alone.
        OSError: It cannot be read.
    """
    if path is None:
        if strength:
            raise typer.BadParameter("goes with --from.", param_hint="--strength")
        return None
    size = path.stat().st_size
    if not 0 < size <= MOST_SOURCE_BYTES:
        fault = f"is larger than {MOST_SOURCE_BYTES >> 20} MiB" if size else "is empty"
        raise typer.BadParameter(f"{path.name!r} {fault}.", param_hint="--from")
    return image_pb2.ImageSource(content=path.read_bytes(), strength=strength)


@app.command()
def image(
    prompt: Annotated[
        str,
        typer.Argument(help='What to draw; - reads standard input. May be "" with --from.'),
    ],
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", help="PNG, JPEG, WebP or SVG.")
    ],
    *,
    model: Annotated[str, typer.Option(help="Model id; by default the server's.")] = "",
    size: Annotated[
        Size, typer.Option(metavar="WxH", parser=parse_size, help="In pixels.")
    ] = DEFAULT_SIZE,
    seed: Annotated[int | None, typer.Option(min=0, help="Draws the same picture again.")] = None,
    steps: Annotated[int, typer.Option(min=0, max=200, help="Denoising steps.")] = 0,
    guidance: Annotated[
        float | None, typer.Option(min=0, max=50, help="How strictly to follow the prompt.")
    ] = None,
    count: Annotated[
        int, typer.Option(min=1, max=16, help="Pictures; several get numbered files.")
    ] = 1,
    negative: Annotated[str, typer.Option(help="What to avoid.")] = "",
    style: Annotated[str, typer.Option(help='For example "paper-cut in sepia".')] = "",
    quality: Annotated[int, typer.Option(min=0, max=100, help="Of JPEG and WebP.")] = 0,
    source: Annotated[
        Path | None,
        typer.Option(
            "--from",
            metavar="FILE",
            exists=True,
            dir_okay=False,
            help="Draws on from this picture: PNG, JPEG or WebP.",
        ),
    ] = None,
    strength: Annotated[
        float,
        typer.Option(min=0, max=1, help="With --from: share of the steps drawn anew; 0: its own."),
    ] = 0.0,
    as_json: Json = False,
    address: Address = None,
    verbose: Verbose = False,
) -> None:
    """Draw a picture, or a variation of one (--from)."""
    encoding = _ENCODINGS[check_target(output, tuple(_ENCODINGS))]
    request = image_pb2.GenerateImagesRequest(
        model=model,
        prompt=text_argument(prompt),
        negative_prompt=negative,
        style=style,
        width=size.width,
        height=size.height,
        seed=seed,
        step_count=steps,
        guidance_scale=guidance,
        count=count,
        encoding=encoding,
        quality=quality,
        source=source_of(source, strength),
    )
    written: list[dict[str, Any]] = []

    async def work(connection: Connection) -> None:
        with Activity("drawing") as activity:
            pictures = ImageClient(connection).pictures(request, Call(), activity.watch)
            async for picture in pictures:
                path = numbered(output, picture.info.index, count)
                with whole_file(path) as file:
                    file.write_bytes(picture.data)
                written.append(_facts(path, picture))

    run(Server(address, verbose), ["image"], work, models={"image": model} if model else None)
    if as_json:
        typer.echo(json.dumps({"images": written}, indent=2, ensure_ascii=False))
        return
    for facts in written:
        typer.echo(facts["file"])
        for note in facts["notes"]:
            typer.secho(f"  {note}", err=True, dim=True)


def _facts(path: Path, picture: Picture) -> dict[str, Any]:
    info = picture.info
    return {
        "file": str(path),
        "model": info.model,
        "seed": info.seed,
        "width": info.width,
        "height": info.height,
        "media_type": info.media_type,
        "size_bytes": info.size_bytes,
        "marked": info.marked,
        "notes": list(info.notes),
    }
