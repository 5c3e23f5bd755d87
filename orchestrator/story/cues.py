"""Cues of caption files: WebVTT and SubRip, read strictly, line by line.

Written here because the libraries for it pass over what they cannot read, and a caller is to be
told the line. Grammar: W3C WebVTT, "WebVTT file parsing"; SubRip as players agree on it. This
module does not know the contract, nor whether times follow each other.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from typing import NoReturn

from orchestrator.story.ingest import speakable

_ARROW = "-->"
_WEBVTT_TIME = re.compile(r"(-?)(?:(\d{2,}):)?(\d{2}):(\d{2})\.(\d{3})")
_SUBRIP_TIME = re.compile(r"(-?)(\d{1,3}):(\d{2}):(\d{2})[,.](\d{3})")
_SIGNATURE = re.compile(r"WEBVTT(?:[ \t].*)?")
_OTHER_BLOCK = re.compile(r"(?:NOTE|STYLE|REGION)(?:\s|$)")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)*[ \t]+([^>]+)>|</v>")
_RUBY_TEXT = re.compile(r"<rt(?:\.[^>]*)?>.*?(?:</rt>|(?=</ruby>)|\Z)", re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^<>]*>|</?>|<\d[\d:.]*>")
_OVERRIDE = re.compile(r"\{\\[^{}]*\}")
# A hyphen that begins a line says that someone else speaks, not who.
_HYPHEN = re.compile(r"^\s*[-‐–]\s+", re.MULTILINE)
_DIGITS = re.compile(r"\d{1,9}\s*")


class BrokenCueError(Exception):
    """A line that cannot be read.

    Args:
        line: Its number, from 1.
        what: What is wrong.
    """

    def __init__(self, line: int, what: str) -> None:
        super().__init__(f"line {line}: {what}")
        self.line = line
        self.what = what


@dataclass(frozen=True, slots=True)
class Cue:
    """A caption and its time.

    Attributes:
        line: Number of the line with its times, from 1.
        start_ms: When it begins; negative when the file says so.
        end_ms: When it ends.
        parts: Speaker (empty: not said) and text, in order; at least one.
    """

    line: int
    start_ms: int
    end_ms: int
    parts: tuple[tuple[str, str], ...]


def read_webvtt(text: str) -> list[Cue]:
    """Reads WebVTT; cues without anything to say are left out.

    Raises:
        BrokenCueError: A line is not WebVTT.
    """
    lines = text.split("\n")
    if not _SIGNATURE.fullmatch(lines[0]):
        raise BrokenCueError(1, "a WebVTT file begins with WEBVTT")
    cues: list[Cue] = []
    for first, block in _blocks(lines, start=_end_of_block(lines, 0)):
        if _OTHER_BLOCK.match(block[0]) and _ARROW not in block[0]:
            continue
        cues += _cue(first, block, _WEBVTT_TIME, "00:00:00.000")
    return cues


def read_subrip(text: str) -> list[Cue]:
    """Reads SubRip; cues without anything to say are left out.

    Raises:
        BrokenCueError: A line is not SubRip.
    """
    cues: list[Cue] = []
    for first, block in _blocks(text.split("\n"), start=0):
        if len(block) > 1 and _ARROW not in block[0] and not _DIGITS.fullmatch(block[0]):
            raise BrokenCueError(first, "a cue begins with its number")
        cues += _cue(first, block, _SUBRIP_TIME, "00:00:00,000")
    return cues


def _end_of_block(lines: list[str], start: int) -> int:
    while start < len(lines) and lines[start].strip():
        start += 1
    return start


def _blocks(lines: list[str], start: int) -> Iterator[tuple[int, list[str]]]:
    """Stretches between empty lines, with the number of their first line."""
    while start < len(lines):
        if not lines[start].strip():
            start += 1
            continue
        end = _end_of_block(lines, start)
        yield start + 1, lines[start:end]
        start = end


def _cue(first: int, block: list[str], time: re.Pattern[str], form: str) -> Iterator[Cue]:
    """The cue of a block, unless there is nothing to say in it."""
    at = 0 if _ARROW in block[0] else 1
    number = first + at
    if at == len(block) or _ARROW not in block[at]:
        raise BrokenCueError(number, f"a cue needs a line with its times, {form} --> {form}")
    written_start, _, rest = block[at].partition(_ARROW)
    written_end = (rest.split() or [""])[0]
    start_ms = _milliseconds(written_start.strip(), time, form, number)
    end_ms = _milliseconds(written_end, time, form, number)
    stray = next((n for n, line in enumerate(block[at + 1 :], number + 1) if _ARROW in line), None)
    if stray is not None:
        raise BrokenCueError(stray, "an empty line is missing before this cue")
    parts = tuple(_parts("\n".join(block[at + 1 :])))
    if parts:
        yield Cue(number, start_ms, end_ms, parts)


def _milliseconds(written: str, time: re.Pattern[str], form: str, line: int) -> int:
    match = time.fullmatch(written)
    if match is None:
        _refuse_time(written, form, line)
    sign, hours, minutes, seconds, milliseconds = match.groups()
    if int(minutes) > 59 or int(seconds) > 59:
        _refuse_time(written, form, line)
    whole = (int(hours or 0) * 60 + int(minutes)) * 60 + int(seconds)
    value = whole * 1000 + int(milliseconds)
    return -value if sign else value


def _refuse_time(written: str, form: str, line: int) -> NoReturn:
    raise BrokenCueError(line, f"{written[:40]!r} is no time of the form {form}")


def _parts(payload: str) -> Iterator[tuple[str, str]]:
    """The text of each voice of a cue."""
    speaker, position = "", 0
    for match in _VOICE.finditer(payload):
        yield from _part(speaker, payload[position : match.start()])
        speaker = " ".join(unescape(match[1] or "").split())
        position = match.end()
    yield from _part(speaker, payload[position:])


def _part(speaker: str, payload: str) -> Iterator[tuple[str, str]]:
    plain = _OVERRIDE.sub("", _TAG.sub("", _RUBY_TEXT.sub("", payload)))
    text = " ".join(_HYPHEN.sub("", unescape(plain)).split())
    if speakable(text):
        yield speaker, text
