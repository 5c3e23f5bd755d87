"""A story as a film: H.264 and AAC in MP4, captions as a text track, a chapter a scene.

Constant frame rate; frames are drawn a few ahead in threads while others are encoded, so memory
stays the same however long the story is. It does not know where pictures and sound come from.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from av.audio.resampler import AudioResampler
from numpy.typing import NDArray
from PIL import Image

from orchestrator.story.domain import Scene, Story
from orchestrator.story.export.audio import chapters
from orchestrator.story.export.captions import Cue, cues
from orchestrator.story.export.lettering import Lettering
from orchestrator.story.export.screen import FRAMES_A_SECOND, Screen, frame_count
from orchestrator.story.export.tags import iso639_2

_AHEAD = 6
_THREADS = 2
_MILLISECOND = Fraction(1, 1000)
_SOUND_HERTZ = 48_000
_SOUND_BITS = {1: 96_000, 2: 128_000}
_VIDEO = {"preset": "veryfast", "crf": "20", "profile": "high"}
# Where players show the text when they are left to themselves: white, low, in the middle.
_TEXT_STYLE = (
    b"[Script Info]\r\nScriptType: v4.00+\r\n\r\n[V4+ Styles]\r\n"
    b"Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour,"
    b" Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline,"
    b" Shadow, Alignment, MarginL, MarginR, MarginV, Encoding\r\n"
    b"Style: Default,Sans,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,0\r\n"
    b"\r\n[Events]\r\n"
    b"Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text\r\n"
)


@dataclass(frozen=True, slots=True)
class Print:
    """How a film is made.

    Attributes:
        width: Pixels, even.
        height: Pixels, even.
        burn_captions: Whether captions are drawn into the frames as well.
        motion: Whether the camera moves.
    """

    width: int
    height: int
    burn_captions: bool = False
    motion: bool = True


def write_film(
    target: Path,
    story: Story,
    load: Callable[[Scene], Image.Image],
    narration: Path,
    how: Print,
    *,
    progress: Callable[[float], None] = lambda _: None,
) -> None:
    """Writes a film.

    Args:
        target: The file; what was there is replaced.
        story: A finished story.
        load: Gives the picture of a scene, RGB; called once a scene, mostly in order.
        narration: The sound.
        how: Size and looks.
        progress: Told the share that is done after every frame; what it raises ends the work.

    Raises:
        av.FFmpegError: The sound cannot be decoded, or the file not be written.
    """
    shown = cues(story)
    size = (how.width, how.height)
    overlay = Lettering(shown, size).at if how.burn_captions else (lambda _: None)
    screen = Screen(story.scenes, load, size, motion=how.motion, overlay=overlay)
    count = frame_count(story.duration_ms)
    with (
        av.open(str(target), "w", format="mp4", options={"movflags": "+faststart"}) as file,
        av.open(str(narration)) as sound,
    ):
        pictures = _video_stream(file, how)
        voice = _audio_stream(file, sound)
        texts = _text_stream(file)
        language = iso639_2(story.language)
        for stream in (pictures, voice, texts):
            stream.metadata["language"] = language
        file.metadata.update(title=story.title, comment="Made with Lanternist")
        file.set_chapters(chapters(story))
        waiting = deque(shown)
        heard = _sound(sound, voice)
        key_frames = screen.cut_frames()
        for number, picture in enumerate(_drawn(screen, count)):
            now = Fraction(number, FRAMES_A_SECOND)
            while waiting and waiting[0].start_ms <= now * 1000:
                file.mux(_text(waiting.popleft(), texts))
            frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
            frame.pts = number
            frame.time_base = Fraction(1, FRAMES_A_SECOND)
            if number in key_frames:
                frame.pict_type = av.video.frame.PictureType.I
            file.mux(pictures.encode(frame))
            for packet_time, packets in heard:
                file.mux(packets)
                if packet_time > now:
                    break
            progress((number + 1) / count)
        file.mux([_text(cue, texts) for cue in waiting])
        for _, packets in heard:
            file.mux(packets)
        file.mux(voice.encode(None))
        file.mux(pictures.encode(None))


def _drawn(screen: Screen, count: int) -> Iterator[NDArray[np.uint8]]:
    """Frames in order, a few of them drawn ahead."""
    pool = ThreadPoolExecutor(_THREADS, thread_name_prefix="frames")
    try:
        ahead: deque[Future[NDArray[np.uint8]]] = deque()
        for number in range(count + _AHEAD):
            if number < count:
                ahead.append(pool.submit(screen.frame, number))
            if number >= _AHEAD:
                yield ahead.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def _video_stream(file: Any, how: Print) -> Any:
    stream = file.add_stream("libx264", rate=FRAMES_A_SECOND, options=dict(_VIDEO))
    stream.width, stream.height, stream.pix_fmt = how.width, how.height, "yuv420p"
    codec = stream.codec_context
    codec.thread_count = _THREADS
    codec.gop_size = 5 * FRAMES_A_SECOND
    # Said in the file, so that no player has to guess from the size.
    codec.colorspace = codec.color_primaries = codec.color_trc = 1  # BT.709
    codec.color_range = 1  # MPEG
    return stream


def _audio_stream(file: Any, sound: Any) -> Any:
    channels = min(2, sound.streams.audio[0].codec_context.channels)
    layout = "stereo" if channels == 2 else "mono"
    stream = file.add_stream("aac", rate=_SOUND_HERTZ, layout=layout)
    stream.bit_rate = _SOUND_BITS[channels]
    return stream


def _text_stream(file: Any) -> Any:
    stream = file.add_stream("mov_text")
    stream.time_base = stream.codec_context.time_base = _MILLISECOND
    stream.codec_context.subtitle_header = _TEXT_STYLE
    stream.codec_context.open()
    return stream


def _text(cue: Cue, stream: Any) -> Any:
    """A cue as a text sample: its length, then UTF-8 (3GPP TS 26.245)."""
    text = f"{cue.speaker}: {cue.text}" if cue.speaker else cue.text
    encoded = text.encode()
    packet: Any = av.Packet(len(encoded).to_bytes(2, "big") + encoded)
    packet.stream = stream
    packet.time_base = _MILLISECOND
    packet.pts = packet.dts = cue.start_ms
    packet.duration = cue.end_ms - cue.start_ms
    return packet


def _sound(source: Any, stream: Any) -> Iterator[tuple[Fraction, Any]]:
    """The end of each piece of sound in seconds, and its packets."""
    shaper = AudioResampler("fltp", stream.layout, stream.rate, stream.frame_size or 1024)
    done = 0
    for decoded in _and_end(source.decode(source.streams.audio[0])):
        for frame in shaper.resample(decoded):
            frame.pts = done
            frame.time_base = Fraction(1, stream.rate)
            done += frame.samples
            yield Fraction(done, stream.rate), stream.encode(frame)


def _and_end(frames: Iterator[Any]) -> Iterator[Any]:
    yield from frames
    yield None
