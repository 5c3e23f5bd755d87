"""A client command's life: a server or a stack of its own, one line when it fails, exit codes."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
import typer

from lanternist.runtime.errors import (
    InvalidArgumentError,
    LanternistError,
    NotFoundError,
    ResourceExhaustedError,
)
from lanternist.runtime.settings import load_settings
from orchestrator.cli import session
from orchestrator.cli.session import Server, interruptible, reporting, run


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANTERNIST_DATA_DIRECTORY", str(tmp_path / "data"))


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (InvalidArgumentError("speed", "must be at most 2"), "speed: must be at most 2"),
        (NotFoundError("voice", "bob"), "voice 'bob' was not found."),
        (
            ResourceExhaustedError("Full.", retry_delay_seconds=2.5),
            "Full. Try again in 2.5 s.",
        ),
        (FileNotFoundError(2, "No such file or directory", "a.wav"), "a.wav: No such file"),
        (PermissionError(13, "Permission denied"), "Permission denied"),
    ],
)
def test_a_failure_is_one_line_and_exit_code_1(
    error: Exception, line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(typer.Exit) as caught, reporting(verbose=False):
        raise error
    assert caught.value.exit_code == 1
    shown = capsys.readouterr()
    assert shown.out == ""
    assert shown.err.startswith(f"lanternist: {line}")
    assert shown.err.count("\n") == 1


def test_verbose_tells_code_reason_and_facts(capsys: pytest.CaptureFixture[str]) -> None:
    error = NotFoundError("voice", "bob", metadata={"model": "kokoro-82m"})
    with pytest.raises(typer.Exit), reporting(verbose=True):
        raise error
    assert "[NOT_FOUND VOICE_NOT_FOUND model=kokoro-82m]" in capsys.readouterr().err


def test_a_message_cannot_play_with_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), reporting(verbose=False):
        raise LanternistError("\x1b[2Jgone\nsecond line")
    shown = capsys.readouterr().err
    assert "\x1b[2J" not in shown
    assert shown.count("\n") == 1


def test_ctrl_c_is_exit_code_130() -> None:
    with pytest.raises(typer.Exit) as caught, reporting(verbose=False):
        raise KeyboardInterrupt
    assert caught.value.exit_code == 130


@pytest.mark.parametrize(("number", "ended"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_signals_let_a_command_clean_up(number: int, ended: int) -> None:
    cleaned: list[str] = []

    async def work() -> None:
        os.kill(os.getpid(), number)  # whoever handles it has begun to
        try:
            await asyncio.sleep(30)
        finally:
            await asyncio.sleep(0.01)
            cleaned.append("up")

    with pytest.raises(typer.Exit) as caught, reporting(verbose=False):
        interruptible(work())
    assert caught.value.exit_code == ended
    assert cleaned == ["up"]


@pytest.fixture
def never() -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise AssertionError("a stack was started")

    return fail


def test_a_far_server_that_does_not_answer_is_an_error(
    monkeypatch: pytest.MonkeyPatch, never: Callable[..., None], capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(session, "answers", lambda address: False)
    monkeypatch.setattr(session, "_with_own_stack", never)
    with pytest.raises(typer.Exit) as caught:
        run(Server("gpu-box:50051", False), ["text"], never)  # type: ignore[arg-type]
    assert caught.value.exit_code == 1
    assert "No server answers at gpu-box:50051" in capsys.readouterr().err


def test_a_stack_of_our_own_starts_with_the_wanted_model() -> None:
    settings = load_settings(drain_seconds=60)
    chosen = session._for_one_command(settings, {"voice": "piper-en-us-joe"})
    assert chosen.services.voice.models[0] == "piper-en-us-joe"
    assert set(chosen.services.voice.models) == set(settings.services.voice.models)
    assert chosen.services.image.models == settings.services.image.models
    assert chosen.drain_seconds < 60
    # Also with one that the settings leave out, as long as a card describes it.
    chosen = session._for_one_command(settings, {"transcription": "whisper-large-v3-turbo"})
    assert chosen.services.transcription.models[0] == "whisper-large-v3-turbo"


@pytest.mark.parametrize(("model", "hint"), [("nope", "Available"), ("kokoro-82m", "for voice")])
def test_an_unknown_model_is_refused_before_a_stack_is_started(
    model: str,
    hint: str,
    monkeypatch: pytest.MonkeyPatch,
    never: Callable[..., None],
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(session, "answers", lambda address: False)
    monkeypatch.setattr(session, "_with_own_stack", never)
    with pytest.raises(typer.Exit):
        run(Server(None, False), ["image"], never, models={"image": model})  # type: ignore[arg-type]
    assert hint in capsys.readouterr().err
