"""What `lanternist doctor` looks at: one function a question, each with how to mend what is wrong.

Looks only: changes nothing, loads no model, fetches nothing.
"""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

from packaging.requirements import Requirement

from lanternist.runtime.errors import LanternistError
from lanternist.runtime.settings import MODALITIES, Settings
from models.cache import cache_directory
from models.card import ModelCard
from models.catalog import Catalog
from models.placement import inventory
from models.weights import state
from orchestrator.access import check_address
from orchestrator.cli.probe import answers
from orchestrator.plan import make_plans
from orchestrator.tls import ServerTls

Verdict = Literal["ok", "warning", "failed"]
_SPARE_BYTES = 500_000_000
_PYTHONS = ((3, 11), (3, 12))


@dataclass(frozen=True, slots=True)
class Finding:
    """An answer.

    Attributes:
        subject: What was looked at.
        verdict: `failed` when something essential does not work.
        detail: What was found.
        mend: What to do about it; empty when all is well.
    """

    subject: str
    verdict: Verdict
    detail: str
    mend: str = ""


def python() -> Iterator[Finding]:
    """Whether this Python is one that the program is made for."""
    found = f"{platform.python_version()} on {platform.platform(terse=True)}"
    if sys.version_info[:2] in _PYTHONS:
        yield Finding("Python", "ok", found)
    else:
        yield Finding("Python", "failed", found, "Make the environment with Python 3.11 or 3.12.")


def packages() -> Iterator[Finding]:
    """Whether every package that the program needs is installed, in a version that fits."""
    wrong = [
        problem
        for line in metadata.requires("lanternist") or ()
        if (problem := _problem(Requirement(line)))
    ]
    if wrong:
        yield Finding("Packages", "failed", "; ".join(wrong), "Run `make setup`.")
    else:
        yield Finding("Packages", "ok", "all there")


def _problem(requirement: Requirement) -> str:
    if requirement.marker and not requirement.marker.evaluate({"extra": ""}):
        return ""
    try:
        found = metadata.version(requirement.name)
    except metadata.PackageNotFoundError:
        return f"{requirement.name} is missing"
    fits = requirement.specifier.contains(found, prereleases=True)
    return "" if fits else f"{requirement.name} {found} is not {requirement.specifier}"


def onnxruntime() -> Iterator[Finding]:
    """Whether exactly one of the two packages is there that install the same module."""
    there = [name for name in ("onnxruntime", "onnxruntime-gpu") if _installed(name)]
    match there:
        case [one]:
            yield Finding("onnxruntime", "ok", f"{one} {metadata.version(one)}")
        case []:
            yield Finding(
                "onnxruntime",
                "failed",
                "not installed; voices need it",
                "Run `pip install 'lanternist[cpu]'`, or `[gpu]` on a machine with an NVIDIA GPU.",
            )
        case _:
            yield Finding(
                "onnxruntime",
                "failed",
                "onnxruntime and onnxruntime-gpu are both installed and overwrite each other",
                "Uninstall both, then install one: `pip uninstall onnxruntime onnxruntime-gpu`, "
                "`pip install 'lanternist[gpu]'` (or `[cpu]`).",
            )


def _installed(name: str) -> bool:
    try:
        metadata.version(name)
    except metadata.PackageNotFoundError:
        return False
    return True


def devices(settings: Settings) -> Iterator[Finding]:
    """What the machine has, and whether the settings ask for no more than that."""
    available = inventory()
    yield Finding("Devices", "ok", f"{os.cpu_count()} CPUs, {available}")
    try:
        plans = make_plans(settings, MODALITIES, Path(tempfile.gettempdir()), devices=available)
    except LanternistError as error:
        yield Finding("Placement", "failed", error.message, "Change services.*.device.")
        return
    placed = (
        f"{plan.modality} on {plan.address if plan.elsewhere else _device(plan.command)}"
        for plan in plans
    )
    yield Finding("Placement", "ok", ", ".join(placed) or "no service is enabled")


def _device(command: tuple[str, ...]) -> str:
    return command[command.index("--device") + 1]


def weights(settings: Settings) -> Iterator[Finding]:
    """Whether the models' cards, engines and weights are there, and room for what is not."""
    try:
        catalog = Catalog.builtin(*settings.card_directories)
        cards = list(_cards(settings, catalog))
    except LanternistError as error:
        yield Finding("Models", "failed", error.message, "Correct services.*.models or the card.")
        return
    for card in cards:
        group = f"lanternist.engines.{card.modality}"
        if not metadata.entry_points(group=group, name=card.engine):
            yield Finding(
                f"Model {card.id}",
                "failed",
                f"its engine {card.engine!r} is not installed",
                "Install the package that offers it, or take the model out of the settings.",
            )
    missing = [card for card in cards if state(card) in ("not fetched", "hub")]
    needed = sum(card.size_bytes for card in missing)
    if missing:
        yield Finding(
            "Weights",
            "warning",
            f"not fetched yet: {', '.join(card.id for card in missing)}, {_megabytes(needed)}",
            f"They are fetched when first used; `lanternist models pull {missing[0].id} …` now.",
        )
    else:
        yield Finding("Weights", "ok", f"here: {', '.join(card.id for card in cards)}")
    yield _room("Disk for weights", cache_directory(), needed, "LANTERNIST_CACHE")


def _cards(settings: Settings, catalog: Catalog) -> Iterable[ModelCard]:
    for name in MODALITIES:
        service = settings.services.of(name)
        if service.enabled and not service.address:
            for model in service.models:
                yield catalog.get(model, field=f"services.{name}.models")


def _room(subject: str, directory: Path, needed: int, variable: str) -> Finding:
    existing = next(path for path in (directory, *directory.parents) if path.exists())
    free = shutil.disk_usage(existing).free
    detail = f"{_megabytes(free)} free in {directory}"
    if not os.access(existing, os.W_OK):
        return Finding(
            subject,
            "failed",
            f"{directory} is not writable",
            f"Set {variable} to a folder of yours.",
        )
    if free < needed + _SPARE_BYTES:
        wanted = _megabytes(needed + _SPARE_BYTES)
        return Finding(
            subject, "failed", f"{detail}; {wanted} wanted", f"Make room, or set {variable}."
        )
    return Finding(subject, "ok", detail)


def _megabytes(size: int) -> str:
    return f"{size / 1e6:,.0f} MB"


def storage(settings: Settings) -> Iterator[Finding]:
    """Whether stories and assets can be kept."""
    directory = settings.data_directory
    yield _room("Data directory", directory, 0, "LANTERNIST_DATA_DIRECTORY")


def address(settings: Settings) -> Iterator[Finding]:
    """Whether the server can listen, or one is listening already."""
    try:
        check_address(settings)
        ServerTls.of(settings.tls)
        if answers(settings.address):
            yield Finding(
                "Address",
                "warning",
                f"something listens on {settings.address} already",
                "If it is not Lanternist: stop it, or set LANTERNIST_ADDRESS to another port.",
            )
        else:
            yield Finding("Address", "ok", f"{settings.address} is free")
    except LanternistError as error:
        yield Finding("Address", "failed", error.message, "Correct the setting that it names.")


def every(settings: Settings) -> Iterator[Finding]:
    """Every check in a sensible order; one that fails unexpectedly is a finding, not an end."""
    checks: tuple[Callable[[], Iterator[Finding]], ...] = (
        python,
        packages,
        onnxruntime,
        lambda: devices(settings),
        lambda: weights(settings),
        lambda: storage(settings),
        lambda: address(settings),
    )
    for check in checks:
        try:
            yield from check()
        except Exception as error:
            yield Finding("Check", "failed", f"{type(error).__name__}: {error}", "Report this.")
