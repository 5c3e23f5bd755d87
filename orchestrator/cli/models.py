"""`lanternist models`: which models there are, what their cards say, and fetching their weights.

Works without a running server: it reads cards and the cache of this machine. Results go to
standard output, progress and errors to standard error. Exit code 0: done; 1: something failed;
2: wrong usage.
"""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markdown import Markdown
from rich.table import Table

from lanternist.runtime.errors import LanternistError
from lanternist.runtime.settings import load_settings
from models.card import SERVED_MODALITIES, ModelCard
from models.catalog import Catalog
from models.weights import resolve, state
from orchestrator.cli.model_progress import ModelProgress

app = typer.Typer(
    no_args_is_help=True, help="List the models, read their cards, fetch their weights."
)

_MODALITIES = (*SERVED_MODALITIES, "embedding")

Json = Annotated[bool, typer.Option("--json", help="Write JSON to standard output.")]


@app.command("list")
def list_models(
    modality: Annotated[
        str | None, typer.Option(help=f"Only one of: {', '.join(_MODALITIES)}.")
    ] = None,
    as_json: Json = False,
) -> None:
    """List every model that a card describes, and where its weights are."""
    if modality is not None and modality not in _MODALITIES:
        raise typer.BadParameter(
            f"{modality!r} is not one of {', '.join(_MODALITIES)}.", param_hint="--modality"
        )
    cards = [card for card in _catalog() if modality in (None, card.modality)]
    if as_json:
        _print_json([_facts(card) for card in cards])
        return
    table = Table(box=None, padding=(0, 1, 0, 0), header_style="bold")
    table.add_column("Model", no_wrap=True)
    for heading in ("For", "Licence", "Size", "Offline", "Weights"):
        table.add_column(heading, justify="right" if heading == "Size" else "left")
    for card in cards:
        offline = "yes" if card.embedded else ""
        table.add_row(card.id, card.modality, card.license, _size(card), offline, state(card))
    Console().print(table)


@app.command()
def show(
    model_id: Annotated[str, typer.Argument(metavar="ID", help="As `lanternist models list`.")],
    as_json: Json = False,
) -> None:
    """Show one model's card."""
    card = _card(_catalog(), model_id)
    if as_json:
        _print_json({**card.model_dump(mode="json"), "state": state(card)})
        return
    console = Console()
    console.print(f"[bold]{card.display_name}[/bold]  ({card.id})")
    console.print(card.description)
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, value in _rows(card):
        if value:
            table.add_row(f"[dim]{name}[/dim]", value)
    console.print(table)
    console.print(Markdown(card.body))


@app.command()
def pull(
    model_ids: Annotated[
        list[str] | None, typer.Argument(metavar="[ID]...", help="Models to fetch.")
    ] = None,
    embedded: Annotated[
        bool, typer.Option("--embedded", help="Every model of the offline default.")
    ] = False,
    verify: Annotated[
        bool, typer.Option("--verify", help="Hash files again that are here already.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Fetch models' weights into the cache, and check them."""
    catalog = _catalog()
    if bool(model_ids) == embedded:
        raise typer.BadParameter("name models, or give --embedded.", param_hint="ID")
    wanted = [_card(catalog, model_id) for model_id in dict.fromkeys(model_ids or ())]
    wanted += [card for card in catalog if embedded and card.embedded]
    results: list[dict[str, Any]] = []
    errors = Console(stderr=True)
    with ModelProgress(errors) as progress:
        for card in wanted:
            result = {"id": card.id, "size_bytes": card.size_bytes, "error": None}
            try:
                weights = resolve(card, progress=progress, rehash=verify, catalog=catalog)
                directory = str(weights.root) if weights.root else None
                result |= {"verified": weights.verified, "directory": directory}
            except LanternistError as error:
                errors.print(f"{card.id}: {error.message}", style="red", highlight=False)
                result |= {"verified": False, "directory": None, "error": error.reason}
            results.append({**result, "state": state(card)})
            if not as_json and result["error"] is None:
                typer.echo(f"{card.id}: {_outcome(card, result)}")
    if as_json:
        _print_json(results)
    if any(result["error"] for result in results):
        raise typer.Exit(1)


def _catalog() -> Catalog:
    try:
        return Catalog.builtin(*load_settings().card_directories)
    except LanternistError as error:
        typer.echo(error.message, err=True)
        raise typer.Exit(1) from error


def _card(catalog: Catalog, model_id: str) -> ModelCard:
    try:
        return catalog.get(model_id)
    except LanternistError as error:
        raise typer.BadParameter(error.message, param_hint="ID") from error


def _facts(card: ModelCard) -> dict[str, Any]:
    return {
        "id": card.id,
        "modality": card.modality,
        "engine": card.engine,
        "display_name": card.display_name,
        "description": card.description,
        "license": card.license,
        "languages": list(card.languages),
        "speed_class": card.speed_class,
        "local": card.local,
        "embedded": card.embedded,
        "size_bytes": card.size_bytes,
        "sources": [source.label for source in card.sources],
        "state": state(card),
    }


def _rows(card: ModelCard) -> list[tuple[str, str]]:
    languages = ", ".join(card.languages[:12]) + (" …" if len(card.languages) > 12 else "")
    return [
        ("For", card.modality),
        ("Engine", card.engine),
        ("Licence", card.license),
        ("Languages", languages),
        ("Size", _size(card)),
        ("Weights", state(card)),
        ("Sources", "\n".join(source.label for source in card.sources)),
        ("Needs", ", ".join(f"{model} ({role})" for role, model in card.components.items())),
        ("Run on", card.tested_on),
        ("Not run on", card.not_tested_on),
    ]


def _size(card: ModelCard) -> str:
    return f"{card.size_bytes / 1e6:.1f} MB" if card.size_bytes else ""


def _outcome(card: ModelCard, result: dict[str, Any]) -> str:
    if result["directory"] is None:
        return "has no weights to fetch"
    checked = "verified" if result["verified"] else "not pinned by hashes"
    return f"{checked}, {_size(card) or 'size unknown'}, in {result['directory']}"


def _print_json(value: Any) -> None:
    typer.echo(json.dumps(value, indent=2, ensure_ascii=False))
