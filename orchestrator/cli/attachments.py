"""Files that go with a question: small ones inside it, long recordings sent ahead."""

from __future__ import annotations

import mimetypes
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import typer

from lanternist.runtime.call import Call
from lanternist.v1 import assistant_pb2
from orchestrator.clients.channel import Connection
from orchestrator.clients.story import StoryClient

_INLINE_BYTES = 3 << 20  # a message has 4 MiB
_PIECE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Attachment:
    """A local file.

    Attributes:
        kind: What it is taken for, by its name.
        path: Where it lies.
    """

    kind: Literal["image", "audio"]
    path: Path


def attachment(path: Path) -> Attachment:
    """What a file is, by its name: a picture, or else a recording.

    Raises:
        typer.BadParameter: It is neither.
    """
    media_type = mimetypes.guess_type(path.name)[0] or "audio/unknown"
    kind = media_type.partition("/")[0]
    if kind == "image":
        return Attachment("image", path)
    if kind in ("audio", "video"):
        return Attachment("audio", path)
    raise typer.BadParameter(
        f"{path.name!r} is neither a recording nor a picture.", param_hint="--attach"
    )


async def attach(
    request: assistant_pb2.RespondRequest, attachments: list[Attachment], connection: Connection
) -> None:
    """Puts files into the last message.

    Raises:
        typer.BadParameter: A picture is too large.
        OSError: A file cannot be read.
        LanternistError: The server does not take a recording.
    """
    parts = request.messages[-1].parts
    room = _INLINE_BYTES
    for one in attachments:
        size = one.path.stat().st_size
        if size > room and one.kind == "audio":
            uploaded = await StoryClient(connection).upload_file(one.path, "", Call())
            parts.add(audio=uploaded.narration)
            continue
        if size > room:
            raise typer.BadParameter(
                f"{one.path.name!r} is larger than {_INLINE_BYTES >> 20} MiB.",
                param_hint="--attach",
            )
        room -= size
        data = one.path.read_bytes()
        for start in range(0, len(data), _PIECE_BYTES):
            parts.add(**{f"{one.kind}_data": data[start : start + _PIECE_BYTES]})
