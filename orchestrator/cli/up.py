"""`lanternist up`: starts the services and serves until it is told to stop."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from typing import TYPE_CHECKING, Annotated

import typer

from lanternist.runtime import telemetry
from lanternist.runtime.settings import MODALITIES, Settings, load_settings
from orchestrator.arenas import share_arenas
from orchestrator.cli.session import Json, Verbose, pull_defaults, reporting
from orchestrator.output import raw, readable

if TYPE_CHECKING:
    from orchestrator.server import Orchestrator

app = typer.Typer()


@app.command()
def up(
    address: Annotated[
        str | None,
        typer.Option(metavar="HOST:PORT", envvar="LANTERNIST_ADDRESS", help="Where to listen."),
    ] = None,
    *,
    http: Annotated[
        str | None,
        typer.Option(
            "--http",
            metavar="HOST:PORT",
            help="Where to serve the OpenAI interface, MCP and the studio; 127.0.0.1:8080.",
        ),
    ] = None,
    no_http: Annotated[bool, typer.Option("--no-http", help="Serve gRPC alone.")] = False,
    profile: Annotated[
        str | None, typer.Option(help="embedded, or gpu: each service its own device.")
    ] = None,
    as_json: Json = False,
    verbose: Verbose = False,
) -> None:
    """Start the services and serve until stopped.

    Writes where it serves to standard output when every service is SERVING. SIGTERM and Ctrl-C let
    running calls finish and stop everything in order; a second one ends at once.
    """
    with reporting(verbose):
        settings = load_settings(
            address=address,
            http_address="" if no_http else http,
            profile=profile,
            log_level="debug" if verbose else None,
        )
        telemetry.configure_logging("orchestrator", level=settings.log_level)
        share_arenas()
        pull_defaults(settings, MODALITIES)
        asyncio.run(_serve(settings, as_json))


async def _serve(settings: Settings, as_json: bool) -> None:
    from orchestrator.server import Orchestrator  # noqa: PLC0415 - --help stays quick

    sink = readable(sys.stderr) if sys.stderr.isatty() else raw(sys.stderr)
    orchestrator = Orchestrator(settings, sink)
    starting = asyncio.create_task(orchestrator.start())
    stopping = asyncio.Event()

    def stop() -> None:
        if stopping.is_set():
            os._exit(128 + signal.SIGINT)  # asked twice; the services die with us
        stopping.set()
        starting.cancel()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop)
    try:
        await starting
        _announce(settings, orchestrator, as_json)
        await stopping.wait()
    except asyncio.CancelledError:
        if not stopping.is_set():
            raise
    finally:
        await orchestrator.stop()


def _announce(settings: Settings, orchestrator: Orchestrator, as_json: bool) -> None:
    names = [name for name in MODALITIES if settings.services.of(name).enabled]
    address, http = orchestrator.address, orchestrator.http_address
    if as_json:
        facts = {"address": address, "http": http, "profile": settings.profile, "services": names}
        typer.echo(json.dumps(facts))
    else:
        typer.echo(f"Lanternist serves {', '.join(names)} and stories on {address}")
        if http:
            scheme = "http" if settings.tls.certificate_chain is None else "https"
            typer.echo(f"In the browser, and for OpenAI clients: {scheme}://{http}")
    sys.stdout.flush()
