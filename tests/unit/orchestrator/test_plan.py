"""What is run for each service, and where its socket lies."""

from __future__ import annotations

import os
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from lanternist.runtime.errors import FailedPreconditionError
from lanternist.runtime.settings import MODALITIES, Settings, load_settings
from models.placement import Devices, Gpu
from orchestrator.plan import ServicePlan, make_plans
from orchestrator.sockets import SocketDirectory

GPUS = Devices(tuple(Gpu(n, f"GPU-{n}", "Card", 24_000, (8, 9)) for n in range(2)))


def settings(**services: dict[str, object]) -> Settings:
    return load_settings(services=services)


def value(plan: ServicePlan, option: str) -> str:
    return plan.command[plan.command.index(option) + 1]


def test_services_are_planned_in_order_with_their_models(tmp_path: Path) -> None:
    plans = make_plans(settings(), MODALITIES, tmp_path, devices=Devices())
    assert [plan.modality for plan in plans] == list(MODALITIES)
    image = plans[0]
    assert image.address == f"unix:{tmp_path}/image.sock" == value(image, "--address")
    assert value(image, "--model") == "storybook"
    assert image.command.count("--model") == 2
    assert value(image, "--device") == "cpu"
    assert "--watch-parent" in image.command
    assert image.environment["CUDA_VISIBLE_DEVICES"] == ""


def test_only_what_is_wanted_and_enabled(tmp_path: Path) -> None:
    chosen = settings(voice={"enabled": False})
    plans = make_plans(chosen, ("image", "voice"), tmp_path, devices=Devices())
    assert [plan.modality for plan in plans] == ["image"]


def test_each_service_sees_its_own_gpu_as_the_first(tmp_path: Path) -> None:
    chosen = settings(image={"device": "cuda:1", "models": ["storybook"]}, text={"device": "auto"})
    plans = {plan.modality: plan for plan in make_plans(chosen, MODALITIES, tmp_path, devices=GPUS)}
    assert value(plans["image"], "--device") == "cuda:0"
    assert plans["image"].environment["CUDA_VISIBLE_DEVICES"] == "GPU-1"
    assert value(plans["image"], "--dtype") == "bfloat16"
    # The automatic ones take the other card first, then share.
    assert plans["voice"].environment["CUDA_VISIBLE_DEVICES"] == "GPU-0"


def test_a_gpu_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(FailedPreconditionError) as caught:
        make_plans(settings(text={"device": "cuda:5"}), MODALITIES, tmp_path, devices=GPUS)
    assert "text" in caught.value.message
    assert "cuda:5" in caught.value.message


def test_a_service_elsewhere_has_no_command(tmp_path: Path) -> None:
    chosen = settings(voice={"address": "voices:50061"})
    (plan,) = make_plans(chosen, ("voice",), tmp_path, devices=Devices())
    assert plan.elsewhere
    assert plan.address == "voices:50061"


class TestSocketDirectory:
    """Private, short, and gone afterwards."""

    @pytest.fixture(autouse=True)
    def base(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
        """A base of its own with a short path; pytest's is too long for sockets."""
        with tempfile.TemporaryDirectory() as directory:
            monkeypatch.setattr("tempfile.tempdir", directory)
            yield Path(directory)

    def test_private_and_removed(self) -> None:
        directory = SocketDirectory()
        assert stat.S_IMODE(directory.path.stat().st_mode) == 0o700
        directory.close()
        directory.close()
        assert not directory.path.exists()

    def test_what_a_crash_left_is_removed(self, base: Path) -> None:
        abandoned = base / "lanternist-run-abandoned"
        abandoned.mkdir()
        (abandoned / "alive.lock").touch()
        hour_ago = time.time() - 3600
        os.utime(abandoned / "alive.lock", (hour_ago, hour_ago))
        living = SocketDirectory()
        os.utime(living.path / "alive.lock", (hour_ago, hour_ago))
        another = SocketDirectory()
        assert not abandoned.exists()
        assert living.path.exists()
        living.close()
        another.close()

    def test_a_long_base_is_not_used(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        long = tmp_path / ("long" * 30)
        long.mkdir()
        monkeypatch.setattr("tempfile.tempdir", str(long))
        directory = SocketDirectory()
        assert len(str(directory.path / "transcription.sock")) <= 103
        directory.close()
