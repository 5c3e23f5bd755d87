"""Routing decisions on the command line: taken in this process, without any server."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from google.protobuf.json_format import MessageToDict

from lanternist.runtime.settings import Settings
from lanternist.v1 import assistant_pb2
from models.catalog import Catalog
from orchestrator.assistant import conversation
from orchestrator.assistant.decision import decision_message
from orchestrator.assistant.parameters import settle
from orchestrator.forward import Routes
from orchestrator.routing.choice import Models
from orchestrator.routing.reader import Reader
from orchestrator.routing.router import Decision, Router


class LocalRouter:
    """Decides as a server with these settings would.

    Args:
        settings: Which models there are.
    """

    def __init__(self, settings: Settings) -> None:
        catalog = Catalog.builtin(*settings.card_directories)
        self._models = Models(Routes(settings.services, catalog), catalog)
        self._reader = Reader()
        self._router = Router(self._models, self._reader)

    def ahead(self, utterances: Sequence[str]) -> None:
        """Reads utterances that will be decided next, together, which is quicker."""
        self._reader.ahead(utterances)

    def decide(self, request: assistant_pb2.RespondRequest) -> Decision:
        """What would be done with a request.

        Raises:
            LanternistError: As `Respond` would before it does anything.
        """
        return self._router.decide(conversation.read(request).question)

    def routing(self, request: assistant_pb2.RespondRequest) -> assistant_pb2.RoutingDecision:
        """The first event that `Respond` would send.

        Raises:
            LanternistError: As `decide`.
        """
        decision = self.decide(request)
        card = self._models.card(decision.models[0]) if decision.models else None
        parameters, notes = settle(request.parameters, decision.found, decision.steps, card)
        return decision_message(decision, parameters, notes)


def routing_json(routing: assistant_pb2.RoutingDecision) -> dict[str, Any]:
    """A decision as `--json` shows it: field names of the contract, enumerations as plain words."""
    facts: dict[str, Any] = MessageToDict(
        routing, preserving_proto_field_name=True, always_print_fields_with_no_presence=True
    )
    facts["parameters"] = _plain(
        MessageToDict(routing.parameters, preserving_proto_field_name=True)
    )
    facts["runners_up"] = [_plain(entry) for entry in facts["runners_up"]]
    return _plain(facts)


_PREFIXES = ("INTENT_", "ROUTING_BASIS_", "IMAGE_ENCODING_", "AUDIO_ENCODING_", "TELLING_")


def _plain(facts: dict[str, Any]) -> dict[str, Any]:
    return {name: _word(value) for name, value in facts.items()}


def _word(value: Any) -> Any:
    if isinstance(value, list):
        return [_word(entry) for entry in value]
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, str):
        prefix = next((prefix for prefix in _PREFIXES if value.startswith(prefix)), "")
        return value.removeprefix(prefix).lower() if prefix else value
    return value


def line(utterance: str, facts: dict[str, Any]) -> str:
    """One decision as one line of JSON."""
    return json.dumps({"utterance": utterance, **facts}, ensure_ascii=False)
