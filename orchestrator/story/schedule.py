"""Which picture is drawn next: the one that a listener comes to first.

A picture's deadline is the moment the voice reaches it. The earliest deadline goes first, across
all stories of the process (Liu and Layland, 1973: while all of them can be met, this order meets
them). Pictures that are late already take turns, story by story, so that none waits for ever; work
that nobody waits for comes last, and ages into its turn. This module knows time, not pictures.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import math
import time
from collections import defaultdict
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field

Clock = Callable[[], float]
"""Seconds; only differences mean anything."""

# At one model: one picture being drawn, one at the service's door, so that its engine never idles.
_AT_ONCE = 2
# After that long, work that nobody waits for has a turn like any other.
_AGE_SECONDS = 120.0
# What a draft may take of a picture's own time: who says how many steps it has sees to that.
DRAFT_COST = 0.25


class Playhead:
    """When the sentences of one story are heard, if someone listens as soon as they can.

    Listening begins with the first sound. What is not spoken yet is estimated, and corrected by
    each sentence that is.

    Args:
        starts_ms: When each sentence is expected to begin.
        clock: Tells the time.
    """

    def __init__(self, starts_ms: Sequence[float], clock: Clock = time.monotonic) -> None:
        self._starts_ms = starts_ms
        self._clock = clock
        self._began: float | None = None
        self._spoken: dict[int, float] = {}
        self._ahead_ms = 0.0

    def heard(self, index: int, start_ms: float) -> None:
        """Takes note of a sentence that can be heard, and when it is."""
        if self._began is None:
            self._began = self._clock()
        self._spoken[index] = start_ms
        self._ahead_ms = start_ms - self._starts_ms[index]

    def reaches(self, index: int) -> float:
        """When the voice reaches a sentence, on the clock; while nothing is heard, from now on."""
        began = self._clock() if self._began is None else self._began
        start_ms = self._spoken.get(index, self._starts_ms[index] + self._ahead_ms)
        return began + max(0.0, start_ms) / 1000


@dataclass(eq=False)
class _Turn:
    """One picture that waits."""

    story: str
    due: Callable[[], float]
    asked: float
    idle: bool
    order: int
    granted: asyncio.Future[None] = field(default_factory=asyncio.Future)


@dataclass(frozen=True, slots=True)
class Queue:
    """Where the pictures of one story stand.

    Attributes:
        ahead: Pictures of other stories that are drawn before its next one; 0 when one of its own
            is behind the gate.
        seconds: Until its last one is drawn, if nothing more urgent comes; None: not known, for
            none was drawn yet.
    """

    ahead: int
    seconds: float | None


class Gate:
    """The way to one image model, shared by all stories of the process.

    Args:
        clock: Tells the time.
        at_once: Most pictures behind the gate.
    """

    def __init__(self, clock: Clock = time.monotonic, at_once: int = _AT_ONCE) -> None:
        self._clock = clock
        self._free = self._at_once = at_once
        self._waiting: list[_Turn] = []
        self._behind: dict[_Turn, float] = {}  # since when
        self._served: defaultdict[str, int] = defaultdict(int)
        self._count = itertools.count(1)
        self._seconds: float | None = None

    @contextlib.asynccontextmanager
    async def turn(
        self, story: str, due: Callable[[], float], *, idle: bool = False
    ) -> AsyncGenerator[None, None]:
        """Waits for a picture's turn, and holds it while the block runs.

        Args:
            story: Whose picture it is.
            due: Its deadline on the clock, asked for at each choice.
            idle: Whether nobody waits for it.
        """
        turn = _Turn(story, due, self._clock(), idle, next(self._count))
        self._waiting.append(turn)
        self._admit()
        try:
            await turn.granted
        except asyncio.CancelledError:
            if turn.granted.cancelled():
                with contextlib.suppress(ValueError):
                    self._waiting.remove(turn)
            else:  # it was granted just now
                self._leave(turn)
            raise
        try:
            yield
        finally:
            self._leave(turn)

    def took(self, seconds: float) -> None:
        """Takes note of how long a picture took, from its turn on."""
        known = self._seconds
        self._seconds = seconds if known is None else 0.7 * known + 0.3 * seconds

    @property
    def seconds(self) -> float:
        """How long a picture takes lately; 0 when that is not known."""
        return self._seconds or 0.0

    def queue(self, story: str) -> Queue | None:
        """Where the pictures of a story stand; None when none of them is here."""
        now = self._clock()
        waits = [turn for turn in self._waiting if not turn.granted.done()]
        line = sorted(waits, key=lambda one: self._rank(one, now))
        places = [place for place, turn in enumerate(line, 1) if turn.story == story]
        mine = [turn for turn in self._behind if turn.story == story]
        if not places and not mine:
            return None
        ahead = 0 if mine else len(self._behind) + places[0] - 1
        if self._seconds is None:
            return Queue(ahead, None)
        begun = [max(0.0, self._seconds - (now - since)) for since in self._behind.values()]
        waiting = places[-1] * self._seconds if places else 0.0
        # Shared work, but never less than a single picture takes.
        longest = self._seconds if places else max(begun)
        return Queue(ahead, max((sum(begun) + waiting) / self._at_once, longest))

    def _leave(self, turn: _Turn) -> None:
        del self._behind[turn]
        self._free += 1
        self._admit()

    def _admit(self) -> None:
        # Who was cancelled may not have come round to leaving the line.
        self._waiting = [turn for turn in self._waiting if not turn.granted.done()]
        while self._free and self._waiting:
            now = self._clock()
            turn = min(self._waiting, key=lambda one: self._rank(one, now))
            self._waiting.remove(turn)
            self._free -= 1
            self._behind[turn] = now
            self._served[turn.story] = next(self._count)
            if not any(one.story == turn.story for one in self._waiting):
                self._forget()
            turn.granted.set_result(None)

    def _rank(self, turn: _Turn, now: float) -> tuple[int, float, float, int]:
        due = turn.asked + _AGE_SECONDS if turn.idle else turn.due()
        if due <= now:  # late: whose story was served longest ago
            return (0, self._served[turn.story], due, turn.order)
        if turn.idle:
            return (2, self._served[turn.story], due, turn.order)
        return (1, due, 0.0, turn.order)

    def _forget(self) -> None:
        """Drops what is known of stories that are over, so that it does not grow for ever."""
        if len(self._served) > 1000:
            waiting = {one.story for one in self._waiting}
            for story in [name for name in self._served if name not in waiting]:
                del self._served[story]


class Schedule:
    """The gates of all image models.

    Args:
        draft_steps: Says, for a model id (empty: the default), with how many steps it draws a
            draft; 0 when it draws none.
        default_model: What the empty model id stands for.
        clock: Tells the time.
    """

    def __init__(
        self,
        draft_steps: Callable[[str], int] = lambda _: 0,
        default_model: str = "",
        clock: Clock = time.monotonic,
    ) -> None:
        self.draft_steps = draft_steps
        self.clock = clock
        self._default = default_model
        self._gates: defaultdict[str, Gate] = defaultdict(lambda: Gate(clock))

    def gate(self, model: str) -> Gate:
        """The way to a model; empty: to the default one."""
        return self._gates[model or self._default]

    def queue(self, story: str) -> Queue | None:
        """Where the pictures of a story stand at all gates; None when none of them is at one."""
        queues = [queue for gate in self._gates.values() if (queue := gate.queue(story))]
        if not queues:
            return None
        seconds = [queue.seconds for queue in queues if queue.seconds is not None]
        known = len(seconds) == len(queues)
        return Queue(min(queue.ahead for queue in queues), max(seconds) if known else None)


class Drafts:
    """Whether a story's late pictures are drawn as drafts first, and how much that may cost.

    Args:
        pictures: How many pictures the story has.
    """

    # A draft is time that the finished pictures do not get: this share of theirs at most.
    _SHARE = 1 / 12

    def __init__(self, pictures: int) -> None:
        self._left = pictures * self._SHARE

    def take(self, late_by: float, cost: float) -> bool:
        """Whether a picture that would be late by so many seconds is drafted first.

        Args:
            late_by: Seconds; nothing below 0 is late.
            cost: Of the draft, as a share of a whole picture.
        """
        if late_by <= 0 or math.isinf(late_by) or cost > self._left:
            return False
        self._left -= cost
        return True
