from __future__ import annotations

from pathlib import Path

import pytest
import typer

from lanternist.v1 import story_pb2
from orchestrator.cli.story import _decode, _read


@pytest.mark.parametrize(
    "data",
    [
        "Élan… ‘fox’".encode(),
        "Élan… ‘fox’".encode("utf-8-sig"),
        "Élan… ‘fox’".encode("utf-16"),
        "Élan… ‘fox’".encode("cp1252"),
    ],
    ids=["utf-8", "mark", "utf-16", "windows"],
)
def test_texts_are_read_whatever_their_encoding(data: bytes) -> None:
    assert _decode(data) == "Élan… ‘fox’"


@pytest.mark.parametrize(
    ("name", "data", "is_text"),
    [
        ("a.md", b"# Fox", True),
        ("a.txt", "Élan".encode("cp1252"), True),
        ("tale", b"A fox.", True),
        ("a.wav", b"RIFF\0\0\0\0WAVE", False),
        ("a.mp3", b"\xff\xfb\x90\xc4", False),
        ("noise", bytes(range(256)), False),
    ],
)
def test_the_bytes_tell_a_text_from_a_recording(
    tmp_path: Path, name: str, data: bytes, is_text: bool
) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    request = story_pb2.CreateStoryRequest()
    recording = _read(str(path), request)
    assert (request.text != "", recording) == (is_text, None if is_text else path)


def test_a_missing_file_is_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(typer.BadParameter):
        _read(str(tmp_path / "no.md"), story_pb2.CreateStoryRequest())
