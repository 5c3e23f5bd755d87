"""A recorded narration, looked at before it is believed: is it sound, how long, in what form.

Recordings are hostile until decoded: they are opened as a stream of bytes, so no path or address
inside them can be followed, by a list of plain audio formats, and at most two hours are decoded.
Everything here blocks; call it in a worker thread. This module does not know what is said.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
from av.audio.stream import AudioStream
from av.container import InputContainer

from lanternist.runtime.errors import InvalidArgumentError

MAX_SECONDS = 2 * 3600
_DEMUXERS = "wav,w64,aiff,mp3,flac,ogg,mov,matroska,aac,caf,au"
_BROKEN = "cannot be decoded as sound"

# The bytes decide what a file is; the caller's media type is only a hint.
_MEDIA_TYPES = {
    "wav": "audio/wav",
    "w64": "audio/wav",
    "aiff": "audio/aiff",
    "mp3": "audio/mpeg",
    "flac": "audio/flac",
    "ogg": "audio/ogg",
    "mov": "audio/mp4",
    "matroska": "audio/webm",
    "aac": "audio/aac",
    "caf": "audio/x-caf",
    "au": "audio/basic",
}
EXTENSIONS = {
    "audio/wav": "wav",
    "audio/aiff": "aiff",
    "audio/mpeg": "mp3",
    "audio/flac": "flac",
    "audio/ogg": "ogg",
    "audio/mp4": "m4a",
    "audio/webm": "webm",
    "audio/aac": "aac",
    "audio/x-caf": "caf",
    "audio/basic": "au",
}


@dataclass(frozen=True, slots=True)
class Recording:
    """What a recording is.

    Attributes:
        duration_ms: Length of what could be decoded.
        media_type: As the bytes show.
    """

    duration_ms: int
    media_type: str


def examine(path: Path, field: str = "audio") -> Recording:
    """Decodes a recording from end to end and says what it is.

    Args:
        path: The file.
        field: The request field to blame.

    Raises:
        InvalidArgumentError: It is empty, no sound, broken from the start, or longer than 2 hours.
    """
    if path.stat().st_size == 0:
        raise InvalidArgumentError(field, "is empty", reason="AUDIO_EMPTY")
    with opened(path, field) as container:
        return _measure(container, field)


@contextlib.contextmanager
def opened(path: Path, field: str) -> Iterator[InputContainer]:
    """A recording, open as a stream of bytes.

    Args:
        path: The file.
        field: The request field to blame.

    Raises:
        InvalidArgumentError: It is broken, at once or while it is read.
    """
    try:
        with (
            path.open("rb") as file,
            av.open(
                file,
                mode="r",
                metadata_errors="replace",
                options={"format_whitelist": _DEMUXERS, "protocol_whitelist": ""},
            ) as container,
        ):
            yield container
    except av.FFmpegError as error:
        raise InvalidArgumentError(field, _BROKEN, reason="AUDIO_UNREADABLE") from error


def _measure(container: InputContainer, field: str) -> Recording:
    if not container.streams.audio:
        raise InvalidArgumentError(field, "holds no sound", reason="AUDIO_WITHOUT_SOUND")
    stream = container.streams.audio[0]
    names = container.format.name.split(",")
    media_type = next((_MEDIA_TYPES[name] for name in names if name in _MEDIA_TYPES), "")
    if not media_type:
        raise InvalidArgumentError(field, _BROKEN, reason="AUDIO_UNREADABLE")
    duration = _duration(container, stream, field)
    if duration == 0:
        raise InvalidArgumentError(field, "holds no sound", reason="AUDIO_WITHOUT_SOUND")
    return Recording(max(1, round(duration * 1000)), media_type)


def _duration(container: InputContainer, stream: AudioStream, field: str) -> Fraction:
    """Seconds of sound; a packet that cannot be decoded is passed over, as players do."""
    seconds = Fraction(0)
    for packet in container.demux(stream):
        try:
            frames = packet.decode()
        except av.InvalidDataError:
            continue
        for frame in frames:
            if frame.sample_rate > 0:
                seconds += Fraction(frame.samples, frame.sample_rate)
        if seconds > MAX_SECONDS:
            raise InvalidArgumentError(
                field,
                "is longer than 2 hours",
                reason="AUDIO_TOO_LONG",
                metadata={"max_seconds": str(MAX_SECONDS)},
            )
    return seconds
