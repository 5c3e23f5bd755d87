"""Files of divided text: what they say, and what is wrong with them."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lanternist.runtime.errors import InvalidArgumentError
from lanternist.v1 import story_pb2
from orchestrator.story.segments_file import read_segments
from orchestrator.story.source_times import check_times

WEBVTT = """\ufeffWEBVTT - A night at sea
Kind: captions

STYLE
::cue { color: red }

NOTE
Nobody hears this --
or this.

intro
00:00.000 --> 00:01.800 position:10% align:start
The lamp <i>went</i> out &amp; stayed
out.

00:00:02.000 --> 00:00:03.500
<v Mina>Who is <b>there</b>?</v>

01:00:04.000 --> 01:00:06.000
<v.loud Mina>Is it you?<v Old Tom>It is <00:00:05.000>me.

01:00:07.000 --> 01:00:08.000
♪ ♪
"""

SUBRIP = """1\r
00:00:00,000 --> 00:00:01,800\r
{\\an8}<font color="red">The lamp</font> went out.\r
\r
2\r
00:00:02,000 --> 00:00:03,500\r
- Who is there?\r
- It is me.\r
"""


def read(text: str, name: str) -> list[story_pb2.SourceSegment]:
    return list(read_segments(text.encode(), name).segments)


def refusal(text: str, name: str) -> tuple[str, str]:
    with pytest.raises(InvalidArgumentError) as caught:
        read_segments(text.encode(), name)
    violation = caught.value.violations[0]
    return violation.field, violation.description


def test_webvtt_with_voices_tags_notes_and_styles() -> None:
    first, second, third, fourth = read(WEBVTT, "night.vtt")
    assert (first.text, first.speaker) == ("The lamp went out & stayed out.", "")
    assert (first.start_ms, first.end_ms) == (0, 1_800)
    assert (second.text, second.speaker) == ("Who is there?", "Mina")
    # Two voices in one cue: its start is the first one's, its end the last one's.
    assert (third.text, third.speaker, third.start_ms) == ("Is it you?", "Mina", 3_604_000)
    assert not third.HasField("end_ms")
    assert (fourth.text, fourth.speaker, fourth.end_ms) == ("It is me.", "Old Tom", 3_606_000)
    assert not fourth.HasField("start_ms")


def test_subrip() -> None:
    first, second = read(SUBRIP, "night.srt")
    assert first.text == "The lamp went out."
    assert (second.text, second.start_ms, second.end_ms) == (
        "Who is there? It is me.",
        2_000,
        3_500,
    )


def test_json_as_a_list_or_an_object() -> None:
    given_segments = [
        {"text": "One.", "start_ms": 0, "end_ms": 900, "illustration": "a lighthouse"},
        {"text": "Two.", "start": 1.25, "end": 2.5, "speaker": "Mina"},
        {"text": "Three."},
    ]
    for whole in (given_segments, {"title": "ignored", "segments": given_segments}):
        one, two, three = read(json.dumps(whole), "night.json")
        assert (one.illustration, one.start_ms, one.end_ms) == ("a lighthouse", 0, 900)
        assert (two.speaker, two.start_ms, two.end_ms) == ("Mina", 1_250, 2_500)
        assert not three.HasField("start_ms")


@pytest.mark.parametrize("text", [WEBVTT, SUBRIP, '[{"text": "One."}]'])
def test_the_bytes_decide_where_the_name_does_not(text: str) -> None:
    assert read(text, "stdin")
    assert list(read_segments(text.lstrip("\ufeff").encode("utf-16"), "").segments) == read(
        text, ""
    )


def vtt(*cues: str) -> str:
    return "WEBVTT\n\n" + "\n\n".join(f"{cue}\nWords." for cue in cues)


@pytest.mark.parametrize(
    ("text", "name", "field", "words"),
    [
        ("", "a.vtt", "segments", "line 1: a WebVTT file begins with WEBVTT"),
        ("WEBVTT\n", "a.vtt", "segments", "no segment with text"),
        ("", "a.srt", "segments", "no segment with text"),
        (vtt("00:01.00 --> 00:02.000"), "a.vtt", "segments", "line 3: '00:01.00' is no time"),
        (vtt("00:01.000 -> 00:02.000"), "a.vtt", "segments", "line 4: a cue needs a line"),
        (vtt("00:61.000 --> 01:02.000"), "a.vtt", "segments", "line 3: '00:61.000' is no time"),
        ("WEBVTT\n\n00:00.000 --> 00:01.000\nA\n00:01.000 --> 00:02.000\nB", "a.vtt", "segments",
         "line 5: an empty line is missing"),
        (vtt("-00:01.000 --> 00:02.000"), "a.vtt", "segments.segments[0].start_ms",
         "line 3: -1.000 s is before the beginning"),
        (vtt("00:00.000 --> 00:02.000", "00:01.000 --> 00:03.000"), "a.vtt",
         "segments.segments[1].start_ms", "line 6: it starts at 1.000 s, but one before it ends"),
        (vtt("00:02.000 --> 00:03.000", "00:00.000 --> 00:01.000"), "a.vtt",
         "segments.segments[1].start_ms", "line 6: it starts at 0.000 s"),
        (vtt("00:02.000 --> 00:01.000"), "a.vtt", "segments.segments[0].end_ms",
         "line 3: it ends at 1.000 s, not after 2.000 s"),
        (vtt("03:00:00.000 --> 03:00:01.000"), "a.vtt", "segments.segments[0].start_ms", "hours"),
        ("Once\n00:00:00,000 --> 00:00:01,000\nA", "a.srt", "segments", "line 1: a cue begins"),
        ("1\n00:00:00 --> 00:00:01\nA", "a.srt", "segments", "line 2: '00:00:00' is no time"),
        ('{"segments": [{"text": "A", "start_ms": "0"}]}', "a.json",
         "segments.segments[0].start_ms", "valid integer"),
        ('[{"text": "A"}, {"txt": "B"}]', "a.json", "segments.segments[1].text", "required"),
        ('[{"text": "A", "start_ms": 1, "start": 1}]', "a.json", "segments.segments[0]", "one of"),
        ('[{"text": "A", "start": NaN}]', "a.json", "segments.segments[0].start", "finite"),
        ('[{"text": "A", "start": 1e300}]', "a.json", "segments.segments[0].start_ms", "no time"),
        ('[{"text": "A", "start_ms": -5}]', "a.json", "segments.segments[0].start_ms", "segment 1"),
        ('[{"text": ""}]', "a.json", "segments.segments[0].text", ""),
        ('{"segments": ', "a.json", "segments", "invalid JSON"),
        ("[" * 100_000, "a.json", "segments", "invalid JSON"),
        ("[]", "a.json", "segments", "no segment"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(text: str, name: str, field: str, words: str) -> None:
    found_field, description = refusal(text, name)
    assert found_field == field
    assert words.lower() in description.lower()


def test_not_text() -> None:
    for data in (b"\xff\x00\x01", b"1\n\x00", "Élan".encode("latin-1")):
        with pytest.raises(InvalidArgumentError, match=r"^segments: the file"):
            read_segments(data, "a.srt")


@given(st.text(max_size=200), st.sampled_from(["a.vtt", "a.srt", "a.json", ""]))
def test_any_text_is_read_or_refused(text: str, name: str) -> None:
    for whole in (text, f"WEBVTT\n\n00:00.000 --> 00:01.000\n{text}", f'[{{"text":"{text}"}}]'):
        try:
            segments = read_segments(whole.encode("utf-8", "replace"), name)
        except InvalidArgumentError as refused:
            assert refused.violations[0].field.startswith("segments")  # noqa: PT017 (either will do)
        else:
            assert segments.segments


def test_times_are_optional_but_in_order() -> None:
    make = story_pb2.SourceSegment
    check_times(
        story_pb2.SourceSegments(
            segments=[make(text="a"), make(text="b", start_ms=5), make(text="c", end_ms=9)]
        )
    )
    backwards = story_pb2.SourceSegments(
        segments=[make(text="a", start_ms=5), make(text="b", start_ms=4)]
    )
    with pytest.raises(InvalidArgumentError, match=r"\[1\].start_ms: segment 2"):
        check_times(backwards)
