"""`TransformersEngine`: any chat model that transformers runs, many requests at once.

It joins the parts: `checkpoint` opens the model, `chat` reads conversations, `decoding.batch`
answers them. It does not know gRPC.
"""

from __future__ import annotations

import asyncio
import contextlib
import queue
from collections.abc import AsyncIterator, Callable

from lanternist.runtime.call import Call
from lanternist.runtime.errors import FailedPreconditionError, LanternistError
from models.card import ModelCard
from models.placement import Placement
from models.weights import Weights
from services.text.chat import ChatReader
from services.text.checkpoint import open_checkpoint
from services.text.decoding.batch import BatchLoop, Event, Generation
from services.text.decoding.rows import RowDecoder
from services.text.decoding.sampling import Sampler
from services.text.decoding.stopping import StopScanner
from services.text.engine import ChatMessage, TextDelta, TextFinished, TextRequest

_MAX_ROWS = 8
_CHUNK_TOKENS_CPU = 256
_CHUNK_TOKENS_CUDA = 2048


class TransformersEngine:
    """Answers with a local model.

    The card may set: options `gguf_file`, `cpu_dtype`, `max_batch` (requests answered at once,
    default 8) and `prefill_chunk` (prompt tokens read between two steps); limits `context_tokens`
    and `max_tokens`; defaults `max_tokens`, `temperature` and `top_p`.
    """

    def __init__(self, card: ModelCard, weights: Weights | None, placement: Placement) -> None:
        self._card = card
        self._weights = weights
        self._placement = placement
        self._reader: ChatReader | None = None
        self._loop: BatchLoop | None = None
        self._context_tokens = 0

    @property
    def tokens_read(self) -> int:
        """Prompt tokens that the model has really read since it was loaded."""
        return self._loop.tokens_read if self._loop else 0

    @property
    def tokens_made(self) -> int:
        """Tokens that the model has really made since it was loaded."""
        return self._loop.tokens_made if self._loop else 0

    def load(self) -> None:
        """Opens the model and starts its thread.

        Raises:
            FailedPreconditionError: There are no weights, or they are not a model for this engine.
        """
        card, placement = self._card, self._placement
        if self._weights is None:
            raise FailedPreconditionError(
                f"The model {card.id} has no weights.", reason="MODEL_HAS_NO_WEIGHTS"
            )
        checkpoint = open_checkpoint(card, self._weights, placement)
        max_rows = int(card.options.get("max_batch", _MAX_ROWS))
        decoder = RowDecoder(checkpoint.model, max_rows)
        trained = int(checkpoint.model.config.get_text_config().max_position_embeddings)
        self._context_tokens = min(trained, int(card.limits.get("context_tokens", trained)))
        self._reader = ChatReader(checkpoint.tokenizer, self._context_tokens)
        usual = _CHUNK_TOKENS_CUDA if placement.is_cuda else _CHUNK_TOKENS_CPU
        self._loop = BatchLoop(
            decoder,
            checkpoint.fast_tokenizer,
            checkpoint.end_tokens,
            max_rows=max_rows,
            chunk_tokens=int(card.options.get("prefill_chunk", usual)),
            threads=placement.threads,
        )

    def warm_up(self) -> None:
        """Answers two tiny requests together."""
        request = TextRequest((ChatMessage("user", "Hello"),), max_tokens=4, temperature=0.0)
        events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        for _ in range(2):
            self._running().submit(self._prepare(request, Call(), events.put))
        finished = 0
        while finished < 2:
            event = events.get()
            if isinstance(event, LanternistError):
                raise event
            finished += isinstance(event, TextFinished)

    def close(self) -> None:
        """Ends the thread and frees the model. Idempotent."""
        loop, self._loop, self._reader = self._loop, None, None
        if loop is not None:
            loop.close()

    async def generate(
        self, request: TextRequest, call: Call
    ) -> AsyncIterator[TextDelta | TextFinished]:
        """Streams one answer; see `TextEngine.generate`.

        `max_tokens` above the card's limit, or above what the context still holds, is cut to it:
        the answer then ends with reason `LENGTH`.
        """
        request.validate()
        call.check()
        here = asyncio.get_running_loop()
        events: asyncio.Queue[Event] = asyncio.Queue()

        def deliver(event: Event) -> None:
            with contextlib.suppress(RuntimeError):  # the event loop closed: nobody listens
                here.call_soon_threadsafe(events.put_nowait, event)

        running = self._running()
        generation = await asyncio.to_thread(self._prepare, request, call, deliver)
        running.submit(generation)
        try:
            while True:
                event = await events.get()
                if isinstance(event, LanternistError):
                    raise event
                yield event
                if isinstance(event, TextFinished):
                    return
        finally:
            generation.abandoned = True

    def _running(self) -> BatchLoop:
        if self._loop is None:
            raise FailedPreconditionError(
                f"The model {self._card.id} is not loaded.", reason="MODEL_NOT_LOADED"
            )
        return self._loop

    def _prepare(
        self, request: TextRequest, call: Call, deliver: Callable[[Event], None]
    ) -> Generation:
        assert self._reader is not None
        defaults, limits = self._card.defaults, self._card.limits
        prompt = self._reader.read(request.messages)
        room = self._context_tokens - len(prompt)
        wanted = request.max_tokens or int(defaults.get("max_tokens", room))
        temperature, top_p = request.temperature, request.top_p
        if temperature is None:
            temperature = float(defaults.get("temperature", 1.0))
        if top_p is None:
            top_p = float(defaults.get("top_p", 1.0))
        return Generation(
            prompt=prompt,
            max_tokens=min(wanted, room, int(limits.get("max_tokens", room))),
            sampler=Sampler(temperature, top_p, request.seed),
            stops=StopScanner(request.stop),
            call=call,
            deliver=deliver,
        )
