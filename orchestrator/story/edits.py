"""What `ReviseStory` asks for, applied to a plan, in order: each edit sees what those before made.

Pure: a board and edits in, a board and a summary out; every index is checked, and an error names
the edit and the field that is wrong. What depends on a change is found later, by the keys of steps.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from lanternist.runtime.errors import InvalidArgumentError
from lanternist.v1 import story_pb2, voice_pb2
from orchestrator.story import reshaping
from orchestrator.story.domain import NARRATOR, Character
from orchestrator.story.language import base
from orchestrator.story.rewording import reword
from orchestrator.story.storyboard import Storyboard

_MOST_SUMMARY = 200


def edited(
    board: Storyboard,
    edits: Sequence[story_pb2.StoryEdit],
    *,
    voices: Mapping[str, voice_pb2.Voice],
    earlier: Mapping[int, Storyboard],
) -> tuple[Storyboard, str]:
    """Applies edits.

    Args:
        board: The plan.
        edits: In order.
        voices: Every voice that the edits name, by id.
        earlier: Every earlier revision that they restore, by number.

    Returns:
        The new plan, and what was changed, in words.

    Raises:
        InvalidArgumentError: An edit names what is not there, or does not fit.
    """
    words: list[str] = []
    for number, edit in enumerate(edits):
        editor = _Editor(board, f"edits[{number}]", voices, earlier)
        board, word = editor.apply(edit)
        words.append(word)
    summary = "; ".join(words)
    return board, summary if len(summary) <= _MOST_SUMMARY else f"{summary[: _MOST_SUMMARY - 1]}…"


class _Editor:
    """One edit of one board."""

    def __init__(
        self,
        board: Storyboard,
        field: str,
        voices: Mapping[str, voice_pb2.Voice],
        earlier: Mapping[int, Storyboard],
    ) -> None:
        self._board = board
        self._field = field
        self._voices = voices
        self._earlier = earlier

    def apply(self, edit: story_pb2.StoryEdit) -> tuple[Storyboard, str]:  # noqa: PLR0911 - a table
        """The board with the edit, and what it changed."""
        board = self._board
        match edit.WhichOneof("edit"):
            case "segment":
                return self._segment(edit.segment)
            case "scene":
                self._scene_at(edit.scene.index, "scene.index")
                return reshaping.ask(board, edit.scene), f"scene {edit.scene.index}"
            case "voice":
                return self._narrator(edit.voice, "voice"), f"voice {edit.voice}"
            case "style":
                return reshaping.restyle(board, edit.style), f"style {edit.style}"
            case "cast":
                return self._cast(edit.cast)
            case "character":
                who = self._character(edit.character.id, "character.id")
                field = f"{self._field}.character.description"
                look = edit.character.description
                return reshaping.relook(board, who, look, field=field), f"look of {who.id}"
            case "merge":
                self._scene_at(edit.merge.index, "merge.index")
                self._scene_at(edit.merge.index + 1, "merge.index", "has no scene after it")
                index = edit.merge.index
                return reshaping.merge(board, index), f"scenes {index} and {index + 1} joined"
            case "split":
                return self._split(edit.split)
            case "telling":
                self._not_recorded("telling")
                told = story_pb2.Telling.Name(edit.telling).removeprefix("TELLING_").lower()
                return board.asking(telling=edit.telling), f"told as {told}"
            case "restore_revision":
                number = edit.restore_revision
                return self._earlier[number], f"as at revision {number}"
            case "image_model":
                scenes = tuple(replace(scene, own_model="") for scene in board.scenes)
                changed = replace(board.asking(image_model=edit.image_model), scenes=scenes)
                return changed, f"pictures by {edit.image_model}"
            case "title":
                script = replace(board.script, title=edit.title)
                return replace(board.asking(title=edit.title), script=script), "title"
        raise InvalidArgumentError(self._field, "changes nothing that this server knows")

    def _segment(self, edit: story_pb2.EditSegment) -> tuple[Storyboard, str]:
        self._not_recorded("segment")
        count = len(self._board.segments)
        if edit.index >= count:
            raise self._wrong("segment.index", f"must be below {count}")
        board = reword(self._board, edit.index, edit.text, field=f"{self._field}.segment.text")
        shown = [scene.index for scene in board.scenes if edit.index in scene.segments]
        word = f"sentence {edit.index}" if edit.text.strip() else f"sentence {edit.index} gone"
        return reshaping.redescribed(board, shown), word

    def _split(self, edit: story_pb2.SplitScene) -> tuple[Storyboard, str]:
        scene = self._board.scenes[self._scene_at(edit.index, "split.index")]
        if edit.segment not in scene.segments[1:]:
            later = f"{scene.segments[0] + 1} to {scene.segments[-1]}"
            if len(scene.segments) == 1:
                raise self._wrong("split.index", "has one sentence alone")
            raise self._wrong("split.segment", f"must be {later}, a later one of that scene")
        return reshaping.split(self._board, edit.index, edit.segment), f"scene {edit.index} split"

    def _cast(self, edit: story_pb2.CastVoice) -> tuple[Storyboard, str]:
        if edit.character.casefold() == NARRATOR:
            return self._narrator(edit.voice, "cast.voice"), f"voice {edit.voice}"
        who = self._character(edit.character, "cast.character")
        if self._board.request.telling != story_pb2.TELLING_STORY:
            raise self._wrong("cast", "is only for a story that is told with a cast (`telling`)")
        voice = self._voice(edit.voice, "cast.voice")
        kept = [entry for entry in self._board.request.cast if not _names(who, entry.character)]
        board = self._board.asking()
        del board.request.cast[:]
        board.request.cast.extend([*kept, story_pb2.CastVoice(character=who.id, voice=voice.id)])
        return _speaking(board, who.id, voice.id), f"{who.id} speaks as {voice.id}"

    def _narrator(self, voice_id: str, field: str) -> Storyboard:
        self._not_recorded(field)
        voice = self._voice(voice_id, field)
        board = self._board.asking(voice=voice.id, voice_model=voice.model)
        return _speaking(board, NARRATOR, voice.id)

    def _voice(self, voice_id: str, field: str) -> voice_pb2.Voice:
        voice = self._voices[voice_id]
        language = self._board.script.language
        if base(voice.language) != base(language):
            raise self._wrong(field, f"speaks {voice.language}; the story is told in {language}")
        return voice

    def _character(self, name: str, field: str) -> Character:
        for character in self._board.cast:
            if _names(character, name):
                return character
        known = ", ".join(character.id for character in self._board.cast[:20]) or "nobody"
        raise self._wrong(field, f"is not in the story; there are: {known}")

    def _scene_at(self, index: int, field: str, problem: str = "") -> int:
        count = len(self._board.scenes)
        if index >= count:
            raise self._wrong(field, problem or f"must be below {count}")
        return index

    def _not_recorded(self, field: str) -> None:
        if self._board.recording is not None:
            raise self._wrong(field, "is not for a story with a recorded narration")

    def _wrong(self, field: str, problem: str) -> InvalidArgumentError:
        return InvalidArgumentError(f"{self._field}.{field}", problem)


def _names(character: Character, name: str) -> bool:
    wanted = name.casefold()
    return wanted in {
        character.id.casefold(),
        character.name.casefold(),
        *(alias.casefold() for alias in character.aliases),
    }


def _speaking(board: Storyboard, speaker: str, voice: str) -> Storyboard:
    """The board with another voice for one speaker."""
    cast = tuple(replace(c, voice=voice) if c.id == speaker else c for c in board.cast)
    segments = tuple(
        replace(segment, voice=voice) if segment.speaker == speaker else segment
        for segment in board.segments
    )
    return replace(board, cast=cast, segments=segments)
