"""The page's own files, read once: what is not among them does not exist, whatever the address.

Their policy lets the page load from this server alone, run no script that is not one of these
files, and turn no text into markup: the browser itself refuses it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from lanternist.runtime.errors import NotFoundError

POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' blob:; media-src 'self' blob:; object-src 'none'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(self)",
    "Cache-Control": "no-cache",
}
_TYPES: Mapping[str, str] = {
    ".html": "text/html; charset=utf-8",
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".svg": "image/svg+xml",
}


@dataclass(frozen=True, slots=True)
class PageFile:
    """One file of the page."""

    content: bytes
    media_type: str
    tag: str


class Page:
    """Serves the page."""

    def __init__(self) -> None:
        self._files = dict(_found(files("orchestrator.gateways.studio") / "page", ""))

    @property
    def names(self) -> list[str]:
        """Every file, by its path below the page."""
        return sorted(self._files)

    async def __call__(self, request: Request) -> Response:
        """The file that an address names.

        Raises:
            NotFoundError: There is none.
        """
        path = request.path_params.get("path", "")
        file = self._files.get(path or "index.html")
        if file is None:
            raise NotFoundError("page", path)
        headers = {**_HEADERS, "ETag": file.tag}
        if request.headers.get("if-none-match") == file.tag:
            return Response(status_code=304, headers=headers)
        return Response(file.content, headers=headers, media_type=file.media_type)


async def to_the_page(request: Request) -> Response:
    """Sends a browser on to the page's own folder."""
    return RedirectResponse("/studio/", 307)


def _found(folder: Traversable, below: str) -> Iterator[tuple[str, PageFile]]:
    for entry in folder.iterdir():
        name = below + entry.name
        if entry.is_dir():
            yield from _found(entry, f"{name}/")
        elif media_type := _TYPES.get("." + entry.name.rpartition(".")[2]):
            content = entry.read_bytes()
            tag = f'"{hashlib.sha256(content).hexdigest()[:32]}"'
            yield name, PageFile(content, media_type, tag)
