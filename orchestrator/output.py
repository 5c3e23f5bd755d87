"""Where the log lines of service processes go: our standard error, or a file.

Services write one JSON object a line. On a terminal they are shown in a readable form; a line that
is no JSON (a library's own words, a traceback) is shown with the service's name before it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import IO

_ROTATE_BYTES = 10_000_000

Sink = Callable[[str, str], None]
"""Takes a service's name and one line without its end."""


def raw(stream: IO[str]) -> Sink:
    """Writes lines as they are, marked with the service's name where they do not carry it."""

    def write(service: str, line: str) -> None:
        stream.write(f"{line}\n" if line.startswith("{") else f"[{service}] {line}\n")
        stream.flush()

    return write


def readable(stream: IO[str]) -> Sink:
    """Writes lines for people: `image  info  model loaded  model=storybook seconds=0.4`."""

    def write(service: str, line: str) -> None:
        stream.write(f"{service:<13} {_readable(line)}\n")
        stream.flush()

    return write


def log_file(path: Path) -> IO[str]:
    """Opens a log file for appending, put aside as `<name>.1` first when it has grown large."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.exists() and path.stat().st_size > _ROTATE_BYTES:
        path.replace(path.with_name(f"{path.name}.1"))
    return path.open("a", encoding="utf-8", buffering=1)


def _readable(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    if not isinstance(entry, dict):
        return line
    left_out = ("event", "level", "timestamp", "component", "logger", "exception")
    facts = " ".join(f"{key}={value}" for key, value in entry.items() if key not in left_out)
    text = f"{entry.get('level', ''):<8} {entry.get('event', '')}  {facts}".rstrip()
    return f"{text}\n{entry['exception']}" if "exception" in entry else text
