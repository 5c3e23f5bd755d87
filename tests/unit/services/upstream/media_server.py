"""A real HTTP server on 127.0.0.1 that draws and speaks over OpenAI's interfaces.

What the prompt or the input says decides what it does: `!status 429 retry-after: 0` and the like
make it misbehave. It counts what it was asked.
"""

from __future__ import annotations

import base64
import contextlib
import io
import json
import threading
from http.server import BaseHTTPRequestHandler
from typing import Any

import numpy as np
import soundfile
from PIL import Image

from tests.unit.services.local_server import LocalServer

KEY = "sk-media-0123456789"
MODEL = "brush-and-voice-1"
RATE = 24000


class MediaServer(LocalServer):
    """Started on a free port; `close` ends it."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, dict[str, Any]]] = []
        self.busy_answers = 0
        self.left = threading.Event()
        super().__init__(_Handler)


def png(width: int, height: int, shade: int = 120) -> bytes:
    """A small picture."""
    file = io.BytesIO()
    Image.fromarray(np.full((height, width, 3), shade, np.uint8)).save(file, "PNG")
    return file.getvalue()


def tone(text: str) -> np.ndarray:
    """A twentieth of a second a letter, with silence before and after."""
    clock = np.arange(len(text) * RATE // 20) / RATE
    quiet = np.zeros(RATE // 10)
    return np.concatenate([quiet, 0.3 * np.sin(2 * np.pi * 220 * clock), quiet])


class _Handler(BaseHTTPRequestHandler):
    server: MediaServer

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        good = self.headers.get("Authorization") == f"Bearer {KEY}"
        self._json(200 if good else 401, {"data": [{"id": MODEL}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.requests.append((self.path, body))
        said = body.get("prompt") or body.get("input") or ""
        if self.headers.get("Authorization") != f"Bearer {KEY}":
            self._json(401, {"error": {"message": f"Incorrect API key provided: {KEY}"}})
        elif self.server.busy_answers:
            self.server.busy_answers -= 1
            self._json(503, {"error": {"message": "loading"}}, {"retry-after": "0"})
        elif said.startswith("!status "):
            _, status, *header = said.split(" ", 2)
            extra = dict([header[0].split(": ", 1)]) if header else {}
            message = f"size, voice or what you wish {KEY}"
            self._json(int(status), {"error": {"message": message}}, extra)
        elif said == "!redirect":
            self._json(307, {}, {"location": "http://127.0.0.1:1/elsewhere"})
        elif said == "!html":
            self._send(200, "text/html", b"<html>It works!</html>")
        elif said == "!huge":
            self._huge()
        elif said == "!silence":
            self._wait_for_the_client_to_leave()
        elif self.path == "/v1/images/generations":
            self._draw(said, body)
        elif self.path == "/v1/audio/speech":
            self._speak(said, body)
        else:
            self._json(404, {"error": {"message": "no such path"}})

    def _draw(self, said: str, body: dict[str, Any]) -> None:
        width, height = map(int, body["size"].split("x"))
        if said == "!other size":
            width, height = 96, 64
        data = base64.b64encode(png(width, height, len(said) % 200)).decode()
        picture: dict[str, str] = {"b64_json": data}
        if said == "!link":
            picture = {"url": "http://127.0.0.1:1/picture.png"}
        elif said == "!garbage":
            picture = {"b64_json": base64.b64encode(b"no picture").decode()}
        elif said == "!bomb":
            picture = {"b64_json": base64.b64encode(png(2400, 2000)).decode()}
        self._json(200, {"created": 1, "data": [] if said == "!nothing" else [picture]})

    def _speak(self, said: str, body: dict[str, Any]) -> None:
        samples = tone(said)
        if body["response_format"] == "pcm":
            content = (samples * 32767).astype("<i2").tobytes()
            self._send(200, "audio/pcm", b"" if said == "!nothing" else content)
            return
        file = io.BytesIO()
        soundfile.write(file, samples, RATE, format=body["response_format"].upper())
        self._send(200, "audio/any", file.getvalue())

    def _huge(self) -> None:
        self.send_response(200)
        self.send_header("content-type", "application/octet-stream")
        self.end_headers()
        with contextlib.suppress(OSError):
            while True:
                self.wfile.write(b"\0" * (1 << 20))
        self.server.left.set()

    def _wait_for_the_client_to_leave(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.settimeout(120)
            if self.connection.recv(1) == b"":
                self.server.left.set()

    def _json(self, status: int, body: Any, extra: dict[str, str] | None = None) -> None:
        self._send(status, "application/json", json.dumps(body).encode(), extra)

    def _send(
        self, status: int, kind: str, body: bytes, extra: dict[str, str] | None = None
    ) -> None:
        self.send_response(status)
        for name, value in {"content-type": kind, **(extra or {})}.items():
            self.send_header(name, value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
