"""`AudioFile`: a recording of unknown kind, taken in, checked, and decoded as it is listened to.

Whatever arrives is treated as hostile: it is bounded in size and length, only known audio formats
and codecs are tried, and nothing that it refers to (playlists, other files, addresses) is followed.
FFmpeg's libraries read it, through PyAV. This module does not know models or speech.
"""

from __future__ import annotations

import errno
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from tempfile import SpooledTemporaryFile
from typing import IO, cast

import av
import av.error
import numpy as np
from av.audio.stream import AudioStream
from av.container import InputContainer
from numpy.typing import NDArray

from lanternist.runtime.errors import InvalidArgumentError, ResourceExhaustedError
from services.transcription.waveform import Damaged, TooLong, decode

MAX_BYTES = 1 << 30
MAX_SECONDS = 2 * 60 * 60

_IN_MEMORY_BYTES = 8 << 20
_TRIED_PACKETS = 50

# Containers that hold sound in themselves. Playlists (hls, concat, dash) and pictures are missing
# on purpose: FFmpeg would open what they name.
_FORMATS = (
    "wav,w64,mp3,flac,ogg,mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,aac,aiff,caf,au,amr,ac3,eac3,wv"
)
# Their length is written down, and FFmpeg believes it even when the file ends sooner.
_PROMISE_LENGTH = {"flac", "mov,mp4,m4a,3gp,3g2,mj2"}
_CODECS = frozenset(
    name
    for name in av.codecs_available
    if name.startswith(("pcm_", "adpcm_"))
    or name in {"aac", "aac_latm", "ac3", "alac", "amrnb", "amrwb", "eac3", "flac", "libopus"}
    or name in {"mp1", "mp1float", "mp2", "mp2float", "mp3", "mp3float", "opus", "vorbis"}
    or name in {"gsm", "gsm_ms", "libgsm", "wavpack"}
)
_OPTIONS = {
    "format_whitelist": _FORMATS,
    "codec_whitelist": ",".join(sorted(_CODECS)),
    "protocol_whitelist": "none",  # matches no protocol: nothing else can be opened
}

_MOST_HERTZ = 768_000
_MOST_CHANNELS = 64
_STREAMED_RIFF_BYTES = 0x7FFF_0000  # writers that cannot seek back put a huge size or none


class AudioFile:
    """One recording: `write` its bytes, `check` it once, then read its `blocks`.

    Args:
        max_bytes: Largest file taken.
        max_seconds: Longest sound taken.
    """

    def __init__(self, *, max_bytes: int = MAX_BYTES, max_seconds: float = MAX_SECONDS) -> None:
        self._max_bytes = max_bytes
        self._max_seconds = max_seconds
        self._size = 0
        self._file: IO[bytes] = cast("IO[bytes]", SpooledTemporaryFile(max_size=_IN_MEMORY_BYTES))  # noqa: SIM115 - closed by `close`

    def write(self, data: bytes) -> None:
        """Takes the next bytes of the file.

        Raises:
            ResourceExhaustedError: The file is larger than is taken, or the disk is full.
        """
        self._size += len(data)
        if self._size > self._max_bytes:
            raise ResourceExhaustedError(
                f"The recording is larger than {self._max_bytes:,} bytes.",
                subject="upload size",
                reason="AUDIO_TOO_LARGE",
                metadata={"max_bytes": str(self._max_bytes)},
            )
        try:
            self._file.write(data)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
                raise
            raise ResourceExhaustedError(
                "There is no room to keep the recording while it is read.",
                subject="disk",
                reason="DISK_FULL",
                retry_delay_seconds=60.0,
            ) from error

    def check(self) -> None:
        """Refuses early what could not be listened to, without decoding all of it.

        Raises:
            InvalidArgumentError: It is empty, no audio, has no sound track, is cut short, damaged
                or too long; the field is `audio`, the reason says which.
        """
        if not self._size:
            raise _bad("AUDIO_EMPTY", "holds no bytes.")
        self._check_riff()
        with self._opened() as (container, stream):
            self._check_length(container, stream)
        with self._opened() as (container, stream):
            self._try_some(container, stream)

    def blocks(self) -> Iterator[NDArray[np.float32]]:
        """Decodes from the beginning; see `AudioSource.blocks`."""
        with self._opened() as (container, stream):
            yield from decode(container, stream, self._max_seconds)

    def close(self) -> None:
        """Deletes the bytes. Idempotent."""
        self._file.close()

    @contextmanager
    def _opened(self) -> Iterator[tuple[InputContainer, AudioStream]]:
        self._file.seek(0)
        try:
            # A file object rather than a path: no name, no directory, no protocol to pick from.
            with av.open(
                self._file, mode="r", container_options=_OPTIONS, metadata_errors="ignore"
            ) as container:
                yield container, _sound_track(container)
        except Damaged as error:
            raise _bad("AUDIO_DAMAGED", str(error)) from error
        except TooLong as error:
            raise self._too_long() from error
        except (av.error.FFmpegError, ValueError, OverflowError, LookupError) as error:
            raise _bad(
                "AUDIO_NOT_RECOGNISED",
                "is no sound file that can be read, or is cut short: send WAV, MP3, FLAC, OGG "
                "or M4A.",
            ) from error

    def _check_length(self, container: InputContainer, stream: AudioStream) -> None:
        """Adds up the packets, which is quick, because headers may promise anything."""
        seconds, unit = 0.0, float(stream.time_base or 0)
        for packet in container.demux(stream):
            seconds += (packet.duration or 0) * unit
            if seconds > self._max_seconds:
                raise self._too_long()
        promised = (stream.duration or 0) * unit
        if container.format.name in _PROMISE_LENGTH and seconds < promised * 0.99 - 0.5:
            raise _cut_short(f"after {seconds:.1f} of {promised:.1f} seconds.")

    def _try_some(self, container: InputContainer, stream: AudioStream) -> None:
        good = bad = 0
        for packet in container.demux(stream):
            try:
                good += any(frame.samples for frame in packet.decode())
            except av.error.InvalidDataError:
                bad += 1
            if good + bad >= _TRIED_PACKETS:
                break
        if not good and not bad:
            raise _bad("AUDIO_EMPTY", "holds no sound.")
        if bad > good:
            raise _bad("AUDIO_DAMAGED", "cannot be decoded: most of its beginning is damaged.")

    def _check_riff(self) -> None:
        """FFmpeg takes a WAV file's end for its promised end; compare them before it does."""
        self._file.seek(0)
        if (header := self._file.read(12))[:4] != b"RIFF" or header[8:] != b"WAVE":
            return
        position = 12
        while len(chunk := self._file.read(8)) == 8:
            name, size = struct.unpack("<4sI", chunk)
            position += 8
            if name == b"data":
                missing = position + size - self._size
                if missing > 0 and 0 < size < _STREAMED_RIFF_BYTES:
                    raise _cut_short(f"{missing:,} of {size:,} bytes of its sound are missing.")
                return
            position += size + size % 2
            if position >= self._size:
                return
            self._file.seek(position)

    def _too_long(self) -> InvalidArgumentError:
        return _bad("AUDIO_TOO_LONG", f"is longer than {self._max_seconds / 60:g} minutes.")


def _sound_track(container: InputContainer) -> AudioStream:
    stream = container.streams.best("audio")
    if not isinstance(stream, AudioStream):
        raise _bad("AUDIO_HAS_NO_SOUND_TRACK", "has no sound track.")
    context = stream.codec_context
    if context is None or context.name not in _CODECS:
        raise _bad("AUDIO_CODEC_NOT_SUPPORTED", "is encoded in a way that is not supported.")
    if not 0 < stream.rate <= _MOST_HERTZ or not 0 < stream.channels <= _MOST_CHANNELS:
        raise _bad("AUDIO_DAMAGED", "claims an impossible sample rate or number of channels.")
    return stream


def _bad(reason: str, description: str) -> InvalidArgumentError:
    return InvalidArgumentError("audio", description, reason=reason)


def _cut_short(where: str) -> InvalidArgumentError:
    return _bad("AUDIO_TRUNCATED", f"is cut short: {where}")
