"""The command line against a running stack, and with a stack of its own."""

from __future__ import annotations

import io
import json
import signal
import subprocess
import time
import wave
from collections.abc import Callable
from pathlib import Path

import pytest
import soundfile
from PIL import Image
from typer.testing import CliRunner, Result

from orchestrator.cli import app
from tests.e2e.stack import FAKES, Stack, command, environment, runs, services_of, until

Lanternist = Callable[..., Result]


@pytest.fixture
def lanternist(fake_stack: Stack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lanternist:
    """Runs a command in this process, against the fake stack, in an empty directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LANTERNIST_ADDRESS", fake_stack.address)

    def run(*arguments: str, stdin: str | None = None) -> Result:
        return CliRunner().invoke(app, arguments, input=stdin)

    return run


class TestImage:
    """Pictures by suffix, numbered, whole."""

    @pytest.mark.parametrize(
        ("name", "form"),
        [("a.png", "PNG"), ("a.jpg", "JPEG"), ("a.JPEG", "JPEG"), ("a.webp", "WEBP")],
    )
    def test_the_suffix_decides(self, lanternist: Lanternist, name: str, form: str) -> None:
        done = lanternist("image", "a fox", "-o", name, "--size", "96x64", "--seed", "7")
        assert done.exit_code == 0, done.stderr
        assert done.stdout == f"{name}\n"
        with Image.open(name) as picture:
            assert (picture.format, picture.size) == (form, (96, 64))

    def test_several_are_numbered_and_told_as_json(self, lanternist: Lanternist) -> None:
        done = lanternist(
            "image", "-", "-o", "fox.png", "--count", "2", "--seed", "7", "--json", stdin="a fox"
        )
        images = json.loads(done.stdout)["images"]
        assert [image["file"] for image in images] == ["fox-1.png", "fox-2.png"]
        assert [image["seed"] for image in images] == [7, 8]
        assert [image["marked"] for image in images] == [True, True]
        assert {path.name for path in Path().iterdir()} == {"fox-1.png", "fox-2.png"}

    def test_a_picture_is_drawn_from(self, lanternist: Lanternist) -> None:
        size = ("--size", "96x64", "--seed", "7")
        assert lanternist("image", "a fox", "-o", "fox.png", *size).exit_code == 0
        varied = lanternist("image", "", "-o", "a.png", *size, "--from", "fox.png")
        assert varied.exit_code == 0, varied.stderr
        with Image.open("a.png") as picture:
            assert picture.size == (96, 64)
        Path("no.png").write_text("no picture")
        Path("b.png").write_text("old")
        refused = lanternist("image", "", "-o", "b.png", "--from", "no.png")
        assert refused.exit_code == 1
        assert refused.stderr == ("lanternist: source.content: must be a PNG, JPEG or WebP file\n")
        assert Path("b.png").read_text() == "old"

    def test_a_refusal_leaves_no_file(self, lanternist: Lanternist) -> None:
        Path("old.svg").write_text("old")
        done = lanternist("image", "a fox", "-o", "old.svg")
        assert done.exit_code == 1
        assert done.stdout == ""
        assert done.stderr.startswith("lanternist: ")
        assert [path.name for path in Path().iterdir()] == ["old.svg"]
        assert Path("old.svg").read_text() == "old"


class TestSay:
    """Sound files with right headers."""

    @pytest.mark.parametrize("suffix", ["wav", "flac", "mp3", "ogg"])
    def test_the_suffix_decides(self, lanternist: Lanternist, suffix: str) -> None:
        done = lanternist("say", "Hello there, dear fox.", "-o", f"a.{suffix}", "--json")
        assert done.exit_code == 0, done.stderr
        facts = json.loads(done.stdout)
        with soundfile.SoundFile(f"a.{suffix}") as sound:
            seconds = sound.frames / sound.samplerate
        assert abs(seconds - facts["duration_ms"] / 1000) < (0.01 if suffix in "wavflac" else 0.2)
        assert facts["clauses"][0]["words"][0]["text"] == "Hello"
        assert facts["marked"] is (suffix != "ogg")

    def test_a_wav_header_tells_the_length(self, lanternist: Lanternist) -> None:
        lanternist("say", "Hello.", "-o", "a.wav")
        data = Path("a.wav").read_bytes()
        assert int.from_bytes(data[4:8], "little") == len(data) - 8
        with wave.open(io.BytesIO(data)) as sound:
            end = 44 + sound.getnframes() * 2
        assert data[end : end + 4] == b"C2PA"  # behind the samples, nothing but the mark

    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["say", "x", "-o", "a.wav", "--voice", "nobody"], "nobody"),
            (["say", "…", "-o", "a.wav"], "text"),
            (["say", "x", "-o", "a.wav", "--model", "none"], "none"),
            (["say", "x", "-o", "a.wav", "--language", "tlh"], "tlh"),
        ],
    )
    def test_errors_are_one_line(
        self, lanternist: Lanternist, arguments: list[str], words: str
    ) -> None:
        done = lanternist(*arguments)
        assert done.exit_code == 1
        assert done.stderr.count("\n") == 1
        assert words in done.stderr
        assert list(Path().iterdir()) == []


def test_what_is_drawn_and_spoken_is_known_again(
    lanternist: Lanternist, fake_stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LANTERNIST_DATA_DIRECTORY", str(fake_stack.data_directory))
    assert lanternist("image", "a fox", "-o", "a.webp", "--size", "96x64").exit_code == 0
    assert lanternist("say", "Hello there.", "-o", "a.mp3").exit_code == 0
    done = lanternist("verify", "a.webp", "a.mp3", "--json")
    assert done.exit_code == 0, done.stdout
    found = [(one["state"], one["model"]) for one in json.loads(done.stdout)["files"]]
    assert found == [("TRUSTED", "fake-image"), ("TRUSTED", "fake-voice")]


class TestChatAndTranscribe:
    """Text out, text in."""

    def test_chat_streams_the_answer(self, lanternist: Lanternist) -> None:
        assert lanternist("chat", "say this back").stdout == "say this back\n"
        told = json.loads(lanternist("chat", "-", "--json", stdin="one two").stdout)
        assert told["text"] == "one two"
        assert told["finish_reason"] == "stop"
        assert told["model"] == "fake-text"

    @pytest.mark.parametrize("form", ["text", "json", "vtt", "srt"])
    def test_transcribe_writes_each_format(self, lanternist: Lanternist, form: str) -> None:
        lanternist("say", "Hello there, dear fox. How are you?", "-o", "a.wav")
        shown = lanternist("transcribe", "a.wav", "--format", form)
        assert shown.exit_code == 0, shown.stderr
        assert shown.stdout.strip()
        saved = lanternist("transcribe", "a.wav", "--format", form, "-o", "out")
        assert saved.stdout == ""
        assert Path("out").read_text() == shown.stdout

    def test_what_is_no_sound_is_refused(self, lanternist: Lanternist) -> None:
        Path("a.wav").write_bytes(b"RIFF but not really")
        done = lanternist("transcribe", "a.wav")
        assert done.exit_code == 1
        assert "audio" in done.stderr


def test_without_a_server_a_command_has_its_own_and_stops_it(tmp_path: Path) -> None:
    done = subprocess.run(
        command("image", "a fox", "-o", "fox.png", "--json", "--address", "127.0.0.1:9"),
        cwd=tmp_path,
        env=environment(tmp_path / "data", FAKES),
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["images"][0]["model"] == "fake-image"
    assert done.stderr == ""
    log = (tmp_path / "data" / "logs" / "commands.log").read_text()
    assert "services.image" in log or '"component": "image"' in log
    assert '"component": "voice"' not in log  # only what the command needs is started


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_command_leaves_nothing(
    tmp_path: Path, number: signal.Signals, status: int
) -> None:
    process = subprocess.Popen(
        command("image", "x", "-o", "fox.png", "--model", "slow-image", "--steps", "200"),
        cwd=tmp_path,
        env=environment(tmp_path / "data", {**FAKES, "LANTERNIST_ADDRESS": "127.0.0.1:9"}),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    log = tmp_path / "data" / "logs" / "commands.log"
    until(lambda: log.exists() and '"event": "serving"' in log.read_text(), 200)
    time.sleep(0.5)
    services = services_of(process.pid)
    assert list(services) == ["image"]
    process.send_signal(number)
    out, _ = process.communicate(timeout=60)
    assert process.returncode == status
    assert out == ""
    assert not any(runs(pid) for pid in services.values())
    assert [path.name for path in tmp_path.iterdir()] == ["data"]
