"""`FakeTextEngine`: says back what the user said last, word by word.

For tests without weights, and for measuring everything around an engine: it costs next to nothing.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator

from lanternist.runtime.call import Call
from lanternist.runtime.errors import InvalidArgumentError
from models.card import ModelCard
from models.placement import Placement
from models.weights import Weights
from services.text.decoding.stopping import StopScanner
from services.text.engine import FinishReason, TextDelta, TextFinished, TextRequest

_WORDS = re.compile(r"\s*\S+|\s+$")
_MAX_TOKENS = 4096
_CONTEXT_TOKENS = 100_000


class FakeTextEngine:
    """Echoes; a word with the space before it is a token.

    The card's option `delay_seconds` makes it wait before every token.
    """

    def __init__(self, card: ModelCard, weights: Weights | None, placement: Placement) -> None:
        self._delay = float(card.options.get("delay_seconds", 0))
        self._default_max_tokens = int(card.defaults.get("max_tokens", _MAX_TOKENS))
        self._context_tokens = int(card.limits.get("context_tokens", _CONTEXT_TOKENS))
        self.tokens_made = 0

    def load(self) -> None:
        """Has nothing to read."""

    def warm_up(self) -> None:
        """Has nothing to warm."""

    def close(self) -> None:
        """Has nothing to free."""

    async def generate(
        self, request: TextRequest, call: Call
    ) -> AsyncIterator[TextDelta | TextFinished]:
        """Streams the last user message; see `TextEngine.generate`."""
        request.validate()
        call.check()
        said = [message.content for message in request.messages if message.role == "user"]
        words = _WORDS.findall(said[-1]) if said else []
        prompt_tokens = sum(len(_WORDS.findall(message.content)) for message in request.messages)
        if prompt_tokens > self._context_tokens:
            raise InvalidArgumentError(
                "messages",
                f"hold {prompt_tokens:,} tokens; the model reads at most {self._context_tokens:,}.",
                reason="CONVERSATION_TOO_LONG",
            )
        limit = request.max_tokens or self._default_max_tokens
        scanner = StopScanner(request.stop)
        made, reason = 0, FinishReason.STOP
        for word in words:
            if made == limit:
                reason = FinishReason.LENGTH
                break
            if self._delay:
                await asyncio.sleep(self._delay)
            call.check()
            made += 1
            self.tokens_made += 1
            if shown := scanner.push(word):
                yield TextDelta(shown)
            if scanner.stopped:
                break
        if rest := scanner.flush():
            yield TextDelta(rest)
        yield TextFinished(reason, prompt_tokens, made)
