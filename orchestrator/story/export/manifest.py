"""`story.json`: the whole story as data, for programs. Files are named relative to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from orchestrator.story.domain import Story


def manifest(story: Story, pictures: Sequence[str]) -> dict[str, Any]:
    """The document.

    Args:
        story: A finished story.
        pictures: The file of each scene's picture, relative to the document.
    """
    return {
        "title": story.title,
        "language": story.language,
        "style": story.style,
        "duration_ms": story.duration_ms,
        "segments": [
            {
                "index": segment.index,
                "text": segment.text,
                "speaker": segment.speaker,
                "start_ms": segment.start_ms,
                "end_ms": segment.end_ms,
                "words": [
                    {"text": word.text, "start_ms": word.start_ms, "end_ms": word.end_ms}
                    for word in segment.words
                ],
            }
            for segment in story.segments
        ],
        "scenes": [
            {
                "index": scene.index,
                "start_ms": scene.start_ms,
                "end_ms": scene.end_ms,
                "segments": list(scene.segments),
                "prompt": scene.prompt,
                "seed": scene.seed,
                "model": scene.model,
                "image": picture,
            }
            for scene, picture in zip(story.scenes, pictures, strict=True)
        ],
        "models": dict(story.models),
    }
