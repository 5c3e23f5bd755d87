"""`lanternist verify`: tells who made a file, and whether it was changed since. Needs no server."""

from __future__ import annotations

import asyncio
import json
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from lanternist.runtime.settings import load_settings
from orchestrator.cli.session import Json, Verbose, reporting
from orchestrator.provenance.notary import trusted
from orchestrator.provenance.verify import State, Verdict, verify

app = typer.Typer()

_GOOD = frozenset({State.TRUSTED, State.VALID})
_COLOURS = {State.TRUSTED: "green", State.VALID: "green", State.TAMPERED: "red"}
_SHOWN = 5


@app.command(name="verify")
def verify_files(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE…", exists=True, dir_okay=False, help="Any files.")
    ],
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Tell who made a file, and whether it was changed since.

    Exit status 0: every file is trusted or valid; 1: one is tampered with or bears no mark.
    """
    with reporting(verbose):
        anchors = trusted(load_settings())
        verdicts = asyncio.run(_verdicts(files, anchors))
    if as_json:
        facts = [{"file": str(path), **found.facts()} for path, found in verdicts]
        typer.echo(json.dumps({"files": facts}, indent=2, ensure_ascii=False))
    else:
        for path, found in verdicts:
            typer.secho(f"{found.state:9} {path}", fg=_COLOURS.get(found.state))
            for name, text in _lines(found):
                typer.echo(f"  {name:10}{text}")
    if any(found.state not in _GOOD for _, found in verdicts):
        raise typer.Exit(1)


async def _verdicts(files: list[Path], anchors: str) -> list[tuple[Path, Verdict]]:
    return [(path, await verify(path, anchors)) for path in files]


def _lines(found: Verdict) -> Iterator[tuple[str, Any]]:
    """What is worth saying of a file, a line each."""
    if found.claim_generator:
        yield "made by", found.claim_generator
    if found.model:
        yield "model", found.model
    if found.signer:
        time = "" if found.sign_time is None else f", {found.sign_time:%Y-%m-%d %H:%M} UTC"
        yield "signed by", f"{found.signer}{time}"
    if found.digital_source_type:
        yield "source", found.digital_source_type.rpartition("/")[2]
    if found.actions:
        counted = Counter(found.actions)
        yield "actions", ", ".join(f"{a} × {n}" if n > 1 else a for a, n in counted.items())
    if found.ingredients:
        more = len(found.ingredients) - _SHOWN
        shown = "; ".join(found.ingredients[:_SHOWN])
        yield "made of", f"{shown}; and {more} more" if more > 0 else shown
    if found.state is State.TAMPERED:
        yield "findings", ", ".join(found.findings[:_SHOWN])
