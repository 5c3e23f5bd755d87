"""Finds engines by name through entry points, built-in ones exactly as a stranger's.

A package that declares `[project.entry-points."lanternist.engines.image"] mine = "pkg:MyEngine"` is
found as soon as it is installed; a card names it in `lanternist.engine`.
"""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from lanternist.runtime.errors import FailedPreconditionError


def engine_class(modality: str, name: str) -> type[Any]:
    """Loads the class of an engine.

    Raises:
        FailedPreconditionError: No installed package offers it, or its module cannot be imported.
    """
    group = f"lanternist.engines.{modality}"
    found = entry_points(group=group, name=name)
    if not found:
        offered = ", ".join(sorted(entry.name for entry in entry_points(group=group))) or "none"
        raise FailedPreconditionError(
            f"No {modality} engine is called {name!r}; installed engines: {offered}.",
            reason="ENGINE_NOT_FOUND",
        )
    try:
        loaded: type[Any] = next(iter(found)).load()
    except ImportError as error:
        raise FailedPreconditionError(
            f"The {modality} engine {name!r} cannot be imported: {error}.",
            reason="ENGINE_NOT_IMPORTABLE",
        ) from error
    return loaded
