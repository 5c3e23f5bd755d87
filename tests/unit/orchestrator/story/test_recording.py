from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from PIL import Image

from lanternist.runtime.errors import InvalidArgumentError
from orchestrator.story.recording import examine

SAMPLES = (0.1 * np.sin(np.arange(24_000) * 0.05)).astype(np.float32)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.wav", "audio/wav"),
        ("a.flac", "audio/flac"),
        ("a.ogg", "audio/ogg"),
        ("a.mp3", "audio/mpeg"),
        ("a.aiff", "audio/aiff"),
    ],
)
def test_the_bytes_say_what_a_recording_is(tmp_path: Path, name: str, media_type: str) -> None:
    path = tmp_path / name
    soundfile.write(path, SAMPLES, 24_000)
    path = path.rename(tmp_path / "narration")
    found = examine(path)
    assert found.media_type == media_type
    assert abs(found.duration_ms - 1000) < 60


def test_m4a(tmp_path: Path) -> None:
    path = tmp_path / "a.m4a"
    with av.open(str(path), "w") as file:
        stream = file.add_stream("aac", rate=24_000)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(SAMPLES[None, :], format="fltp", layout="mono")
        frame.sample_rate = 24_000
        file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    assert examine(path).media_type == "audio/mp4"


def _wav(path: Path, start: int, end: int | None, replacement: bytes) -> None:
    """A WAV file with some of its bytes replaced."""
    soundfile.write(path, SAMPLES, 24_000, format="WAV")
    data = bytearray(path.read_bytes())
    data[start:end] = replacement
    path.write_bytes(data)


def _playlist(path: Path) -> None:
    soundfile.write(path.with_name("secret.wav"), SAMPLES, 24_000)
    path.write_text(f"#EXTM3U\n#EXTINF:1,\nfile://{path.with_name('secret.wav')}\n#EXT-X-ENDLIST\n")


def _concat(path: Path) -> None:
    soundfile.write(path.with_name("secret.wav"), SAMPLES, 24_000)
    path.write_text(f"ffconcat version 1.0\nfile '{path.with_name('secret.wav')}'\n")


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda p: p.write_bytes(b""), "AUDIO_EMPTY"),
        (lambda p: p.write_text("Once upon a time. " * 500), "AUDIO_UNREADABLE"),
        (lambda p: p.write_bytes(np.random.default_rng(1).bytes(50_000)), "AUDIO_UNREADABLE"),
        (lambda p: Image.new("RGB", (9, 9)).save(p, "PNG"), "AUDIO_UNREADABLE"),
        (lambda p: _wav(p, 44, None, b""), "AUDIO_WITHOUT_SOUND"),
        (lambda p: _wav(p, 24, 28, b"\1\0\0\0"), "AUDIO_TOO_LONG"),
        (lambda p: _wav(p, 24, 28, b"\0\0\0\0"), "AUDIO_UNREADABLE"),
        (lambda p: _wav(p, 22, 24, b"\0\0"), "AUDIO_UNREADABLE"),
        (_playlist, "AUDIO_UNREADABLE"),
        (_concat, "AUDIO_UNREADABLE"),
    ],
    ids=["empty", "text", "noise", "picture", "header", "hours", "no-rate", "no-channel",
         "playlist", "concat"],
)  # fmt: skip
def test_what_is_no_recording_is_refused(
    tmp_path: Path, make: Callable[[Path], object], reason: str
) -> None:
    path = tmp_path / "narration"
    make(path)
    with pytest.raises(InvalidArgumentError) as caught:
        examine(path, "narration")
    assert (caught.value.violations[0].field, caught.value.reason) == ("narration", reason)


def test_a_damaged_recording_is_as_long_as_what_is_left(tmp_path: Path) -> None:
    path = tmp_path / "narration"
    noise = np.random.default_rng(2).normal(0, 0.1, 24_000 * 4).astype(np.float32)
    soundfile.write(path, noise, 24_000, format="MP3")
    whole = examine(path).duration_ms
    data = bytearray(path.read_bytes())
    data[len(data) // 2 : len(data) // 2 + 3000] = bytes(3000)
    path.write_bytes(data)
    assert whole / 2 < examine(path).duration_ms <= whole
