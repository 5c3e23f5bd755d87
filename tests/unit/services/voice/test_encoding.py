"""Encoders: what comes out decodes to what went in, and comes out as it goes in."""

from __future__ import annotations

import io

import av
import numpy as np
import pytest
import soundfile

from services.voice.encoding import Encoding, encoder_for, to_int16

RATES = (24000, 22050)
CONTAINERS = [encoding for encoding in Encoding if encoding is not Encoding.LINEAR16]


def tone(rate: int, seconds: float = 1.0) -> np.ndarray:
    clock = np.arange(int(rate * seconds)) / rate
    return (0.5 * np.sin(2 * np.pi * 330 * clock)).astype(np.float32)


def encode(encoding: Encoding, rate: int, samples: np.ndarray) -> tuple[list[bytes], int]:
    encoder = encoder_for(encoding, rate)
    parts = [encoder.encode(part) for part in np.array_split(samples, 7)]
    return [*parts, encoder.finish()], encoder.sample_rate_hertz


@pytest.mark.parametrize("encoding", CONTAINERS)
@pytest.mark.parametrize("rate", RATES)
def test_containers_decode_to_the_same_tone(encoding: Encoding, rate: int) -> None:
    parts, encoded_rate = encode(encoding, rate, tone(rate))
    with av.open(io.BytesIO(b"".join(parts))) as container:
        stream = container.streams.audio[0]
        assert stream.rate == encoded_rate
        assert stream.channels == 1
        resampler = av.AudioResampler(format="flt", layout="mono", rate=encoded_rate)
        frames = [
            part.to_ndarray().reshape(-1)
            for frame in container.decode(stream)
            for part in resampler.resample(frame)
        ]
    heard = np.concatenate(frames)
    assert len(heard) / encoded_rate == pytest.approx(1.0, abs=0.12)  # MP3 pads both ends
    middle = heard[encoded_rate // 4 : encoded_rate * 3 // 4]
    spectrum = np.abs(np.fft.rfft(middle))
    assert np.argmax(spectrum) * encoded_rate / len(middle) == pytest.approx(330, abs=4)
    assert float(np.abs(middle).max()) == pytest.approx(0.5, abs=0.05)


def test_raw_pcm_is_little_endian_16_bit() -> None:
    parts, _ = encode(Encoding.LINEAR16, 24000, np.array([0.0, 1.0, -1.0, 7.0], np.float32))
    assert np.frombuffer(b"".join(parts), "<i2").tolist() == [0, 32767, -32767, 32767]


def test_a_streamed_wav_is_read_by_another_library() -> None:
    samples = tone(24000)
    parts, _ = encode(Encoding.WAV, 24000, samples)
    heard, rate = soundfile.read(io.BytesIO(b"".join(parts)), dtype="int16")
    assert rate == 24000
    assert np.array_equal(heard, to_int16(samples))


def test_flac_is_lossless() -> None:
    samples = tone(24000)
    parts, _ = encode(Encoding.FLAC, 24000, samples)
    with av.open(io.BytesIO(b"".join(parts))) as container:
        heard = np.concatenate([f.to_ndarray().reshape(-1) for f in container.decode(audio=0)])
    assert np.array_equal(heard, to_int16(samples))


@pytest.mark.parametrize("encoding", Encoding)
def test_bytes_leave_while_samples_still_come(encoding: Encoding) -> None:
    parts, _ = encode(encoding, 24000, tone(24000, 3.0))
    assert sum(map(len, parts[:4])) > 0.3 * sum(map(len, parts))


@pytest.mark.parametrize("encoding", Encoding)
def test_nothing_encoded_is_no_failure(encoding: Encoding) -> None:
    encoder = encoder_for(encoding, 24000)
    assert encoder.encode(np.zeros(0, np.float32)) is not None
    encoder.finish()
