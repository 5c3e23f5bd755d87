"""Log lines of services: as they are, for people, and into files that do not grow for ever."""

from __future__ import annotations

import io
from pathlib import Path

from orchestrator import output

ENTRY = '{"event": "call", "level": "info", "component": "image", "ms": 3, "timestamp": "x"}'


def test_raw_marks_lines_that_do_not_say_whose_they_are() -> None:
    stream = io.StringIO()
    write = output.raw(stream)
    write("image", ENTRY)
    write("image", "Traceback (most recent call last):")
    assert stream.getvalue() == f"{ENTRY}\n[image] Traceback (most recent call last):\n"


def test_readable_shows_the_event_and_its_facts() -> None:
    stream = io.StringIO()
    write = output.readable(stream)
    for line in (ENTRY, "not json", "[1]", '{"event": "x", "exception": "Traceback …"}'):
        write("image", line)
    lines = stream.getvalue().splitlines()
    assert lines[0].split() == ["image", "info", "call", "ms=3"]
    assert lines[1].split() == ["image", "not", "json"]
    assert lines[2].split() == ["image", "[1]"]
    assert lines[4] == "Traceback …"


def test_a_large_log_is_put_aside(tmp_path: Path) -> None:
    path = tmp_path / "logs" / "commands.log"
    with output.log_file(path) as log:
        log.write("first\n")
    with output.log_file(path) as log:
        log.write("second\n")
    assert path.read_text() == "first\nsecond\n"
    with path.open("ab") as log:
        log.truncate(11_000_000)
    output.log_file(path).close()
    assert path.read_text() == ""
    assert (tmp_path / "logs" / "commands.log.1").stat().st_size == 11_000_000
