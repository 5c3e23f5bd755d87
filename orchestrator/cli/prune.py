"""`lanternist prune`: removes what a server removes by itself every day, or says what would go."""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from lanternist.runtime.settings import Settings, load_settings
from orchestrator.cli.session import Json, Verbose, reporting

if TYPE_CHECKING:
    from orchestrator.retention.collector import Collected

app = typer.Typer()

_UNITS = ("bytes", "kB", "MB", "GB", "TB")
_STEP = 1000


@app.command()
def prune(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Change nothing; say what would go.")
    ] = False,
    *,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Remove old files and rows that no story needs.

    Works on the data directory and the database of the settings, also while a server runs on them,
    and keeps to `retention.days` and `retention.max_store_bytes`. A server does the same by itself
    every day, and soon after a story was deleted.
    """
    with reporting(verbose):
        found = asyncio.run(_collect(load_settings(), dry_run))
    if as_json:
        typer.echo(json.dumps(asdict(found)))
        return
    rows = f"{found.steps} results of steps, {found.operations} operations"
    typer.echo(
        f"{'Would remove' if dry_run else 'Removed'}: {found.assets} files "
        f"({_readable(found.asset_bytes)}), {rows}."
    )
    typer.echo(f"Kept: {found.kept_assets} files ({_readable(found.kept_bytes)}).")
    if found.waiting:
        typer.echo(f"{found.waiting} deleted files wait: they were used within the last hour.")


async def _collect(settings: Settings, dry_run: bool) -> Collected:
    from orchestrator.assets.store import AssetStore  # noqa: PLC0415 - --help stays quick
    from orchestrator.retention.collector import Collector  # noqa: PLC0415 - likewise
    from orchestrator.storage import Database  # noqa: PLC0415 - likewise

    database = Database.of(settings)
    try:
        await database.create_tables()
        assets = AssetStore(settings.data_directory / "assets")
        return await Collector(database, assets, settings.retention).collect(dry_run=dry_run)
    finally:
        await database.close()


def _readable(size: float) -> str:
    power = 0
    while size >= _STEP and power < len(_UNITS) - 1:
        size, power = size / _STEP, power + 1
    return f"{size:.{min(power, 1)}f} {_UNITS[power]}"
