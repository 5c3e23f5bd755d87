"""`AssistantService`: reads the request, has it decided, and streams the answers as they come.

Answers that are compared run side by side; each event is passed on the moment it is there. It
translates and joins; routing decides, and the steps do the work.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping, Sequence

from lanternist.runtime import telemetry
from lanternist.runtime.call import Call
from lanternist.runtime.errors import InternalError, LanternistError
from lanternist.runtime.settings import ModalityName
from lanternist.runtime.status import to_status
from lanternist.v1 import assistant_pb2
from orchestrator.assistant import conversation
from orchestrator.assistant.answering import Events, Kitchen
from orchestrator.assistant.decision import decision_message
from orchestrator.assistant.parameters import settle
from orchestrator.assistant.work import Outcome, Task
from orchestrator.forward import Line
from orchestrator.routing.intents import Intent
from orchestrator.routing.router import Router

_log = telemetry.logger(__name__)

# Events that a slow caller may leave waiting, over all answers: then the engines wait too.
_MOST_WAITING = 16


class AssistantServicer:
    """Answers whatever is asked.

    Args:
        router: Decides.
        kitchen: Makes answers.
        lines: The way to each service.
    """

    def __init__(
        self, router: Router, kitchen: Kitchen, lines: Mapping[ModalityName, Line]
    ) -> None:
        self._router = router
        self._kitchen = kitchen
        self._lines = lines

    async def Respond(self, request: assistant_pb2.RespondRequest, call: Call) -> Events:
        """Decides, then answers; see the contract for the order of events."""
        said = conversation.read(request)
        decision = await asyncio.to_thread(self._router.decide, said.question)
        card = self._kitchen.models.card(decision.models[0]) if decision.models else None
        parameters, notes = settle(request.parameters, decision.found, decision.steps, card)
        message = decision_message(decision, parameters, notes)
        yield assistant_pb2.RespondResponse(routing=message)
        if request.route_only:
            return
        call.check()
        task = Task(said, decision, parameters, request, self._lines)
        outcomes = [Outcome(index, model) for index, model in enumerate(decision.models or ("",))]
        answers = (
            self._kitchen.answer(task, outcomes[0], call)
            if not request.compare
            else self._side_by_side(task, outcomes, call)
        )
        async with contextlib.aclosing(answers) as events:
            async for event in events:
                yield event
        yield assistant_pb2.RespondResponse(summary=_summary(outcomes))

    async def _side_by_side(self, task: Task, outcomes: Sequence[Outcome], call: Call) -> Events:
        """Every answer in a task of its own; what one raises does not touch the others."""
        first = task.decision.steps[0]
        if first is Intent.TRANSCRIPTION and len(task.decision.steps) > 1:
            heard = self._kitchen.prepare(task, first, outcomes[0], call)
            async with contextlib.aclosing(heard) as events:
                async for event in events:
                    yield event
            for other in outcomes[1:]:
                other.heard, other.listened = outcomes[0].heard, True
        waiting: asyncio.Queue[assistant_pb2.RespondResponse | None] = asyncio.Queue(_MOST_WAITING)

        async def run(outcome: Outcome) -> None:
            try:
                async with contextlib.aclosing(self._kitchen.answer(task, outcome, call)) as events:
                    async for event in events:
                        await waiting.put(event)
            except LanternistError as error:
                await waiting.put(_failed(outcome, error, call))
            except Exception as error:
                _log.error("unexpected error", request_id=call.request_id, exc_info=error)
                known = InternalError(
                    f"Something went wrong on our side. Request id: {call.request_id}."
                )
                await waiting.put(_failed(outcome, known, call))
            await waiting.put(None)

        tasks = [asyncio.create_task(run(outcome)) for outcome in outcomes]
        try:
            left = len(tasks)
            while left:
                happened = await waiting.get()
                if happened is None:
                    left -= 1
                else:
                    yield happened
        finally:
            for running in tasks:
                running.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


def _failed(outcome: Outcome, error: LanternistError, call: Call) -> assistant_pb2.RespondResponse:
    failed = assistant_pb2.AnswerFailed(
        model=outcome.model, error=to_status(error, call.request_id)
    )
    return outcome.event(failed=failed)


def _summary(outcomes: Sequence[Outcome]) -> assistant_pb2.RespondSummary:
    summary = assistant_pb2.RespondSummary()
    total = summary.usage
    for outcome in outcomes:
        answer = outcome.finished()
        summary.answers.append(answer)
        for name in ("prompt_tokens", "completion_tokens", "image_count", "spoken_ms", "heard_ms"):
            setattr(total, name, getattr(total, name) + getattr(answer.usage, name))
        total.elapsed_ms = max(total.elapsed_ms, answer.usage.elapsed_ms)
    return summary
