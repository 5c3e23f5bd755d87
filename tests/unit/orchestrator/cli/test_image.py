"""`lanternist image --from`: which files are sent, and which are refused before that."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from lanternist.v1 import image_pb2
from orchestrator.cli import app
from orchestrator.cli import image as image_command
from orchestrator.cli.image import source_of


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[image_pb2.GenerateImagesRequest]:
    """What a command would have asked a server for."""
    requests: list[image_pb2.GenerateImagesRequest] = []

    class Client:
        def __init__(self, connection: Any) -> None:
            pass

        async def pictures(self, request: Any, *_: Any) -> Any:
            requests.append(request)
            return
            yield

    def run(server: Any, needs: Any, work: Callable[[Any], Any], **_: Any) -> None:
        coroutine = work(None)
        with pytest.raises(StopIteration):
            coroutine.send(None)

    monkeypatch.setattr(image_command, "ImageClient", Client)
    monkeypatch.setattr(image_command, "run", run)
    return requests


def invoke(directory: Path, *arguments: str) -> Any:
    return CliRunner().invoke(app, ["image", *arguments, "-o", str(directory / "out.png")])


def test_a_file_goes_along(tmp_path: Path, asked: list[image_pb2.GenerateImagesRequest]) -> None:
    path = tmp_path / "fox.png"
    path.write_bytes(b"a picture")
    assert invoke(tmp_path, "", "--from", str(path), "--strength", "0.25").exit_code == 0
    assert invoke(tmp_path, "in snow", "--from", str(path)).exit_code == 0
    assert invoke(tmp_path, "a fox").exit_code == 0
    first, second, third = asked
    assert (first.prompt, first.source.content, first.source.strength) == ("", b"a picture", 0.25)
    assert (second.prompt, second.source.strength) == ("in snow", 0)
    assert not third.HasField("source")


def test_the_limit_is_the_contracts(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    path.write_bytes(bytes(3 << 20))
    source = source_of(path, 0.0)
    assert source is not None
    assert len(source.content) == 3 << 20
    path.write_bytes(bytes((3 << 20) + 1))
    with pytest.raises(typer.BadParameter, match=r"'large\.png' is larger than 3 MiB"):
        source_of(path, 0.0)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--from", "nowhere.png"], "nowhere.png"),
        (["--from", "empty.png"], "is empty"),
        (["--from", "."], "directory"),
        (["--strength", "0.5"], "goes with --from"),
        (["--from", "small.png", "--strength", "1.5"], "--strength"),
        (["--from", "small.png", "--strength", "nan"], "--strength"),
    ],
)
def test_what_cannot_be_is_wrong_usage(
    tmp_path: Path,
    asked: list[image_pb2.GenerateImagesRequest],
    monkeypatch: pytest.MonkeyPatch,
    arguments: list[str],
    words: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty.png").touch()
    Path("small.png").write_bytes(b"x")
    done = invoke(tmp_path, "a fox", *arguments)
    assert (done.exit_code, asked) == (2, [])
    assert words in done.output
