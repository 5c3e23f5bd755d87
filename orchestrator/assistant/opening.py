"""Puts the assistant together. It takes no decision of its own."""

from __future__ import annotations

from collections.abc import Mapping

from lanternist.runtime.settings import ModalityName
from models.catalog import Catalog
from orchestrator.assets.store import AssetStore
from orchestrator.assistant.answering import Kitchen
from orchestrator.assistant.keeping import Keeper
from orchestrator.assistant.servicer import AssistantServicer
from orchestrator.assistant.storytelling import Operations, Stories
from orchestrator.forward import Line, Routes
from orchestrator.provenance.notary import Notary
from orchestrator.routing.choice import Models
from orchestrator.routing.reader import Reader
from orchestrator.routing.router import Router


def open_assistant(
    lines: Mapping[ModalityName, Line],
    routes: Routes,
    catalog: Catalog,
    *,
    assets: AssetStore,
    notary: Notary,
    stories: Stories | None,
    operations: Operations,
    reader: Reader | None = None,
) -> AssistantServicer:
    """The assistant of an installation.

    Args:
        lines: The way to each service.
        routes: Which service has which model.
        catalog: Their cards.
        assets: Where files are.
        notary: Marks what is made.
        stories: The story service; None where there is none.
        operations: Where a story can be stopped.
        reader: Reads the words; one of its own by default.
    """
    models = Models(routes, catalog)
    kitchen = Kitchen(models, assets, Keeper(assets, notary), stories, operations)
    return AssistantServicer(Router(models, reader or Reader()), kitchen, lines)
