"""Scores of pictures: what they are worth, on good and bad pairs.

*Prompt* (from the composer's count of what is seen) against an independent measure: how many pixels
of the whole picture change when a subject is taken out of it. As the composer hardly ever hides
anybody, boards are put before them. *Consistency*: a picture among those of its own story is good;
the same picture in another manner is bad. An AUC of 0.5 is worth nothing; from 0.85 a model's card
lists the score. The illustrator's pictures are drawn when its weights are there.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from lanternist.runtime.call import Call
from models.catalog import Catalog
from models.illustrator.composer import Composition, _Part, compose
from models.illustrator.layers import LayerKind
from models.illustrator.library import Library
from models.illustrator.scene import Scene, Subject
from models.illustrator.sight import subject_visibility
from models.placement import Placement
from models.weights import resolve, state
from orchestrator.story.plan import plan_scenes
from orchestrator.story.scores import consistency_scores, manner, prompt_score
from tests.bench.marked_scenes import load

Pixels = NDArray[np.uint8]
_SIZE = (512, 384)
_STORIES, _SCENES = 8, 6
_COVERED = 150
_CHANGED = 0.3  # of the pixels that change when nothing is in the way

_OTHER_MANNERS: Mapping[str, Callable[[Pixels], Pixels]] = {
    "blurred": lambda p: np.asarray(Image.fromarray(p).reduce(4).resize(p.shape[1::-1])),
    "noisy": lambda p: np.clip(
        p + np.random.default_rng(0).normal(0, 8, p.shape), 0, 255
    ).astype(np.uint8),
    "grey": lambda p: np.asarray(Image.fromarray(p).convert("L").convert("RGB")),
}  # fmt: skip


def rows() -> Iterable[Mapping[str, object]]:
    """The AUC of each score for each model and each kind of bad picture."""
    good, bad = _prompt_pairs()
    yield _row("prompt", "storybook", "a subject is not to be seen", good, bad)
    yield from _consistency("storybook", _composed("flat"), {"paper cut": _composed("paper")})
    card = Catalog.builtin().get("illustrator")
    if state(card) in ("cached", "local", "in repository"):
        drawn = _diffused()
        yield from _consistency("illustrator", drawn, {"the composer's": _composed("flat")})


def auc(good: Sequence[float], bad: Sequence[float]) -> float:
    """How often a good one scores above a bad one; ties count half."""
    above = np.subtract.outer(np.asarray(good), np.asarray(bad))
    return float((above > 0).mean() + 0.5 * (above == 0).mean())


def _row(
    score: str, model: str, kind: str, good: Sequence[float], bad: Sequence[float]
) -> Mapping[str, object]:
    return {
        "score": score,
        "model": model,
        "bad pictures": kind,
        "pairs": f"{len(good)} : {len(bad)}",
        "AUC": f"{auc(good, bad):.2f}",
    }


def _prompt_pairs() -> tuple[list[float], list[float]]:
    """Prompt scores of pictures in which something is more or less in a subject's way.

    Bad is a picture of which hardly a pixel changes when that subject is left out, or one that was
    asked for what the art library lacks.
    """
    chance = np.random.default_rng(5)
    items = [i for i in Library.load().items.values() if i.kind in ("person", "animal", "thing")]
    good, bad = [], []
    for number in range(_COVERED):
        chosen = chance.choice(len(items), 3, replace=False)
        nouns = [items[index].english[0] for index in chosen]
        lacking = number % 6 == 0
        scene = Scene(
            tuple(map(Subject, [*nouns[: 2 + number % 2], *["flibber"] * lacking])), "park"
        )
        whole = compose(scene, width=_SIZE[0], height=_SIZE[1], seed=number)
        covered = _covered(whole, share=(number % 5) / 4)
        score = prompt_score(scene, subject_visibility(scene, covered))
        assert score is not None
        seen = _change(covered) / max(_change(whole), 1e-9)
        (bad if lacking or seen < _CHANGED else good).append(score)
    return good, bad


def _covered(picture: Composition, *, share: float) -> Composition:
    """The picture with a grey board before that share of its first subject's width."""
    box = next(part.box for part in picture._parts if part.subject == 0)
    assert box is not None
    left, top, right, bottom = box
    wide = (right - left) * share
    board = (
        f'<rect x="{left - 2}" y="{top - 2}" width="{wide + 4 * (share > 0)}" '
        f'height="{bottom - top + 4}" fill="#808080"/>'
    )
    cover = _Part("board", board if share else "", LayerKind.SUBJECT, None, 1.0, box)
    return replace(picture, _parts=(*picture._parts[:-1], cover, picture._parts[-1]))


def _change(picture: Composition) -> float:
    """The share of pixels that change when the first subject is left out of the picture."""
    without = replace(picture, _parts=tuple(p for p in picture._parts if p.subject != 0))
    difference = picture.render().astype(int) - without.render().astype(int)
    return float((np.abs(difference).max(-1) > 12).mean())


def _composed(style: str) -> list[list[Pixels]]:
    return [
        [
            np.ascontiguousarray(
                compose(
                    one.description, width=_SIZE[0], height=_SIZE[1], seed=one.seed, style=style
                ).render()[..., :3]
            )
            for one in plan_scenes(story.script, 1).scenes[:_SCENES]
        ]
        for story in load()[:_STORIES]
    ]


def _diffused() -> list[list[Pixels]]:
    """The illustrator's pictures of the first stories."""
    from services.image.engine import FinishedImage, request_for
    from services.image.engines.diffusers import DiffusersEngine

    card = Catalog.builtin().get("illustrator")
    engine = DiffusersEngine(card, resolve(card), Placement())
    engine.load()
    stories = []
    for story in load()[:4]:
        pictures = []
        for one in plan_scenes(story.script, 1).scenes[:_SCENES]:
            request = request_for(card, prompt=one.prompt, scene=one.description, seed=one.seed)
            pictures += [
                np.asarray(event.pixels)
                for event in engine.generate(request, Call())
                if isinstance(event, FinishedImage)
            ]
        stories.append(pictures)
    engine.close()
    return stories


def _consistency(
    model: str, stories: list[list[Pixels]], others: Mapping[str, list[list[Pixels]]]
) -> Iterable[Mapping[str, object]]:
    manners = [[manner(_file(picture)) for picture in story] for story in stories]
    good = [score for story in manners for score in consistency_scores(story) if score is not None]
    kinds: dict[str, list[list[Pixels]]] = {
        name: [[change(picture) for picture in story] for story in stories]
        for name, change in _OTHER_MANNERS.items()
    }
    kinds |= others
    for kind, changed in kinds.items():
        bad = []
        for story, strange in zip(manners, changed, strict=False):
            for index, picture in enumerate(strange[: len(story)]):
                mixed = [*story[:index], manner(_file(picture)), *story[index + 1 :]]
                score = consistency_scores(mixed)[index]
                assert score is not None
                bad.append(score)
        yield _row("consistency", model, kind, good, bad)


def _file(pixels: Pixels) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(np.ascontiguousarray(pixels[..., :3])).save(buffer, "PNG", compress_level=1)
    return buffer.getvalue()
