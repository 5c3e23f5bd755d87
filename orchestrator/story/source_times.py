"""Whether the times of divided text can be kept: in order, apart from each other, not backwards.

This module knows the contract's segments; it does not know files, nor how long a voice takes.
"""

from __future__ import annotations

from collections.abc import Sequence

from lanternist.runtime.errors import InvalidArgumentError
from lanternist.v1 import story_pb2

_LONGEST_MS = 7_200_000


def check_times(segments: story_pb2.SourceSegments, places: Sequence[str] = ()) -> None:
    """Checks every time against the ones before it.

    Args:
        segments: In the order in which they are told.
        places: Where each stands, for people; empty: their numbers.

    Raises:
        InvalidArgumentError: Names the first time that is negative, beyond two hours, before its
            own start, or before the end of a segment before.
    """
    # The latest time known so far, and whether a segment began or ended there.
    latest, ended = 0, False
    for index, segment in enumerate(segments.segments):
        place = places[index] if places else f"segment {index + 1}"

        def refuse(field: str, what: str, place: str = place, index: int = index) -> None:
            raise InvalidArgumentError(
                f"segments.segments[{index}].{field}",
                f"{place}: {what}",
                reason="SEGMENT_TIMES",
            )

        for field in ("start_ms", "end_ms"):
            if segment.HasField(field):
                value = getattr(segment, field)
                if value < 0:
                    refuse(field, f"{_seconds(value)} is before the beginning")
                if value > _LONGEST_MS:
                    refuse(field, f"{_seconds(value)} is later than two hours")
        if segment.HasField("start_ms"):
            if segment.start_ms < latest:
                before = "ends" if ended else "starts"
                refuse(
                    "start_ms",
                    f"it starts at {_seconds(segment.start_ms)}, but one before it {before} "
                    f"at {_seconds(latest)}",
                )
            latest, ended = segment.start_ms, False
        if segment.HasField("end_ms"):
            if segment.end_ms <= latest:
                refuse(
                    "end_ms",
                    f"it ends at {_seconds(segment.end_ms)}, not after {_seconds(latest)}",
                )
            latest, ended = segment.end_ms, True


def _seconds(milliseconds: int) -> str:
    return f"{milliseconds / 1000:.3f} s"
