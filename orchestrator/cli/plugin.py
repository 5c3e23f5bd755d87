"""`lanternist plugin build`: writes the app package for Microsoft 365 Copilot."""

from __future__ import annotations

import asyncio
from importlib.metadata import version as installed_version
from pathlib import Path
from typing import Annotated

import typer

from orchestrator.cli.files import whole_file
from orchestrator.cli.session import reporting
from orchestrator.gateways.plugin.manifests import Access, Authentication, Publisher, Runtime
from orchestrator.gateways.plugin.package import build, checked_url

app = typer.Typer(no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Build the package for Microsoft 365 Copilot."""


@app.command("build")
def build_package(
    url: Annotated[
        str, typer.Option(metavar="URL", help="Where Copilot reaches the gateway, https://…")
    ],
    *,
    output: Annotated[
        Path, typer.Option("-o", "--output", metavar="FILE", dir_okay=False, help="The package.")
    ] = Path("lanternist-plugin.zip"),
    runtime: Annotated[
        Runtime, typer.Option(help="What Copilot speaks to: our MCP server or our HTTP routes.")
    ] = "mcp",
    auth: Annotated[Authentication, typer.Option(help="How Copilot shows who it is.")] = "none",
    auth_reference: Annotated[
        str, typer.Option(metavar="ID", help="Under which the secret is registered.")
    ] = "",
    version: Annotated[
        str, typer.Option(metavar="X.Y.Z", help="Of the package; by default the program's.")
    ] = "",
    developer: Annotated[
        str, typer.Option(metavar="NAME", help="Who publishes it.")
    ] = "Lanternist",
    website: Annotated[str, typer.Option(metavar="URL", help="By default --url.")] = "",
    privacy: Annotated[str, typer.Option(metavar="URL", help="Statement; by default --url.")] = "",
    terms: Annotated[str, typer.Option(metavar="URL", help="Of use; by default --url.")] = "",
) -> None:
    """Write the app package that puts Lanternist into Microsoft 365 Copilot."""
    with reporting(verbose=False):
        base = checked_url(url)
        publisher = Publisher(developer, website or base, privacy or base, terms or base)
        package = asyncio.run(
            build(
                base,
                version or installed_version("lanternist"),
                publisher=publisher,
                runtime=runtime,
                access=Access(auth, auth_reference),
            )
        )
        with whole_file(output) as file:
            file.write_bytes(package)
    typer.echo(str(output))
    if not (website and privacy and terms):
        typer.secho(
            "Give --website, --privacy and --terms before you publish it.", err=True, dim=True
        )
