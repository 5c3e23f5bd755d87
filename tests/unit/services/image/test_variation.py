"""Drawing from a picture: which pipelines can, what they are told, how many steps they run."""

import math
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from lanternist.runtime.errors import FailedPreconditionError, InvalidArgumentError
from models.placement import Placement
from services.image.diffusion.options import DiffusionOptions
from services.image.diffusion.variation import effective_strength, varying_pipeline
from services.image.engine import Preview, StepProgress, request_for
from tests.unit.models.illustrator.tiny import tiny_pipeline
from tests.unit.services.image.conftest import Build, Loaded
from tests.unit.services.image.tiny_pipelines import card_for

VARIES = {"tags": ("variations",)}
NUMBERS = np.random.default_rng(0)
SOURCE, OTHER = (NUMBERS.integers(0, 255, (48, 80, 3), dtype=np.uint8) for _ in range(2))
OURS = {
    "pipeline": "models.illustrator.pipeline:IllustratorPipeline",
    "variation": "models.illustrator.variation:IllustratorImg2ImgPipeline",
    "prompt_from": "scene",
}
KINDS = ["stable_diffusion", "latent_consistency", "flux", "z_image"]


def pixels(engine: Loaded, **choices: Any) -> np.ndarray[Any, Any]:
    (image,) = engine.images(**{"seed": 1, "source": SOURCE, **choices})
    return image.pixels


def ours(build: Build, directory: Path, *, encoder: bool = True, **options: object) -> Loaded:
    tiny_pipeline(sketches=encoder).save_pretrained(directory)
    return build(directory, {**OURS, **options}, **VARIES)


@pytest.mark.parametrize("name", KINDS)
def test_seed_source_words_and_strength_change_the_picture(
    build: Build, name: str, request: pytest.FixtureRequest
) -> None:
    engine = build(request.getfixturevalue(name), **VARIES)
    plain = pixels(engine, step_count=4)
    assert plain.shape == (64, 64, 3)
    assert np.array_equal(plain, pixels(engine, step_count=4))
    for other in ({"seed": 2}, {"source": OTHER}, {"strength": 1.0}, {"prompt": "an owl"}):
        assert not np.array_equal(plain, pixels(engine, **{"step_count": 4, **other}))


@pytest.mark.parametrize("name", KINDS)
def test_progress_tells_the_steps_that_are_run(
    build: Build, name: str, request: pytest.FixtureRequest
) -> None:
    engine = build(request.getfixturevalue(name), **VARIES)
    network = getattr(engine.pipeline, "transformer", None) or engine.pipeline.unet
    runs: list[None] = []
    network.register_forward_hook(lambda *_: runs.append(None))
    events = engine.events(source=SOURCE, strength=0.5, step_count=10)
    progress = [event for event in events if isinstance(event, StepProgress)]
    # A consistency model draws all its steps, over less noise.
    wanted = 10 if name == "latent_consistency" else 5
    assert [event.step for event in progress] == list(range(1, wanted + 1))
    assert {event.step_count for event in progress} == {wanted}
    assert len(runs) == wanted


@pytest.mark.parametrize("name", KINDS)
def test_a_step_is_drawn_at_least(build: Build, name: str, request: pytest.FixtureRequest) -> None:
    engine = build(request.getfixturevalue(name), **VARIES)
    events = engine.events(source=SOURCE, strength=0.01, step_count=4)
    progress = [event for event in events if isinstance(event, StepProgress)]
    assert len(progress) == progress[0].step_count >= 1
    assert events[-1].parameters["strength"] == 0.25
    assert events[-1].notes == ("With 4 steps the strength is at least 0.25; that was taken.",)


@pytest.mark.parametrize("steps", range(1, 201))
def test_the_least_strength_is_one_step_whatever_is_rounded(steps: int) -> None:
    pipeline = SimpleNamespace(scheduler=SimpleNamespace(config={}))
    request = request_for(card_for("tiny", limits={"max_steps": 200}), prompt="", step_count=steps)
    strength, notes = effective_strength(pipeline, request)
    assert (strength, notes) == ((0.6, ()) if steps > 1 else (1.0, notes))
    least, _ = effective_strength(pipeline, SimpleNamespace(strength=1e-9, step_count=steps))  # type: ignore[arg-type]
    assert int(steps * least) == 1  # as Stable Diffusion counts
    assert int(steps - steps * least) == steps - 1  # as Flux does
    assert math.isclose(least, 1 / steps)


def test_images_of_a_batch_are_those_of_their_seeds(build: Build, flux: Path) -> None:
    engine = build(flux, **VARIES)
    for image in engine.images(seed=7, count=3, source=SOURCE):
        alone = pixels(engine, seed=image.seed)
        assert np.abs(alone.astype(int) - image.pixels).max() <= 1


def test_drawing_from_words_stays_as_it_was(build: Build, flux: Path) -> None:
    engine = build(flux, **VARIES)
    before = pixels(engine, source=None)
    pixels(engine, strength=0.5)
    assert np.array_equal(before, pixels(engine, source=None))


@pytest.mark.parametrize("name", KINDS)
def test_the_weights_are_shared_as_they_are(
    build: Build, name: str, request: pytest.FixtureRequest
) -> None:
    engine = build(request.getfixturevalue(name), **VARIES)
    pipeline = engine.pipeline.to(torch.bfloat16)
    pipeline.vae.to(torch.float32)  # of another type than the rest, as some models want it
    varying = varying_pipeline(pipeline, engine.card, Placement(), DiffusionOptions())
    for role, part in pipeline.components.items():
        if isinstance(part, torch.nn.Module):
            assert getattr(varying, role) is part
            assert part.dtype is (torch.float32 if role == "vae" else torch.bfloat16)
    assert varying.scheduler is not pipeline.scheduler
    assert varying.scheduler.config == pipeline.scheduler.config


def test_previews_of_a_flow_begin_where_it_does(build: Build, flux: Path) -> None:
    engine = build(flux, **VARIES)
    events = engine.events(source=SOURCE, strength=0.5, step_count=8, preview_interval=1)
    looks = [event for event in events if isinstance(event, Preview)]
    assert [look.step for look in looks] == [1, 2, 3]
    # The last look before the end heads for nearly what comes of it.
    off = np.abs(looks[-1].pixels.astype(int) - events[-1].pixels).mean()
    assert off < 8


def test_what_is_fixed_for_words_need_not_exist_here(build: Build, stable_diffusion: Path) -> None:
    engine = build(stable_diffusion, {"call": {"guidance_rescale": 0.5}}, **VARIES)
    (image,) = engine.images(source=SOURCE, width=96, height=32)
    assert image.pixels.shape == (32, 96, 3)
    assert image.notes == ()


def test_a_file_says_how_strongly_and_nothing_of_the_source(build: Build, flux: Path) -> None:
    engine = build(flux, **VARIES)
    (image,) = engine.images(source=SOURCE, prompt="", strength=0.5)
    assert image.parameters["strength"] == 0.5
    assert not {"prompt", "source", "image"} & set(image.parameters)
    assert "strength" not in engine.images()[0].parameters


def test_a_source_alone_is_varied_without_words(build: Build, flux: Path) -> None:
    engine = build(flux, **VARIES)
    (image,) = engine.images(source=SOURCE, prompt="", style="ink")
    assert image.parameters["prompt"] == "ink"
    engine = build(flux, {"prompt_from": "scene", "reads_style": False}, **VARIES)
    (image,) = engine.images(source=SOURCE, prompt=" ", style="ink")
    assert ("prompt" in image.parameters, image.notes) == (False, ())
    (image,) = engine.images(source=SOURCE, prompt="xqzv")
    assert "prompt" not in image.parameters
    assert image.notes == ("Nothing of the prompt was understood; it was ignored.",)
    (image,) = engine.images(source=SOURCE, prompt="An owl sat in the forest.")
    assert image.parameters["prompt"] == "an owl in a forest"


def test_a_card_may_name_a_pipeline_of_ours(build: Build, tmp_path: Path) -> None:
    engine = ours(build, tmp_path, sketch=True)
    first, second = engine.images(source=SOURCE, prompt="a red fox", count=2, step_count=4)
    assert not np.array_equal(first.pixels, second.pixels)
    assert type(engine.engine._varying).__name__ == "IllustratorImg2ImgPipeline"
    assert engine.engine._varying.transformer is engine.pipeline.transformer


def test_an_autoencoder_without_encoder_is_refused(build: Build, tmp_path: Path) -> None:
    engine = ours(build, tmp_path, encoder=False)
    assert engine.images()
    with pytest.raises(InvalidArgumentError, match="without the encoder") as caught:
        engine.images(source=SOURCE)
    assert caught.value.violations[0].field == "source"
    assert caught.value.reason == "SETTING_NOT_SUPPORTED"


@pytest.mark.parametrize("pipeline", ["pixart", "ours"])
def test_a_pipeline_without_sister_is_refused(
    build: Build, pipeline: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    if pipeline == "ours":
        engine = ours(build, tmp_path, variation="")
    else:
        engine = build(request.getfixturevalue(pipeline), **VARIES)
    with pytest.raises(InvalidArgumentError, match="no sister") as caught:
        engine.images(source=SOURCE)
    assert caught.value.violations[0].field == "source"
    assert caught.value.reason == "SETTING_NOT_SUPPORTED"


def test_a_pipeline_that_is_not_there_is_told_at_load(build: Build, tmp_path: Path) -> None:
    with pytest.raises(FailedPreconditionError, match="no pipeline models"):
        ours(build, tmp_path, variation="models.illustrator.variation:NoSuch2Pipeline")
    with pytest.raises(FailedPreconditionError, match="variation"):
        ours(build, tmp_path, variation="os:system")


def test_a_model_without_the_tag_is_refused(build: Build, flux: Path) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        build(flux).images(source=SOURCE)
    assert caught.value.violations[0].field == "source"


@pytest.mark.parametrize("strength", [0.0, -0.1, 1.1, math.nan])
def test_a_strength_out_of_range_is_refused(build: Build, flux: Path, strength: float) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        build(flux, **VARIES).images(source=SOURCE, strength=strength)
    assert caught.value.violations[0].field == "source.strength"
