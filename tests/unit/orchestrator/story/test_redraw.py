"""Pictures judged, the worst drawn again: within the budget, the best kept, the owner's left."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lanternist.runtime.errors import UnavailableError
from models.illustrator.scene import Scene as Description
from models.illustrator.scene import Subject
from orchestrator.assets.store import AssetStore
from orchestrator.story.domain import Scene, Scores
from orchestrator.story.redraw import Judge, budget_of, improved
from orchestrator.story.scores import consistency_scores, manner, prompt_score

BOTH = frozenset({"prompt", "consistency"})


def scene(index: int, prompt: float | None, **fields: object) -> Scene:
    drawn = Scene(
        index, (index,), "p", Description(), seed=index, image=f"first-{index}", model="m"
    )
    return replace(drawn, scores=Scores(prompt), **fields)  # type: ignore[arg-type]


class Painter:
    """Draws pictures with scores that were set beforehand, in order."""

    def __init__(self, *scores: float) -> None:
        self.scores = list(scores)
        self.drawn: list[tuple[int, int]] = []

    async def __call__(self, one: Scene) -> Scene:
        self.drawn.append((one.index, one.seed))
        score = self.scores.pop(0)
        return replace(one, image=f"again-{len(self.drawn)}", scores=Scores(score))


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    return Judge(AssetStore(tmp_path), lambda model: frozenset({"prompt"}))


async def test_the_worst_go_first_and_the_best_is_kept(judge: Judge) -> None:
    painter = Painter(0.5, 0.2, 0.9, 0.8)
    scenes = [scene(0, 0.6), scene(1, 1.0), scene(2, 0.3)]
    best = await improved(scenes, judge, painter, 4)
    assert [index for index, _ in painter.drawn] == [2, 2, 2, 0]
    assert len({seed for _, seed in painter.drawn}) == 4
    assert [one.scores.prompt for one in best] == [0.8, 1.0, 0.9]
    assert [one.redraws for one in best] == [1, 0, 3]
    assert best[2].image == "again-3"
    assert best[2].seed == painter.drawn[2][1]


async def test_worse_pictures_are_thrown_away_and_the_budget_holds(judge: Judge) -> None:
    painter = Painter(0.1, 0.2)
    best = await improved([scene(0, 0.5)], judge, painter, 2)
    assert best[0].image == "first-0"
    assert best[0].seed == 0
    assert best[0].redraws == 2
    assert len(painter.drawn) == 2


async def test_nothing_is_redrawn_without_a_valid_score_or_against_the_owner(
    tmp_path: Path,
) -> None:
    painter = Painter()
    unknown = Judge(AssetStore(tmp_path))
    best = await improved([scene(0, 0.1)], unknown, painter, 9)
    assert best[0].scores == Scores()
    known = Judge(AssetStore(tmp_path), lambda model: frozenset({"prompt"}))
    asked = [scene(0, 0.1, own_seed=True), scene(1, 0.1, fixed=True), scene(2, None)]
    assert [one.redraws for one in await improved(asked, known, painter, 9)] == [0, 0, 0]
    assert not painter.drawn


async def test_a_painter_that_is_gone_costs_no_story(judge: Judge) -> None:
    async def gone(one: Scene) -> Scene:
        raise UnavailableError("The painter has left.")

    best = await improved([scene(0, 0.1)], judge, gone, 5)
    assert best[0].image == "first-0"


def test_budgets() -> None:
    assert [budget_of(None, scenes) for scenes in (1, 4, 5)] == [1, 1, 2]
    assert budget_of(0, 100) == 0


def test_a_missing_character_weighs_more_than_a_missing_thing() -> None:
    asked = Description((Subject("fox", character="ember"), Subject("lamp")))
    assert prompt_score(asked, [1.0, 0.5]) == 1
    assert prompt_score(asked, [0.0, 1.0]) == pytest.approx(1 / 3)
    assert prompt_score(asked, [1.0, 0.0]) == pytest.approx(2 / 3)
    assert prompt_score(asked, []) is None
    assert prompt_score(asked, [1.0]) is None


def picture(seed: int, noise: float = 0) -> bytes:
    """Flat patches of a few colours, and grain if asked for."""
    chance = np.random.default_rng(seed)
    patches = chance.choice([40, 90, 160, 220], (6, 8, 3)).repeat(16, 0).repeat(16, 1)
    grainy = np.clip(patches + chance.normal(0, noise, patches.shape), 0, 255)
    buffer = io.BytesIO()
    Image.fromarray(grainy.astype(np.uint8)).save(buffer, "PNG")
    return buffer.getvalue()


async def test_a_picture_by_another_hand_is_found(tmp_path: Path) -> None:
    pictures = [*(picture(seed) for seed in range(4)), picture(9, noise=12)]
    scores = consistency_scores([manner(one) for one in pictures])
    assert None not in scores
    assert min(scores) == scores[4]  # type: ignore[type-var]
    assert scores[4] < 0.5  # type: ignore[operator]
    assert consistency_scores([manner(one) for one in pictures[:2]]) == [None, None]

    assets = AssetStore(tmp_path)
    stored = [await assets.put(one, "image/png") for one in pictures]
    judge = Judge(assets, lambda model: BOTH)
    scenes = [scene(i, 1.0, image=asset.name) for i, asset in enumerate(stored)]
    judged = await judge.judged(scenes)
    assert [one.scores.consistency for one in judged] == scores
