"""The doctor's questions, asked of machines that are well and machines that are not."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from typer.testing import CliRunner

from lanternist.runtime.settings import Settings, load_settings
from models.placement import Devices
from orchestrator.cli import app, checks

CARDS = str(Path(__file__).parents[3] / "cards")


@pytest.fixture(autouse=True)
def _a_machine_of_our_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANTERNIST_DATA_DIRECTORY", str(tmp_path / "data"))
    monkeypatch.setenv("LANTERNIST_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LANTERNIST_ADDRESS", "127.0.0.1:1")
    monkeypatch.setattr(checks, "inventory", Devices)


def fakes(**services: dict[str, object]) -> Settings:
    names = ("image", "voice", "text", "transcription")
    models = {name: {"models": [f"fake-{name}"], **services.get(name, {})} for name in names}
    return load_settings(card_directories=[CARDS], services=models)


def verdicts(settings: Settings) -> dict[str, checks.Finding]:
    return {finding.subject: finding for finding in checks.every(settings)}


def test_a_machine_that_is_well() -> None:
    found = verdicts(fakes())
    assert {finding.verdict for finding in found.values()} == {"ok"}
    assert {"Python", "Packages", "onnxruntime", "Devices", "Weights", "Address"} <= set(found)
    assert not any(finding.mend for finding in found.values())


def test_weights_that_are_not_here_are_a_warning_with_their_size() -> None:
    found = verdicts(fakes(voice={"models": ["kokoro-82m"]}))
    assert found["Weights"].verdict == "warning"
    assert "kokoro-82m" in found["Weights"].detail
    assert "models pull kokoro-82m" in found["Weights"].mend


def test_both_onnxruntimes_are_a_clash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_installed", lambda name: True)
    monkeypatch.setattr(checks.metadata, "version", lambda name: "1.0")
    (clash,) = checks.onnxruntime()
    assert clash.verdict == "failed"
    assert "pip uninstall" in clash.mend
    monkeypatch.setattr(checks, "_installed", lambda name: False)
    (missing,) = checks.onnxruntime()
    assert missing.verdict == "failed"


def test_a_package_that_is_missing_or_old(monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = ["grpcio>=99", "no-such-package-here>=1", "typer>=0.1", 'ruff>=999; extra == "dev"']
    monkeypatch.setattr(checks.metadata, "requires", lambda name: wanted)
    (found,) = checks.packages()
    assert found.verdict == "failed"
    assert "grpcio" in found.detail
    assert "no-such-package-here is missing" in found.detail
    assert "typer" not in found.detail
    assert "ruff" not in found.detail


def test_a_gpu_that_is_not_there() -> None:
    found = verdicts(fakes(text={"device": "cuda:0"}))
    assert found["Placement"].verdict == "failed"


def test_a_model_that_no_card_describes() -> None:
    found = verdicts(fakes(text={"models": ["no-such-model"]}))
    assert found["Models"].verdict == "failed"
    assert "no-such-model" in found["Models"].detail


def test_a_full_disk(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        free = 1_000

    monkeypatch.setattr(checks.shutil, "disk_usage", lambda path: Full)
    found = verdicts(fakes())
    assert found["Data directory"].verdict == "failed"
    assert "LANTERNIST_DATA_DIRECTORY" in found["Data directory"].mend


def test_an_address_in_use_and_one_in_the_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = fakes().model_copy(update={"address": f"127.0.0.1:{taken.getsockname()[1]}"})
        assert verdicts(settings)["Address"].verdict == "warning"
    settings = fakes().model_copy(update={"address": "0.0.0.0:50051"})
    assert verdicts(settings)["Address"].verdict == "failed"


def test_a_check_that_breaks_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise OSError("no such thing")

    monkeypatch.setattr(checks, "python", broken)
    found = verdicts(fakes())
    assert found["Check"].verdict == "failed"
    assert found["Packages"].verdict == "ok"


def test_the_command_tells_and_exits_with_1_when_something_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LANTERNIST_SERVICES__TEXT__DEVICE", "cuda:3")
    done = CliRunner().invoke(app, ["doctor", "--json"])
    assert done.exit_code == 1
    found = {finding["subject"]: finding for finding in json.loads(done.stdout)}
    assert found["Placement"]["verdict"] == "failed"
    assert found["Placement"]["mend"]
    shown = CliRunner().invoke(app, ["doctor"])
    assert shown.exit_code == 1
    assert "✗ Placement" in shown.output
