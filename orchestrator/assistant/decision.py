"""A routing decision as the contract's message."""

from __future__ import annotations

from collections.abc import Sequence

from lanternist.v1 import assistant_pb2
from orchestrator.assistant.conversation import INTENTS
from orchestrator.routing.router import Decision

NUMBERS = {intent: number for number, intent in INTENTS.items()}
_BASES = {
    "intent": assistant_pb2.ROUTING_BASIS_INTENT,
    "model": assistant_pb2.ROUTING_BASIS_MODEL,
    "attachment": assistant_pb2.ROUTING_BASIS_ATTACHMENT,
    "words": assistant_pb2.ROUTING_BASIS_WORDS,
    "unsure": assistant_pb2.ROUTING_BASIS_UNSURE,
}


def decision_message(
    decision: Decision,
    parameters: assistant_pb2.AssistantParameters,
    notes: Sequence[str],
) -> assistant_pb2.RoutingDecision:
    """Writes a decision down.

    Args:
        decision: The router's.
        parameters: The settings that hold.
        notes: What the caller should know beyond the decision's own notes.
    """
    return assistant_pb2.RoutingDecision(
        intent=NUMBERS[decision.intent],
        steps=[NUMBERS[step] for step in decision.steps],
        model=decision.models[0] if decision.models else "",
        models=decision.models,
        basis=_BASES[decision.basis],
        why=decision.why,
        confidence=decision.confidence,
        runners_up=[
            assistant_pb2.IntentScore(intent=NUMBERS[intent], confidence=chance)
            for intent, chance in decision.runners_up
        ],
        could_also=decision.could_also,
        language=decision.language,
        prompt=decision.asked.prompt,
        parameters=parameters,
        found=[
            assistant_pb2.FoundParameter(name=one.name, value=one.value, words=one.words)
            for one in decision.found
        ],
        notes=[*decision.notes, *notes],
        method=decision.method,
    )
