"""The graph of a story: ingest → plan → {narrate ∥ illustrate} → time → finish.

A recording goes another way to the same place: listen → plan → illustrate → time → finish. Between
planning and making stands the `Storyboard`, which can be kept, reviewed and edited; only the voice
may begin before it is there. What a step makes is kept under the hash of its inputs, so a workflow
that is begun again goes through what was done in look-ups. This module knows the order of the steps
and nothing of how a story is kept, watched, paused or cancelled.
"""

from __future__ import annotations

import asyncio
import itertools
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TypeVar

from lanternist.runtime import telemetry
from lanternist.runtime.call import Call
from lanternist.runtime.errors import FailedPreconditionError
from lanternist.v1 import story_pb2
from orchestrator.assets.store import AssetStore
from orchestrator.clients.specialists import Specialists
from orchestrator.provenance.marked import MarkedPainter
from orchestrator.provenance.notary import Notary
from orchestrator.story import timeline
from orchestrator.story.audience import Audience
from orchestrator.story.direction import Director
from orchestrator.story.division import carried_over
from orchestrator.story.domain import Narration, Segment, Story
from orchestrator.story.illustrate import Illustrator, Look, Pace
from orchestrator.story.invent import Author
from orchestrator.story.listen import Listener
from orchestrator.story.mastering import TARGET_LUFS
from orchestrator.story.narrate import Narrator, Told
from orchestrator.story.outlook import Outlook
from orchestrator.story.pacing import Pacing, lengths
from orchestrator.story.passage import Speaker, Voicing
from orchestrator.story.planner import Planner
from orchestrator.story.prelude import Prelude
from orchestrator.story.redraw import Judge, Valid, budget_of
from orchestrator.story.request import script_of
from orchestrator.story.schedule import Playhead, Schedule
from orchestrator.story.steps import Steps
from orchestrator.story.storyboard import Storyboard
from orchestrator.story.verbatim import certify

A = TypeVar("A")
B = TypeVar("B")

# An attempt at one passage or one picture, the wait in the service's queue included.
_ATTEMPT_SECONDS = 1_800.0
# An attempt at a recording of up to two hours.
_LISTENING_SECONDS = 6 * 3_600.0


@dataclass(frozen=True, slots=True)
class Workflow:
    """Plans stories and makes them.

    Attributes:
        specialists: Clients of the model services.
        assets: Keeps sounds and pictures.
        steps: Keeps the results of steps.
        notary: Marks pictures and sound.
        schedule: Lets pictures through to the image models; one for all stories of the process.
        planner: Plans the scenes.
        valid_scores: Says which scores count for an image model.
    """

    specialists: Specialists
    assets: AssetStore
    steps: Steps
    notary: Notary = field(default_factory=Notary.none)
    schedule: Schedule = field(default_factory=Schedule)
    planner: Planner = field(default_factory=Planner)
    valid_scores: Valid = lambda model: frozenset()

    async def plan(
        self, name: str, request: story_pb2.CreateStoryRequest, prelude: Prelude | None = None
    ) -> Storyboard:
        """Plans a story from a resolved request. Nothing is drawn.

        Args:
            name: The story; only for the ids of calls.
            request: Resolved.
            prelude: Speaks the beginning meanwhile, unless the plan is to be reviewed before.

        Raises:
            LanternistError: What went wrong for good.
        """
        if request.WhichOneof("source") == "narration":
            return await self._board_of_recording(name, request)
        return await self._board_of_text(name, request, prelude)

    async def retell(self, board: Storyboard) -> Storyboard:
        """A plan whose telling was changed, with the speakers, voices and moods that it needs."""
        calls = self._calls("stories/retold")
        return await Director(self.specialists.voice, self.steps, calls).redirect(board)

    async def make(
        self, name: str, board: Storyboard, audience: Audience, prelude: Prelude | None = None
    ) -> Story:
        """Makes a planned story, of which the prelude may have spoken the beginning.

        Raises:
            LanternistError: What went wrong for good; nothing of the story goes on then.
        """
        head = Playhead(_starts_ms(board), self.schedule.clock)
        outlook = Outlook(name, len(board.scenes), self.schedule)
        narrator = self._narrator(name, board.request, outlook.listening(self.specialists.voice))

        async def narrated(segment: Segment, audio: str) -> None:
            head.heard(segment.index, segment.start_ms)
            await audience.narrated(segment, audio)

        async def unspoken() -> int:
            if board.recording is not None:
                return 0
            if prelude is not None:
                await prelude.over()
            return await narrator.unspoken(board.script, board.segments)

        pace = Pace(
            name,
            due=lambda scene: head.reaches(scene.segments[0]),
            schedule=self.schedule,
            idle=board.request.priority == story_pb2.STORY_PRIORITY_BACKGROUND,
            watched=audience.watched,
        )
        illustrating = asyncio.ensure_future(
            self._illustrator(name, board, pace, outlook).draw(
                board.scenes, outlook.seeing(audience.illustrated)
            )
        )
        if board.recording is not None:
            telling = asyncio.ensure_future(_announce(board.recording, narrated))
        else:
            telling = asyncio.ensure_future(self._told(name, board, narrator, narrated))
        async with outlook.told(audience.stands, unspoken):
            narration, drawn = await _both(telling, illustrating)
        story = board.finished(name, narration, drawn)
        departures = Pacing.of(board.request).departures(story.scenes)
        return replace(story, notes=(*story.notes, *departures))

    async def _told(
        self, name: str, board: Storyboard, narrator: Narrator, narrated: Told
    ) -> Narration:
        """The narration of a text, with proof that it was read exactly if that is asked for."""
        narration = await narrator.tell(board.script, board.segments, narrated)
        if board.request.telling != story_pb2.TELLING_SCRIPTED:
            return narration
        try:
            heard, model = await self._listener(name).words(
                narration.audio,
                model=board.request.transcription_model,
                language=board.script.language,
            )
        except FailedPreconditionError as error:
            return replace(narration, notes=(*narration.notes, f"Not certified: {error.message}"))
        proof = await asyncio.to_thread(
            certify, board.script, narration.segments, heard, model=model, sent=narration.sent
        )
        return replace(narration, verbatim=proof)

    async def _board_of_text(
        self, name: str, request: story_pb2.CreateStoryRequest, prelude: Prelude | None
    ) -> Storyboard:
        tale = ""
        if request.WhichOneof("source") == "topic":
            author = Author(self.specialists.text, self.steps.of(name), self._calls(name))
            tale = await author.write(request)
        script = await asyncio.to_thread(script_of, request, tale)
        if prelude and not request.review_plan and request.telling != story_pb2.TELLING_STORY:
            # Who tells it does not depend on who is seen in it: the voice need not wait.
            alone = await self._director(name).direct(script, request)
            narrator = self._narrator(name, request, self.specialists.voice)
            prelude.begin(narrator.rehearse(alone.script, alone.segments))
        plan = await self.planner.plan(script, request, self._calls(name))
        staged = await self._director(name).direct(script, request, plan.cast)
        scenes = carried_over(plan.scenes, script.sentences, staged.script.sentences)
        written = ("The tale was written by a text model.",) if tale else ()
        notes = (*written, *plan.notes, *staged.notes)
        return Storyboard(
            request, staged.script, staged.segments, scenes, cast=staged.cast, notes=notes
        )

    async def _board_of_recording(
        self, name: str, request: story_pb2.CreateStoryRequest
    ) -> Storyboard:
        heard = await self._listener(name).hear(
            request.narration,
            model=request.transcription_model,
            language=request.language,
            title=request.title,
            transcript=request.transcript,
            loudness_lufs=request.loudness_lufs if request.HasField("loudness_lufs") else None,
        )
        narration = heard.narration
        calls = self._calls(name)
        plan = await self.planner.plan(heard.script, request, calls, narration=narration)
        scenes = timeline.cut(plan.scenes, narration.segments, narration.duration_ms)
        return Storyboard(
            request,
            heard.script,
            narration.segments,
            scenes,
            cast=plan.cast,
            notes=plan.notes,
            recording=narration,
        )

    def _listener(self, name: str) -> Listener:
        calls = self._calls(name, _LISTENING_SECONDS)
        return Listener(self.specialists.transcription, self.assets, self.steps.of(name), calls)

    def _narrator(
        self, name: str, asked: story_pb2.CreateStoryRequest, speaker: Speaker
    ) -> Narrator:
        voicing = Voicing(asked.voice_model, asked.voice, asked.language, _speed(asked))
        return Narrator(
            speaker,
            voicing,
            self.assets,
            self.steps.of(name),
            self._calls(name),
            notary=self.notary,
            target_lufs=asked.loudness_lufs if asked.HasField("loudness_lufs") else TARGET_LUFS,
        )

    def _director(self, name: str) -> Director:
        return Director(self.specialists.voice, self.steps.of(name), self._calls(name))

    def _illustrator(
        self, name: str, board: Storyboard, pace: Pace, outlook: Outlook
    ) -> Illustrator:
        asked = board.request
        look = Look(asked.image_model, asked.style, asked.image_width, asked.image_height)
        painter = MarkedPainter(outlook.painting(self.specialists.image), self.notary)
        budget = asked.redraw_budget if asked.HasField("redraw_budget") else None
        return Illustrator(
            painter,
            look,
            self.assets,
            self.steps.of(name),
            self._calls(name),
            pace=pace,
            judge=Judge(self.assets, self.valid_scores),
            redraw_budget=budget_of(budget, len(board.scenes)),
        )

    @staticmethod
    def _calls(name: str, seconds: float = _ATTEMPT_SECONDS) -> Callable[[], Call]:
        """Makes the `Call` of each attempt; its request id begins with the story's."""
        story = name.removeprefix("stories/")

        def call() -> Call:
            request_id = f"{story}.{uuid.uuid4().hex[:8]}"
            return Call(request_id, seconds, {telemetry.REQUEST_ID: request_id})

        return call


def _speed(request: story_pb2.CreateStoryRequest) -> float:
    return request.speed if request.HasField("speed") else 1.0


def _starts_ms(board: Storyboard) -> list[float]:
    """When each sentence is expected to begin."""
    each = lengths(board.script, _speed(board.request), board.recording)
    return [0.0, *itertools.accumulate(each[:-1])]


async def _announce(recording: Narration, narrated: Told) -> Narration:
    """Tells of a recording's segments, which can all be heard already."""
    for segment in recording.segments:
        await narrated(segment, "")
    return recording


async def _both(first: asyncio.Future[A], second: asyncio.Future[B]) -> tuple[A, B]:
    """Waits for both; when one fails or the wait is cancelled, the other is stopped first."""
    try:
        return await asyncio.gather(first, second)
    finally:
        first.cancel()
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
