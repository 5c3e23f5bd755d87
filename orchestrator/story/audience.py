"""`Audience`: who is told what happens to a story, when it happens."""

from __future__ import annotations

from typing import Protocol

from lanternist.v1 import story_pb2
from orchestrator.story.domain import Scene, Segment


class Audience(Protocol):
    """Who is told what happens, when it happens."""

    async def narrated(self, segment: Segment, audio: str) -> None:
        """A segment can be heard; `audio` is its sound, empty for a recording."""

    async def illustrated(self, scene: Scene) -> None:
        """A scene can be seen; again when a better picture replaces a draft."""

    async def stands(self, progress: story_pb2.StoryProgress) -> None:
        """How the rest stands has changed."""

    def watched(self) -> bool:
        """Whether somebody follows the making."""
