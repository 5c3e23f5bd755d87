"""The diffusers engine around tiny real pipelines: what they lack, memory, wrong numbers, words."""

import functools
import logging
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    FailedPreconditionError,
    InternalError,
    InvalidArgumentError,
    ResourceExhaustedError,
)
from models.catalog import Catalog
from models.illustrator.scene import Scene, Subject
from services.image.engine import Preview, StepProgress
from tests.unit.services.image.conftest import Build


def test_seed_prompt_and_negative_prompt_change_the_picture(
    build: Build, stable_diffusion: Path
) -> None:
    engine = build(stable_diffusion)
    plain = engine.images(seed=1)[0].pixels
    assert np.array_equal(plain, engine.images(seed=1)[0].pixels)
    for other in ({"seed": 2}, {"prompt": "an owl"}, {"negative_prompt": "an owl"}):
        assert not np.array_equal(plain, engine.images(**{"seed": 1, **other})[0].pixels)


def test_images_of_a_batch_are_those_of_their_seeds(build: Build, flux: Path) -> None:
    engine = build(flux)
    batch = engine.images(seed=7, count=3)
    assert [image.seed for image in batch] == [7, 8, 9]
    for image in batch:
        alone = engine.images(seed=image.seed)[0].pixels
        assert np.abs(alone.astype(int) - image.pixels).max() <= 1


def test_events_come_in_order(build: Build, flux: Path) -> None:
    engine = build(flux, {"batch_size": 2})
    events = engine.events(count=3, step_count=3, preview_interval=2)
    shown = [
        (type(event).__name__, getattr(event, "step", None), getattr(event, "index", None))
        for event in events
    ]
    batch = [("StepProgress", 1, None), ("StepProgress", 2, None)]
    assert shown == [
        *batch,
        ("Preview", 2, 0),
        ("Preview", 2, 1),
        ("StepProgress", 3, None),
        ("FinishedImage", None, 0),
        ("FinishedImage", None, 1),
        *batch,
        ("Preview", 2, 2),
        ("StepProgress", 3, None),
        ("FinishedImage", None, 2),
    ]
    progress = [event for event in events if isinstance(event, StepProgress)]
    assert {event.step_count for event in progress} == {3}
    assert [event.image_index for event in progress] == [0, 0, 0, 2, 2, 2]


@pytest.mark.parametrize("name", ["stable_diffusion", "flux", "pixart", "z_image"])
def test_previews_come_from_every_kind_of_latents(
    build: Build, name: str, request: pytest.FixtureRequest
) -> None:
    options = {"call": {"use_resolution_binning": False}} if name == "pixart" else {}
    engine = build(request.getfixturevalue(name), options)
    looks = [e for e in engine.events(step_count=3, preview_interval=1) if isinstance(e, Preview)]
    assert [look.step for look in looks] == [1, 2]
    assert looks[0].pixels.shape == (64, 64, 3)
    assert looks[0].pixels.std() > 0


def test_a_setting_that_the_pipeline_lacks_is_refused(
    build: Build, latent_consistency: Path
) -> None:
    engine = build(latent_consistency)
    assert engine.images()
    with pytest.raises(InvalidArgumentError) as caught:
        engine.images(negative_prompt="an owl")
    assert caught.value.violations[0].field == "negative_prompt"
    assert caught.value.reason == "SETTING_NOT_SUPPORTED"


def test_or_ignored_and_reported_where_the_card_says_so(
    build: Build, latent_consistency: Path
) -> None:
    engine = build(latent_consistency, {"unsupported": "ignore"})
    (image,) = engine.images(negative_prompt="an owl")
    assert image.notes == ("The model has no negative prompt; it was ignored.",)
    assert "negative_prompt" not in image.parameters


def test_guidance_goes_to_the_parameter_that_the_card_names(build: Build, flux: Path) -> None:
    engine = build(flux, {"guidance_parameter": "true_cfg_scale"})
    wanted = {"seed": 3, "negative_prompt": "an owl"}
    weak, strong = (engine.images(guidance_scale=g, **wanted)[0] for g in (1.0, 9.0))
    assert not np.array_equal(weak.pixels, strong.pixels)
    assert weak.notes == ("A negative prompt has no effect at a guidance scale of 1 or below.",)
    assert strong.notes == ()


@pytest.mark.parametrize(
    ("name", "model"), [("z_image", "z-image-turbo"), ("flux", "flux-1-schnell")]
)
def test_the_settings_of_the_gpu_cards_fit_their_pipelines(
    build: Build, name: str, model: str, request: pytest.FixtureRequest
) -> None:
    card = Catalog.builtin().get(model)
    guidance = card.defaults["guidance_scale"]
    engine = build(
        request.getfixturevalue(name),
        dict(card.options),
        defaults={"guidance_scale": guidance, "step_count": card.defaults["step_count"]},
    )
    images = engine.images(prompt="a fox", count=2, step_count=2)
    assert [image.notes for image in images] == [(), ()]
    assert not np.array_equal(images[0].pixels, images[1].pixels)
    (image,) = engine.images(negative_prompt="an owl")
    assert "no effect" in image.notes[0]


def test_what_the_text_encoder_cannot_read_is_reported(build: Build, flux: Path) -> None:
    engine = build(flux)
    assert engine.images(prompt="a fox")[0].notes == ()
    assert "longer than the 32 tokens" in engine.images(prompt="fox " * 40)[0].notes[0]


def test_prompts_are_never_logged(
    build: Build, flux: Path, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        build(flux).images(prompt="zanzibar " * 60)
    captured = capfd.readouterr()
    assert "zanzibar" not in caplog.text + captured.out + captured.err


def test_a_scene_is_worded_when_there_is_no_prompt(build: Build, flux: Path) -> None:
    scene = Scene(subjects=(Subject("fox"),), setting="forest")
    engine = build(flux)
    worded = engine.images(prompt="", scene=scene, style="watercolour")[0].parameters["prompt"]
    assert worded == "a fox in a forest, watercolour"
    given = engine.images(prompt="an owl", scene=scene, style="ink")[0].parameters["prompt"]
    assert given == "an owl, ink"


def test_a_card_may_want_scenes_and_no_style(build: Build, flux: Path) -> None:
    engine = build(flux, {"prompt_from": "scene", "reads_style": False})
    scene = Scene(subjects=(Subject("fox"),), setting="forest", time_of_day="night")
    (image,) = engine.images(prompt="He ran away.", scene=scene, style="ink")
    assert image.parameters["prompt"] == "a fox in a forest, at night"
    assert image.notes == ()


def test_then_prose_is_read_as_a_scene(build: Build, flux: Path) -> None:
    engine = build(flux, {"prompt_from": "scene", "reads_style": False})
    (image,) = engine.images(prompt="An owl sat in the forest at night.", style="ink")
    assert image.parameters["prompt"] == "an owl in a forest, at night"
    (image,) = engine.images(prompt="🦊 xqzv")
    assert image.parameters["prompt"] == "in a flowery meadow"
    assert image.notes == ("Nothing of the prompt was understood; a place is drawn.",)


def test_a_card_may_want_the_subjects_drawn_first(build: Build, flux: Path) -> None:
    engine = build(flux, {"prompt_from": "scene", "sketch": True})
    asked: list[dict[str, Any]] = []
    pipeline, own = engine.pipeline, type(engine.pipeline).__call__

    class Sketched(type(pipeline)):  # type: ignore[misc]  # a class known at run time alone
        @functools.wraps(own)
        def __call__(self, *args: Any, sketch: Any = None, **kwargs: Any) -> Any:
            asked.append({"sketch": sketch, **kwargs})
            return own(self, *args, **kwargs)

    pipeline.__class__ = Sketched
    images = engine.images(prompt="two foxes by a red house, not a dog", count=2, seed=5)
    assert len(images) == 2
    first, second = asked[0]["sketch"]
    assert first.shape == (images[0].pixels.shape[0], images[0].pixels.shape[1], 4)
    assert 0.02 < (first[..., 3] == 255).mean() < 0.9
    assert not np.array_equal(first, second)  # each seed has a layout of its own
    engine.images(prompt="two foxes by a red house, not a dog", seed=6)
    assert np.array_equal(asked[1]["sketch"][0], second)
    engine.images(prompt="", scene=Scene(setting="sea"))
    assert not asked[2]["sketch"][0].any()
    notes = engine.images(prompt="", scene=Scene((Subject("boat"), Subject("gizmo"))))[0].notes
    assert asked[3]["prompt"].startswith("a boat and a gizmo on the open sea")
    assert "Not in the art library: gizmo." in notes
    with pytest.raises(FailedPreconditionError, match="sketch needs prompt_from"):
        build(flux, {"sketch": True})


class OutOfMemoryAbove:
    """Makes a pipeline fail as a GPU does when more than `most` pictures are asked at once."""

    def __init__(self, pipeline: Any, most: int, error: Exception) -> None:
        self.most, self.error, self.sizes = most, error, []  # type: ignore[var-annotated]
        own_forward = pipeline.transformer.forward

        def forward(hidden_states: torch.Tensor, **rest: Any) -> Any:
            self.sizes.append(hidden_states.shape[0])
            if hidden_states.shape[0] > self.most:
                raise self.error
            return own_forward(hidden_states, **rest)

        pipeline.transformer.forward = lambda **kw: forward(kw.pop("hidden_states"), **kw)


@pytest.mark.parametrize(
    "error",
    [
        torch.OutOfMemoryError("CUDA out of memory."),
        RuntimeError("DefaultCPUAllocator: not enough memory: you tried to allocate 1 bytes."),
    ],
)
def test_a_batch_that_does_not_fit_is_halved(build: Build, flux: Path, error: Exception) -> None:
    engine = build(flux)
    memory = OutOfMemoryAbove(engine.pipeline, 1, error)
    images = engine.images(count=4, step_count=1)
    assert [image.index for image in images] == [0, 1, 2, 3]
    assert memory.sizes == [4, 2, 1, 1, 1, 1]


def test_one_picture_that_does_not_fit_is_resource_exhausted(build: Build, flux: Path) -> None:
    engine = build(flux)
    OutOfMemoryAbove(engine.pipeline, 0, torch.OutOfMemoryError("CUDA out of memory."))
    with pytest.raises(ResourceExhaustedError) as caught:
        engine.images(count=2)
    assert caught.value.reason == "OUT_OF_MEMORY"
    assert "64 × 64" in caught.value.message


def test_other_errors_of_the_library_are_not_hidden(build: Build, flux: Path) -> None:
    engine = build(flux)
    OutOfMemoryAbove(engine.pipeline, 0, RuntimeError("shapes do not match"))
    with pytest.raises(RuntimeError, match="shapes do not match"):
        engine.images()


def test_pixels_that_are_no_numbers_are_an_error(build: Build, flux: Path) -> None:
    engine = build(flux)
    with torch.no_grad():
        engine.pipeline.transformer.proj_out.bias.fill_(torch.nan)
    with pytest.raises(InternalError) as caught:
        engine.images()
    assert caught.value.reason == "MODEL_OUTPUT_NOT_FINITE"


def test_a_second_order_scheduler_reports_its_real_steps(
    build: Build, stable_diffusion: Path
) -> None:
    engine = build(stable_diffusion, {"scheduler": "HeunDiscreteScheduler"})
    steps = [e.step for e in engine.events(step_count=3) if isinstance(e, StepProgress)]
    assert steps == [1, 2, 3, 4, 5]


def test_leaving_early_stops_the_pipeline_and_frees_the_engine(build: Build, flux: Path) -> None:
    engine = build(flux)
    runs: list[int] = []
    engine.pipeline.transformer.register_forward_hook(lambda *_: runs.append(1))
    events = engine.engine.generate(engine.request(step_count=100), Call())
    next(events)
    events.close()  # type: ignore[attr-defined]
    assert len(runs) <= 3
    assert engine.images()


def test_an_engine_that_is_not_loaded_says_so(build: Build, flux: Path) -> None:
    engine = build(flux)
    engine.engine.close()
    engine.engine.close()
    with pytest.raises(FailedPreconditionError):
        engine.images()
