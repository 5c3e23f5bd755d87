"""The narration in the forms that programs play: MP3, AAC, FLAC, WAV, Opus; with tags and chapters.

A sound that has the wanted form already is copied packet by packet: a second encoding would only
lose. WAV has no place for chapters, FLAC none that players read.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from orchestrator.story.domain import Story
from orchestrator.story.export.tags import chapter_title, iso639_2
from orchestrator.subtitles import clock

MP3 = "audio/mpeg"
_MILLISECOND = Fraction(1, 1000)
_MP3_HERTZ = (16_000, 22_050, 24_000, 44_100, 48_000)
_OPUS_HERTZ = (8_000, 12_000, 16_000, 24_000, 48_000)


@dataclass(frozen=True, slots=True)
class Form:
    """A form of sound.

    Attributes:
        media_type: As the internet calls it.
        suffix: Of file names.
        container: FFmpeg's name of the file format.
        encoder: FFmpeg's name of the encoder.
        codec: FFmpeg's name of what it makes.
        sample_format: What the encoder takes.
        hertz: Sample rates that it takes; empty: any.
        bits: Bits a second, by channels; empty: lossless.
        chapters: Whether the format has a place for chapters that players read.
    """

    media_type: str
    suffix: str
    container: str
    encoder: str
    codec: str
    sample_format: str
    hertz: Sequence[int] = ()
    bits: Mapping[int, int] | None = None
    chapters: bool = True


# Constant bit rate for MP3: players then find every millisecond without an index.
FORMS: Mapping[str, Form] = {
    "mp3": Form(MP3, ".mp3", "mp3", "libmp3lame", "mp3", "s16p", _MP3_HERTZ,
                {1: 64_000, 2: 128_000}),
    "m4a": Form("audio/mp4", ".m4a", "ipod", "aac", "aac", "fltp", (), {1: 80_000, 2: 128_000}),
    "flac": Form("audio/flac", ".flac", "flac", "flac", "flac", "s16", chapters=False),
    "wav": Form("audio/wav", ".wav", "wav", "pcm_s16le", "pcm_s16le", "s16", chapters=False),
    "opus": Form("audio/ogg", ".opus", "ogg", "libopus", "opus", "s16", _OPUS_HERTZ,
                 {1: 40_000, 2: 80_000}),
}  # fmt: skip


def write_audio(
    target: Path,
    form: Form,
    source: Path,
    *,
    story: Story | None = None,
    progress: Callable[[float], None] = lambda _: None,
) -> None:
    """Writes a whole sound in another form.

    Args:
        target: The file; what was there is replaced.
        form: One of `FORMS`.
        source: A file that this program made or has examined.
        story: For tags and chapters; None: the sound alone.
        progress: Told the share that is done; what it raises ends the work.

    Raises:
        av.FFmpegError: It cannot be decoded, or the file not be written.
    """
    options = {"movflags": "+faststart"} if form.container == "ipod" else {}
    with (
        av.open(str(source)) as sound,
        av.open(str(target), "w", format=form.container, options=options) as file,
    ):
        reader = sound.streams.audio[0]
        length = float((reader.duration or 0) * (reader.time_base or 0))
        same = reader.codec_context.codec.canonical_name == form.codec and form.bits is not None
        writer = file.add_stream_from_template(reader) if same else _encoder(file, form, reader)
        if story is not None:
            _describe(file, writer, story, form)
        packets = _copied(sound, writer) if same else _encoded(sound, reader, writer, form)
        for seconds, packet in packets:
            file.mux(packet)
            if length:
                progress(min(1.0, seconds / length))


def to_mp3(source: Path) -> bytes:
    """A whole sound file as MP3 of constant bit rate, with its exact length in the header.

    Args:
        source: A file that this program made or has examined.

    Raises:
        av.FFmpegError: It cannot be decoded.
    """
    with tempfile.TemporaryDirectory(prefix="lanternist-") as directory:
        target = Path(directory) / "sound.mp3"
        write_audio(target, FORMS["mp3"], source)
        return target.read_bytes()


def _encoder(file: Any, form: Form, reader: Any) -> Any:
    rate = min(form.hertz, key=lambda r: abs(r - reader.rate)) if form.hertz else reader.rate
    channels = min(2, reader.codec_context.channels)
    layout = "stereo" if channels == 2 else "mono"
    writer = file.add_stream(form.encoder, rate=rate, layout=layout)
    writer.codec_context.format = form.sample_format
    if form.bits is not None:
        writer.bit_rate = form.bits[channels]
    return writer


def _describe(file: Any, writer: Any, story: Story, form: Form) -> None:
    file.metadata.update(title=story.title, comment="Made with Lanternist")
    writer.metadata["language"] = iso639_2(story.language)
    if form.container == "ogg":
        # FFmpeg rounds the seconds of chapters in Ogg up and keeps their milliseconds.
        for scene in story.scenes:
            name = f"CHAPTER{scene.index:03}"
            file.metadata[name] = clock(scene.start_ms)
            file.metadata[f"{name}NAME"] = chapter_title(story, scene)
    elif form.chapters:
        file.set_chapters(chapters(story))


def chapters(story: Story) -> Any:
    """A chapter a scene, as PyAV takes them."""
    return [
        {
            "id": scene.index,
            "start": scene.start_ms,
            "end": scene.end_ms,
            "time_base": _MILLISECOND,
            "metadata": {"title": chapter_title(story, scene)},
        }
        for scene in story.scenes
    ]


def _copied(sound: Any, writer: Any) -> Iterator[tuple[float, Any]]:
    for packet in sound.demux(audio=0):
        if packet.dts is None:  # the end
            continue
        packet.stream = writer
        yield float(packet.dts * packet.time_base), packet


def _encoded(sound: Any, reader: Any, writer: Any, form: Form) -> Iterator[tuple[float, Any]]:
    shaper = av.AudioResampler(
        form.sample_format, writer.layout, writer.rate, writer.frame_size or 1152
    )
    done = 0
    for decoded in sound.decode(reader):
        for frame in shaper.resample(decoded):
            done += frame.samples
            yield done / writer.rate, writer.encode(frame)
    for frame in shaper.resample(None):
        yield done / writer.rate, writer.encode(frame)
    yield done / writer.rate, writer.encode(None)
