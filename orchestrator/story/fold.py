"""A story from its events: as it stands, as it ended, and how much of it was there before.

Pure functions of messages; where they are kept is the store's business.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lanternist.v1 import story_pb2


def fold(story: story_pb2.Story, events: Iterable[story_pb2.WatchStoryResponse]) -> story_pb2.Story:
    """A story with its events applied, in place; returned for convenience."""
    for event in events:
        match event.WhichOneof("event"):
            case "planned":
                asked = story_pb2.Story(create_time=story.create_time)
                story.CopyFrom(event.planned.story)
                story.create_time.CopyFrom(asked.create_time)
            case "narrated":
                story.segments[event.narrated.segment.index].CopyFrom(event.narrated.segment)
            case "illustrated":
                story.scenes[event.illustrated.scene.index].CopyFrom(event.illustrated.scene)
        story.update_time.CopyFrom(event.time)
    return story


def reuse(
    before: Sequence[story_pb2.WatchStoryResponse], now: Sequence[story_pb2.WatchStoryResponse]
) -> story_pb2.Reuse:
    """How many sounds and pictures of a revision are the same bytes as in the one before.

    Args:
        before: Events of the revision before.
        now: Events of the revision.
    """
    old_sounds, new_sounds = _sounds(before), _sounds(now)
    old_pictures, new_pictures = _pictures(before), _pictures(now)
    sounds, pictures = set(old_sounds.values()), set(old_pictures.values())
    spoken = sum(sound in sounds for sound in new_sounds.values())
    drawn = sum(picture in pictures for picture in new_pictures.values())
    return story_pb2.Reuse(
        segments_reused=spoken,
        segments_made=len(new_sounds) - spoken,
        scenes_reused=drawn,
        scenes_made=len(new_pictures) - drawn,
    )


def _sounds(events: Iterable[story_pb2.WatchStoryResponse]) -> dict[int, str]:
    return {
        event.narrated.segment.index: event.narrated.audio
        for event in events
        if event.HasField("narrated")
    }


def _pictures(events: Iterable[story_pb2.WatchStoryResponse]) -> dict[int, str]:
    return {
        event.illustrated.scene.index: event.illustrated.scene.image
        for event in events
        if event.HasField("illustrated")
    }
