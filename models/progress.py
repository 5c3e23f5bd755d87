"""`Progress`: what a fetch tells whoever waits for it. Rendering is the listener's business."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

Stage = Literal["waiting", "downloading", "extracting", "verifying", "building"]
"""`waiting`: another process is fetching the same model, and this one waits for it."""


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """A moment of a fetch.

    Attributes:
        model_id: The card's id.
        stage: What is going on.
        item: The file or package concerned.
        done_bytes: Bytes of the item behind us.
        total_bytes: Bytes of the item in all; None when unknown.
    """

    model_id: str
    stage: Stage
    item: str
    done_bytes: int = 0
    total_bytes: int | None = None


class Progress(Protocol):
    """Called from the thread that fetches, a few times a second; must not block or raise."""

    def __call__(self, event: ProgressEvent, /) -> None:
        """Takes note of an event."""


@dataclass(frozen=True, slots=True)
class Reporter:
    """A `Progress` bound to one model, for the code that fetches it."""

    model_id: str
    progress: Progress

    def __call__(
        self, stage: Stage, item: str, done_bytes: int = 0, total_bytes: int | None = None
    ) -> None:
        """Reports one moment; arguments as in `ProgressEvent`."""
        self.progress(ProgressEvent(self.model_id, stage, item, done_bytes, total_bytes))


def silent(event: ProgressEvent, /) -> None:
    """A `Progress` that tells nobody."""
