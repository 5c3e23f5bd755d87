"""Pictures: the composer against our own diffusion model, and a batch against single pictures.

    python -m tests.bench.image

Both engines are asked as the service asks them, from a sentence to a PNG file. The composer draws
the forty-eight sentences of its contact sheet; the illustrator, which needs its weights in
`models/illustrator/weights`, a few of them. Processor time counts all threads.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Sequence

from lanternist.runtime.call import Call
from models import weights
from models.card import ModelCard
from models.catalog import Catalog
from models.illustrator.grid import SENTENCES
from models.placement import Placement
from services.image.encoding import ImageFormat, encode
from services.image.engine import FinishedImage, ImageEngine, request_for
from services.image.engines.diffusers import DiffusersEngine
from services.image.engines.storybook import StorybookEngine

SIZES = ((512, 384), (1024, 768))
STYLES = ("flat", "paper")
STEPS = (2, 4, 8, 16)
FEW = 5
BATCH = 8


def _timed(
    engine: ImageEngine, card: ModelCard, prompt: str, **choices: object
) -> tuple[float, float]:
    """Draws; seconds on the clock and of the processor. Raises RuntimeError: one did not come."""
    request = request_for(card, prompt=prompt, **choices)
    clock, processor = time.perf_counter(), time.process_time()
    done = 0
    for event in engine.generate(request, Call()):
        if isinstance(event, FinishedImage):
            encode(event.pixels, ImageFormat.PNG, parameters=event.parameters)
            done += 1
    spent = time.perf_counter() - clock, time.process_time() - processor
    if done != request.count:
        raise RuntimeError(f"{done} of {request.count} pictures came")
    return spent


def _row(
    what: str, size: tuple[int, int], spent: Sequence[tuple[float, float]], pictures: int = 1
) -> dict[str, object]:
    """The median of several measurements of `pictures` pictures each."""
    clock, processor = (statistics.median(times) / pictures for times in zip(*spent, strict=True))
    return {
        "engine": what,
        "size": f"{size[0]} × {size[1]}",
        "ms a picture": f"{clock * 1000:,.0f}",
        "processor ms": f"{processor * 1000:,.0f}",
        "measured on": f"{len(spent) * pictures} pictures",
    }


def _composer(sentences: Sequence[str]) -> list[dict[str, object]]:
    card = Catalog.builtin().get("storybook")
    engine = StorybookEngine(card, None, Placement())
    engine.load()
    engine.warm_up()
    rows = []
    for width, height in SIZES:
        for style in STYLES:
            spent = [
                _timed(engine, card, text, width=width, height=height, style=style, seed=i)
                for i, text in enumerate(sentences)
            ]
            rows.append(_row(f"storybook, {style}", (width, height), spent))
    engine.close()
    return rows


def _illustrator(sentences: Sequence[str]) -> list[dict[str, object]]:
    card = Catalog.builtin().get("illustrator")
    engine = DiffusersEngine(card, weights.resolve(card), Placement())
    engine.load()
    engine.warm_up()
    size = int(card.defaults["width"]), int(card.defaults["height"])
    rows = []
    for steps in STEPS:
        spent = [_timed(engine, card, text, step_count=steps) for text in sentences[:FEW]]
        rows.append(_row(f"illustrator, {steps} steps", size, spent))
    text, steps = sentences[0], 8
    singly, together = [], []
    for _ in range(2):  # in turn, so that both see the same machine
        alone = [_timed(engine, card, text, step_count=steps, seed=i) for i in range(BATCH)]
        singly.append((sum(one[0] for one in alone), sum(one[1] for one in alone)))
        together.append(_timed(engine, card, text, step_count=steps, count=BATCH))
    rows.append(_row(f"illustrator, {steps} steps, {BATCH} one by one", size, singly, BATCH))
    rows.append(_row(f"illustrator, {steps} steps, {BATCH} in a batch", size, together, BATCH))
    engine.close()
    return rows


def rows() -> list[dict[str, object]]:
    """One mapping a row, times as medians."""
    sentences = SENTENCES.read_text(encoding="utf-8").strip().splitlines()
    return _composer(sentences) + _illustrator(sentences)


if __name__ == "__main__":
    from tests.bench.__main__ import table

    print(table(rows()))
