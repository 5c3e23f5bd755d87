"""What one answer is made from, and what has become of it: handed from step to step.

The steps of an answer ("write it down, then summarise it") read the words left by the step before.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field

from lanternist.runtime.settings import ModalityName
from lanternist.v1 import asset_pb2, assistant_pb2
from orchestrator.assets.servicer import to_proto
from orchestrator.assets.store import Asset
from orchestrator.assistant.conversation import Conversation
from orchestrator.forward import Line
from orchestrator.routing.router import Decision


@dataclass(frozen=True, slots=True)
class Task:
    """One request, decided.

    Attributes:
        conversation: What was said.
        decision: What is done.
        parameters: The settings that hold.
        request: The request itself.
        lines: The way to each service, with its limits.
    """

    conversation: Conversation
    decision: Decision
    parameters: assistant_pb2.AssistantParameters
    request: assistant_pb2.RespondRequest
    lines: Mapping[ModalityName, Line]


@dataclass(slots=True)
class Outcome:
    """What an answer has come to so far.

    Attributes:
        index: Of the answer.
        model: Who answers.
        heard: Words of the recording, once it is written down.
        listened: Whether it is.
        written: Words that the text model wrote, once they are there.
        shown: Whether the caller has seen part of the result, so that no other model may take over.
        usage: What it took.
        assets: What was made and stored.
        story: Resource name of the story.
    """

    index: int
    model: str
    heard: str = ""
    listened: bool = False
    written: str = ""
    shown: bool = False
    usage: assistant_pb2.AnswerUsage = field(default_factory=assistant_pb2.AnswerUsage)
    assets: list[asset_pb2.Asset] = field(default_factory=list)
    story: str = ""
    begun: float = field(default_factory=time.monotonic)

    def event(self, **payload: object) -> assistant_pb2.RespondResponse:
        """An event of this answer; `payload` names one field of the message's oneof."""
        return assistant_pb2.RespondResponse(answer=self.index, **payload)  # type: ignore[arg-type]

    def keep(self, asset: Asset) -> None:
        """Notes a stored file."""
        self.assets.append(to_proto(asset))

    def finished(self) -> assistant_pb2.AnswerFinished:
        """The answer, complete."""
        if not self.usage.elapsed_ms:
            self.usage.elapsed_ms = max(1, round((time.monotonic() - self.begun) * 1000))
        return assistant_pb2.AnswerFinished(
            model=self.model, assets=self.assets, usage=self.usage, story=self.story
        )
