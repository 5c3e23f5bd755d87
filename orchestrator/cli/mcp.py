"""`lanternist mcp`: serves one MCP client over standard input and output."""

from __future__ import annotations

import asyncio

import typer

from lanternist.runtime.errors import LanternistError
from lanternist.runtime.settings import MODALITIES, Settings, load_settings
from orchestrator.cli.session import Address, Verbose, connected, interruptible, reporting
from orchestrator.gateways.mcp.link import Link
from orchestrator.gateways.mcp.server import build_server

app = typer.Typer()


@app.command()
def mcp(address: Address = None, verbose: Verbose = False) -> None:
    """Serve an MCP client over standard input and output, until it closes them.

    Uses the server at the address, or starts a stack of its own; the client is answered at once,
    its first tool waits for the models.
    """
    with reporting(verbose):
        interruptible(_serve(load_settings(address=address), verbose))


async def _serve(settings: Settings, verbose: bool) -> None:
    link = Link()
    opening = asyncio.create_task(_open(link, settings, verbose))
    try:
        await build_server(link).run_stdio_async()
    finally:
        opening.cancel()
        await asyncio.gather(opening, return_exceptions=True)


async def _open(link: Link, settings: Settings, verbose: bool) -> None:
    """Keeps the connection open until the client has gone."""
    try:
        async with connected(settings, MODALITIES, verbose) as connection:
            link.open(connection)
            await asyncio.Event().wait()
    except (LanternistError, OSError) as error:
        link.fail(error)
