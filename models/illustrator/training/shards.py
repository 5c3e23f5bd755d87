"""Pictures, scenes and maps on disk: a few thousand to a file, without pickle.

A shard is one safetensors file. Pictures lie in it as lossless WebP, one after another; scenes as
JSON. This module knows the form; it draws nothing and learns nothing.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from safetensors import SafetensorError, safe_open
from safetensors.numpy import load_file, save_file

from lanternist.runtime.errors import DataLossError
from models.cache import move_into_place
from models.illustrator.scene import Scene, Subject

CELLS = 16
"""Maps divide a picture into this many cells along each side."""

NOTHING, OTHER = 0, 255
"""Values of `Example.cells` where there is backdrop, and where something unasked stands."""


@dataclass(frozen=True)
class Example:
    """A picture with all that is known of it.

    Attributes:
        picture: uint8, (height, width, 3), sRGB.
        sketch: uint8, (height, width, 4), straight alpha: its subjects alone, where they stand.
        scene: What it shows.
        cells: uint8, (16, 16): 1 + the index of the subject that fills the cell, or `NOTHING`, or
            `OTHER`.
        density: float16, (16, 16): shares of each visible thing in the cells; each adds up to 1.
    """

    picture: NDArray[np.uint8]
    sketch: NDArray[np.uint8]
    scene: Scene
    cells: NDArray[np.uint8]
    density: NDArray[np.float16]


def scene_to_dict(scene: Scene) -> dict[str, Any]:
    """The scene as JSON values; what it does not say is left out."""
    plain = {k: v for k, v in asdict(scene).items() if v not in ("", None) and k != "subjects"}
    plain["subjects"] = [
        {k: v for k, v in asdict(s).items() if v not in ("", None) and (k != "count" or v != 1)}
        for s in scene.subjects
    ]
    return plain


def scene_from_dict(plain: Mapping[str, Any]) -> Scene:
    """The scene that `scene_to_dict` wrote."""
    rest = {k: v for k, v in plain.items() if k != "subjects"}
    return Scene(subjects=tuple(Subject(**s) for s in plain["subjects"]), **rest)


def write_shard(path: Path, examples: Sequence[Example], facts: Mapping[str, str]) -> None:
    """Writes a shard; the file appears under its name only when it is whole.

    Args:
        path: The file.
        examples: What it holds.
        facts: Go into its header.
    """
    tensors: dict[str, NDArray[Any]] = {
        **_listed("picture", [_webp(example.picture) for example in examples]),
        **_listed("sketch", [_webp(example.sketch) for example in examples]),
        **_listed("scene", [json.dumps(scene_to_dict(e.scene)).encode() for e in examples]),
        "cells": np.stack([example.cells for example in examples]),
        "density": np.stack([example.density for example in examples]),
    }
    write_tensors(path, tensors, facts)


def write_tensors(
    path: Path, tensors: Mapping[str, NDArray[Any]], facts: Mapping[str, str]
) -> None:
    """Writes numpy arrays to a safetensors file, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    try:
        save_file(dict(tensors), partial, dict(facts))
        move_into_place(partial, path)
    finally:
        with suppress(FileNotFoundError):
            partial.unlink()


def facts_of(path: Path) -> dict[str, str]:
    """The header of a shard.

    Raises:
        DataLossError: The file is damaged.
    """
    try:
        with safe_open(path, framework="np") as file:
            return dict(file.metadata() or {})
    except (SafetensorError, OSError) as error:
        raise DataLossError(f"The shard {path.name} is damaged: {error}.") from error


class Shard:
    """A shard, read.

    Raises:
        DataLossError: The file is not a shard.
    """

    def __init__(self, path: Path) -> None:
        try:
            tensors = load_file(path)
            missing = {field.name for field in fields(_Tensors)} - set(tensors)
            if missing:
                raise ValueError(f"it lacks {', '.join(sorted(missing))}")
            self._tensors = _Tensors(**{f.name: tensors[f.name] for f in fields(_Tensors)})
        except (OSError, ValueError, SafetensorError) as error:
            raise DataLossError(f"The shard {path.name} is damaged: {error}.") from error

    def __len__(self) -> int:
        return len(self._tensors.cells)

    @property
    def cells(self) -> NDArray[np.uint8]:
        """Of all examples: uint8, (examples, 16, 16)."""
        return self._tensors.cells

    @property
    def density(self) -> NDArray[np.float16]:
        """Of all examples: float16, (examples, 16, 16)."""
        return self._tensors.density

    def scene_tensors(self) -> dict[str, NDArray[Any]]:
        """The scenes as they lie in the file, to be written into another."""
        return {"scene": self._tensors.scene, "scene_ends": self._tensors.scene_ends}

    def picture(self, index: int) -> NDArray[np.uint8]:
        """Decodes a picture: uint8, (height, width, 3)."""
        data = _slice(self._tensors.picture, self._tensors.picture_ends, index)
        return _pixels(data, "RGB")

    def sketch(self, index: int) -> NDArray[np.uint8]:
        """Decodes a sketch: uint8, (height, width, 4)."""
        return _pixels(_slice(self._tensors.sketch, self._tensors.sketch_ends, index), "RGBA")

    def scene(self, index: int) -> Scene:
        """What a picture shows."""
        data = _slice(self._tensors.scene, self._tensors.scene_ends, index)
        return scene_from_dict(json.loads(data.tobytes()))

    def example(self, index: int) -> Example:
        """All of it."""
        return Example(
            self.picture(index),
            self.sketch(index),
            self.scene(index),
            self.cells[index],
            self.density[index],
        )


@dataclass(frozen=True)
class _Tensors:
    picture: NDArray[np.uint8]
    picture_ends: NDArray[np.int64]
    sketch: NDArray[np.uint8]
    sketch_ends: NDArray[np.int64]
    scene: NDArray[np.uint8]
    scene_ends: NDArray[np.int64]
    cells: NDArray[np.uint8]
    density: NDArray[np.float16]


def _slice(data: NDArray[np.uint8], ends: NDArray[np.int64], index: int) -> NDArray[np.uint8]:
    start = ends[index - 1] if index else 0
    return data[start : ends[index]]


def _listed(name: str, parts: Sequence[bytes]) -> dict[str, NDArray[Any]]:
    """Byte strings one after another, and where each ends."""
    return {
        name: np.frombuffer(b"".join(parts), np.uint8),
        f"{name}_ends": np.cumsum([len(one) for one in parts], dtype=np.int64),
    }


def _pixels(data: NDArray[np.uint8], mode: str) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(data.tobytes())) as image:
        return np.asarray(image.convert(mode))


def _webp(picture: NDArray[np.uint8]) -> bytes:
    stream = io.BytesIO()
    # Effort 0: 1 ms and 17 kB a picture; effort 2 saves a fifth of the bytes for twelve times that.
    Image.fromarray(picture).save(stream, "webp", lossless=True, quality=0, method=0)
    return stream.getvalue()
