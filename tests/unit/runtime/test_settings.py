"""Where settings come from, and what wins."""

from __future__ import annotations

from pathlib import Path

import pytest

from lanternist.runtime.errors import FailedPreconditionError
from lanternist.runtime.settings import load_settings


@pytest.fixture(autouse=True)
def empty_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("LANTERNIST_CONFIG", "LANTERNIST_PROFILE", "LANTERNIST_ADDRESS"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_the_default_is_loopback_and_embedded() -> None:
    settings = load_settings()
    assert settings.address == "127.0.0.1:50051"
    assert settings.profile == "embedded"
    assert settings.services.image.models[0] == "storybook"


def test_the_gpu_profile_gives_each_service_its_own_device() -> None:
    services = load_settings(profile="gpu").services
    devices = [services.of(m).device for m in ("image", "voice", "text", "transcription")]
    assert len(set(devices)) == 4


def test_arguments_win_over_environment_over_file_over_profile(
    empty_directory: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (empty_directory / "lanternist.toml").write_text(
        'profile = "gpu"\naddress = "127.0.0.1:1"\n'
        '[services.image]\ndevice = "cuda:7"\nthreads = 3\n'
    )
    settings = load_settings()
    assert (settings.address, settings.services.image.device) == ("127.0.0.1:1", "cuda:7")
    assert settings.services.image.models[0] == "z-image-turbo", (
        "the profile fills what the file leaves"
    )
    monkeypatch.setenv("LANTERNIST_ADDRESS", "127.0.0.1:2")
    monkeypatch.setenv("LANTERNIST_SERVICES__IMAGE__THREADS", "5")
    settings = load_settings()
    assert (settings.address, settings.services.image.threads) == ("127.0.0.1:2", 5)
    assert settings.services.image.device == "cuda:7"
    assert load_settings(address="127.0.0.1:3").address == "127.0.0.1:3"


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("adress = 'x'", "adress"),
        ("[services.image]\nthreads = -1", "services.image.threads"),
        ("profile = 'none'", "profile"),
        ("this is not toml", "lanternist.toml"),
    ],
)
def test_a_wrong_setting_is_named(empty_directory: Path, toml: str, said: str) -> None:
    (empty_directory / "lanternist.toml").write_text(toml)
    with pytest.raises(FailedPreconditionError, match=said):
        load_settings()


def test_a_token_is_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTERNIST_TOKEN", "swordfish")
    assert "swordfish" not in repr(load_settings())


def test_a_missing_config_file_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LANTERNIST_CONFIG", "nowhere.toml")
    with pytest.raises(FailedPreconditionError, match="LANTERNIST_CONFIG"):
        load_settings()
