"""`Storyboard`: everything that a story will be, before anything is spoken or drawn.

It is a value: planned once, kept, edited by `orchestrator.story.edits`, and made. What is made
depends on it alone, so two equal boards are the same story, and a board that differs in one
sentence needs only what hangs on that sentence. It knows neither planning nor making.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from pydantic import PlainSerializer, PlainValidator, TypeAdapter

from lanternist.v1 import story_pb2
from orchestrator.story import timeline
from orchestrator.story.domain import NARRATOR, Character, Narration, Scene, Script, Segment, Story

_Request = Annotated[
    story_pb2.CreateStoryRequest,
    PlainValidator(lambda text: story_pb2.CreateStoryRequest.FromString(bytes.fromhex(text))),
    PlainSerializer(lambda message: message.SerializeToString(deterministic=True).hex()),
]


@dataclass(frozen=True, slots=True)
class Storyboard:
    """A planned story.

    Attributes:
        request: What was asked for, resolved and kept up to date by edits. Never changed in place.
        script: The words.
        segments: The sentences with their speakers and moods, one for each of `script.sentences`;
            on the clock already when the story has a recording.
        scenes: The pictures, none of them drawn.
        cast: Who appears, the narrator first.
        notes: What the maker should know, beside the script's.
        recording: The recorded narration, when it is told from one.
    """

    request: _Request
    script: Script
    segments: tuple[Segment, ...]
    scenes: tuple[Scene, ...]
    cast: tuple[Character, ...] = ()
    notes: tuple[str, ...] = ()
    recording: Narration | None = None

    def story(self, name: str) -> Story:
        """The story of that name as planned: neither narrated nor drawn."""
        request = self.request
        return Story(
            name=name,
            title=self.script.title,
            language=self.script.language,
            style=request.style,
            duration_ms=self.recording.duration_ms if self.recording else 0,
            segments=self.segments,
            scenes=self.scenes,
            voice=request.voice,
            seed=request.seed,
            notes=(*self.script.notes, *self.notes),
            telling=0 if self.recording else request.telling or story_pb2.TELLING_EMOTIVE,
            cast=self.cast,
        )

    def finished(self, name: str, narration: Narration, scenes: tuple[Scene, ...]) -> Story:
        """The story of that name as made, its scenes on the clock of its narration.

        Raises:
            InternalError: The scenes do not hold the narration's segments.
        """
        story = self.story(name)
        placed = timeline.cut(scenes, narration.segments, narration.duration_ms)
        cast = tuple(
            replace(who, voice=narration.voice) if who.id == NARRATOR else who for who in story.cast
        )
        return replace(
            story,
            cast=cast,
            duration_ms=narration.duration_ms,
            segments=narration.segments,
            scenes=placed,
            narration=narration.audio,
            narration_media_type=narration.media_type,
            voice=narration.voice,
            loudness=narration.loudness,
            verbatim=narration.verbatim,
            alignment=narration.alignment,
            notes=(*story.notes, *narration.notes),
            models={
                "image": placed[0].model,
                "transcription" if self.recording else "voice": narration.model,
            },
        )

    def asking(self, **fields: object) -> Storyboard:
        """The board with fields of its request set otherwise."""
        request = story_pb2.CreateStoryRequest()
        request.CopyFrom(self.request)
        for name, value in fields.items():
            setattr(request, name, value)
        return replace(self, request=request)

    def to_json(self) -> bytes:
        """As stored."""
        return _adapter.dump_json(self)

    @classmethod
    def from_json(cls, data: bytes) -> Storyboard:
        """From what was stored."""
        return _adapter.validate_json(data)


_adapter = TypeAdapter(Storyboard)
