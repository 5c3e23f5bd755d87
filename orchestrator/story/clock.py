"""`SampleClock`: where a narration stands, counted in samples, so that nothing drifts.

It counts silences and takes; it does not know what is said in them.
"""

from __future__ import annotations

from lanternist.runtime.errors import FailedPreconditionError
from orchestrator.story.passage import Take

_LEAD_MS = 300


class SampleClock:
    """Where the narration stands, in samples: silence, take, silence, take, …, silence.

    Attributes:
        silences: Samples of silence before each take and after the last.
    """

    def __init__(self) -> None:
        self.silences: list[int] = []
        self._rate = 0
        self._position = 0
        self._earliest_ms: int | None = None

    def wait_until(self, earliest_ms: int | None) -> None:
        """Says when the next take starts at the earliest."""
        self._earliest_ms = earliest_ms

    def start(self, rate: int) -> int:
        """Millisecond at which the next take starts; `rate` is the rate of that take.

        Raises:
            FailedPreconditionError: The rate changed in the middle of a narration.
        """
        if not self._rate:
            self._rate = rate
            self._silence(_LEAD_MS if self._earliest_ms is None else 0)
        if rate != self._rate:
            raise FailedPreconditionError(
                "The voice changed its sample rate in the middle of a story.",
                reason="SAMPLE_RATE_CHANGED",
            )
        if self._earliest_ms is not None:
            missing = self._earliest_ms * rate // 1000 - self._position
            if missing > 0:
                self.silences[-1] += missing
                self._position += missing
            self._earliest_ms = None
        return self.now_ms

    def advance(self, take: Take, pause_ms: int) -> None:
        """Goes to the end of a take and as much further as makes the pause complete."""
        self._position += take.sample_count
        own_pause_ms = take.sample_count * 1000 // self._rate - take.last_word_ms
        self._silence(max(0, pause_ms - own_pause_ms))

    def _silence(self, milliseconds: int) -> None:
        self.silences.append(milliseconds * self._rate // 1000)
        self._position += self.silences[-1]

    @property
    def now_ms(self) -> int:
        """The position in milliseconds, rounded to the nearest."""
        return (self._position * 1000 + self._rate // 2) // self._rate
