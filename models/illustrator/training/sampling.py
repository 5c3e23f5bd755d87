"""Pictures of captions, as those who evaluate a pipeline ask for them.

Knows pipelines and the composer that sketches for them; it judges nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from models.illustrator.composer import Composition, compose
from models.illustrator.parser import parse
from models.illustrator.scene import Scene, to_prompt


def sample(
    pipeline: Any,
    captions: Sequence[str],
    seed: int,
    *,
    scenes: Sequence[Scene] | None = None,
    sketched: bool = True,
) -> NDArray[np.float32]:
    """Draws captions: (captions, height, width, 3), 0 … 1, in the pipeline's own size and steps.

    Args:
        pipeline: An `IllustratorPipeline`.
        captions: What to draw.
        seed: Of the first picture; the next one has the next.
        scenes: What the captions describe, as a story's plan would say; None to read them.
        sketched: Whether the composer sketches the subjects, if the pipeline takes that; the
            captions are worded anew as scenes then, as the image service does.
    """
    sketches, prompts = None, list(captions)
    if sketched and pipeline.takes_sketches:
        side = pipeline.native_size
        if scenes is None:
            drawn = [composed(words, side, number) for number, words in enumerate(captions, seed)]
        else:
            drawn = [
                compose(scene, width=side, height=side, seed=number)
                for number, scene in enumerate(scenes, seed)
            ]
        sketches = [one.sketch() for one in drawn]
        prompts = [to_prompt(one.scene, None) for one in drawn]
    images: NDArray[np.float32] = pipeline(
        prompts,
        sketch=sketches,
        generator=[torch.Generator().manual_seed(seed + i) for i in range(len(captions))],
        output_type="np",
    ).images
    return images


def composed(words: str, side: int, seed: int) -> Composition:
    """The composer's picture of a text, square."""
    reading = parse(words)
    return compose(reading.scene, width=side, height=side, seed=seed, without=reading.excluded)
