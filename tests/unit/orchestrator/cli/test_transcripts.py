"""How a transcript is written: text, JSON, WebVTT, SubRip."""

from __future__ import annotations

import json

from lanternist.v1 import progress_pb2, transcription_pb2
from orchestrator.cli.transcribe import _WRITERS, Format

SEGMENTS = [
    transcription_pb2.TranscriptSegment(
        index=0,
        text=" Tom & <Jerry> ran. ",
        start_ms=0,
        end_ms=1_500,
        words=[progress_pb2.WordTiming(text="Tom", start_ms=0, end_ms=300)],
    ),
    transcription_pb2.TranscriptSegment(index=1, text="Fin.", start_ms=3_600_500, end_ms=3_661_007),
]
SUMMARY = transcription_pb2.TranscriptSummary(duration_ms=3_700_000, model="ear", language="en")


def written(form: Format) -> str:
    return _WRITERS[form](SEGMENTS, SUMMARY)


def test_text() -> None:
    assert written(Format.TEXT) == "Tom & <Jerry> ran.\nFin.\n"


def test_json() -> None:
    facts = json.loads(written(Format.JSON))
    assert facts["language"] == "en"
    assert facts["segments"][0]["words"] == [{"text": "Tom", "start_ms": 0, "end_ms": 300}]


def test_webvtt_escapes_markup() -> None:
    assert written(Format.VTT) == (
        "WEBVTT\n\n"
        "00:00:00.000 --> 00:00:01.500\nTom &amp; &lt;Jerry&gt; ran.\n\n"
        "01:00:00.500 --> 01:01:01.007\nFin.\n"
    )


def test_subrip_numbers_its_cues() -> None:
    assert written(Format.SRT) == (
        "1\n00:00:00,000 --> 00:00:01,500\nTom & <Jerry> ran.\n\n"
        "2\n01:00:00,500 --> 01:01:01,007\nFin.\n"
    )
