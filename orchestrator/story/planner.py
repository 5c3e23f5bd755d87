"""`Planner`: plans stories, with a text model that can, else by rules.

It brings the sentence encoder when there is one, and falls back step by step: a model's plan that
does not hold is mended once, then replaced by the rules; without the encoder the words alone
decide. Each step down is said in the plan's notes. How a plan is made it leaves to others.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from lanternist.runtime import telemetry
from lanternist.runtime.call import Call
from lanternist.runtime.errors import LanternistError
from lanternist.v1 import story_pb2, text_pb2
from models.card import ModelCard
from models.sentences import SentenceEncoder, sentence_encoder
from orchestrator.story.asked_plan import (
    MOST_SENTENCES,
    SCHEMA_TEXT,
    PlanRefusedError,
    WrittenPlan,
    material,
    task,
    understand,
)
from orchestrator.story.domain import Narration, Script
from orchestrator.story.language import NAMES, base
from orchestrator.story.pacing import Pacing
from orchestrator.story.plan import READ, Plan, plan_scenes
from orchestrator.story.turns import Vectors

_log = telemetry.logger(__name__)

ABILITY = "json_plan"
"""What a text model's card lists when it can plan."""

_TOKENS_A_SCENE, _TOKENS_BESIDES = 150, 800
_MOST_ANSWER_CHARS = 400_000
_MOST_REPEATED_CHARS = 20_000
_ENCODER_SECONDS = 60.0
# A machine without a network would else wait for the encoder with every story.
_TRY_AGAIN_SECONDS = 600.0


class Writer(Protocol):
    """What a plan needs of the text service."""

    def GenerateText(
        self, request: text_pb2.GenerateTextRequest, call: Call
    ) -> AsyncGenerator[text_pb2.GenerateTextResponse, None]:
        """Continues a conversation."""


@dataclass
class Encoding:
    """The sentence encoder, as soon as it is there.

    Attributes:
        load: Loads it; blocks. None: there is none.
    """

    load: Callable[[], SentenceEncoder] | None = None
    _failed_at: float | None = None

    async def vectors(self, sentences: Sequence[str]) -> Vectors | None:
        """(sentences, dimensions), of length 1 each; None while the encoder is not there."""
        if self.load is None:
            return None
        now = time.monotonic()
        if self._failed_at is not None and now - self._failed_at < _TRY_AGAIN_SECONDS:
            return None
        try:
            async with asyncio.timeout(_ENCODER_SECONDS):
                encoder = await asyncio.to_thread(self.load)
        except (LanternistError, TimeoutError) as error:
            _log.warning("sentence encoder not there", error=type(error).__name__)
            self._failed_at = now
            return None
        return await asyncio.to_thread(encoder.encode, sentences)


@dataclass(frozen=True)
class Planner:
    """Plans stories.

    Attributes:
        writer: The text service; None: rules alone.
        card: The card of the text model that a request names, empty for the server's default;
            None when there is none.
        encoding: Brings the vectors of sentences.
    """

    writer: Writer | None = None
    card: Callable[[str], ModelCard | None] = lambda model: None
    encoding: Encoding = field(default_factory=Encoding)

    @classmethod
    def full(cls, writer: Writer, card: Callable[[str], ModelCard | None]) -> Planner:
        """With everything that an installation has."""
        return cls(writer, card, Encoding(sentence_encoder))

    async def plan(
        self,
        script: Script,
        request: story_pb2.CreateStoryRequest,
        call: Callable[[], Call],
        *,
        narration: Narration | None = None,
    ) -> Plan:
        """Plans the scenes of a script.

        Args:
            script: What is told.
            request: Resolved.
            call: Makes the deadline and ids of each question to a text model.
            narration: When the sentences are spoken, if that is known.

        Raises:
            InvalidArgumentError: The request's pacing contradicts itself.
        """
        pacing = Pacing.of(request)
        notes: list[str] = []
        written = await self._written(script, request, pacing, call, notes)
        vectors = await self.encoding.vectors([sentence.text for sentence in script.sentences])
        if vectors is None and self.encoding.load is not None:
            notes.append("Scenes were cut by words alone: the sentence encoder is not there.")
        if base(script.language) not in READ and written is None:
            name = NAMES.get(base(script.language), script.language)
            notes.append(f"Who and where is found in English and French, not in {name}.")
        plan = await asyncio.to_thread(
            plan_scenes,
            script,
            request.seed,
            style=request.style,
            speed=request.speed if request.HasField("speed") else 1.0,
            narration=narration,
            pacing=pacing,
            vectors=vectors,
            written=written,
        )
        return Plan(plan.scenes, plan.cast, (*notes, *plan.notes))

    async def _written(
        self,
        script: Script,
        request: story_pb2.CreateStoryRequest,
        pacing: Pacing,
        call: Callable[[], Call],
        notes: list[str],
    ) -> WrittenPlan | None:
        """A text model's plan; None, and perhaps a note why, when there is none that will do."""
        card = self.card(request.text_model)
        if self.writer is None or card is None or ABILITY not in card.abilities:
            return None
        if len(script.sentences) > MOST_SENTENCES:
            notes.append(f"Planned by rules: the story is too long for {card.id} to plan.")
            return None
        conversation = [
            _message(text_pb2.CHAT_ROLE_SYSTEM, task(pacing.shortest_ms, pacing.longest_ms)),
            _message(text_pb2.CHAT_ROLE_USER, material(script)),
        ]
        why = ""
        for _ in range(2):
            try:
                answer = await self._answer(card, conversation, len(script.sentences), call())
                return await asyncio.to_thread(understand, answer, script, request.seed)
            except PlanRefusedError as refusal:
                why = str(refusal)
                _log.info("plan refused", model=card.id, reason=why)
                conversation = [
                    *conversation[:2],
                    _message(text_pb2.CHAT_ROLE_ASSISTANT, answer[:_MOST_REPEATED_CHARS] or "…"),
                    _message(text_pb2.CHAT_ROLE_USER, f"That will not do. {why} Answer again."),
                ]
            except LanternistError as error:
                notes.append(f"Planned by rules: {card.id} did not answer. {error.message}")
                return None
        notes.append(f"Planned by rules: the plan of {card.id} was not valid ({why[:300]}).")
        return None

    async def _answer(
        self,
        card: ModelCard,
        conversation: Sequence[text_pb2.ChatMessage],
        sentences: int,
        call: Call,
    ) -> str:
        assert self.writer is not None
        most = int(card.limits.get("max_tokens", 1 << 15))
        wanted = _TOKENS_BESIDES + _TOKENS_A_SCENE * sentences
        request = text_pb2.GenerateTextRequest(
            model=card.id,
            messages=conversation,
            max_tokens=min(most, wanted, 1 << 15),
            temperature=0.0,
            json_schema=SCHEMA_TEXT,
        )
        parts: list[str] = []
        length = 0
        async with contextlib.aclosing(self.writer.GenerateText(request, call)) as events:
            async for event in events:
                parts.append(event.delta)
                length += len(event.delta)
                if length > _MOST_ANSWER_CHARS:
                    break
        return "".join(parts)


def _message(role: text_pb2.ChatRole.ValueType, content: str) -> text_pb2.ChatMessage:
    return text_pb2.ChatMessage(role=role, content=content)
