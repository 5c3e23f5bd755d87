"""What a mark says: who made a file, with which model, of what. Values in, a C2PA manifest out.

Where a model's card does not say otherwise, what it makes is `trainedAlgorithmicMedia`. The vector
composer is no trained model: its pictures are `algorithmicMedia`. A film is what its parts make it.
Terms: https://cv.iptc.org/newscodes/digitalsourcetype/
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

GENERATION = "lanternist.generation"
"""Label of the assertion that names the model."""

TRAINED = "trainedAlgorithmicMedia"
ALGORITHMIC = "algorithmicMedia"
_TRAINED_COMPOSITE = "compositeWithTrainedAlgorithmicMedia"
_SYNTHETIC_COMPOSITE = "compositeSynthetic"
_TERMS = "http://cv.iptc.org/newscodes/digitalsourcetype/"
_PROGRAM = "Lanternist"

# What the C2PA specification puts a manifest into, of what this program makes. Not in the list,
# because there is no place for a mark in them: Opus in Ogg, PSD, HTML, WebVTT, SubRip.
MARKABLE = frozenset(
    {
        "image/png",
        "image/jpeg",
        "image/webp",
        "image/svg+xml",
        "audio/wav",
        "audio/mpeg",
        "audio/flac",
        "audio/mp4",
        "video/mp4",
        "application/epub+zip",
        "application/zip",
    }
)

RECORDED = "digitalCapture"
"""Source type of a recording or picture that the user gave; never claimed as made by us."""


@dataclass(frozen=True, slots=True)
class Ingredient:
    """A file that another was made of; its own mark, when it has one, goes along.

    Attributes:
        title: Name of it in the manifest.
        media_type: Of the file.
        path: The file.
    """

    title: str
    media_type: str
    path: Path


@dataclass(frozen=True, slots=True)
class Claim:
    """What is said of a file.

    Attributes:
        title: Name of the work or the file.
        source_type: IPTC digital source type, the last part of its URI.
        models: Ids of the models that made it, by role; `image`, `voice`.
        ingredients: What it was made of.
    """

    title: str
    source_type: str
    models: dict[str, str]
    ingredients: Sequence[Ingredient] = ()


def composite(parts: Collection[str]) -> str:
    """The source type of a whole, from those of its parts.

    Args:
        parts: Source types, at least one.
    """
    kinds = set(parts)
    if len(kinds) == 1:
        return kinds.pop()
    return _TRAINED_COMPOSITE if TRAINED in kinds else _SYNTHETIC_COMPOSITE


def manifest(claim: Claim) -> dict[str, Any]:
    """The manifest definition of a claim, as c2pa's builder takes it."""
    program = {"name": _PROGRAM, "version": version("lanternist")}
    made_by = ", ".join(f"{role}: {model}" for role, model in claim.models.items() if model)
    created: dict[str, Any] = {
        "action": "c2pa.created",
        "digitalSourceType": _TERMS + claim.source_type,
        "softwareAgent": program,
    }
    if made_by:
        created["description"] = f"Made by {made_by}"
    placed = [
        {"action": "c2pa.placed", "parameters": {"ingredientIds": [label(number)]}}
        for number in range(len(claim.ingredients))
    ]
    return {
        "claim_generator_info": [program],
        "title": claim.title,
        "assertions": [
            {"label": "c2pa.actions", "data": {"actions": [created, *placed]}},
            {"label": GENERATION, "data": {"models": claim.models}},
        ],
    }


def label(number: int) -> str:
    """Name by which an action refers to the ingredient of that number."""
    return f"ingredient-{number}"
