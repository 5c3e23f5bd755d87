"""`Outlook`: where a story that is being made stands in the lines, and how long it takes yet.

Nothing here is guessed: the voice's rate is measured on this very run, a picture's time on the
pictures that the same model drew lately. What has not been seen yet is unknown, and says so. This
module knows neither the story's words nor its pictures, only how much of them is left.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Iterator

from lanternist.runtime.call import Call
from lanternist.v1 import image_pb2, progress_pb2, story_pb2, voice_pb2
from orchestrator.clients.image import ImageClient, Picture
from orchestrator.story.domain import Scene
from orchestrator.story.passage import Speaker
from orchestrator.story.schedule import Clock, Schedule

Drawn = Callable[[Scene], Awaitable[None]]
Tell = Callable[[story_pb2.StoryProgress], Awaitable[None]]
"""Is given how a story stands, whenever that has changed."""

_EVERY_SECONDS = 1.0
# A rate counts once something was heard after the first clause, over so many seconds.
_SHORTEST_SECONDS = 1.0


class Outlook:
    """Watches one run of one story.

    Args:
        story: Its name, as the schedule knows it.
        scenes: How many pictures it has.
        schedule: Lets its pictures through, and tells the time.
    """

    def __init__(self, story: str, scenes: int, schedule: Schedule) -> None:
        self._story = story
        self._undrawn = set(range(scenes))
        self._schedule = schedule
        self._speech = _Speech(schedule.clock)
        self._drawing = _Places()

    def listening(self, speaker: Speaker) -> Speaker:
        """A voice that speaks as another does, and is measured."""
        return _HeardSpeaker(speaker, self._speech)

    def painting(self, painter: ImageClient) -> _SeenPainter:
        """A painter that draws as another does, and whose place in the line is known."""
        return _SeenPainter(painter, self._drawing)

    def seeing(self, drawn: Drawn) -> Drawn:
        """Hears of pictures before `drawn` does."""

        async def seen(scene: Scene) -> None:
            if not scene.draft:
                self._undrawn.discard(scene.index)
            await drawn(scene)

        return seen

    def now(self) -> story_pb2.StoryProgress:
        """How the story stands."""
        queue = self._schedule.queue(self._story)
        progress = story_pb2.StoryProgress(
            voice_ahead=self._speech.places.ahead,
            pictures_ahead=(queue.ahead if queue else 0) or self._drawing.ahead,
        )
        # Pictures that have come to no gate yet may be there already: that is looked up.
        seconds = queue.seconds if queue else None if self._undrawn else 0.0
        speaking = self._speech.left()
        if seconds is not None and speaking is not None:
            progress.remaining_ms = 1000 * math.ceil(max(seconds, speaking))
        return progress

    @contextlib.asynccontextmanager
    async def told(
        self,
        tell: Tell,
        unspoken: Callable[[], Awaitable[int]],
        every_seconds: float = _EVERY_SECONDS,
    ) -> AsyncIterator[None]:
        """Tells how the story stands while the block runs.

        Args:
            tell: Called at most so often, when something has changed.
            unspoken: Finds out how many characters are still to be spoken.
            every_seconds: How often.
        """

        async def report() -> None:
            self._speech.to_say = await unspoken()
            last = story_pb2.StoryProgress()
            while True:
                await asyncio.sleep(every_seconds)
                if (progress := self.now()) != last:
                    await tell(progress)
                    last = progress

        reporting = asyncio.ensure_future(report())
        try:
            yield
        finally:
            reporting.cancel()
            # What it could not tell does no harm to the story.
            await asyncio.gather(reporting, return_exceptions=True)


class _Places:
    """The places of requests in the line of their service."""

    def __init__(self) -> None:
        self._places: dict[object, int] = {}

    @property
    def ahead(self) -> int:
        """How many requests are served before the next of these; 0 when one is, or none waits."""
        return min(self._places.values(), default=0)

    @contextlib.contextmanager
    def asking(self) -> Iterator[Callable[[progress_pb2.QueueStatus], None]]:
        """A request from its beginning to its end; call what it gives with every new place."""
        request = object()
        self._places[request] = 0  # who is served at once is told of no place

        def stands(status: progress_pb2.QueueStatus) -> None:
            self._places[request] = status.position

        try:
            yield stands
        finally:
            self._places.pop(request, None)


class _Speech:
    """How fast a voice speaks, its waits between passages included."""

    def __init__(self, clock: Clock) -> None:
        self.places = _Places()
        self.to_say: int | None = None
        self._clock = clock
        self._first: float | None = None
        self._said = self._before_first = 0

    def heard(self, text: str) -> None:
        """A clause can be heard."""
        self._said += len(text)
        if self._first is None:
            # Not measured: until then models were loaded, and much else was waited for.
            self._first, self._before_first = self._clock(), self._said

    def unsaid(self, characters: int) -> None:
        """What was heard of a passage that broke off is spoken again."""
        self._said -= characters

    def left(self) -> float | None:
        """Seconds until everything is spoken; None while too little was heard to tell."""
        if self.to_say is None:
            return None
        left = self.to_say - self._said
        if left <= 0:
            return 0.0
        seconds = 0.0 if self._first is None else self._clock() - self._first
        measured = self._said - self._before_first
        if seconds < _SHORTEST_SECONDS or measured <= 0:
            return None
        return left * seconds / measured


class _HeardSpeaker:
    """Speaks as another voice does."""

    def __init__(self, speaker: Speaker, speech: _Speech) -> None:
        self._speaker = speaker
        self._speech = speech

    async def Synthesize(
        self, request: voice_pb2.SynthesizeRequest, call: Call
    ) -> AsyncGenerator[voice_pb2.SynthesizeResponse, None]:
        """Speaks a text."""
        said, complete = 0, False
        with self._speech.places.asking() as stands:
            async with contextlib.aclosing(self._speaker.Synthesize(request, call)) as events:
                try:
                    async for event in events:
                        match event.WhichOneof("event"):
                            case "queued":
                                stands(event.queued)
                            case "clause":
                                said += len(event.clause.text)
                                self._speech.heard(event.clause.text)
                            case "summary":
                                complete = True
                        yield event
                finally:
                    if not complete:
                        self._speech.unsaid(said)


class _SeenPainter:
    """Draws as another painter does."""

    def __init__(self, painter: ImageClient, places: _Places) -> None:
        self._painter = painter
        self._places = places

    async def pictures(
        self, request: image_pb2.GenerateImagesRequest, call: Call
    ) -> AsyncGenerator[Picture, None]:
        """Draws pictures."""
        with self._places.asking() as stands:

            def watch(event: image_pb2.GenerateImagesResponse) -> None:
                if event.WhichOneof("event") == "queued":
                    stands(event.queued)

            async with contextlib.aclosing(self._painter.pictures(request, call, watch)) as drawn:
                async for picture in drawn:
                    yield picture
