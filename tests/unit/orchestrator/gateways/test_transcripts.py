"""Transcripts in the forms that players and the SDK read."""

from __future__ import annotations

from lanternist.v1 import progress_pb2 as progress
from lanternist.v1 import transcription_pb2 as pb
from orchestrator.gateways.openai.transcripts import Transcript


def heard() -> Transcript:
    transcript = Transcript()
    transcript.add(pb.TranscribeResponse(language=pb.DetectedLanguage(language="en")))
    words = [progress.WordTiming(text=" Fox", start_ms=0, end_ms=420)]
    for index, (text, start, end) in enumerate(
        ((" Fox & <owl> ", 0, 1500), ("", 1500, 2000), ("-->", 3_600_000, 3_661_007))
    ):
        segment = pb.TranscriptSegment(
            index=index, text=text, start_ms=start, end_ms=end, words=words if not index else ()
        )
        transcript.add(pb.TranscribeResponse(segment=segment))
    summary = pb.TranscriptSummary(duration_ms=3_661_007, language="en", model="m")
    transcript.add(pb.TranscribeResponse(summary=summary))
    return transcript


def test_deltas_add_up_to_the_text() -> None:
    transcript = Transcript()
    deltas = [
        transcript.add(pb.TranscribeResponse(segment=pb.TranscriptSegment(text=text)))
        for text in (" One.", "", " Two. ")
    ]
    assert deltas == ["One.", "", " Two."]
    assert transcript.text == "".join(deltas) == "One. Two."


def test_verbose_json_has_what_is_asked_for() -> None:
    both = heard().verbose(["word", "segment"])
    assert both["words"] == [{"word": "Fox", "start": 0.0, "end": 0.42}]
    assert [segment["end"] for segment in both["segments"]] == [1.5, 2.0, 3661.007]
    assert both["duration"] == 3661.007
    assert both["usage"] == {"type": "duration", "seconds": 3662}
    assert "words" not in heard().verbose(["segment"])
    assert "segments" not in heard().verbose(["word"])


def test_captions() -> None:
    srt = heard().srt()
    assert srt.startswith("1\n00:00:00,000 --> 00:00:01,500\nFox & <owl>\n\n2\n")
    assert "01:00:00,000 --> 01:01:01,007" in srt
    vtt = heard().vtt()
    assert vtt.startswith("WEBVTT\n\n00:00:00.000 --> 00:00:01.500\nFox &amp; &lt;owl&gt;\n")
    assert "\n--&gt;\n" in vtt
