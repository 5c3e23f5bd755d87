"""Snapshots of a training run: one safetensors file each, written whole or not at all.

A snapshot holds tensors and a few JSON facts, no pickle. It appears under its name by a rename,
after its bytes have reached the disk, so `kill -9` and a lost machine leave the one before. This
module does not know what is in a snapshot.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from models.cache import move_into_place

_PATTERN = "step-*.safetensors"
_LEFT_BEHIND = (".*.partial", ".tmp*")
"""By a process that was killed: ours, and those that safetensors writes before it renames them."""


@dataclass(frozen=True)
class Checkpoint:
    """A snapshot, read.

    Attributes:
        step: Steps done.
        tensors: By name.
        facts: JSON values by name.
    """

    step: int
    tensors: dict[str, Tensor]
    facts: dict[str, Any]


def save(
    folder: Path,
    step: int,
    tensors: Mapping[str, Tensor],
    facts: Mapping[str, Any],
    *,
    keep: int = 2,
) -> Path:
    """Writes a snapshot and removes those older than the last `keep`."""
    folder.mkdir(parents=True, exist_ok=True)
    for pattern in _LEFT_BEHIND:
        for left_behind in folder.glob(pattern):
            left_behind.unlink()
    path = folder / f"step-{step:09d}.safetensors"
    save_tensors(path, tensors, {"step": step, **facts})
    for old in sorted(folder.glob(_PATTERN))[:-keep]:
        old.unlink()
    return path


def save_tensors(path: Path, tensors: Mapping[str, Tensor], facts: Mapping[str, Any]) -> None:
    """Writes a safetensors file with JSON facts in its header, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        whole = {name: tensor.detach().contiguous() for name, tensor in tensors.items()}
        save_file(whole, partial, {"facts": json.dumps(dict(facts))})
        move_into_place(partial, path)
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()


def load_tensors(path: Path) -> tuple[dict[str, Tensor], dict[str, Any]]:
    """Reads what `save_tensors` wrote.

    Raises:
        ValueError, OSError, KeyError, SafetensorError: The file is not whole.
    """
    with safe_open(path, framework="pt") as file:
        facts = json.loads((file.metadata() or {})["facts"])
        names = file.keys()
        return {name: file.get_tensor(name) for name in names}, facts


def latest(folder: Path) -> Checkpoint | None:
    """The newest snapshot that can be read; None where there is none."""
    for path in sorted(folder.glob(_PATTERN), reverse=True):
        try:
            tensors, facts = load_tensors(path)
        except (SafetensorError, OSError, ValueError, KeyError):
            continue  # damaged by something other than us: the one before it serves
        return Checkpoint(int(facts["step"]), tensors, facts)
    return None
