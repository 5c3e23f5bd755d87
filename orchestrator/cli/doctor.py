"""`lanternist doctor`: what works on this machine, what does not, and how to mend it."""

from __future__ import annotations

import json
from dataclasses import asdict

import typer
from rich.console import Console
from rich.markup import escape

from lanternist.runtime.settings import load_settings
from orchestrator.cli.checks import Verdict, every
from orchestrator.cli.session import Json, Verbose, reporting

app = typer.Typer()

_MARKS: dict[Verdict, str] = {
    "ok": "[green]✓[/green]",
    "warning": "[yellow]![/yellow]",
    "failed": "[red]✗[/red]",
}


@app.command()
def doctor(as_json: Json = False, verbose: Verbose = False) -> None:
    """Say what works on this machine, what does not, and how to mend it.

    Exit code 1 when something essential does not work.
    """
    with reporting(verbose):
        findings = list(every(load_settings()))
    if as_json:
        typer.echo(json.dumps([asdict(found) for found in findings], indent=2, ensure_ascii=False))
    else:
        console = Console(highlight=False, soft_wrap=True)
        for found in findings:
            console.print(f"{_MARKS[found.verdict]} {found.subject}: {escape(found.detail)}")
            if found.mend:
                console.print(f"    {escape(found.mend)}", style="dim")
    if any(found.verdict == "failed" for found in findings):
        raise typer.Exit(1)
