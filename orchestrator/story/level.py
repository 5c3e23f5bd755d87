"""A recording made as loud as asked.

Decoded as hostile bytes are (`orchestrator.story.recording`), never whole in memory. Everything
blocks; call it in a worker thread. It does not know what is said.
"""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

import av
import numpy as np
from av.audio.resampler import AudioResampler

from orchestrator.story.mastering import Part, master
from orchestrator.story.proofs import Loudness
from orchestrator.story.recording import MAX_SECONDS, opened
from orchestrator.story.sound import Pcm

_PIECE_SECONDS = 30


def level(source: Path, target: Path, loudness_lufs: float) -> Loudness:
    """Writes a recording as FLAC of the asked loudness.

    Args:
        source: The recording; it has been examined.
        target: The FLAC file.
        loudness_lufs: Integrated loudness to reach.

    Raises:
        InvalidArgumentError: `narration` cannot be decoded after all.
    """
    with tempfile.TemporaryDirectory(prefix="lanternist-") as directory:
        raw = Path(directory) / "recording.pcm"
        rate = _decode(source, raw)
        piece = _PIECE_SECONDS * rate
        count = raw.stat().st_size // 2
        parts = [
            Part(0, "", partial(_read, raw, start, min(piece, count - start)), soft=False)
            for start in range(0, count, piece)
        ]
        return master(parts, target, rate, tail=0, target_lufs=loudness_lufs)


def _decode(source: Path, raw: Path) -> int:
    """Writes 16-bit samples of one channel; returns their rate in hertz."""
    with opened(source, "narration") as container, raw.open("wb") as file:
        stream = container.streams.audio[0]
        rate = stream.rate or 48_000
        resampler = AudioResampler(format="s16", layout="mono", rate=rate)
        left = MAX_SECONDS * rate
        for packet in container.demux(stream):
            try:
                frames = packet.decode()
            except av.InvalidDataError:  # as players do
                continue
            for frame in frames:
                for mono in resampler.resample(frame):
                    samples = mono.to_ndarray().reshape(-1)[: max(0, left)]
                    left -= len(samples)
                    file.write(samples.astype("<i2").tobytes())
        for mono in resampler.resample(None):
            file.write(mono.to_ndarray().reshape(-1)[: max(0, left)].astype("<i2").tobytes())
    return rate


def _read(raw: Path, start: int, count: int) -> Pcm:
    return np.fromfile(raw, dtype=np.int16, count=count, offset=2 * start)
