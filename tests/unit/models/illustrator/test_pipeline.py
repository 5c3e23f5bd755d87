"""`IllustratorPipeline` as diffusers users call it, with a tiny model of random weights."""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers import (
    DiffusionPipeline,
    DPMSolverMultistepScheduler,
)
from diffusers.utils import dynamic_modules_utils

from models.illustrator import pipeline as pipeline_module
from models.illustrator.pipeline import IllustratorPipeline
from models.illustrator.training.export import leave_out
from tests.unit.models.illustrator.tiny import draw, seeded, tiny_pipeline

OURS = Path(pipeline_module.__file__).parent


@pytest.fixture
def pipe() -> IllustratorPipeline:
    return tiny_pipeline()


def test_output_types(pipe: IllustratorPipeline) -> None:
    assert draw(pipe).shape == (1, 64, 64, 3)
    assert draw(pipe, output_type="latent").shape == (1, 4, 4, 4)
    assert draw(pipe, output_type="pt").shape == (1, 3, 64, 64)
    assert pipe("a fox", num_inference_steps=1).images[0].size == (64, 64)
    assert isinstance(pipe("a fox", num_inference_steps=1, return_dict=False), tuple)


def test_sizes(pipe: IllustratorPipeline) -> None:
    assert draw(pipe, width=96, height=32).shape == (1, 32, 96, 3)
    for size in (0, -32, 40):
        with pytest.raises(ValueError, match="multiples of 32"):
            draw(pipe, width=size or 16)


def test_prompts_and_images_of_each(pipe: IllustratorPipeline) -> None:
    images = draw(
        pipe, ["a fox", "a red owl"], num_images_per_prompt=2, generator=seeded(1, 2, 1, 2)
    )
    assert images.shape[0] == 4
    assert np.allclose(images[:1], draw(pipe, "a fox"), atol=1e-4)
    assert np.allclose(images[3:], draw(pipe, "a red owl", generator=seeded(2)), atol=1e-4)
    assert not np.allclose(images[0], images[2], atol=1e-4)


def test_a_shorter_prompt_is_not_changed_by_a_longer_neighbour(pipe: IllustratorPipeline) -> None:
    both = draw(pipe, ["a fox", "a red red red fox"], generator=seeded(1, 2))
    assert np.allclose(both[0], draw(pipe, "a fox")[0], atol=1e-4)


def test_a_call_is_as_its_weights_were_made_for_unless_it_says(pipe: IllustratorPipeline) -> None:
    pipe.register_to_config(default_steps=3, default_guidance_scale=1.0)
    one = draw(pipe, num_inference_steps=None, guidance_scale=None)
    assert pipe.num_timesteps == 3
    assert not pipe.do_classifier_free_guidance
    assert np.array_equal(one, draw(pipe, num_inference_steps=3, guidance_scale=1.0))
    draw(pipe, num_inference_steps=5, guidance_scale=2.0)
    assert pipe.num_timesteps == 5
    assert pipe.do_classifier_free_guidance


def test_guidance_and_negative_prompt(pipe: IllustratorPipeline) -> None:
    runs: list[int] = []
    pipe.transformer.register_forward_pre_hook(lambda _, given: runs.append(given[0].shape[0]))
    without = draw(pipe, guidance_scale=1.0)
    assert runs == [1, 1]
    assert not pipe.do_classifier_free_guidance
    guided = draw(pipe, guidance_scale=4.0)
    assert runs[2:] == [2, 2]
    assert not np.allclose(without, guided, atol=1e-4)
    negative = draw(pipe, guidance_scale=4.0, negative_prompt="snow")
    assert not np.allclose(guided, negative, atol=1e-4)
    same = draw(pipe, guidance_scale=4.0, negative_prompt="a fox")
    assert np.allclose(same, without, atol=1e-3)  # steering from where it goes changes nothing


def test_embeddings_instead_of_words(pipe: IllustratorPipeline) -> None:
    states, mask = pipe.encode_prompt(["a fox"])
    assert states.shape == (1, 4, 16)
    given = draw(pipe, None, prompt_embeds=states, prompt_attention_mask=mask)
    assert np.allclose(given, draw(pipe), atol=1e-5)
    negative, negative_mask = pipe.encode_prompt(["snow"])
    given = draw(
        pipe,
        negative_prompt_embeds=negative,
        negative_prompt_attention_mask=negative_mask,
    )
    assert np.allclose(given, draw(pipe, negative_prompt="snow"), atol=1e-5)


def test_given_latents_are_where_it_starts(pipe: IllustratorPipeline) -> None:
    noise = torch.randn(1, 4, 4, 4, generator=seeded(1)[0])
    assert np.allclose(draw(pipe, latents=noise, generator=None), draw(pipe), atol=1e-6)
    with pytest.raises(ValueError, match="shape"):
        draw(pipe, latents=noise[:, :2])


def test_callback_sees_and_may_replace_the_latents(pipe: IllustratorPipeline) -> None:
    seen: list[int] = []

    def blank(_: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        seen.append(step)
        return {"latents": torch.zeros_like(tensors["latents"])}

    latents = draw(pipe, num_inference_steps=3, output_type="latent", callback_on_step_end=blank)
    assert seen == [0, 1, 2]
    assert pipe.num_timesteps == 3
    assert not torch.as_tensor(latents).any()


def test_interrupting_ends_the_call_after_the_step(pipe: IllustratorPipeline) -> None:
    seen: list[int] = []

    def stop(given: Any, step: int, timestep: Any, tensors: dict[str, Any]) -> dict[str, Any]:
        seen.append(step)
        given._interrupt = step == 1
        return tensors

    draw(pipe, num_inference_steps=9, callback_on_step_end=stop)
    assert seen == [0, 1]
    assert pipe.interrupt
    draw(pipe)
    assert not pipe.interrupt


@pytest.mark.parametrize(
    "options",
    [
        {"prompt": None},
        {"prompt_embeds": torch.zeros(1, 3, 16)},
        {"generator": seeded(1, 2)},
        {"negative_prompt": ["a", "b"]},
    ],
)
def test_arguments_that_do_not_fit_together(
    pipe: IllustratorPipeline, options: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match=r"."):
        draw(pipe, **options)


def test_other_schedulers_of_the_flow_family(pipe: IllustratorPipeline) -> None:
    euler = draw(pipe, num_inference_steps=30)
    pipe.scheduler = DPMSolverMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=1.5
    )
    assert np.abs(draw(pipe, num_inference_steps=30) - euler).mean() < 0.02


def test_saved_whole_it_loads_whole(pipe: IllustratorPipeline, tmp_path: Path) -> None:
    before = draw(pipe)
    pipe.save_pretrained(tmp_path)
    again = IllustratorPipeline.from_pretrained(tmp_path)
    again.set_progress_bar_config(disable=True)
    assert again.config.text_scale == 2.0
    assert np.array_equal(draw(again), before)


def test_without_a_stored_text_encoder_the_catalogs_is_taken(
    pipe: IllustratorPipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = draw(pipe)
    _save_without_text_encoder(pipe, tmp_path)
    asked: list[object] = []

    def encoder(directory: object, dtype: torch.dtype) -> tuple[Any, Any]:
        asked.append((directory, dtype))
        return pipe.tokenizer, pipe.text_encoder

    monkeypatch.setattr(pipeline_module, "load_text_encoder", encoder)
    for given in (None, tmp_path / "x"):
        again = IllustratorPipeline.from_pretrained(tmp_path, text_encoder_directory=given)
        again.set_progress_bar_config(disable=True)
        assert asked.pop() == (given, torch.float32)
        assert np.array_equal(draw(again), before)


def test_diffusers_loads_it_without_an_import_of_ours(
    pipe: IllustratorPipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dynamic_modules_utils, "HF_MODULES_CACHE", str(tmp_path / "modules"))
    monkeypatch.setattr(sys, "path", list(sys.path))
    _save_without_text_encoder(pipe, tmp_path / "weights")
    with pytest.raises(ValueError, match="trust_remote_code"):
        DiffusionPipeline.from_pretrained(tmp_path / "weights", custom_pipeline=str(OURS))
    again = DiffusionPipeline.from_pretrained(
        tmp_path / "weights",
        custom_pipeline=str(OURS),
        trust_remote_code=True,
        tokenizer=pipe.tokenizer,
        text_encoder=pipe.text_encoder,
    )
    again.set_progress_bar_config(disable=True)
    assert np.array_equal(draw(again), draw(pipe))


def _save_without_text_encoder(pipe: IllustratorPipeline, folder: Path) -> None:
    pipe.save_config(folder)
    leave_out(folder / "model_index.json", "tokenizer", "text_encoder")
    pipe.transformer.save_pretrained(folder / "transformer")
    pipe.vae.save_pretrained(folder / "vae")
    pipe.scheduler.save_pretrained(folder / "scheduler")
