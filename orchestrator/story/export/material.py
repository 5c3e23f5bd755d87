"""What a story is made of, as files on this machine, for as long as something is written of it."""

from __future__ import annotations

import contextlib
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from orchestrator.assets.store import AssetStore
from orchestrator.story.domain import Scene, Story
from orchestrator.story.export.html import Medium

_ANYWHERE = frozenset({"image/png", "image/jpeg"})


@dataclass(frozen=True, slots=True)
class Material:
    """A story with its files.

    Attributes:
        story: A finished story.
        pictures: The file of each scene's picture, in order, and its media type.
        narration: The sound.
    """

    story: Story
    pictures: tuple[tuple[Path, str], ...]
    narration: Path

    def with_sound(self, narration: Path, media_type: str) -> Material:
        """The same with another form of the narration."""
        story = replace(self.story, narration_media_type=media_type)
        return replace(self, story=story, narration=narration)

    def load(self, scene: Scene) -> Image.Image:
        """The picture of a scene, RGB.

        Raises:
            OSError: It cannot be decoded.
        """
        path, _ = self.pictures[scene.index]
        with Image.open(path) as image:
            return image.convert("RGB")

    def media(self) -> list[Medium]:
        """Every picture in memory, as PNG or JPEG, which every program reads."""
        return [self._medium(path, media_type) for path, media_type in self.pictures]

    def _medium(self, path: Path, media_type: str) -> Medium:
        if media_type in _ANYWHERE:
            return Medium(media_type, path.read_bytes())
        made = io.BytesIO()
        with Image.open(path) as image:
            image.convert("RGB").save(made, "PNG")
        return Medium("image/png", made.getvalue())


@contextlib.asynccontextmanager
async def gathered(story: Story, assets: AssetStore) -> AsyncIterator[Material]:
    """Checks out a story's files; they are there inside the block.

    Raises:
        NotFoundError: One is not there.
        DataLossError: The bytes of one no longer match its name.
    """
    async with contextlib.AsyncExitStack() as stack:
        pictures = []
        for scene in story.scenes:
            facts = await assets.get(scene.image)
            path = await stack.enter_async_context(assets.path_for_reading(scene.image))
            pictures.append((path, facts.media_type))
        narration = await stack.enter_async_context(assets.path_for_reading(story.narration))
        yield Material(story, tuple(pictures), narration)
