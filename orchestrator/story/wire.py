"""Domain values to the contract's messages and back. Nothing else knows both."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from lanternist.v1 import progress_pb2, scene_pb2, story_pb2
from models.illustrator.scene import Scene as Description
from models.illustrator.scene import Subject
from orchestrator.story.domain import Character, Scene, Scores, Segment, Story, Word
from orchestrator.story.reports import reports_from, reports_to

MAX_SUBJECTS = 16


def words_from(messages: Iterable[progress_pb2.WordTiming]) -> tuple[Word, ...]:
    """Words of a service's answer."""
    return tuple(Word(m.text, m.start_ms, m.end_ms, m.confidence) for m in messages)


def segment_to(segment: Segment) -> story_pb2.StorySegment:
    """A segment for the wire."""
    return story_pb2.StorySegment(
        index=segment.index,
        text=segment.text,
        speaker=segment.speaker,
        start_ms=segment.start_ms,
        end_ms=segment.end_ms,
        words=[
            progress_pb2.WordTiming(
                text=word.text,
                start_ms=word.start_ms,
                end_ms=word.end_ms,
                confidence=word.confidence,
            )
            for word in segment.words
        ],
        voice=segment.voice,
        mood=segment.mood,
        speaker_confidence=segment.speaker_confidence,
    )


def segment_from(message: story_pb2.StorySegment) -> Segment:
    """A segment from the wire."""
    return Segment(
        message.index,
        message.text,
        message.speaker,
        message.start_ms,
        message.end_ms,
        words_from(message.words),
        message.voice,
        message.mood,
        message.speaker_confidence,
    )


def character_to(character: Character, spoken_segments: int = 0) -> story_pb2.Character:
    """A character for the wire, and how many sentences they speak."""
    return story_pb2.Character(
        id=character.id,
        name=character.name,
        description=character.description,
        voice=character.voice,
        seed=character.seed,
        aliases=character.aliases,
        spoken_segments=spoken_segments,
        reference_image=character.reference_image,
    )


def character_from(message: story_pb2.Character) -> Character:
    """A character from the wire."""
    return Character(
        message.id,
        message.name,
        message.description,
        message.voice,
        message.seed,
        tuple(message.aliases),
        message.reference_image,
    )


def description_to(scene: Description) -> scene_pb2.SceneDescription:
    """A scene description for the wire, at most 16 subjects."""
    return scene_pb2.SceneDescription(
        subjects=[
            scene_pb2.Subject(
                noun=subject.noun[:100],
                count=min(subject.count, 20),
                colour=subject.colour[:40],
                size=subject.size,
                place=subject.place,
                relation=subject.relation if subject.relation_target is not None else "",
                relation_target=min(subject.relation_target or 0, MAX_SUBJECTS - 1),
                character_id=subject.character[:64],
                pose=subject.pose,
            )
            for subject in scene.subjects[:MAX_SUBJECTS]
        ],
        setting=scene.setting[:100],
        time_of_day=scene.time_of_day,
        weather=scene.weather,
        season=scene.season,
        mood=scene.mood[:100],
        framing=scene.framing,
    )


def description_from(message: scene_pb2.SceneDescription) -> Description:
    """A scene description from the wire."""
    return Description(
        subjects=tuple(
            Subject(
                noun=subject.noun,
                count=subject.count or 1,
                colour=subject.colour,
                size=subject.size,
                place=subject.place,
                relation=subject.relation,
                relation_target=subject.relation_target if subject.relation else None,
                character=subject.character_id,
                pose=subject.pose,
            )
            for subject in message.subjects
        ),
        setting=message.setting,
        time_of_day=message.time_of_day,
        weather=message.weather,
        season=message.season,
        mood=message.mood,
        framing=message.framing,
    )


def scene_to(story: str, scene: Scene) -> story_pb2.StoryScene:
    """A scene of the story of that name, for the wire."""
    return story_pb2.StoryScene(
        index=scene.index,
        name=f"{story}/scenes/{scene.index}",
        start_ms=scene.start_ms,
        end_ms=scene.end_ms,
        segments=scene.segments,
        prompt=scene.prompt,
        description=description_to(scene.description),
        seed=scene.seed,
        model=scene.model,
        image=scene.image,
        width=scene.width,
        height=scene.height,
        notes=scene.notes,
        draft=scene.draft,
        redraws=scene.redraws,
        scores=_scores_to(scene.scores),
    )


def _scores_to(scores: Scores) -> story_pb2.SceneScores | None:
    if scores == Scores():
        return None
    return story_pb2.SceneScores(prompt=scores.prompt, consistency=scores.consistency)


def _scores_from(message: story_pb2.SceneScores) -> Scores:
    return Scores(
        message.prompt if message.HasField("prompt") else None,
        message.consistency if message.HasField("consistency") else None,
    )


def scene_from(message: story_pb2.StoryScene) -> Scene:
    """A scene from the wire."""
    return Scene(
        index=message.index,
        segments=tuple(message.segments),
        prompt=message.prompt,
        description=description_from(message.description),
        seed=message.seed,
        start_ms=message.start_ms,
        end_ms=message.end_ms,
        model=message.model,
        image=message.image,
        width=message.width,
        height=message.height,
        notes=tuple(message.notes),
        draft=message.draft,
        redraws=message.redraws,
        scores=_scores_from(message.scores),
    )


def story_to(story: Story) -> story_pb2.Story:
    """A story for the wire; its state, times and revisions are the store's business."""
    spoken = Counter(segment.speaker for segment in story.segments)
    message = story_pb2.Story(
        name=story.name,
        title=story.title,
        language=story.language,
        style=story.style,
        duration_ms=story.duration_ms,
        segments=[segment_to(segment) for segment in story.segments],
        scenes=[scene_to(story.name, scene) for scene in story.scenes],
        models=story.models,
        narration=story.narration,
        narration_media_type=story.narration_media_type,
        voice=story.voice,
        seed=story.seed,
        notes=story.notes,
        telling=story_pb2.Telling.ValueType(story.telling),
        cast=[character_to(character, spoken[character.id]) for character in story.cast],
    )
    reports_to(story, message)
    return message


def story_from(message: story_pb2.Story) -> Story:
    """A story from the wire."""
    return Story(
        name=message.name,
        title=message.title,
        language=message.language,
        style=message.style,
        duration_ms=message.duration_ms,
        segments=tuple(segment_from(segment) for segment in message.segments),
        scenes=tuple(scene_from(scene) for scene in message.scenes),
        narration=message.narration,
        narration_media_type=message.narration_media_type,
        voice=message.voice,
        seed=message.seed,
        models=dict(message.models),
        notes=tuple(message.notes),
        telling=message.telling,
        cast=tuple(character_from(character) for character in message.cast),
        **reports_from(message),
    )
