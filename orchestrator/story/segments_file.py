"""Divided text from a file: JSON, WebVTT or SubRip in, the contract's `SourceSegments` out.

JSON is a list of segments, or an object that holds one as `segments`:

    {"segments": [
      {"text": "The lamp went out.", "start_ms": 0, "end_ms": 1800},
      {"text": "Who is there?", "speaker": "Mina", "illustration": "a dark lighthouse"}]}

Only `text` is required; `start` and `end` in seconds may stand for `start_ms` and `end_ms`, as
transcription programs write them. Of WebVTT, voice spans (`<v Mina>`) become speakers, other tags
go, and notes, styles and regions are passed over; so are SubRip's numbers and tags. Files are
refused rather than repaired: a time that cannot be read would be a voice at the wrong moment. This
module does not know how segments are told.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import PurePath
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError, model_validator

from lanternist.runtime.errors import InvalidArgumentError
from lanternist.runtime.validation import validate
from lanternist.v1 import story_pb2
from orchestrator.story.cues import BrokenCueError, Cue, read_subrip, read_webvtt
from orchestrator.story.source_times import check_times

EXTENSIONS = frozenset({".json", ".vtt", ".srt"})
"""How the names of such files end."""

MAX_BYTES = 8 << 20
_FIELD = "segments"


class _Segment(BaseModel):
    """A segment as JSON; times are exact milliseconds, or seconds."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str
    start_ms: int | None = None
    end_ms: int | None = None
    start: Annotated[float, Field(allow_inf_nan=False)] | None = None
    end: Annotated[float, Field(allow_inf_nan=False)] | None = None
    speaker: str | None = None
    illustration: str | None = None

    @model_validator(mode="after")
    def _one_clock(self) -> _Segment:
        for milliseconds, seconds in ((self.start_ms, self.start), (self.end_ms, self.end)):
            if milliseconds is not None and seconds is not None:
                raise ValueError("gives a time in milliseconds and in seconds; give one of them")
        return self


class _File(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True)

    segments: list[_Segment]


_LIST = TypeAdapter(list[_Segment])


@dataclass(frozen=True, slots=True)
class _Placed:
    """A segment, and where in the file it stands: `line 12`, `segment 3`."""

    segment: story_pb2.SourceSegment
    place: str


def read_segments(data: bytes, name: str) -> story_pb2.SourceSegments:
    """Reads a file of divided text.

    Args:
        data: Its bytes: UTF-8, or UTF-16 with a byte-order mark.
        name: Its name; the ending says what it is, and the bytes do where it has none of
            `EXTENSIONS`.

    Raises:
        InvalidArgumentError: It cannot be read, holds nothing to tell, or its times overlap, run
            backwards or are negative. Names the field, and the line or the segment.
    """
    text = _decoded(data)
    ending = PurePath(name).suffix.lower()
    if ending not in EXTENSIONS:
        ending = _guess(text)
    try:
        if ending == ".json":
            placed = _from_json(text.strip().encode())
        else:
            cues = read_webvtt(text) if ending == ".vtt" else read_subrip(text)
            placed = _from_cues(cues)
    except BrokenCueError as error:
        raise _refusal(f"line {error.line}: {error.what}") from None
    if not placed:
        raise _refusal("the file holds no segment with text", reason="NOTHING_TO_TELL")
    segments = story_pb2.SourceSegments(segments=[one.segment for one in placed])
    check_times(segments, [one.place for one in placed])
    validate(story_pb2.CreateStoryRequest(segments=segments))
    return segments


def _decoded(data: bytes) -> str:
    if len(data) > MAX_BYTES:
        raise _refusal(f"the file is larger than {MAX_BYTES >> 20} MiB")
    marked = data.startswith((b"\xff\xfe", b"\xfe\xff"))
    try:
        text = data.decode("utf-16" if marked else "utf-8-sig")
    except UnicodeDecodeError:
        raise _refusal("the file is not UTF-8 text; convert it first") from None
    if "\x00" in text:
        raise _refusal("the file holds zero bytes: it is no text")
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _guess(text: str) -> str:
    start = text.lstrip()
    if start.startswith("WEBVTT"):
        return ".vtt"
    return ".json" if start[:1] in ("{", "[") else ".srt"


def _from_json(data: bytes) -> list[_Placed]:
    try:
        if data[:1] == b"[":
            found: Sequence[_Segment] = _LIST.validate_json(data)
        else:
            found = _File.model_validate_json(data).segments
    except ValidationError as error:
        raise _json_refusal(error) from None
    placed = []
    for number, one in enumerate(found, 1):
        segment = story_pb2.SourceSegment(
            text=one.text, speaker=one.speaker or "", illustration=one.illustration or ""
        )
        times = {
            "start_ms": one.start_ms if one.start is None else round(one.start * 1000),
            "end_ms": one.end_ms if one.end is None else round(one.end * 1000),
        }
        for field, value in times.items():
            if value is None:
                continue
            if abs(value) >= 1 << 63:
                raise _refusal("is no time", path=f"[{number - 1}].{field}")
            setattr(segment, field, value)
        placed.append(_Placed(segment, f"segment {number}"))
    return placed


def _json_refusal(error: ValidationError) -> InvalidArgumentError:
    """The first thing wrong, with the path to it."""
    first = error.errors(include_url=False, include_context=False, include_input=False)[0]
    path = [part for part in first["loc"] if part != "segments"]
    steps = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    what = first["msg"].removeprefix("Value error, ")
    return _refusal(what[:1].lower() + what[1:], path=steps)


def _from_cues(cues: Sequence[Cue]) -> list[_Placed]:
    """One segment a voice; the first of a cue has its start, the last its end."""
    placed = []
    for cue in cues:
        for position, (speaker, text) in enumerate(cue.parts):
            segment = story_pb2.SourceSegment(text=text, speaker=speaker)
            if position == 0:
                segment.start_ms = cue.start_ms
            if position == len(cue.parts) - 1:
                segment.end_ms = cue.end_ms
            placed.append(_Placed(segment, f"line {cue.line}"))
    return placed


def _refusal(
    what: str, *, path: str = "", reason: str = "SEGMENTS_MALFORMED"
) -> InvalidArgumentError:
    field = f"{_FIELD}.segments{path}" if path else _FIELD
    return InvalidArgumentError(field, what, reason=reason)
