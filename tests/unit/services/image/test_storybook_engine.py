"""The storybook engine: words and scenes to finished pictures, by the engine's promises."""

import numpy as np
import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import CancelledError, InvalidArgumentError
from models.catalog import Catalog
from models.illustrator.scene import Scene, Subject
from models.placement import Placement
from services.image.engine import FinishedImage, StepProgress, request_for
from services.image.engines.storybook import StorybookEngine

CARD = Catalog.builtin().get("storybook")


@pytest.fixture(scope="module")
def engine() -> StorybookEngine:
    engine = StorybookEngine(CARD, None, Placement())
    engine.load()
    engine.warm_up()
    return engine


def finished(engine: StorybookEngine, prompt: str, **choices: object) -> list[FinishedImage]:
    size = {"width": 160, "height": 120}
    request = request_for(CARD, prompt=prompt, **{**size, **choices})
    return [e for e in engine.generate(request, Call()) if isinstance(e, FinishedImage)]


def test_several_pictures_are_those_of_their_seeds(engine: StorybookEngine) -> None:
    batch = finished(engine, "A fox in the forest.", count=3, seed=41)
    assert [image.seed for image in batch] == [41, 42, 43]
    (alone,) = finished(engine, "A fox in the forest.", seed=42)
    assert np.array_equal(batch[1].pixels, alone.pixels)
    assert not np.array_equal(batch[0].pixels, batch[1].pixels)
    assert alone.pixels.shape == (120, 160, 3)
    assert alone.svg is not None
    assert alone.svg.startswith("<svg")


def test_progress_comes_before_each_picture(engine: StorybookEngine) -> None:
    request = request_for(CARD, prompt="A fox.", width=64, height=64, count=2)
    kinds = [type(event) for event in engine.generate(request, Call())]
    assert kinds == [StepProgress, FinishedImage] * 2


def test_what_was_not_understood_is_said(engine: StorybookEngine) -> None:
    (image,) = finished(engine, "A gleaming zeppelin and a fox.")
    assert "Not understood: zeppelin." in image.notes
    (image,) = finished(engine, "", scene=Scene((Subject("zeppelin"),)))
    assert image.notes == ("Not in the art library: zeppelin.",)


def test_a_scene_is_drawn_instead_of_the_words(engine: StorybookEngine) -> None:
    (worded,) = finished(engine, "A fox in the forest.")
    scene = Scene((Subject("owl"),), "desert")
    (drawn,) = finished(engine, "A fox in the forest.", scene=scene)
    assert not np.array_equal(worded.pixels, drawn.pixels)
    (prompted,) = finished(engine, "", scene=scene)
    assert str(prompted.parameters["prompt"]).startswith("an owl in a desert")


def test_a_negative_prompt_takes_things_away(engine: StorybookEngine) -> None:
    (both,) = finished(engine, "A fox and a rabbit in the forest.")
    (one,) = finished(engine, "A fox and a rabbit in the forest.", negative_prompt="rabbit")
    assert both.svg is not None
    assert one.svg is not None
    assert len(one.svg) < len(both.svg)


@pytest.mark.parametrize("prompt", ["", "🦊", "日本の狐", "\x00\x07", "fox " * 9_000])
def test_any_words_give_a_picture(engine: StorybookEngine, prompt: str) -> None:
    (image,) = finished(engine, prompt)
    assert image.pixels.std() > 5


def test_steps_and_guidance_change_nothing(engine: StorybookEngine) -> None:
    (plain,) = finished(engine, "A fox.")
    (other,) = finished(engine, "A fox.", step_count=7, guidance_scale=2.0, preview_interval=1)
    assert np.array_equal(plain.pixels, other.pixels)


def test_a_cancelled_call_draws_nothing_more(engine: StorybookEngine) -> None:
    call = Call()
    events = engine.generate(request_for(CARD, prompt="A fox.", width=64, height=64, count=4), call)
    next(events)
    call.cancel()
    with pytest.raises(CancelledError):
        list(events)


def test_sizes_outside_the_card_are_refused(engine: StorybookEngine) -> None:
    with pytest.raises(InvalidArgumentError):
        finished(engine, "A fox.", width=100_000)
