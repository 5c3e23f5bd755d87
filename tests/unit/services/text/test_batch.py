"""The batch loop: joining, leaving, finishing, and what it does when a step fails.

A scripted decoder stands for the model. It keeps what each row holds and answers from that alone,
so a row that is moved wrongly says wrong things.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence

import pytest
import torch

from lanternist.runtime.call import Call
from lanternist.runtime.errors import (
    CancelledError,
    Code,
    DeadlineExceededError,
    LanternistError,
    UnavailableError,
)
from services.text.decoding.batch import BatchLoop, Event, Generation
from services.text.decoding.sampling import Sampler
from services.text.decoding.stopping import StopScanner
from services.text.engine import FinishReason, TextDelta, TextFinished
from tests.unit.services.text.tiny_model import byte_tokenizer

TOKENIZER = byte_tokenizer()
END = 257


class ScriptedDecoder:
    """A prompt's first token picks a script; `gate` lets the steps through one by one."""

    spare = 8

    def __init__(self, scripts: dict[int, str], *, gated: bool = False) -> None:
        self.scripts = {key: [*TOKENIZER.encode(text).ids, END] for key, text in scripts.items()}
        self.rows: dict[int, list[int]] = {}
        self.prompts: dict[int, int] = {}
        self.gate = threading.Semaphore(0 if gated else 10**9)
        self.widths: list[int] = []
        self.broken = False
        self.forgotten = 0

    def read(self, start: int, tokens: Sequence[int]) -> torch.Tensor:
        row = self.rows.get(self.spare, [])[:start] + list(tokens)
        self.rows[self.spare] = row
        self.prompts[row[0]] = len(row)
        return self._logits(row)

    def step(self, tokens: Sequence[int], lengths: Sequence[int]) -> torch.Tensor:
        assert self.gate.acquire(timeout=60)
        if self.broken:
            raise RuntimeError("the device fell off the bus")
        self.widths.append(len(tokens))
        for row, (token, length) in enumerate(zip(tokens, lengths, strict=True)):
            assert len(self.rows[row]) >= length
            self.rows[row] = [*self.rows[row][:length], token]
        return torch.stack([self._logits(self.rows[row]) for row in range(len(tokens))])

    def move(self, source: int, target: int, length: int) -> None:
        assert len(self.rows[source]) >= length
        self.rows[target] = self.rows[source][:length]

    def forget(self) -> None:
        self.forgotten += 1
        self.rows.clear()

    def _logits(self, row: list[int]) -> torch.Tensor:
        script = self.scripts[row[0]]
        said = len(row) - self.prompts[row[0]]
        assert row[len(row) - said :] == script[:said], "this row holds another's tokens"
        logits = torch.zeros(258)
        logits[script[min(said, len(script) - 1)]] = 50.0
        return logits


class Asked:
    """One request and what came of it."""

    def __init__(
        self,
        prompt: list[int],
        *,
        limit: int = 1000,
        stops: Sequence[str] = (),
        call: Call | None = None,
    ) -> None:
        self.events: queue.SimpleQueue[Event] = queue.SimpleQueue()
        self.call = call or Call()
        self.generation = Generation(
            prompt, limit, Sampler(0.0, 1.0, None), StopScanner(stops), self.call, self.events.put
        )

    def next(self) -> Event:
        return self.events.get(timeout=60)

    def finish(self) -> tuple[str, TextFinished | LanternistError]:
        text = ""
        while isinstance(event := self.next(), TextDelta):
            assert event.text
            text += event.text
        return text, event


@pytest.fixture
def loops() -> Iterator[list[BatchLoop]]:
    opened: list[BatchLoop] = []
    yield opened
    for loop in opened:
        loop.close()


def start(
    loops: list[BatchLoop], decoder: ScriptedDecoder, *, rows: int = 4, chunk: int = 256
) -> BatchLoop:
    loop = BatchLoop(
        decoder,  # type: ignore[arg-type]  # has what the loop uses
        TOKENIZER,
        frozenset({END}),
        max_rows=rows,
        chunk_tokens=chunk,
        threads=0,
    )
    loops.append(loop)
    return loop


def test_an_answer_ends_where_the_model_ends_it(loops: list[BatchLoop]) -> None:
    loop = start(loops, ScriptedDecoder({1: "Hello, world"}))
    asked = Asked([1, 2, 3])
    loop.submit(asked.generation)
    assert asked.finish() == ("Hello, world", TextFinished(FinishReason.STOP, 3, 12))
    assert (loop.tokens_read, loop.tokens_made) == (3, 12)


def test_characters_come_whole_whatever_their_bytes(loops: list[BatchLoop]) -> None:
    text = "naïve 🧑‍🚀 שלום 你好 🇫🇷 “é”"
    loop = start(loops, ScriptedDecoder({1: text}))
    asked = Asked([1])
    loop.submit(asked.generation)
    pieces = []
    while isinstance(event := asked.next(), TextDelta):
        pieces.append(event.text)
    assert "".join(pieces) == text
    assert not any("\ufffd" in piece for piece in pieces)


def test_a_character_cut_by_the_limit_is_left_out(loops: list[BatchLoop]) -> None:
    loop = start(loops, ScriptedDecoder({1: "ab🚀"}))
    asked = Asked([1], limit=4)
    loop.submit(asked.generation)
    assert asked.finish() == ("ab", TextFinished(FinishReason.LENGTH, 1, 4))


def test_the_limit_counts_tokens_and_gives_back_what_was_held(loops: list[BatchLoop]) -> None:
    loop = start(loops, ScriptedDecoder({1: "one two"}))
    asked = Asked([1], limit=5, stops=["tw!"])
    loop.submit(asked.generation)
    assert asked.finish() == ("one t", TextFinished(FinishReason.LENGTH, 1, 5))


def test_a_stop_sequence_over_token_borders_ends_the_answer(loops: list[BatchLoop]) -> None:
    loop = start(loops, ScriptedDecoder({1: "One fox. Two foxes."}))
    asked = Asked([1], stops=["zebra", ". Tw"])
    loop.submit(asked.generation)
    text, event = asked.finish()
    assert text == "One fox"
    assert isinstance(event, TextFinished)
    assert event.reason is FinishReason.STOP
    assert event.completion_tokens == len("One fox. Tw")


def test_requests_join_and_leave_without_disturbing_each_other(loops: list[BatchLoop]) -> None:
    scripts = {n: f"answer number {n} " + "x" * (7 * n % 23) for n in range(1, 12)}
    decoder = ScriptedDecoder(scripts, gated=True)
    loop = start(loops, decoder, rows=4, chunk=3)
    asked = {n: Asked([n, *[0] * (5 * n % 17)]) for n in scripts}
    for one in asked.values():
        loop.submit(one.generation)
    decoder.gate.release(10**6)  # no answer ends before the last is asked for
    for n, one in asked.items():
        assert one.finish()[0] == scripts[n]
    assert max(decoder.widths) == 4
    assert sum(decoder.widths) == sum(len(text) for text in scripts.values())


def test_a_long_prompt_does_not_stop_the_others(loops: list[BatchLoop]) -> None:
    decoder = ScriptedDecoder({1: "a" * 60, 2: "b"})
    loop = start(loops, decoder, chunk=10)
    first, second = Asked([1]), Asked([2] + [0] * 399)
    loop.submit(first.generation)
    assert isinstance(first.next(), TextDelta)
    loop.submit(second.generation)
    first.finish()
    assert second.finish()[0] == "b"
    assert decoder.widths.count(2) <= 2  # the second joined when the first was nearly done


@pytest.mark.parametrize("how", ["cancel", "abandon"])
def test_who_leaves_frees_the_row_at_the_next_step(loops: list[BatchLoop], how: str) -> None:
    decoder = ScriptedDecoder({1: "a" * 500, 2: "bb"}, gated=True)
    loop = start(loops, decoder, rows=1)
    leaving, waiting = Asked([1]), Asked([2])
    loop.submit(leaving.generation)
    loop.submit(waiting.generation)
    decoder.gate.release(5)
    for _ in range(6):
        leaving.next()
    if how == "cancel":
        leaving.call.cancel()
    else:
        leaving.generation.abandoned = True
    decoder.gate.release(10**6)
    assert waiting.finish()[0] == "bb"
    assert loop.tokens_made <= 6 + 1 + 2  # one step may have been under way
    if how == "cancel":
        text, event = leaving.finish()
        assert len(text) <= 1
        assert isinstance(event, CancelledError)


def test_a_deadline_holds_in_the_queue_too(loops: list[BatchLoop]) -> None:
    decoder = ScriptedDecoder({1: "a" * 50, 2: "b"}, gated=True)
    loop = start(loops, decoder, rows=1)
    first, late = Asked([1]), Asked([2], call=Call(timeout_seconds=0.01))
    loop.submit(first.generation)
    loop.submit(late.generation)
    first.next()
    threading.Event().wait(0.02)
    decoder.gate.release(10**6)
    assert isinstance(late.finish()[1], DeadlineExceededError)
    assert first.finish()[0] == "a" * 49
    assert loop.tokens_read == 1


def test_a_failing_step_fails_those_in_it_and_no_others(loops: list[BatchLoop]) -> None:
    decoder = ScriptedDecoder({1: "aaaa", 2: "bb"})
    decoder.broken = True
    loop = start(loops, decoder)
    asked = Asked([1])
    loop.submit(asked.generation)
    event = asked.finish()[1]
    assert isinstance(event, LanternistError)
    assert event.code is Code.INTERNAL
    assert "bus" not in event.message
    decoder.broken = False
    again = Asked([2])
    loop.submit(again.generation)
    assert again.finish()[0] == "bb"


def test_an_idle_loop_holds_no_cache(loops: list[BatchLoop]) -> None:
    decoder = ScriptedDecoder({1: "a"})
    asked = Asked([1])
    loop = start(loops, decoder)
    loop.submit(asked.generation)
    asked.finish()
    for _ in range(6000):
        if not decoder.rows:
            break
        threading.Event().wait(0.01)
    assert not decoder.rows
    assert decoder.forgotten


def test_closing_ends_the_thread_and_fails_the_rest(loops: list[BatchLoop]) -> None:
    decoder = ScriptedDecoder({1: "a" * 50}, gated=True)
    loop = start(loops, decoder, rows=1)
    running, queued = Asked([1]), Asked([1])
    loop.submit(running.generation)
    loop.submit(queued.generation)
    running.next()
    closing = threading.Thread(target=loop.close)
    closing.start()
    decoder.gate.release(10**6)
    closing.join(60)
    assert not closing.is_alive()
    assert isinstance(queued.finish()[1], UnavailableError)
    assert isinstance(running.finish()[1], UnavailableError | TextFinished)
    with pytest.raises(UnavailableError):
        loop.submit(Asked([1]).generation)
