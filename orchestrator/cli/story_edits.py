"""The options of `stories revise`, and its JSON file, as edits. It checks forms, not stories."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import typer
from google.protobuf.json_format import ParseDict, ParseError

from lanternist.v1 import story_pb2
from orchestrator.clients.story import TELLINGS

_SCENE = re.compile(r"(\d+):(prompt|seed|model)=(.*)", re.DOTALL)


def from_file(path: Path) -> list[story_pb2.StoryEdit]:
    """Edits of a JSON file: a list of `StoryEdit`, or an object with `edits`.

    Raises:
        typer.BadParameter: It cannot be read as such.
    """
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        edits = document.get("edits", []) if isinstance(document, dict) else document
        return [_parsed(edit) for edit in edits]
    except (OSError, ValueError, TypeError, ParseError) as error:
        raise typer.BadParameter(f"{path}: {error}", param_hint="--edits") from None


def _parsed(edit: dict[str, Any]) -> story_pb2.StoryEdit:
    message = story_pb2.StoryEdit()
    ParseDict(edit, message)
    return message


def sentences(options: Sequence[str]) -> Iterator[story_pb2.StoryEdit]:
    """`3=New words.`; nothing after the sign: the sentence goes."""
    for option in options:
        index, text = _pair(option, "--sentence", "N=TEXT")
        segment = story_pb2.EditSegment(index=_number(index, "--sentence"), text=text)
        yield story_pb2.StoryEdit(segment=segment)


def scenes(options: Sequence[str]) -> Iterator[story_pb2.StoryEdit]:
    """`2:prompt=…`, `2:seed=7`, `2:model=…`; those of one scene together are one edit."""
    asked: dict[int, story_pb2.EditScene] = {}
    for option in options:
        match = _SCENE.fullmatch(option)
        if match is None:
            raise _wrong("--scene", "N:prompt=…, N:seed=… or N:model=…", option)
        index, field, value = int(match[1]), match[2], match[3]
        scene = asked.setdefault(index, story_pb2.EditScene(index=index))
        if field == "seed":
            scene.seed = _number(value, "--scene")
        else:
            setattr(scene, field, value)
    for scene in asked.values():
        yield story_pb2.StoryEdit(scene=scene)


def plain(**fields: str) -> Iterator[story_pb2.StoryEdit]:
    """Edits of one word, for the fields that are not empty."""
    for field, value in fields.items():
        if value:
            edit = story_pb2.StoryEdit()
            setattr(edit, field, value)
            yield edit


def told(telling: str) -> Iterator[story_pb2.StoryEdit]:
    """`story`, or nothing for nothing."""
    if telling:
        yield story_pb2.StoryEdit(telling=telling_of(telling))


def telling_of(word: str) -> story_pb2.Telling.ValueType:
    """A telling by its name in lower case; empty: not given.

    Raises:
        typer.BadParameter: There is none of that name.
    """
    if not word:
        return story_pb2.TELLING_UNSPECIFIED
    telling = TELLINGS.get(word.lower())
    if telling is None:
        raise typer.BadParameter(f"choose of {', '.join(TELLINGS)}.", param_hint="--telling")
    return telling


def cast(options: Sequence[str], option_name: str = "--cast") -> Iterator[story_pb2.CastVoice]:
    """`tom=am_adam`."""
    for option in options:
        character, voice = _pair(option, option_name, "NAME=VOICE")
        yield story_pb2.CastVoice(character=character.strip(), voice=voice.strip())


def looks(options: Sequence[str]) -> Iterator[story_pb2.StoryEdit]:
    """`fox=an old grey fox`."""
    for option in options:
        character, look = _pair(option, "--look", "NAME=DESCRIPTION")
        yield story_pb2.StoryEdit(
            character=story_pb2.EditCharacter(id=character.strip(), description=look.strip())
        )


def splits(options: Sequence[str]) -> Iterator[story_pb2.StoryEdit]:
    """`4@12`: scene 4 becomes two, sentence 12 begins the second."""
    for option in options:
        index, sign, segment = option.partition("@")
        if not sign:
            raise _wrong("--split", "SCENE@SENTENCE", option)
        halves = story_pb2.SplitScene(
            index=_number(index, "--split"), segment=_number(segment, "--split")
        )
        yield story_pb2.StoryEdit(split=halves)


def _pair(option: str, name: str, form: str) -> tuple[str, str]:
    left, sign, right = option.partition("=")
    if not sign or not left.strip():
        raise _wrong(name, form, option)
    return left, right


def _number(text: str, name: str) -> int:
    if not text.strip().isdecimal():
        raise typer.BadParameter(f"{text!r} is not a number.", param_hint=name)
    return int(text)


def _wrong(name: str, form: str, given: str) -> typer.BadParameter:
    return typer.BadParameter(f"{given!r} is not of the form {form}.", param_hint=name)
