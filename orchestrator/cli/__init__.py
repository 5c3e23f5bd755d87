"""The `lanternist` command. Each sub-command is a module of its own, loaded when it is named.

A sub-command's module offers `app`, a `typer.Typer`. Results go to standard output, progress and
errors to standard error. Exit code 0: done; 1: failed; 2: wrong usage; 130: interrupted.
"""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

# Name → what it is for; the module has the same name. In the order of the help page.
_COMMANDS: Mapping[str, str] = {
    "ask": "Ask for anything: an answer, a picture, speech, a transcript, a story.",
    "up": "Start the services and serve until stopped.",
    "story": "Tell and illustrate a text, or illustrate a recording.",
    "export": "Write a finished story as files that other programs open.",
    "verify": "Tell who made a file, and whether it was changed since.",
    "stories": "List, follow, pause, change and end the stories of a server.",
    "image": "Draw a picture.",
    "say": "Speak a text into a sound file.",
    "transcribe": "Write down what is said in a recording.",
    "chat": "Ask the text model.",
    "mcp": "Serve an MCP client over standard input and output, until it closes them.",
    "plugin": "Build the package for Microsoft 365 Copilot.",
    "models": "List the models, read their cards, fetch their weights.",
    "prune": "Remove old files and rows that no story needs.",
    "doctor": "Say what works on this machine, what does not, and how to mend it.",
}


class _LazyGroup(TyperGroup):
    """A group that knows its commands' names and imports a command when it is wanted."""

    _summaries_only = False

    def list_commands(self, ctx: Any) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        if cmd_name not in _COMMANDS:
            return None
        if self._summaries_only:
            return TyperCommand(cmd_name, help=_COMMANDS[cmd_name], callback=None)
        app = importlib.import_module(f"orchestrator.cli.{cmd_name}").app
        app._add_completion = False  # completion belongs to the root command
        command = get_command(app)
        command.name = cmd_name
        return command

    def format_help(self, ctx: Any, formatter: Any) -> None:
        # The page lists every command; importing them all for that would take seconds.
        self._summaries_only = True
        try:
            super().format_help(ctx, formatter)
        finally:
            self._summaries_only = False


app = typer.Typer(cls=_LazyGroup, no_args_is_help=True, pretty_exceptions_enable=False)


def _print_version(wanted: bool) -> None:
    if wanted:
        from importlib.metadata import version  # noqa: PLC0415 - start-up stays quick

        typer.echo(f"lanternist {version('lanternist')}")
        raise typer.Exit


@app.callback()
def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show it.")
    ] = False,
) -> None:
    """Lanternist: images, speech, text and transcription behind one gRPC door, and Story Mode."""


def main() -> None:
    """Runs the command line of this process."""
    app()
