"""Stored files on their way to the browser, and recordings on their way in.

A file's name is the hash of its bytes, so it is cached for good, and any part of it can be asked
for. Only pictures, sound and video are shown in place; what could carry a script is handed out as a
download and nothing else.
"""

from __future__ import annotations

import contextlib
import re
import tempfile
from collections.abc import AsyncGenerator, AsyncIterator
from typing import BinaryIO, cast
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from lanternist.runtime.call import Call
from lanternist.runtime.errors import NotFoundError
from lanternist.v1 import asset_pb2, story_pb2
from orchestrator.clients.assets import AssetClient

_SHOWN = re.compile(r"image/(png|jpeg|webp|gif)|audio/[\w.+-]+|video/(mp4|webm)")
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
_CHUNK_BYTES = 256 * 1024
_SPOOL_BYTES = 4 << 20
_YEAR_SECONDS = 31_536_000


async def download(assets: AssetClient, name: str, request: Request, call: Call) -> Response:
    """A stored file, or the part of it that is asked for.

    Args:
        assets: Where the files are.
        name: `assets/{sha256}`.
        request: Its `Range` and `If-None-Match` hold; `?name=` makes it a download of that name.
        call: Deadline and ids.

    Raises:
        LanternistError: What the service raised.
    """
    tag = f'"{name.removeprefix("assets/")}"'
    headers = {"ETag": tag, "Cache-Control": f"private, max-age={_YEAR_SECONDS}, immutable"}
    if request.headers.get("if-none-match") == tag:
        return Response(status_code=304, headers=headers)
    asset = await assets.GetAsset(asset_pb2.GetAssetRequest(name=name), call)
    headers |= {
        "Accept-Ranges": "bytes",
        "X-Content-Type-Options": "nosniff",
        "Content-Security-Policy": "default-src 'none'; sandbox",
    }
    file_name = request.query_params.get("name", "")
    if file_name or not _SHOWN.fullmatch(asset.media_type):
        headers["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(file_name, safe='')}"
    size = asset.size_bytes
    part = _part(request.headers.get("range", ""), size)
    if part is None:
        return Response(status_code=416, headers=headers | {"Content-Range": f"bytes */{size}"})
    start, end = part
    headers["Content-Length"] = str(end - start)
    whole = end - start == size
    if not whole:
        headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    return StreamingResponse(
        _bytes(assets, name, start, end, call),
        200 if whole else 206,
        headers=headers,
        media_type=asset.media_type or "application/octet-stream",
    )


def _part(header: str, size: int) -> tuple[int, int] | None:
    """First byte and the one after the last; None when there is no such part (RFC 9110, 14.2)."""
    asked = _RANGE.fullmatch(header.strip())
    if asked is None or asked.groups() == ("", ""):
        return 0, size
    first, last = asked.groups()
    if not first:
        start, end = max(0, size - int(last)), size
    else:
        start, end = int(first), min(size, int(last) + 1 if last else size)
    return (start, end) if start < end else None


async def _bytes(
    assets: AssetClient, name: str, start: int, end: int, call: Call
) -> AsyncGenerator[bytes, None]:
    left = end - start
    request = asset_pb2.DownloadAssetRequest(name=name, offset=start)
    async with contextlib.aclosing(assets.DownloadAsset(request, call)) as messages:
        async for message in messages:
            if data := message.data[:left]:
                left -= len(data)
                yield data
            if not left:
                return


async def narration(request: Request) -> AsyncIterator[story_pb2.UploadNarrationRequest]:
    """A request's body, passed on as it comes."""
    media_type = request.headers.get("content-type", "")[:100]
    config = story_pb2.NarrationConfig(media_type=media_type)
    yield story_pb2.UploadNarrationRequest(config=config)
    async for chunk in request.stream():
        for at in range(0, len(chunk), _CHUNK_BYTES):
            yield story_pb2.UploadNarrationRequest(audio=chunk[at : at + _CHUNK_BYTES])


async def received(request: Request) -> BinaryIO:
    """A request's body in a file without a name, in memory while it is small.

    For answers that stream while nothing more is read: listening for the caller's leaving would
    otherwise compete with reading the body.
    """
    file = tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES)  # noqa: SIM115 - the caller closes
    async for chunk in request.stream():
        file.write(chunk)
    file.seek(0)
    return cast(BinaryIO, file)


def chunks(file: BinaryIO) -> AsyncIterator[bytes]:
    """A file in pieces; closed at the end."""

    async def read() -> AsyncIterator[bytes]:
        with file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk

    return read()


def resource(kind: str, name: str) -> str:
    """The resource name of what an address names.

    Raises:
        NotFoundError: No resource has such a name.
    """
    if not re.fullmatch(r"[A-Za-z0-9._-]{1,100}", name):
        raise NotFoundError(kind.removesuffix("s"), name)
    return f"{kind}/{name}"
