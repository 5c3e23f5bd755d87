"""The root command: lists every command without importing them, loads the one that is named."""

from __future__ import annotations

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from orchestrator.cli import _COMMANDS, app


def test_help_lists_every_command() -> None:
    shown = CliRunner().invoke(app, ["--help"])
    assert shown.exit_code == 0
    for name, summary in _COMMANDS.items():
        assert name in shown.output
        assert summary.split()[0] in shown.output


def test_help_imports_no_command() -> None:
    program = (
        "import sys; from typer.testing import CliRunner; from orchestrator.cli import app\n"
        "CliRunner().invoke(app, ['--help'])\n"
        "print([m for m in sys.modules if m == 'grpc' or m.startswith('orchestrator.cli.')])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", list(_COMMANDS))
def test_every_command_is_there_and_says_what_the_list_says(name: str) -> None:
    shown = CliRunner().invoke(app, [name, "--help"], env={"COLUMNS": "200"})
    assert shown.exit_code == 0
    assert f" {name} [OPTIONS]" in shown.output
    assert _COMMANDS[name].rstrip(".") in " ".join(shown.output.split())
    assert "--install-completion" not in shown.output


@pytest.mark.parametrize(
    "arguments",
    [
        ["draw"],
        ["image"],
        ["image", "x"],
        ["image", "x", "-o", "x.gif"],
        ["image", "x", "-o", "/no/such/folder/x.png"],
        ["image", "x", "-o", "x.png", "--size", "big"],
        ["image", "x", "-o", "x.png", "--count", "17"],
        ["say", "x", "-o", "x.doc"],
        ["say", "x", "-o", "x.wav", "--speed", "3"],
        ["transcribe", "/no/such/file.wav"],
        ["transcribe", __file__, "--format", "html"],
        ["chat", "x", "--temperature", "nan-ish"],
    ],
)
def test_wrong_usage_is_exit_code_2(arguments: list[str]) -> None:
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 2
    assert "Traceback" not in done.output
