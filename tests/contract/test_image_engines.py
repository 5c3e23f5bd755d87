"""What every image engine promises, asked of each: fake, vectors, tiny and real diffusion."""

from __future__ import annotations

import json
from collections.abc import Iterator

import numpy as np
import pytest

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    CancelledError,
    DeadlineExceededError,
    InvalidArgumentError,
)
from models.illustrator.scene import Scene, Subject
from services.image.encoding import ImageFormat, encode, read_parameters
from services.image.engine import (
    SEED_LIMIT,
    VARIATIONS,
    FinishedImage,
    Preview,
    StepProgress,
    limit,
)
from tests.contract import image_cases
from tests.contract.image_cases import Case


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(image_cases.fake, id="fake"),
        pytest.param(image_cases.storybook, id="storybook"),
        pytest.param(image_cases.tiny_stable_diffusion, id="tiny-stable-diffusion"),
        pytest.param(image_cases.tiny_flux, id="tiny-flux"),
        pytest.param(image_cases.illustrator, id="illustrator", marks=pytest.mark.weights),
    ],
)
def case(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Case]:
    made: Case = request.param(tmp_path_factory.mktemp("weights"))
    yield made
    made.engine.close()
    made.engine.close()  # idempotent


def test_a_picture_is_pixels_of_the_size_asked_for(case: Case) -> None:
    (image,) = case.images()
    width, height = case.small
    assert image.pixels.shape == (height, width, 3)
    assert image.pixels.dtype == np.uint8
    assert image.pixels.std() > 5  # not one flat colour


def test_any_size_within_the_limits_is_honoured(case: Case) -> None:
    step = max(32, int(limit(case.card, "size_multiple")))
    low, high = (int(limit(case.card, name)) for name in ("min_width", "max_width"))
    for width, height in ((low, min(low + step, high)), (min(low + 2 * step, high), low)):
        (image,) = case.images(width=width, height=height, step_count=1)
        assert image.pixels.shape == (height, width, 3)


def test_the_same_request_gives_the_same_bytes(case: Case) -> None:
    first, second = (case.images()[0] for _ in range(2))
    assert np.array_equal(first.pixels, second.pixels)
    assert first.svg == second.svg
    assert first.parameters == second.parameters


def test_another_seed_gives_another_picture(case: Case) -> None:
    pictures = {case.images(seed=seed)[0].pixels.tobytes() for seed in (1, 2, SEED_LIMIT - 1)}
    assert len(pictures) == 3


def test_another_prompt_gives_another_picture(case: Case) -> None:
    kitchen = case.images(prompt="A cat in the kitchen.")[0]
    assert not np.array_equal(kitchen.pixels, case.images()[0].pixels)


def test_several_pictures_come_in_order_each_with_its_seed(case: Case) -> None:
    images = case.images(count=3, seed=20)
    assert [(image.index, image.seed) for image in images] == [(0, 20), (1, 21), (2, 22)]
    assert len({image.pixels.tobytes() for image in images}) == 3
    (alone,) = case.images(seed=22)
    difference = np.abs(alone.pixels.astype(int) - images[2].pixels)
    assert difference.mean() < 1  # up to rounding: a batch adds up in another order


def test_progress_climbs_to_its_end_before_the_picture(case: Case) -> None:
    events = list(case.events(step_count=4))
    progress = [event for event in events if isinstance(event, StepProgress)]
    assert [event.step for event in progress] == list(range(1, progress[0].step_count + 1))
    assert {event.step_count for event in progress} == ({4} if case.has_steps else {1})
    assert isinstance(events[-1], FinishedImage)


def test_previews_are_sent_only_when_asked_for(case: Case) -> None:
    assert not [e for e in case.events() if isinstance(e, Preview)]
    looks = [e for e in case.events(step_count=4, preview_interval=2) if isinstance(e, Preview)]
    assert ([look.step for look in looks][:1] == [2]) == case.has_previews
    for look in looks:
        assert look.pixels.dtype == np.uint8
        assert look.pixels.shape[2] == 3


def test_cancelling_stops_within_one_step(case: Case) -> None:
    call = Call()
    before = case.steps_run()
    finished: list[int] = []

    def leave_at_the_second_step() -> None:
        seen = 0
        for event in case.events(call, step_count=40, count=4):
            if isinstance(event, FinishedImage):
                finished.append(event.index)
            seen += isinstance(event, StepProgress)
            if seen == 2:
                call.cancel()

    with pytest.raises(CancelledError):
        leave_at_the_second_step()
    assert len(finished) <= 1
    # The step under way when the caller left may end; the next one must not begin.
    assert case.steps_run() - before <= 3
    assert case.images()  # the engine is free


def test_a_call_that_was_cancelled_before_runs_nothing(case: Case) -> None:
    call = Call()
    call.cancel()
    before = case.steps_run()
    with pytest.raises(CancelledError):
        list(case.events(call))
    assert case.steps_run() == before


def test_a_deadline_of_a_millisecond_frees_the_engine(case: Case) -> None:
    before = case.steps_run()
    with pytest.raises(DeadlineExceededError):
        list(case.events(Call(timeout_seconds=0.001), step_count=40, count=4))
    assert case.steps_run() - before <= 1
    assert case.images()


def test_leaving_the_stream_stops_the_work(case: Case) -> None:
    before = case.steps_run()
    stream = case.events(step_count=40, count=4)
    next(stream)
    stream.close()  # type: ignore[attr-defined]
    stopped_at = case.steps_run()
    assert stopped_at - before <= 2
    assert case.images(step_count=2)
    assert case.steps_run() - stopped_at <= 2


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("width", 0),
        ("width", -64),
        ("height", 1),
        ("height", 10**6),
        ("step_count", 0),
        ("step_count", 10**6),
        ("guidance_scale", float("nan")),
        ("guidance_scale", float("inf")),
        ("guidance_scale", -1.0),
        ("count", 0),
        ("count", 1000),
        ("seed", -1),
        ("seed", SEED_LIMIT),
    ],
)
def test_a_value_out_of_range_is_refused_and_named(case: Case, field: str, value: object) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        list(case.events(**{field: value}))
    assert {violation.field for violation in caught.value.violations} == {field}


@pytest.mark.parametrize(
    "prompt",
    [
        "",
        " \n\t ",
        "🦊🌙❄️👩🏽‍🚀",
        "Une souris verte qui courait dans l'herbe, là-bas…",
        "一只小狐狸在雪地里奔跑",
        "ثعلب صغير في الثلج",
        "a\x00fox\x1b[31m\u202ein the \ufffdsnow",
        "fox " * 10_000,
        "x" * 100_000,
        "the the the and of",
        "a square circle, a cold fire; no, yes, neither",
    ],
)
def test_odd_prompts_give_a_picture(case: Case, prompt: str) -> None:
    (image,) = case.images(prompt=prompt, step_count=1)
    assert image.pixels.shape[:2] == case.small[::-1]
    assert all(note.strip() for note in image.notes)


def test_a_scene_is_enough(case: Case) -> None:
    scene = Scene(
        subjects=(
            Subject("fox", count=2, colour="red", relation="beside", relation_target=1),
            Subject("owl", size="small", character="olga"),
        ),
        setting="forest",
        time_of_day="night",
    )
    (image,) = case.images(prompt="", scene=scene)
    empty = case.images(prompt="", scene=Scene())[0]
    assert not np.array_equal(image.pixels, empty.pixels)


def test_a_source_is_drawn_from_or_refused(case: Case) -> None:
    numbers = np.random.default_rng(4)
    one, other = (numbers.integers(0, 255, (50, 90, 3), dtype=np.uint8) for _ in range(2))
    if VARIATIONS not in case.card.tags:
        with pytest.raises(InvalidArgumentError) as caught:
            case.images(source=one)
        assert [violation.field for violation in caught.value.violations] == ["source"]
        assert caught.value.reason == "SETTING_NOT_SUPPORTED"
        return
    first, second, third, alone = (
        case.images(**choices)[0]
        for choices in ({"source": one}, {"source": one}, {"source": other}, {"prompt": ""})
    )
    assert first.pixels.shape[:2] == case.small[::-1]
    assert np.array_equal(first.pixels, second.pixels)
    assert not np.array_equal(first.pixels, third.pixels)
    own = float(case.card.defaults.get("strength", 0.6))
    drawn = float(first.parameters["strength"])
    assert own <= drawn <= 0.6  # more than its own where that is not a step
    assert "strength" not in alone.parameters
    events = list(case.events(source=one, step_count=10, strength=0.5))
    progress = [event for event in events if isinstance(event, StepProgress)]
    assert [(event.step, event.step_count) for event in progress] == [(n, 5) for n in range(1, 6)]


def test_a_picture_says_what_made_it(case: Case) -> None:
    (image,) = case.images(seed=5)
    assert image.parameters["model"] == case.card.id
    assert image.parameters["seed"] == 5
    assert image.parameters["prompt"]
    size = (image.parameters["width"], image.parameters["height"])
    assert size == case.small
    file = encode(image.pixels, ImageFormat.PNG, parameters=image.parameters)
    assert read_parameters(file) == json.loads(json.dumps(image.parameters))
