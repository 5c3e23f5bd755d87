"""`ThreadTuner`: all CPU threads, or one, whichever makes the next token sooner.

One token of a small model is hundreds of tiny parallel regions. On an idle machine two threads are
faster; when other processes want the cores, a thread that waits for its partner to be scheduled
waits hundreds of times a token, and one thread alone is several times faster. Which it is changes
while an answer is made, so it is measured on the way. It does not know torch or models.
"""

from __future__ import annotations

from dataclasses import dataclass, field

_SOONEST = 8  # steps between two trials of the other choice
_LATEST = 128
_CHANGED = 1.4  # times the usual: something has changed on the machine


@dataclass(slots=True)
class _Record:
    """What is known about steps of one width.

    Attributes:
        seconds: Usual time of a step by number of threads.
        countdown: Steps until the other number is tried again.
        interval: Where the countdown begins; grows while trials change nothing.
    """

    seconds: dict[int, float] = field(default_factory=dict)
    countdown: int = _SOONEST
    interval: int = _SOONEST


class ThreadTuner:
    """Chooses the number of threads before each step, and learns from the time that it took.

    Args:
        most: Threads that may be used.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._records: dict[int, _Record] = {}
        self._current = _Record()
        self._threads = most

    def choose(self, rows: int) -> int:
        """Threads for the next step.

        Args:
            rows: Width of the step; each has times of its own.
        """
        if self._most == 1:
            return 1
        record = self._current = self._records.setdefault(rows, _Record())
        untried = [count for count in (self._most, 1) if count not in record.seconds]
        if untried:
            self._threads = untried[0]
        elif record.countdown <= 0:
            self._threads = self._other(self._best(record))
        else:
            self._threads = self._best(record)
        return self._threads

    def learn(self, seconds: float) -> None:
        """Takes note of how long the step took that was chosen for last."""
        record, threads = self._current, self._threads
        usual = record.seconds.get(threads)
        if len(record.seconds) < 2:
            record.seconds[threads] = seconds
        elif threads != self._best(record):  # a trial; what it took earlier says little now
            record.seconds[threads] = seconds
            changed = threads == self._best(record)
            record.interval = _SOONEST if changed else min(2 * record.interval, _LATEST)
            record.countdown = record.interval
        elif usual is not None:
            record.countdown -= 1
            if not usual / _CHANGED < seconds < usual * _CHANGED:
                record.countdown = min(record.countdown, 1)
                record.interval = _SOONEST
            record.seconds[threads] = 0.7 * usual + 0.3 * seconds

    def _other(self, threads: int) -> int:
        return 1 if threads != 1 else self._most

    @staticmethod
    def _best(record: _Record) -> int:
        return min(record.seconds, key=record.seconds.__getitem__)
