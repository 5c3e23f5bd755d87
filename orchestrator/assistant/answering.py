"""One answer: its steps one after another, with another model of the modality when one cannot.

A model that nobody named may be replaced as long as nothing of its answer was shown. It does not
know how steps are done, nor that there may be other answers beside it.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    FailedPreconditionError,
    InvalidArgumentError,
    LanternistError,
    ResourceExhaustedError,
    UnavailableError,
)
from lanternist.runtime.status import to_status
from lanternist.v1 import assistant_pb2
from orchestrator.assets.store import AssetStore
from orchestrator.assistant import drawing, hearing, speaking, storytelling, writing
from orchestrator.assistant.keeping import Keeper
from orchestrator.assistant.work import Outcome, Task
from orchestrator.routing.choice import Models
from orchestrator.routing.intents import Intent

Events = AsyncGenerator[assistant_pb2.RespondResponse, None]

# What another model might do better. A wrong request stays wrong, and a caller who left is gone.
_REPLACEABLE = (UnavailableError, FailedPreconditionError, ResourceExhaustedError)
_WORDS = frozenset({"prompt", "text", "messages", "topic", "narration", "config", "audio"})


@dataclass(frozen=True, slots=True)
class Kitchen:
    """What answers are made with.

    Attributes:
        models: Which model may take which step.
        assets: Where files are.
        keeper: Stores what is made.
        stories: The story service; None where this installation has none.
        operations: Where a story can be stopped.
    """

    models: Models
    assets: AssetStore
    keeper: Keeper
    stories: storytelling.Stories | None
    operations: storytelling.Operations

    async def answer(self, task: Task, outcome: Outcome, call: Call) -> Events:
        """Takes the steps of one answer; ends with its `finished`.

        Raises:
            LanternistError: What the last model that was tried raised.
        """
        *earlier, last = task.decision.steps
        for step in earlier:
            if not (step is Intent.TRANSCRIPTION and outcome.listened):
                async with contextlib.aclosing(self.prepare(task, step, outcome, call)) as events:
                    async for event in events:
                        yield event
        models = (outcome.model, *task.decision.reserves)
        async with contextlib.aclosing(self._step(task, last, models, outcome, call)) as events:
            async for event in events:
                yield event
        yield outcome.event(finished=outcome.finished())

    async def prepare(self, task: Task, step: Intent, outcome: Outcome, call: Call) -> Events:
        """Takes a step before the last one, with a model of its own.

        Raises:
            LanternistError: What the last model that was tried raised.
        """
        modality = step.modality
        assert modality is not None, "a story prepares nothing"
        models = self.models.candidates(
            modality, task.conversation.question.constraints, language=task.decision.language
        )
        async with contextlib.aclosing(self._step(task, step, models, outcome, call)) as events:
            async for event in events:
                yield event
        outcome.shown = False

    async def _step(
        self, task: Task, step: Intent, models: tuple[str, ...], outcome: Outcome, call: Call
    ) -> Events:
        for place, model in enumerate(models):
            final = step is task.decision.steps[-1]
            if final:
                outcome.model = model
            try:
                async with contextlib.aclosing(self._run(task, step, model, outcome, call)) as run:
                    async for event in run:
                        yield event
                return
            except _REPLACEABLE as error:
                if outcome.shown or place + 1 == len(models) or error.reason == "SERVICE_DISABLED":
                    raise
                fallback = assistant_pb2.ModelFallback(
                    from_model=model, to_model=models[place + 1], error=to_status(error)
                )
                yield outcome.event(fallback=fallback)
            except InvalidArgumentError as error:
                raise in_terms_of_request(error, task) from error

    def _run(self, task: Task, step: Intent, model: str, outcome: Outcome, call: Call) -> Events:
        match step:
            case Intent.TEXT:
                return writing.write(task, model, outcome, call)
            case Intent.IMAGE:
                return drawing.draw(task, model, outcome, call, self.keeper)
            case Intent.SPEECH:
                return speaking.speak(task, model, outcome, call, self.keeper)
            case Intent.TRANSCRIPTION:
                return hearing.hear(task, model, outcome, call, self.assets)
        if self.stories is None:
            raise FailedPreconditionError(
                "This server tells no stories: it has one service only.", reason="SERVICE_DISABLED"
            )
        return storytelling.tell(
            task,
            outcome,
            call,
            stories=self.stories,
            operations=self.operations,
            assets=self.assets,
        )


def in_terms_of_request(error: InvalidArgumentError, task: Task) -> LanternistError:
    """A service's complaint about a field, said of the field of `RespondRequest` behind it."""
    known = assistant_pb2.AssistantParameters.DESCRIPTOR.fields_by_name
    place = f"messages[{len(task.request.messages) - 1}]"
    renamed = {"image_width": "width", "image_height": "height", "encoding": "image_encoding"}

    def field(name: str) -> str:
        base = name.removeprefix("config.")
        base = renamed.get(base, base)
        if base in known:
            return f"parameters.{base}"
        return place if base in _WORDS else base

    return error.renamed(field)
