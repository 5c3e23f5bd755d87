"""The README says what is there: its tree, its commands, its figures' command."""

from __future__ import annotations

import functools
import re
import shlex
from pathlib import Path

import pytest
from typer.testing import CliRunner

from orchestrator.cli import app

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
COMMANDS = sorted(set(re.findall(r"lanternist ([a-z]+)(?: ([a-z]+))?", README)))
GROUPS = {"models", "stories", "plugin"}
PATHS = sorted(
    set(re.findall(r"\b(?:orchestrator|services|models|protos|tests|docs)/[\w./-]*\w", README))
)


def test_every_make_target_named_exists() -> None:
    named = set(re.findall(r"\bmake ([a-z]+)", README))
    assert {"story", "test", "check", "generate", "bench"} <= named
    targets = set(re.findall(r"^([a-z]+):", MAKEFILE, re.MULTILINE))
    assert named <= targets


@pytest.mark.parametrize("path", PATHS)
def test_every_path_named_exists(path: str) -> None:
    assert (ROOT / path).exists(), path


def test_every_room_is_on_the_tree() -> None:
    tree = README[README.index("## The tree") :]
    for room in ("protos", "orchestrator", "services", "models", "tests", "docs"):
        assert re.search(rf"^    {room}/ ", tree, re.MULTILINE), room


@functools.cache
def _help(*words: str) -> str:
    """What a command says of itself, in one process: starting one for each costs a minute."""
    told = CliRunner().invoke(app, [*words, "--help"], env={"COLUMNS": "200", "TERM": "dumb"})
    assert told.exit_code == 0, told.output
    return told.output


@pytest.mark.parametrize("words", COMMANDS, ids=" ".join)
def test_every_command_shown_is_one(words: tuple[str, str]) -> None:
    assert "Usage" in _help(words[0])


def test_every_option_shown_is_one() -> None:
    for line in re.findall(r"lanternist [a-z]+ [^\n#`]*", README):
        _, *words = shlex.split(line.strip().rstrip("."), comments=True)
        options = [word.partition("=")[0] for word in words if word.startswith("--")]
        command = words[:2] if words[0] in GROUPS else words[:1]
        told = _help(*command)
        for option in options:
            assert option in told, f"{command} has no {option}"


def test_pictures_are_there() -> None:
    shown = re.findall(r"!\[[^\]]*\]\(([^)]+)\)", README)
    assert shown, "a picture made by the program belongs at the top"
    for path in shown:
        assert (ROOT / path).is_file(), path


def test_the_python_examples_compile_against_the_contract() -> None:
    """`tests/e2e/test_readme_snippets.py` runs them."""
    for example in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        compile(example, "README.md", "exec")
    from lanternist.v1 import image_pb2, image_pb2_grpc

    assert image_pb2.GenerateImagesRequest(prompt="A red boat on a calm lake", seed=7)
    assert hasattr(image_pb2_grpc, "ImageServiceStub")
