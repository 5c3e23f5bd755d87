"""Time to train in, and the learning rate that follows from how much of it is spent.

Steps take two or three times as long when a machine is shared, so a run is planned in seconds. Time
counts only while the run is alive: a budget goes on where the killed run's last checkpoint stood.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from models.illustrator.training.sections import Schedule


class Budget:
    """Wall-clock seconds, spent step by step.

    Args:
        seconds: To spend in all.
        now: A clock that never goes back, in seconds.
    """

    def __init__(self, seconds: float, now: Callable[[], float] = time.monotonic) -> None:
        self.seconds = seconds
        self.elapsed = 0.0
        self._now = now
        self._last = now()

    def resume(self, elapsed: float) -> None:
        """Goes on where an earlier run stopped."""
        self.elapsed = elapsed
        self._last = self._now()

    def tick(self) -> None:
        """Adds the time since the last tick."""
        now = self._now()
        self.elapsed += now - self._last
        self._last = now

    @property
    def share(self) -> float:
        """Of the time, how much is spent: 0 … 1."""
        return min(1.0, self.elapsed / self.seconds) if self.seconds > 0 else 1.0

    @property
    def spent(self) -> bool:
        """Whether nothing is left."""
        return self.elapsed >= self.seconds

    @property
    def left_seconds(self) -> float:
        """What is left."""
        return max(0.0, self.seconds - self.elapsed)


class Alarm:
    """Goes off each time a budget has spent another `every` seconds."""

    def __init__(self, every: float, elapsed: float = 0.0) -> None:
        self._every = every
        self._rang = elapsed

    def rings(self, elapsed: float) -> bool:
        """Whether it goes off at `elapsed`; then it is set anew."""
        if self._every <= 0 or elapsed - self._rang < self._every:
            return False
        self._rang = elapsed
        return True


def learning_rate(schedule: Schedule, step: int, share: float) -> float:
    """Rises over the first steps, stays, and falls linearly over the last share of the time.

    Args:
        schedule: Its shape.
        step: Steps done.
        share: Of the time, how much is spent.
    """
    rate = schedule.learning_rate * min(1.0, (step + 1) / max(1, schedule.warm_up_steps))
    if schedule.decay_share <= 0 or share <= 1 - schedule.decay_share:
        return rate
    left = (1 - share) / schedule.decay_share
    return rate * (schedule.final_rate + (1 - schedule.final_rate) * left)
