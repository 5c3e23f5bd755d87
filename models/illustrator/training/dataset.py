"""Pictures and latents by number: the shards of a folder as one long list.

Knows files, not how they were drawn nor what learns from them.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from lanternist.runtime.errors import DataLossError
from models.illustrator.scene import Scene
from models.illustrator.training.shards import (
    Example,
    Shard,
    scene_from_dict,
    write_tensors,
)


class Pictures:
    """Pictures of some shards, by number.

    Args:
        paths: Of the shards.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._shards = [Shard(path) for path in paths]
        self._ends = np.cumsum([len(shard) for shard in self._shards])
        self.names = [path.name for path in paths]

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    def example(self, number: int) -> Example:
        """One picture with all that is known of it."""
        shard = int(np.searchsorted(self._ends, number, side="right"))
        first = int(self._ends[shard - 1]) if shard else 0
        return self._shards[shard].example(number - first)

    @staticmethod
    def of_split(folder: Path, *splits: str, most_shards: int | None = None) -> Pictures:
        """The pictures of a set or several, of the first shards of each."""
        paths = (sorted(folder.glob(f"{one}-*.safetensors"), key=number_of) for one in splits)
        return Pictures([path for shards in paths for path in shards[:most_shards]])


def write_latents(
    path: Path,
    latents: NDArray[np.float16],
    sketches: NDArray[np.float16],
    source: Shard,
    facts: dict[str, str],
) -> None:
    """Writes the latents of a shard with its scenes and maps, so that the pictures can go.

    Args:
        path: The file.
        latents: (examples, channels, height, width), deviation 1.
        sketches: (examples, channels + 1, height, width), as `encode_sketches` gives them.
        source: The shard they are of.
        facts: Go into its header.
    """
    tensors: dict[str, NDArray[Any]] = {
        "latents": latents,
        "sketches": sketches,
        "cells": source.cells,
    }
    write_tensors(path, {**tensors, **source.scene_tensors()}, facts)


class Latents:
    """Latents, scenes and maps of some shards, by number; the pools they belong to.

    Args:
        paths: Of files that `write_latents` wrote.

    Raises:
        DataLossError: A file is damaged.
    """

    def __init__(self, paths: Sequence[Path]) -> None:
        self._shards = [_load(path) for path in paths]
        self._ends = np.cumsum([len(shard["cells"]) for shard in self._shards])
        self._companies = [path.name.split("-")[1] for path in paths]

    def __len__(self) -> int:
        return int(self._ends[-1]) if len(self._ends) else 0

    @staticmethod
    def of_split(folder: Path, split: str) -> Latents:
        """The latents of a set."""
        return Latents(sorted(folder.glob(f"{split}-*.safetensors"), key=number_of))

    def pools(self) -> tuple[list[int], list[int]]:
        """Numbers of the scenes of one subject, and of those of several."""
        pools: tuple[list[int], list[int]] = ([], [])
        first = 0
        for end, company in zip(self._ends, self._companies, strict=True):
            pools[0 if company == "single" else 1].extend(range(first, int(end)))
            first = int(end)
        return pools

    def latents(self, numbers: Sequence[int]) -> NDArray[np.float16]:
        """(numbers, channels, height, width)."""
        return np.stack([self._at("latents", number) for number in numbers])

    def sketches(self, numbers: Sequence[int]) -> NDArray[np.float16]:
        """(numbers, channels + 1, height, width)."""
        return np.stack([self._at("sketches", number) for number in numbers])

    def cells(self, numbers: Sequence[int]) -> NDArray[np.uint8]:
        """(numbers, 16, 16), as `Example.cells`."""
        return np.stack([self._at("cells", number) for number in numbers])

    def scene(self, number: int) -> Scene:
        """What a picture shows."""
        tensors, index = self._find(number)
        ends = tensors["scene_ends"]
        start = ends[index - 1] if index else 0
        return scene_from_dict(json.loads(tensors["scene"][start : ends[index]].tobytes()))

    def _at(self, name: str, number: int) -> NDArray[Any]:
        tensors, index = self._find(number)
        found: NDArray[Any] = tensors[name][index]
        return found

    def _find(self, number: int) -> tuple[dict[str, NDArray[Any]], int]:
        shard = int(np.searchsorted(self._ends, number, side="right"))
        return self._shards[shard], number - (int(self._ends[shard - 1]) if shard else 0)


def number_of(path: Path) -> int:
    """Of a shard, within its set: in this order, sets and companies take turns."""
    return int(path.stem.rsplit("-", 1)[1])


def _load(path: Path) -> dict[str, NDArray[Any]]:
    try:
        tensors: dict[str, NDArray[Any]] = load_file(path)
    except (SafetensorError, OSError) as error:
        raise DataLossError(f"The shard {path.name} is damaged: {error}.") from error
    if not {"latents", "sketches", "cells", "scene", "scene_ends"} <= set(tensors):
        raise DataLossError(f"The shard {path.name} holds no latents.")
    return tensors
