"""Reads the mark of one file, in a process of its own: `python -m orchestrator.provenance.reading`.

Files come from anywhere, and the library that takes them apart is native code. Here it may exhaust
its memory, its time or its luck: only this process ends. Takes `{"path", "anchors"}` as JSON on
standard input and writes what it found as JSON on standard output.
"""

from __future__ import annotations

import json
import logging
import resource
import sys
from typing import IO, Any

_MEMORY_BYTES = 4 << 30
_CPU_SECONDS = 300
_HEAD_BYTES = 256
_SCANNED_BYTES = 1 << 20
_ZIP = b"PK\x03\x04"


def main() -> None:
    """Answers the question on standard input."""
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    question = json.load(sys.stdin)
    with open(question["path"], "rb") as file:  # noqa: PTH123 - the path is a plain string here
        json.dump(look(file, question["anchors"]), sys.stdout)


def look(file: IO[bytes], anchors: str) -> dict[str, Any]:
    """What the mark of a file says: `{"report"}`, `{"broken"}` with a reason, or `{}` for no mark.

    Args:
        file: Open for reading, anywhere.
        anchors: Certificates of the trusted, PEM.
    """
    import c2pa  # noqa: PLC0415 - under the limits

    from orchestrator.provenance.marker import SETTINGS  # noqa: PLC0415 - under the limits

    logging.getLogger("c2pa").setLevel(logging.CRITICAL)
    trust = {"trust": {"trust_anchors": anchors}} if anchors else {}
    context = c2pa.Context(settings=c2pa.Settings.from_dict({**SETTINGS, **trust}))
    try:
        with c2pa.Reader(_kind(file), file, context=context) as reader:
            return {"report": json.loads(reader.json())}
    except c2pa.C2paError.ManifestNotFound:
        return {}
    except c2pa.C2paError as error:
        # A file that cannot be taken apart, and one of a format that has no marks, look alike.
        return {"broken": type(error).__name__.lstrip("_")} if _bears_mark(file) else {}


def _kind(file: IO[bytes]) -> str | None:
    """The type of what the library does not recognise by itself."""
    head = file.read(_HEAD_BYTES)
    file.seek(0)
    if b"<svg" in head or head.lstrip().startswith(b"<?xml"):
        return "image/svg+xml"
    if not head.startswith(_ZIP):
        return None
    return "application/epub+zip" if b"application/epub+zip" in head else "application/x-zip"


def _bears_mark(file: IO[bytes]) -> bool:
    """Whether the words that every manifest begins with, or its place in SVG, stand in a file."""
    file.seek(0)
    overlap = b""
    while block := file.read(_SCANNED_BYTES):
        window = overlap + block
        if b"c2pa:manifest" in window or (b"jumb" in window and b"c2pa" in window):
            return True
        overlap = window[-64:]
    return False


if __name__ == "__main__":
    main()
