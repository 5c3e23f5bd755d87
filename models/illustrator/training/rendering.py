"""Scenes drawn by the composer, with maps of where each subject is seen.

Knows the composer and the shards. Imports no torch: it runs in processes of its own, which start
quickly that way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from models.illustrator.composer import Composition, compose
from models.illustrator.rasterising import rasterised
from models.illustrator.scene import Scene
from models.illustrator.training.config import Config
from models.illustrator.training.scenes import Company, Split, draw_scene
from models.illustrator.training.shards import CELLS, NOTHING, OTHER, Example, write_shard
from models.illustrator.training.vocabulary import Vocabulary

_FINE = 4
"""Maps are drawn with this many pixels to a cell's side."""
_SOLID = 128
"""Alpha from which a pixel belongs to a subject; shadows and halos stay below."""
_FILLED = 0.25
"""Share of a cell from which a subject counts as filling it."""
_LEAST_VISIBLE = 10
"""Pixels of the fine map that must be seen of each subject."""
_ATTEMPTS = 12


@dataclass(frozen=True, slots=True)
class ShardPlan:
    """One shard to draw.

    Attributes:
        split: Which set it belongs to.
        company: One subject a scene, or more; None for both by turns.
        index: Its number within the set.
        first: Number of its first scene.
        count: Scenes in it.
    """

    split: Split
    company: Company | None
    index: int
    first: int
    count: int

    @property
    def file_name(self) -> str:
        """Under which it lies in the folder of pictures."""
        return f"{self.split}-{self.company or 'both'}-{self.index:04d}.safetensors"


def plan_shards(config: Config) -> Iterator[ShardPlan]:
    """Every shard of a run: the held-out sets first, the judge's own, then training."""
    data = config.data
    for split in ("seen", "unseen"):
        yield ShardPlan(split, None, 0, 0, data.evaluation_scenes)
    for index in range(-(-data.judge_scenes // data.scenes_per_shard)):
        first = index * data.scenes_per_shard
        yield ShardPlan("judge", None, index, first, data.scenes_per_shard)
    shards = -(-data.scenes // data.scenes_per_shard)
    for index in range(shards):
        before, after = (int(k * data.single_share) for k in (index, index + 1))
        company: Company = "single" if after > before else "several"
        first = index * data.scenes_per_shard
        yield ShardPlan("train", company, index, first, data.scenes_per_shard)


def render_shard(config: Config, plan: ShardPlan, folder: Path) -> int:
    """Draws a shard into `folder` and returns how many pictures it holds."""
    vocabulary = Vocabulary.of(config.data)
    examples = []
    for offset in range(plan.count):
        company = plan.company or ("single" if offset % 2 else "several")
        number = plan.first + offset
        examples.append(render_example(config, vocabulary, plan.split, company, number))
    facts = {"fingerprint": config.fingerprint("data"), "split": plan.split}
    write_shard(folder / plan.file_name, examples, facts)
    return len(examples)


def render_example(
    config: Config, vocabulary: Vocabulary, split: Split, company: Company, number: int
) -> Example:
    """Draws one scene, and draws lots again when the backdrop swallows a subject of it.

    Never raises; after a dozen attempts the last one is taken as it is.
    """
    seed = _seed(config.seed, split, number)
    for attempt in range(_ATTEMPTS):
        scene = draw_scene(vocabulary, split, company, f"{config.seed}:{number}:{attempt}")
        size = config.data.picture_size
        drawn = compose(scene, width=size, height=size, seed=seed, style=config.data.style)
        cells, density, seen = maps_of(drawn, scene)
        if not drawn.missing and min(seen, default=0) >= _LEAST_VISIBLE:
            break
    return Example(drawn.render(), drawn.sketch(), scene, cells, density)


def maps_of(
    drawn: Composition, scene: Scene
) -> tuple[NDArray[np.uint8], NDArray[np.float16], list[int]]:
    """Where the subjects of a composed scene are seen.

    Returns:
        `Example.cells`, `Example.density`, and for each subject the pixels of the fine map in which
        it is seen; 0 when fewer copies were drawn than the scene asks for.
    """
    side = CELLS * _FINE
    layers = drawn.layers()[1:-1]
    top = np.full((side, side), -1, np.int32)
    for number, layer in enumerate(layers):
        top[rasterised(layer.svg, side, side)[..., 3] >= _SOLID] = number
    owners = np.array([-1 if layer.subject is None else layer.subject for layer in layers] + [-1])
    density = np.zeros((CELLS, CELLS), np.float32)
    for number, owner in enumerate(owners[:-1]):
        visible = _shares(top == number)
        if owner >= 0 and visible.sum() > 0:
            density += visible / visible.sum()
    shown = np.where(top >= 0, owners[top], -2)  # -1: something unasked, -2: nothing
    cells = np.full((CELLS, CELLS), NOTHING, np.uint8)
    best = np.full((CELLS, CELLS), _FILLED, np.float32)
    for owner, value in [(-1, OTHER), *((i, i + 1) for i in range(len(scene.subjects)))]:
        share = _shares(shown == owner)
        cells[share >= best] = value
        best = np.maximum(best, share)
    copies = Counter(layer.subject for layer in layers)
    seen = [
        int((shown == i).sum()) if copies[i] >= subject.count else 0
        for i, subject in enumerate(scene.subjects)
    ]
    return cells, density.astype(np.float16), seen


def _shares(mask: NDArray[np.bool_]) -> NDArray[np.float32]:
    """The share of each cell that a mask of the fine map covers."""
    blocks = mask.reshape(CELLS, _FINE, CELLS, _FINE)
    means: NDArray[np.float32] = blocks.mean(axis=(1, 3), dtype=np.float32)
    return means


def _seed(seed: int, split: Split, number: int) -> int:
    return {"train": 0, "seen": 1, "unseen": 2, "judge": 3}[split] * 10**9 + seed * 10**7 + number
