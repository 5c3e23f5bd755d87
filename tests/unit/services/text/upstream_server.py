"""A real HTTP server on 127.0.0.1 that speaks the chat-completions interface, by echo.

What the last user message says decides what it does: words are echoed, one event each;
`!status 429`, `!raw …` and the like make it misbehave. It counts what it really wrote.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from http.server import BaseHTTPRequestHandler
from typing import Any

from tests.unit.services.local_server import LocalServer

KEY = "sk-test-0123456789"
MODEL = "echo-1"
MOST_WORDS = 100_000


class UpstreamServer(LocalServer):
    """Started on a free port; `close` ends it."""

    def __init__(self) -> None:
        self.delay_seconds = 0.0
        self.words_written = 0
        self.requests: list[dict[str, Any]] = []
        self.headers_seen: list[dict[str, str]] = []
        self.models_status = 200
        # Answers of a scripted model, in order; then it echoes again.
        self.script: list[str] = []
        self.broken_off = threading.Event()
        super().__init__(_Handler)


class _Handler(BaseHTTPRequestHandler):
    server: UpstreamServer

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        status = self.server.models_status if self._authorized() else 401
        self._json(status, {"data": [{"id": MODEL}]})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["content-length"])))
        self.server.requests.append(body)
        self.server.headers_seen.append(dict(self.headers.items()))
        said = [m["content"] for m in body["messages"] if m["role"] == "user"][-1]
        if not self._authorized():
            self._json(401, {"error": {"message": f"Incorrect API key provided: {KEY}"}})
        elif body["model"] != MODEL:
            self._json(404, {"error": {"message": "no such model", "code": "model_not_found"}})
        elif len(said.split()) > MOST_WORDS:
            message = "maximum context length exceeded"
            self._json(400, {"error": {"message": message, "code": "context_length_exceeded"}})
        elif self.server.script:
            self._echo(self.server.script.pop(0), body)
        elif "response_format" in body and said == "no schemas here":
            self._json(400, {"error": {"message": "unknown field response_format"}})
        elif said.startswith("!status "):
            _, status, *header = said.split(" ", 2)
            extra = dict([header[0].split(": ", 1)]) if header else {}
            self._json(int(status), {"error": {"message": f"as you wish {KEY}"}}, extra)
        elif said.startswith("!raw "):
            self._events([said.removeprefix("!raw ")], done=False)
        elif said == "!html":
            self._send(200, "text/html", b"<html>It works!</html>")
        elif said == "!whole":
            message = {"choices": [{"message": {"content": "whole"}, "finish_reason": "stop"}]}
            self._json(200, message)
        elif said == "!silence":
            self._start("text/event-stream")
            self._wait_for_the_client_to_leave()
        else:
            self._echo(said, body)

    def _authorized(self) -> bool:
        return self.headers.get("Authorization") == f"Bearer {KEY}"

    def _echo(self, said: str, body: dict[str, Any]) -> None:
        words = [word if n == 0 else f" {word}" for n, word in enumerate(said.split())]
        limit = body.get("max_tokens") or len(words)
        shown = words[:limit]
        events = [_chunk({"content": word}) for word in shown]
        events.insert(0, _chunk({"role": "assistant", "content": ""}))
        events.append(_chunk({}, "length" if len(shown) < len(words) else "stop"))
        if body.get("stream_options", {}).get("include_usage"):
            usage = {"prompt_tokens": len(words), "completion_tokens": len(shown)}
            events.append(json.dumps({"choices": [], "usage": usage}))
        self._events(events, done=True)

    def _events(self, events: list[str], *, done: bool) -> None:
        self._start("text/event-stream")
        for event in events:
            if self.server.delay_seconds:
                time.sleep(self.server.delay_seconds)
            self.server.words_written += '"content": ' in event and '"content": ""' not in event
            try:
                self.wfile.write(f"data: {event}\n\n".encode())
            except OSError:
                self.server.broken_off.set()
                raise
        if done:
            self.wfile.write(b": a comment\n\ndata: [DONE]\n\n")

    def _wait_for_the_client_to_leave(self) -> None:
        with contextlib.suppress(OSError):
            self.connection.settimeout(120)
            if self.connection.recv(1) == b"":
                self.server.broken_off.set()

    def _start(self, kind: str) -> None:
        self.send_response(200)
        self.send_header("content-type", kind)
        self.end_headers()
        self.wfile.flush()

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


def _chunk(delta: dict[str, str], finish: str | None = None) -> str:
    return json.dumps({"choices": [{"index": 0, "delta": delta, "finish_reason": finish}]})
