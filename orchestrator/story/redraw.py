"""Pictures judged and the worst drawn again, with other seeds, within a budget; the best are kept.

Which scores count for which model stands in its card; a picture without a score is left alone, and
so is one whose owner chose its seed. This module neither draws nor knows when a picture is needed.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from lanternist.runtime import telemetry
from lanternist.runtime.errors import LanternistError
from orchestrator.assets.store import AssetStore
from orchestrator.story.domain import Scene, Scores
from orchestrator.story.scores import Vector, consistency_scores, manner

_log = telemetry.logger(__name__)

Draw = Callable[[Scene], Awaitable[Scene]]
Valid = Callable[[str], frozenset[str]]
"""The scores that are worth something for a model's pictures: `prompt`, `consistency`."""

# Below that a picture is drawn again.
_GOOD = {"prompt": 0.75, "consistency": 0.4}
_MOST_TRIES = 3
_SEEDS = 1 << 53


@dataclass(frozen=True)
class Judge:
    """Scores pictures.

    Attributes:
        assets: Has the pictures.
        valid: Says which scores count for a model.
    """

    assets: AssetStore
    valid: Valid = lambda model: frozenset()

    async def judged(self, scenes: Sequence[Scene]) -> list[Scene]:
        """Drawn scenes with the scores that are valid for their models.

        Args:
            scenes: Of one story; `scores.prompt` as the engine's own account gives it.
        """
        looked_at = [i for i, one in enumerate(scenes) if "consistency" in self.valid(one.model)]
        manners = [await self._manner(scenes[index]) for index in looked_at]
        fits = dict(zip(looked_at, consistency_scores(manners), strict=True))
        return [
            replace(
                scene,
                scores=Scores(
                    scene.scores.prompt if "prompt" in self.valid(scene.model) else None,
                    fits.get(index),
                ),
            )
            for index, scene in enumerate(scenes)
        ]

    async def _manner(self, scene: Scene) -> Vector:
        data = await self.assets.read(scene.image)
        return await asyncio.to_thread(manner, data)


async def improved(
    scenes: Sequence[Scene], judge: Judge, draw: Draw, budget: int
) -> tuple[Scene, ...]:
    """Scores drawn scenes, draws the worst again, and keeps of each the best.

    Args:
        scenes: Of one story, drawn.
        judge: Scores them.
        draw: Draws a scene with the seed that it is given.
        budget: How many pictures may be drawn again, all scenes together.

    Returns:
        The scenes with scores, and the number of redraws of each.
    """
    best = await judge.judged(scenes)
    for index in sorted(range(len(best)), key=lambda one: _worth(best[one])):
        first = best[index]
        if _worth(first) >= 1 or first.own_seed or first.fixed:
            continue
        for number in range(1, _MOST_TRIES + 1):
            if budget == 0 or _worth(best[index]) >= 1:
                break
            budget -= 1
            try:
                again = await draw(replace(first, seed=_another(first.seed, number)))
            except LanternistError as error:
                # There is a picture already: a story does not fail for want of a better one.
                _log.warning("picture not drawn again", scene=first.index, reason=error.reason)
                return tuple(best)
            others = [*best[:index], again, *best[index + 1 :]]
            again = (await judge.judged(others))[index]
            kept = max(best[index], again, key=_worth)
            best[index] = replace(kept, redraws=number)
    return tuple(best)


def budget_of(asked: int | None, scenes: int) -> int:
    """How many pictures may be drawn again: what was asked for, else a quarter of the scenes."""
    return -(-scenes // 4) if asked is None else asked


def _worth(scene: Scene) -> float:
    """How far the worst score of a picture is on its way to good; 1 and more: it is."""
    parts = [
        score / _GOOD[name]
        for name, score in (
            ("prompt", scene.scores.prompt),
            ("consistency", scene.scores.consistency),
        )
        if score is not None
    ]
    return min(parts, default=1.0)


def _another(seed: int, number: int) -> int:
    digest = hashlib.sha256(f"{seed}/again/{number}".encode()).digest()
    return int.from_bytes(digest[:8], "big") % _SEEDS
