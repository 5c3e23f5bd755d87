"""How long a picture stays: what was asked for, what a text will take, what it took in the end.

Lengths are estimates until the voice is there. This module does not know what pictures show.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from lanternist.runtime.errors import InvalidArgumentError
from lanternist.v1 import story_pb2
from orchestrator.story.domain import Narration, Scene, Script

SHORTEST_MS = 3_000
LONGEST_MS = 20_000
# An unhurried reader: 14 characters a second, and a breath after each sentence.
_MS_A_CHARACTER = 1000 / 14
_MS_A_SENTENCE = 350
# Between the limits most eyes are content about here: above the geometric mean.
_CONTENT = 1.4


@dataclass(frozen=True, slots=True)
class Pacing:
    """The time that a picture may stay on the screen, in milliseconds."""

    shortest_ms: int = SHORTEST_MS
    longest_ms: int = LONGEST_MS

    @classmethod
    def of(cls, request: story_pb2.CreateStoryRequest) -> Pacing:
        """What a request asks for.

        Raises:
            InvalidArgumentError: `min_scene_ms` is above `max_scene_ms`.
        """
        shortest = request.min_scene_ms or min(SHORTEST_MS, request.max_scene_ms or LONGEST_MS)
        longest = request.max_scene_ms or max(LONGEST_MS, 2 * shortest)
        if shortest > longest:
            raise InvalidArgumentError(
                "min_scene_ms", f"is {shortest} ms, above max_scene_ms, {longest} ms."
            )
        return cls(shortest, longest)

    def discomfort(self, length_ms: float) -> float:
        """What it costs to show one picture for that long, in the units of log-odds."""
        content = _CONTENT * math.sqrt(self.shortest_ms * self.longest_ms)
        cost = 0.5 * math.log(max(length_ms, 1.0) / content) ** 2
        if length_ms < self.shortest_ms:
            cost += 3.0 + 6.0 * (self.shortest_ms - length_ms) / self.shortest_ms
        if length_ms > self.longest_ms:
            cost += 3.0 + 8.0 * (length_ms - self.longest_ms) / self.longest_ms
        return cost

    def departures(self, scenes: Sequence[Scene]) -> tuple[str, ...]:
        """What to say of timed scenes that stay for another time than was asked for."""
        notes: list[str] = []
        for name, off in (
            (f"shorter than {self.shortest_ms / 1000:g} s", self._short(scenes)),
            (f"longer than {self.longest_ms / 1000:g} s", self._long(scenes)),
        ):
            if off:
                listed = ", ".join(str(scene.index + 1) for scene in off[:10])
                more = f" and {len(off) - 10} more" if len(off) > 10 else ""
                plural = "s are" if len(off) > 1 else " is"
                notes.append(f"Scene{plural} {name}, as the sentences are: {listed}{more}.")
        return tuple(notes)

    def _short(self, scenes: Sequence[Scene]) -> list[Scene]:
        return [one for one in scenes if one.end_ms - one.start_ms < self.shortest_ms]

    def _long(self, scenes: Sequence[Scene]) -> list[Scene]:
        return [one for one in scenes if one.end_ms - one.start_ms > self.longest_ms]


def lengths(script: Script, speed: float, narration: Narration | None) -> list[float]:
    """How long each sentence is heard, until the next one begins, in milliseconds."""
    if narration is None:
        return [
            (len(sentence.text) * _MS_A_CHARACTER + _MS_A_SENTENCE) / speed
            for sentence in script.sentences
        ]
    starts = [segment.start_ms for segment in narration.segments]
    ends = [*starts[1:], narration.duration_ms]
    return [float(end - start) for start, end in zip([0, *starts[1:]], ends, strict=True)]
