"""The whole way, as its users go it: one command, killed and resumed, to pipelines that draw."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from models.illustrator.pipeline import IllustratorPipeline
from models.illustrator.training import checkpoints
from models.illustrator.training.__main__ import main
from models.illustrator.training.conditioning import CaptionReader
from models.illustrator.training.config import load_config
from tests.unit.models.illustrator.training.conftest import TINY


@pytest.fixture(autouse=True)
def as_nice_as_before(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The command lowers its own priority; the tests keep theirs, and see that it would."""
    asked: list[int] = []
    monkeypatch.setattr(os, "nice", asked.append)
    return asked


def preset(folder: Path, encoder: Path, *changes: tuple[str, str]) -> Path:
    text = TINY.read_text(encoding="utf-8")
    for find, replace in changes:
        assert find in text
        text = text.replace(find, replace)
    path = folder / "preset.toml"
    path.write_text(f'text_encoder = "{encoder}"\n{text}', encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def finished(
    tmp_path_factory: pytest.TempPathFactory, encoder_folder: Path, pictures_folder: Path
) -> Path:
    """A working folder in which every stage has run."""
    folder = tmp_path_factory.mktemp("finished")
    work = folder / "work"
    (work / "pictures").mkdir(parents=True)
    for path in pictures_folder.iterdir():
        os.link(path, work / "pictures" / path.name)
    often = ("layers = 2", "layers = 2\nmilestone_hours = 1e-7")
    path = preset(folder, encoder_folder, often)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(os, "nice", lambda _: 0)
        assert main(["all", "--preset", str(path), "--work", str(work)]) == 0
    return work


def load(finished: Path, encoder: Path, name: str) -> Any:
    config = load_config(str(finished.parent / "preset.toml"))
    reader = CaptionReader.load(config, torch.float32)
    pipeline = IllustratorPipeline.from_pretrained(
        finished / "pipelines" / name, tokenizer=reader.tokenizer, text_encoder=reader.encoder
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def draw(pipeline: Any, **options: Any) -> np.ndarray[Any, Any]:
    picture: np.ndarray[Any, Any] = pipeline(
        "a fox in the forest",
        num_inference_steps=2,
        generator=torch.Generator().manual_seed(1),
        output_type="np",
        **options,
    ).images[0]
    return picture


@pytest.mark.parametrize("name", ["many-steps", "few-steps"])
def test_the_pipelines_load_and_draw(finished: Path, encoder_folder: Path, name: str) -> None:
    pipeline = load(finished, encoder_folder, name)
    picture = draw(pipeline)
    assert picture.shape == (64, 64, 3)
    assert np.array_equal(picture, draw(load(finished, encoder_folder, name)))
    config = load_config(str(finished.parent / "preset.toml"))
    note = json.loads((finished / "train" / "stage.json").read_text(encoding="utf-8"))
    assert pipeline.config.text_scale == pytest.approx(note["text_scale"])
    assert pipeline.config.max_text_tokens == config.transformer.max_text_tokens
    assert pipeline.scheduler.config.flow_shift == config.distillation.shift
    few, many = config.distillation, config.evaluation
    taken = {"few-steps": (1, few.windows, 1), "many-steps": (2, many.steps, many.guidance_scale)}
    stored = pipeline.config
    drawn = stored.default_steps, stored.default_guidance_scale
    assert (pipeline.scheduler.config.solver_order, *drawn) == taken[name]


@pytest.mark.parametrize(("stage", "name"), [("train", "many-steps"), ("distil", "few-steps")])
def test_the_pipelines_hold_the_averaged_weights(
    finished: Path, encoder_folder: Path, stage: str, name: str
) -> None:
    pipeline = load(finished, encoder_folder, name)
    stored = pipeline.transformer.state_dict()
    trained = load_file(finished / stage / "weights.safetensors")
    assert set(stored) == set(trained)
    for key, tensor in trained.items():
        assert torch.allclose(stored[key], tensor, atol=float(tensor.abs().max()) / 60), key
    assert "pos_embed" not in trained


def test_the_pipelines_name_no_machine(finished: Path) -> None:
    for path in (finished / "pipelines").rglob("*.json"):
        text = path.read_text(encoding="utf-8")
        assert str(finished.parent) not in text
        assert "_name_or_path" not in text
    header = (finished / "pipelines/few-steps/transformer/packed.safetensors").read_bytes()[:9999]
    assert b"Fluent Emoji" in header
    notice = (finished / "pipelines/few-steps/NOTICE").read_text(encoding="utf-8")
    assert "Permission is hereby granted" in notice
    assert "Apache" in notice


def test_the_report_says_what_was_measured(finished: Path) -> None:
    document = json.loads((finished / "report" / "evaluation.json").read_text(encoding="utf-8"))
    results = document["results"]
    for pictures in ("composed", "reconstructed", "many-steps", "few-steps"):
        for split in ("seen", "unseen"):
            figures = results[f"{pictures}/{split}"]
            assert figures["subject"]["cases"] >= 4
            assert 0 <= figures["setting"]["share"] <= 1
    assert results["few-steps/speed"]["seconds_per_picture"] > 0
    assert sum(name.startswith("hours-") for name in results) == len(
        list((finished / "train" / "milestones").iterdir())
    )
    assert document["autoencoder"]["psnr"] > 3
    assert set(document["training_seconds"]) == {"autoencoder", "probe", "train", "distil"}
    text = (finished / "report" / "report.md").read_text(encoding="utf-8")
    assert "| few-steps/unseen |" in text
    for name in ("many-steps", "few-steps"):
        with Image.open(finished / "report" / f"grid-{name}.webp") as sheet:
            assert sheet.size == (8 * 256, 6 * 286)


def test_the_log_can_be_read_by_programs(finished: Path) -> None:
    lines = (finished / "log.jsonl").read_text(encoding="utf-8").splitlines()
    entries = [json.loads(line) for line in lines]
    assert {"autoencoder", "encode", "probe", "train", "distil", "export", "evaluate"} <= {
        entry["stage"] for entry in entries
    }
    validations = [entry for entry in entries if entry["event"] == "validation"]
    assert all("loss_seen" in entry or "psnr" in entry for entry in validations)


def command(finished: Path, stage: str, *options: str) -> int:
    path = finished.parent / "preset.toml"
    return main([stage, "--preset", str(path), "--work", str(finished), *options])


def test_a_stage_that_was_begun_is_not_thrown_away_by_mistake(
    finished: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = (finished / "probe" / "weights.safetensors").read_bytes()
    assert command(finished, "probe") == 1
    assert "--resume" in capsys.readouterr().err
    assert (finished / "probe" / "weights.safetensors").read_bytes() == before


def test_resuming_a_finished_run_changes_nothing(
    finished: Path, as_nice_as_before: list[int]
) -> None:
    weights = {s: (finished / s / "weights.safetensors") for s in ("probe", "train", "distil")}
    before = {stage: path.read_bytes() for stage, path in weights.items()}
    for stage in ("data", "autoencoder", "encode", "probe", "train", "distil"):
        assert command(finished, stage, "--resume") == 0
    assert {stage: path.read_bytes() for stage, path in weights.items()} == before
    assert as_nice_as_before == [19] * 6


def test_other_networks_are_not_mixed(
    finished: Path, encoder_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = preset(tmp_path, encoder_folder, ("layers = 2", "layers = 1"))
    arguments = ["train", "--preset", str(other), "--work", str(finished), "--resume"]
    assert main(arguments) == 1
    assert "another configuration" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("stage", "needed"), [("autoencoder", "data"), ("encode", "autoencoder"), ("probe", "data"),
                          ("train", "autoencoder"), ("distil", "train"), ("export", "train"),
                          ("evaluate", "probe")],
)  # fmt: skip
def test_a_stage_says_what_it_lacks(
    tmp_path: Path,
    encoder_folder: Path,
    capsys: pytest.CaptureFixture[str],
    stage: str,
    needed: str,
) -> None:
    path = preset(tmp_path, encoder_folder)
    assert main([stage, "--preset", str(path), "--work", str(tmp_path / "work")]) == 1
    assert f"`{needed}`" in capsys.readouterr().err


def test_a_stage_killed_by_9_goes_on(
    tmp_path: Path, encoder_folder: Path, pictures_folder: Path
) -> None:
    path = preset(
        tmp_path,
        encoder_folder,
        ("ema = 0.9, most_steps = 6 }\n\n[transformer]", "ema = 0.9 }\n\n[transformer]"),
        ("checkpoint_seconds = 3600", "checkpoint_seconds = 0.05"),
    )
    work = tmp_path / "work"
    (work / "pictures").mkdir(parents=True)
    for shard in pictures_folder.iterdir():
        os.link(shard, work / "pictures" / shard.name)
    arguments = ["autoencoder", "--preset", str(path), "--work", str(work)]
    process = subprocess.Popen(
        [sys.executable, "-m", "models.illustrator.training", *arguments],
        stderr=subprocess.PIPE,
        text=True,
    )
    while checkpoints.latest(work / "autoencoder" / "checkpoints") is None:
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    found = checkpoints.latest(work / "autoencoder" / "checkpoints")
    assert found is not None
    text = path.read_text(encoding="utf-8")
    more = f"ema = 0.9, most_steps = {found.step + 2} }}\n\n[transformer]"
    path.write_text(text.replace("ema = 0.9 }\n\n[transformer]", more), encoding="utf-8")
    assert main([*arguments, "--resume"]) == 0
    finished = checkpoints.latest(work / "autoencoder" / "checkpoints")
    assert finished is not None
    assert finished.step == found.step + 2
    assert finished.facts["elapsed"] > found.facts["elapsed"]
    assert (work / "autoencoder" / "finished" / "config.json").is_file()


def test_two_runs_do_not_share_a_folder(finished: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from filelock import FileLock

    with FileLock(finished / ".lock"):
        assert command(finished, "data", "--resume") == 1
    assert "Another run" in capsys.readouterr().err


def test_a_run_goes_on_from_a_released_pipeline(
    finished: Path, encoder_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    released = finished / "pipelines" / "many-steps"
    work = tmp_path / "work"
    shutil.copytree(finished / "pictures", work / "pictures")

    def run(stage: str, *changes: tuple[str, str]) -> int:
        path = preset(tmp_path, encoder_folder, *changes)
        options = ["--preset", str(path), "--work", str(work), "--start-from", str(released)]
        return main([stage, *options, "--again"])

    still = ("warm_up_steps = 2, ema = 0.9, most_steps = 6", "ema = 0.9, most_steps = 0")
    no_time = ("train = 0.1", "train = 0.0")
    options = ["--preset", str(preset(tmp_path, encoder_folder)), "--work", str(work), "--again"]
    assert main(["autoencoder", *options, "--relearn", "--start-from", str(released)]) == 0
    folders = [place / "autoencoder" / "finished" for place in (work, finished)]
    learnt, given = (load_file(next(one.glob("*.safetensors"))) for one in folders)
    moved = max(float((learnt[name] - given[name]).abs().mean()) for name in given)
    assert 0 < moved < 0.05  # on from there, not from the beginning
    assert run("autoencoder", still, no_time) == 0
    assert run("encode", still, no_time) == 0
    assert run("train", still, no_time) == 0
    notes = [json.loads((f / "train/stage.json").read_text()) for f in (finished, work)]
    assert notes[0]["text_scale"] == notes[1]["text_scale"]
    before = load_file(finished / "train" / "weights.safetensors")
    after = load_file(work / "train" / "weights.safetensors")
    for key, tensor in before.items():
        assert torch.allclose(after[key], tensor, atol=float(tensor.abs().max()) / 60), key
    assert run("train", ("layers = 2", "layers = 1"), no_time) == 1
    assert "another shape" in capsys.readouterr().err
    assert run("autoencoder", ("[8, 12, 16]", "[8, 12, 24]"), no_time) == 1
    assert "other widths" in capsys.readouterr().err


def test_pipelines_from_elsewhere_are_measured_too(finished: Path, tmp_path: Path) -> None:
    work, released = tmp_path / "work", tmp_path / "released"
    shutil.copytree(finished / "pipelines" / "many-steps", released)
    for name in ("pictures", "probe"):
        shutil.copytree(finished / name, work / name)
    options = ["--preset", str(finished.parent / "preset.toml"), "--work", str(work)]
    assert main(["evaluate", *options, "--pipeline", str(released)]) == 0
    report = json.loads((work / "report/evaluation.json").read_text())["results"]
    assert {"released/seen", "released/unseen", "composer/unseen"} <= set(report)
    assert (work / "report" / "grid-released.webp").is_file()
