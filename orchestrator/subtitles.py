"""Transcripts as subtitles: a cue a segment, as WebVTT and SubRip.

WebVTT by https://www.w3.org/TR/webvtt1/, SubRip as players read it. It does not know where segments
come from. Captions of stories, which change with the words, are `story.export.captions`.
"""

from __future__ import annotations

from collections.abc import Sequence

from lanternist.v1 import transcription_pb2

Segments = Sequence[transcription_pb2.TranscriptSegment]


def webvtt(segments: Segments) -> str:
    """A transcript as WebVTT."""
    cues = (
        f"{clock(segment.start_ms)} --> {clock(segment.end_ms)}\n{_cue(segment)}\n"
        for segment in segments
    )
    return "\n".join(("WEBVTT\n", *cues))


def subrip(segments: Segments) -> str:
    """A transcript as SubRip, whose cues are numbered."""
    return "\n".join(
        f"{number}\n{clock(segment.start_ms, ',')} --> {clock(segment.end_ms, ',')}\n"
        f"{segment.text.strip()}\n"
        for number, segment in enumerate(segments, 1)
    )


def clock(milliseconds: int, mark: str = ".") -> str:
    """A timestamp, `HH:MM:SS.mmm`; SubRip wants a comma for its `mark`."""
    seconds, thousandths = divmod(milliseconds, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{mark}{thousandths:03}"


def _cue(segment: transcription_pb2.TranscriptSegment) -> str:
    """WebVTT reads `&` and `<` as markup, and `-->` as a cue's times."""
    text = segment.text.strip().replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text or "…"
