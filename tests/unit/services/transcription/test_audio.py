"""Recordings of every kind, and everything that is not one."""

from __future__ import annotations

import io
import struct
import wave
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from lanternist.runtime.errors import InvalidArgumentError, ResourceExhaustedError
from services.transcription.audio import AudioFile
from tests.unit.services.transcription.recordings import KINDS, encoded, tone, video_only

RATE = 16_000


def decoded(data: bytes, **limits: float) -> NDArray[np.float32]:
    audio = AudioFile(**limits)  # type: ignore[arg-type]
    try:
        for start in range(0, len(data), 1000):
            audio.write(data[start : start + 1000])
        audio.check()
        blocks = list(audio.blocks())
    finally:
        audio.close()
    assert all(block.dtype == np.float32 and block.ndim == 1 for block in blocks)
    sound = np.concatenate(blocks)
    assert np.isfinite(sound).all()
    assert np.abs(sound).max() <= 1.0
    return sound


def refusal(data: bytes, **limits: float) -> str:
    with pytest.raises(InvalidArgumentError) as caught:
        decoded(data, **limits)
    assert caught.value.violations[0].field == "audio"
    return caught.value.reason


def loudest_hertz(sound: NDArray[np.float32]) -> float:
    spectrum = np.abs(np.fft.rfft(sound * np.hanning(len(sound))))
    return float(spectrum.argmax() * RATE / len(sound))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layout", ["mono", "stereo"])
def test_every_kind_becomes_the_same_sound(kind: str, layout: str) -> None:
    sound = decoded(encoded(tone(1.5, KINDS[kind][2]), kind, layout))
    assert len(sound) / RATE == pytest.approx(1.5, abs=0.09)
    assert loudest_hertz(sound) == pytest.approx(440, abs=2)
    middle = sound[RATE // 2 : RATE]
    assert np.sqrt(np.mean(middle**2)) == pytest.approx(0.5 / np.sqrt(2), rel=0.1)


def test_what_streamed_wav_headers_promise_is_not_believed() -> None:
    """Who writes WAV to a pipe cannot know its length and writes the largest number."""
    data = bytearray(encoded(tone(1.0, 44_100), "wav"))
    at = data.index(b"data") + 4
    data[at : at + 4] = b"\xff\xff\xff\xff"
    data[4:8] = b"\xff\xff\xff\xff"
    assert len(decoded(bytes(data))) == pytest.approx(RATE, abs=200)


def test_silence_between_time_stamps_keeps_the_clock() -> None:
    """Live recordings leave packets out; what follows must not move forward."""
    data = encoded(tone(4.0, 48_000), "webm")
    import av

    buffer = io.BytesIO()
    with av.open(io.BytesIO(data)) as source, av.open(buffer, "w", format="webm") as target:
        stream = target.add_stream_from_template(source.streams.audio[0])
        for packet in source.demux(source.streams.audio[0]):
            if packet.pts is not None and not 1000 <= packet.pts < 3000:
                packet.stream = stream
                target.mux(packet)
    sound = decoded(buffer.getvalue())
    assert len(sound) / RATE == pytest.approx(4.0, abs=0.1)
    assert np.abs(sound[round(1.2 * RATE) : round(2.8 * RATE)]).max() < 0.01
    assert np.abs(sound[round(3.2 * RATE) : round(3.8 * RATE)]).max() > 0.3


def test_infinite_samples_are_tamed() -> None:
    sound = tone(1.0, 48_000)
    sound[1000:1100] = np.inf
    sound[2000:2100] = np.nan
    sound[3000:3100] = 1e30
    decoded(encoded(sound, "wav-float"))


def test_damage_in_the_middle_is_survived() -> None:
    data = bytearray(encoded(tone(5.0, 44_100), "mp3"))
    data[len(data) // 2 : len(data) // 2 + 2000] = bytes(range(250)) * 8
    # MP3 has no time stamps: what is lost shortens it.
    assert 4.3 < len(decoded(bytes(data))) / RATE < 5.1


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "AUDIO_EMPTY"),
        (b"\0" * 5000, "AUDIO_NOT_RECOGNISED"),
        (b"Once upon a time there was no sound at all. " * 100, "AUDIO_NOT_RECOGNISED"),
        (b"\x89PNG\r\n\x1a\n" + bytes(1000), "AUDIO_NOT_RECOGNISED"),
        (b"RIFF\xff\xff\xff\xffWAVEfmt ", "AUDIO_NOT_RECOGNISED"),
        (video_only(), "AUDIO_HAS_NO_SOUND_TRACK"),
        (encoded(tone(2.0, 44_100), "wav")[:50_000], "AUDIO_TRUNCATED"),
        (encoded(tone(4.0, 96_000), "flac")[:60_000], "AUDIO_TRUNCATED"),
        (encoded(tone(2.0, 22_050), "m4a")[:10_000], "AUDIO_NOT_RECOGNISED"),
    ],
    ids=["empty", "zeros", "text", "png", "header", "video", "cut-wav", "cut-flac", "cut-m4a"],
)
def test_what_is_no_recording_is_refused(data: bytes, reason: str) -> None:
    assert refusal(data) == reason


def test_a_wav_without_samples_holds_no_sound() -> None:
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
    assert refusal(buffer.getvalue()) in {"AUDIO_EMPTY", "AUDIO_NOT_RECOGNISED"}


@pytest.mark.parametrize("rate", [0, 0xFFFFFFFF])
def test_impossible_sample_rates_are_refused(rate: int) -> None:
    data = bytearray(encoded(tone(1.0, 44_100), "wav"))
    struct.pack_into("<I", data, 24, rate)
    assert refusal(bytes(data)).startswith("AUDIO_")


@pytest.mark.parametrize("how", ["concat", "hls", "dash", "sdp", "image-list"])
def test_nothing_that_a_file_names_is_opened(how: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.wav"
    secret.write_bytes(encoded(tone(1.0, 44_100), "wav"))
    lists = {
        "concat": f"ffconcat version 1.0\nfile '{secret}'\n",
        "hls": f"#EXTM3U\n#EXT-X-TARGETDURATION:2\n#EXTINF:2,\nfile://{secret}\n#EXT-X-ENDLIST\n",
        "dash": (
            '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static">'
            f"<Period><AdaptationSet><Representation><BaseURL>{secret}</BaseURL>"
            "</Representation></AdaptationSet></Period></MPD>"
        ),
        "sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nm=audio 9 RTP/AVP 0\n",
        "image-list": f"{secret}\n",
    }
    assert refusal(lists[how].encode()) == "AUDIO_NOT_RECOGNISED"


def test_length_is_limited_before_anything_is_listened_to() -> None:
    data = encoded(tone(3.0, 44_100), "mp3")
    assert refusal(data, max_seconds=2) == "AUDIO_TOO_LONG"
    audio = AudioFile(max_seconds=2)
    audio.write(data)
    with pytest.raises(InvalidArgumentError, match="longer than"):
        audio.check()
    audio.close()


def test_length_is_limited_while_decoding_too() -> None:
    audio = AudioFile(max_seconds=2)
    audio.write(encoded(tone(3.0, 44_100), "mp3"))
    heard: list[int] = []
    with pytest.raises(InvalidArgumentError, match="longer than"):
        heard.extend(len(block) for block in audio.blocks())
    audio.close()


def test_size_is_limited_as_it_arrives() -> None:
    audio = AudioFile(max_bytes=1000)
    audio.write(bytes(1000))
    with pytest.raises(ResourceExhaustedError):
        audio.write(b"x")
    audio.close()
    audio.close()


def test_large_files_go_to_disk_and_come_back_whole() -> None:
    data = encoded(tone(100.0, 44_100), "wav")
    assert len(data) > 8 << 20
    assert len(decoded(data)) == pytest.approx(100 * RATE, abs=200)


MP3, OGG, M4A = (encoded(tone(0.5, KINDS[kind][2]), kind) for kind in ("mp3", "ogg", "m4a"))


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from([MP3, OGG, M4A]), st.data())
def test_any_damage_is_survived_or_refused(data: bytes, draw: st.DataObject) -> None:
    broken = bytearray(data[: draw.draw(st.integers(0, len(data)))])
    for _ in range(draw.draw(st.integers(0, 8))):
        if broken:
            at = draw.draw(st.integers(0, len(broken) - 1))
            broken[at] = draw.draw(st.integers(0, 255))
    audio = AudioFile(max_seconds=60)
    audio.write(bytes(broken))
    try:
        audio.check()
        for block in audio.blocks():
            assert np.isfinite(block).all()
    except InvalidArgumentError as error:
        assert error.violations[0].field == "audio"  # noqa: PT017 - it need not be raised
    finally:
        audio.close()
