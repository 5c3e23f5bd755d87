"""`BatchLoop`: many requests, one model, one thread; they join and leave between steps.

    submit ─▶ waiting ─▶ reading (one prompt, a chunk at a time) ─▶ answering (rows) ─▶ gone

Each turn of the loop drops whoever has left, reads one chunk of one prompt, and makes one token for
every answering request. (Iteration-level scheduling: Yu et al., Orca, OSDI 2022; chunks of prompts
between steps: Agrawal et al., Sarathi, arXiv:2308.16369.) It knows neither chat templates nor
asyncio: events go to each request's `deliver`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field

import torch
from tokenizers import Tokenizer
from tokenizers.decoders import DecodeStream
from torch import Tensor

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    InternalError,
    LanternistError,
    ResourceExhaustedError,
    UnavailableError,
)
from services.text.decoding.rows import RowDecoder
from services.text.decoding.sampling import Sampler
from services.text.decoding.stopping import StopScanner
from services.text.decoding.threads import ThreadTuner
from services.text.engine import FinishReason, TextDelta, TextFinished

_log = logging.getLogger(__name__)

Event = TextDelta | TextFinished | LanternistError


@dataclass(slots=True, eq=False)
class Generation:
    """One request inside the loop.

    Args:
        prompt: Token ids, at least one, fewer than the context holds.
        max_tokens: Most tokens to make; the caller has seen to it that they fit the context.
        sampler, stops: The request's own.
        call: Polled at every turn.
        deliver: Takes events on the loop's thread; the last one is a finish or an error.

    Attributes:
        abandoned: Set it, from any thread, when nobody waits for the rest.
        length: Its tokens in the cache; the loop's own, like the three after it.
        newest: Its last token, not in the cache yet.
        made: Tokens made so far.
        text: Turns its tokens into whole characters.
    """

    prompt: list[int]
    max_tokens: int
    sampler: Sampler
    stops: StopScanner
    call: Call
    deliver: Callable[[Event], None]
    abandoned: bool = False
    length: int = field(default=0, init=False)
    newest: int = field(default=0, init=False)
    made: int = field(default=0, init=False)
    text: DecodeStream = field(
        default_factory=lambda: DecodeStream(skip_special_tokens=True), init=False
    )


class BatchLoop:
    """Serves generations on a thread of its own.

    Args:
        decoder: The model over rows of a cache.
        tokenizer: Turns token ids into text.
        end_tokens: Ids that end an answer.
        max_rows: Most requests answered at once; the others wait in order.
        chunk_tokens: Prompt tokens read between two steps.
        threads: Most CPU threads for the model; 0 leaves the library's default.
    """

    def __init__(
        self,
        decoder: RowDecoder,
        tokenizer: Tokenizer,
        end_tokens: frozenset[int],
        *,
        max_rows: int,
        chunk_tokens: int,
        threads: int,
    ) -> None:
        self._decoder = decoder
        self._tokenizer = tokenizer
        self._end_tokens = end_tokens
        self._max_rows = max_rows
        self._chunk_tokens = chunk_tokens
        self._tuner = ThreadTuner(threads or torch.get_num_threads())
        self._waiting: deque[Generation] = deque()
        self._reading: Generation | None = None
        self._answering: list[Generation] = []
        self._wake = threading.Condition()
        self._closed = False
        self.tokens_read = 0
        self.tokens_made = 0
        self._thread = threading.Thread(target=self._run, name="text-batch", daemon=True)
        self._thread.start()

    def submit(self, generation: Generation) -> None:
        """Queues a request; its events follow through `deliver`.

        Raises:
            UnavailableError: The loop has been closed.
        """
        with self._wake:
            if self._closed:
                raise UnavailableError("The text model is being unloaded.")
            self._waiting.append(generation)
            self._wake.notify()

    def close(self) -> None:
        """Ends the thread after the current step; unfinished requests fail with `Unavailable`."""
        with self._wake:
            self._closed = True
            self._wake.notify()
        self._thread.join()

    def _run(self) -> None:
        with torch.inference_mode():
            while self._await_work():
                self._turn()
        for generation in self._everyone():
            self._fail(generation, UnavailableError("The text model is being unloaded."))

    def _await_work(self) -> bool:
        with self._wake:
            if not self._everyone() and not self._closed:
                self._decoder.forget()  # an idle service holds weights only
                while not self._waiting and not self._closed:
                    self._wake.wait()
            return not self._closed

    def _everyone(self) -> list[Generation]:
        reading = [self._reading] if self._reading else []
        return [*self._waiting, *reading, *self._answering]

    def _turn(self) -> None:
        try:
            self._drop_those_who_left()
            self._read_a_chunk()
            self._step()
        except Exception as error:
            _log.exception("a decoding step failed")
            # Which request broke it cannot be told, and the cache cannot be trusted any more.
            failure: LanternistError = InternalError("The text model failed on this request.")
            if isinstance(error, torch.OutOfMemoryError):
                failure = ResourceExhaustedError(
                    "The device has no memory left for this conversation.",
                    subject="device memory",
                    retry_delay_seconds=5.0,
                )
            affected = [*([self._reading] if self._reading else []), *self._answering]
            self._reading, self._answering = None, []
            self._decoder.forget()
            for generation in affected:
                self._fail(generation, failure)

    def _drop_those_who_left(self) -> None:
        for generation in self._everyone():
            try:
                generation.call.check()
            except LanternistError as error:
                self._fail(generation, error)
            if generation.abandoned:
                self._remove(generation)

    def _fail(self, generation: Generation, error: LanternistError) -> None:
        generation.abandoned = True
        generation.deliver(error)

    def _remove(self, generation: Generation) -> None:
        if generation is self._reading:
            self._reading = None
        elif generation in self._answering:
            # The last row takes the place of the one that leaves.
            row, last = self._answering.index(generation), self._answering.pop()
            if last is not generation:
                self._decoder.move(len(self._answering), row, last.length)
                self._answering[row] = last
        else:
            with self._wake:
                self._waiting.remove(generation)

    def _read_a_chunk(self) -> None:
        if self._reading is None:
            with self._wake:
                if not self._waiting or len(self._answering) >= self._max_rows:
                    return
                self._reading = self._waiting.popleft()
        generation = self._reading
        start = generation.length
        chunk = generation.prompt[start : start + self._chunk_tokens]
        logits = self._decoder.read(start, chunk)
        generation.length += len(chunk)
        self.tokens_read += len(chunk)
        if generation.length < len(generation.prompt):
            return
        self._reading = None
        self._decoder.move(self._decoder.spare, len(self._answering), generation.length)
        self._answering.append(generation)
        self._take(generation, logits)

    def _step(self) -> None:
        answering = list(self._answering)
        if not answering:
            return
        newest = [generation.newest for generation in answering]
        torch.set_num_threads(self._tuner.choose(len(answering)))
        started = time.perf_counter()
        logits = self._decoder.step(newest, [generation.length for generation in answering])
        self._tuner.learn(time.perf_counter() - started)
        likeliest = logits.argmax(dim=-1).tolist()
        for generation in answering:
            generation.length += 1
        for row, generation in enumerate(answering):
            self._take(generation, logits[row], likeliest[row])

    def _take(self, generation: Generation, logits: Tensor, likeliest: int | None = None) -> None:
        """Chooses a request's next token and says what follows from it."""
        if likeliest is None or not generation.sampler.greedy:
            likeliest = generation.sampler.pick(logits)
        token = likeliest
        if token in self._end_tokens:
            self._finish(generation, FinishReason.STOP)
            return
        self.tokens_made += 1
        generation.newest = token
        generation.made += 1
        # None while a character's bytes are incomplete.
        text = generation.text.step(self._tokenizer, token)
        if text and (shown := generation.stops.push(text)):
            generation.deliver(TextDelta(shown))
        if generation.stops.stopped:
            self._finish(generation, FinishReason.STOP)
        elif generation.made >= generation.max_tokens:
            self._finish(generation, FinishReason.LENGTH)

    def _finish(self, generation: Generation, reason: FinishReason) -> None:
        if rest := generation.stops.flush():
            generation.deliver(TextDelta(rest))
        generation.abandoned = True
        self._remove(generation)
        generation.deliver(TextFinished(reason, len(generation.prompt), generation.made))
