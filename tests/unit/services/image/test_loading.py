"""Loading: what is refused, which scheduler, which device, which memory switches."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from lanternist.runtime.errors import FailedPreconditionError
from models.card import ModelCard
from models.placement import Placement
from services.image.diffusion import loading
from services.image.diffusion.loading import load_pipeline, place_pipeline
from services.image.diffusion.options import DiffusionOptions
from tests.unit.services.image.tiny_pipelines import card_for, weights_in

CPU = Placement()


def load(directory: Path, placement: Placement = CPU, **options: object) -> Any:
    card = card_for("tiny", options=options)
    weights = weights_in(directory, card)
    return load_pipeline(card, weights, placement, DiffusionOptions.of(card))


def test_a_pipeline_loads_as_its_own_class_and_scheduler(stable_diffusion: Path) -> None:
    pipeline = load(stable_diffusion)
    assert type(pipeline).__name__ == "StableDiffusionPipeline"
    assert type(pipeline.scheduler).__name__ == "DDIMScheduler"
    assert pipeline.dtype == torch.float32


def test_dtype_comes_from_the_placement(stable_diffusion: Path) -> None:
    assert load(stable_diffusion, Placement(dtype="bfloat16")).dtype == torch.bfloat16


@pytest.mark.parametrize(("native", "expected"), [(True, torch.bfloat16), (False, torch.float32)])
def test_a_card_may_choose_bfloat16_on_cpus_that_compute_in_it(
    flux: Path, monkeypatch: pytest.MonkeyPatch, native: bool, expected: torch.dtype
) -> None:
    monkeypatch.setattr(loading, "_computes_bfloat16", lambda: native)
    assert load(flux, cpu_dtype="bfloat16").transformer.dtype == expected


def test_threads_of_the_placement_are_set(flux: Path) -> None:
    before = torch.get_num_threads()
    try:
        load(flux, Placement(threads=2))
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)


def test_another_scheduler_keeps_the_configuration(stable_diffusion: Path) -> None:
    choice = {"name": "EulerDiscreteScheduler", "settings": {"timestep_spacing": "trailing"}}
    scheduler = load(stable_diffusion, scheduler=choice).scheduler
    assert type(scheduler).__name__ == "EulerDiscreteScheduler"
    assert scheduler.config.timestep_spacing == "trailing"
    assert scheduler.config.steps_offset == 1  # of the scheduler that it replaces


@pytest.mark.parametrize(
    ("name", "why"),
    [
        ("NoSuchScheduler", "no scheduler NoSuchScheduler"),
        ("FlowMatchEulerDiscreteScheduler", "does not fit it"),
    ],
)
def test_a_scheduler_that_cannot_work_is_refused(
    stable_diffusion: Path, name: str, why: str
) -> None:
    with pytest.raises(FailedPreconditionError, match=why):
        load(stable_diffusion, scheduler=name)


def _foreign_library(index: dict[str, Any]) -> None:
    index["unet"] = ["antigravity", "UNet"]


def _own_code(index: dict[str, Any]) -> None:
    index["_class_name"] = ["pipeline", "MyPipeline"]


def _our_library_unasked(index: dict[str, Any]) -> None:
    index["unet"] = ["models.illustrator.transformer", "IllustratorTransformer"]


def _no_class(index: dict[str, Any]) -> None:
    del index["_class_name"]


@pytest.mark.parametrize("change", [_foreign_library, _own_code, _our_library_unasked, _no_class])
def test_an_index_that_would_run_foreign_code_is_refused(
    stable_diffusion: Path, tmp_path: Path, change: Callable[[dict[str, Any]], None]
) -> None:
    directory = tmp_path / "pipeline"
    shutil.copytree(stable_diffusion, directory)
    path = directory / "model_index.json"
    index = json.loads(path.read_text())
    change(index)
    path.write_text(json.dumps(index))
    with pytest.raises(FailedPreconditionError) as caught:
        load(directory)
    assert caught.value.reason == "PIPELINE_NOT_LOADABLE"
    assert str(tmp_path) not in caught.value.message


def test_a_directory_without_pipeline_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FailedPreconditionError, match=r"model_index\.json"):
        load(tmp_path)


def test_pickled_weights_are_never_read(stable_diffusion: Path, tmp_path: Path) -> None:
    directory = tmp_path / "pipeline"
    shutil.copytree(stable_diffusion, directory)
    safe = directory / "unet" / "diffusion_pytorch_model.safetensors"
    torch.save({"a": torch.zeros(1)}, safe.with_suffix(".bin"))
    safe.unlink()
    with pytest.raises(OSError, match="safetensors"):
        load(directory)


def test_a_pipeline_stored_for_editing_pictures_draws_from_words(
    stable_diffusion: Path, tmp_path: Path
) -> None:
    directory = tmp_path / "pipeline"
    shutil.copytree(stable_diffusion, directory)
    path = directory / "model_index.json"
    text = path.read_text()
    path.write_text(text.replace("StableDiffusionPipeline", "StableDiffusionInpaintPipeline"))
    assert type(load(directory)).__name__ == "StableDiffusionPipeline"


def test_a_gpu_that_is_not_there_is_a_clear_error(flux: Path) -> None:
    placement = Placement(device=f"cuda:{torch.cuda.device_count()}")
    with pytest.raises(FailedPreconditionError) as caught:
        load(flux, placement)
    assert caught.value.reason == "DEVICE_NOT_FOUND"


def test_a_card_without_weights_is_refused() -> None:
    card = card_for("tiny")
    with pytest.raises(FailedPreconditionError, match="no source of weights"):
        load_pipeline(card, None, CPU, DiffusionOptions.of(card))


class Recorder:
    """Stands for a pipeline on a machine with a GPU: notes what is asked of it."""

    def __init__(self) -> None:
        self.calls: list[object] = []
        note = self.calls.append
        self.vae = SimpleNamespace(
            enable_slicing=lambda: note("vae slicing"), enable_tiling=lambda: note("vae tiling")
        )
        self.enable_attention_slicing = lambda: note("attention slicing")
        self.enable_model_cpu_offload = lambda gpu_id: note(("model offload", gpu_id))
        self.enable_sequential_cpu_offload = lambda gpu_id: note(("sequential offload", gpu_id))
        self.to = lambda device: note(("to", device))


@pytest.mark.parametrize(
    ("options", "placement", "expected"),
    [
        ({}, Placement("cuda:1"), [("to", "cuda:1")]),
        ({"offload": "model"}, Placement("cuda:1"), [("model offload", 1)]),
        ({"offload": "sequential"}, Placement("cuda:0"), [("sequential offload", 0)]),
        ({"offload": "model"}, CPU, [("to", "cpu")]),
        (
            {"attention_slicing": True, "vae_slicing": True, "vae_tiling": True},
            CPU,
            ["attention slicing", "vae slicing", "vae tiling", ("to", "cpu")],
        ),
    ],
)
def test_memory_switches(
    options: dict[str, object], placement: Placement, expected: list[object]
) -> None:
    pipeline = Recorder()
    place_pipeline(pipeline, placement, DiffusionOptions.model_validate(options))
    assert pipeline.calls == expected


def test_memory_switches_that_a_pipeline_lacks_are_left_out() -> None:
    pipeline = Recorder()
    del pipeline.enable_attention_slicing, pipeline.vae
    options = DiffusionOptions(attention_slicing=True, vae_slicing=True, vae_tiling=True)
    place_pipeline(pipeline, CPU, options)
    assert pipeline.calls == [("to", "cpu")]


@pytest.mark.parametrize(
    ("options", "named"),
    [
        ({"shceduler": "DDIMScheduler"}, "shceduler"),
        ({"use_safetensors": False}, "use_safetensors"),
        ({"pipeline": "os:system"}, "pipeline"),
        ({"scheduler": "__import__"}, "scheduler.name"),
        ({"batch_size": 0}, "batch_size"),
        ({"offload": "disk"}, "offload"),
    ],
)
def test_a_wrong_option_is_an_error_that_names_it(options: dict[str, object], named: str) -> None:
    card: ModelCard = card_for("tiny", options=options)
    with pytest.raises(FailedPreconditionError) as caught:
        DiffusionOptions.of(card)
    assert named in caught.value.message
