"""`Transcript`: what was heard so far, and the forms in which it is handed out.

Times are seconds in JSON, as the interface has them, and come from the contract's milliseconds.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import Any

from lanternist.v1 import progress_pb2, transcription_pb2
from orchestrator.subtitles import subrip, webvtt


class Transcript:
    """Gathers the events of a transcription.

    Attributes:
        segments: Heard so far.
        language: BCP-47.
        duration_ms: Of the recording, once it is known.
    """

    def __init__(self) -> None:
        self.segments: list[transcription_pb2.TranscriptSegment] = []
        self.language = ""
        self.duration_ms = 0

    def add(self, event: transcription_pb2.TranscribeResponse) -> str:
        """Takes an event; returns the text that it adds to `text`."""
        match event.WhichOneof("event"):
            case "language":
                self.language = event.language.language
            case "summary":
                self.language = event.summary.language or self.language
                self.duration_ms = event.summary.duration_ms
            case "segment":
                before = bool(self.text)
                self.segments.append(event.segment)
                said = event.segment.text.strip()
                return f" {said}" if before and said else said
        return ""

    @property
    def text(self) -> str:
        """Everything that was said."""
        return " ".join(said for segment in self.segments if (said := segment.text.strip()))

    def usage(self) -> dict[str, Any]:
        """What is counted: the recording's length, in whole seconds."""
        return {"type": "duration", "seconds": math.ceil(self.duration_ms / 1000)}

    def verbose(self, granularities: Sequence[str]) -> dict[str, Any]:
        """Everything with its times; what no engine tells is null."""
        facts: dict[str, Any] = {
            "task": "transcribe",
            "language": self.language,
            "duration": self.duration_ms / 1000,
            "text": self.text,
            "usage": self.usage(),
        }
        if "segment" in granularities:
            facts["segments"] = [_segment(segment) for segment in self.segments]
        if "word" in granularities:
            words = (word for segment in self.segments for word in segment.words)
            facts["words"] = _words(words)
        return facts

    def srt(self) -> str:
        """SubRip."""
        return subrip(self.segments)

    def vtt(self) -> str:
        """WebVTT."""
        return webvtt(self.segments)


def _segment(segment: transcription_pb2.TranscriptSegment) -> dict[str, Any]:
    return {
        "id": segment.index,
        "start": segment.start_ms / 1000,
        "end": segment.end_ms / 1000,
        "text": segment.text,
        "seek": None,
        "tokens": None,
        "temperature": None,
        "avg_logprob": None,
        "compression_ratio": None,
        "no_speech_prob": None,
    }


def _words(words: Iterable[progress_pb2.WordTiming]) -> list[dict[str, Any]]:
    return [
        {"word": word.text.strip(), "start": word.start_ms / 1000, "end": word.end_ms / 1000}
        for word in words
    ]
