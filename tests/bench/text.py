"""Text: one caller and four at once, against transformers' generate called directly.

    python -m tests.bench.text

SmolLM2-135M-Instruct, greedy, the same weights, arithmetic and threads on both sides. Ways of doing
the same work alternate in rounds; figures are medians of the rounds, and ratios medians of each
round's own ratio, because a shared machine is slower in some rounds than in others.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import grpc
import torch
from grpc_health.v1 import health_pb2, health_pb2_grpc

from lanternist.runtime.call import Call
from lanternist.v1 import text_pb2, text_pb2_grpc
from models.catalog import Catalog
from models.placement import Placement
from models.weights import resolve
from services.text.checkpoint import Checkpoint, open_checkpoint
from services.text.engine import ChatMessage, TextFinished, TextRequest
from services.text.engines.transformers import TransformersEngine

MODEL = "smollm2-135m-instruct"
ROUNDS = 5
THREADS = 2
TOKENS = 64
QUESTIONS = (
    "Tell me a long story about a fox and a lighthouse.",
    "Explain in detail how a steam engine works.",
    "Write a long letter from a sailor to his sister.",
    "Describe a walk through an old forest, with all its animals and plants.",
)


@dataclass(frozen=True, slots=True)
class Run:
    """Some tokens, made in some time."""

    tokens: int
    seconds: float

    @property
    def rate(self) -> float:
        return self.tokens / self.seconds


def _timed(work: Callable[[], int]) -> Run:
    started = time.perf_counter()
    return Run(work(), time.perf_counter() - started)


def _generate(checkpoint: Checkpoint, question: str) -> int:
    """As a user of transformers does it."""
    tokenizer = checkpoint.tokenizer
    inputs = tokenizer.apply_chat_template(
        [{"role": "user", "content": question}],
        add_generation_prompt=True,
        return_tensors="pt",
        return_dict=True,
    )
    with torch.inference_mode():
        made = checkpoint.model.generate(**inputs, max_new_tokens=TOKENS, do_sample=False)
    tokenizer.decode(made[0], skip_special_tokens=True)
    return int(made.shape[1] - inputs["input_ids"].shape[1])


async def _answer(engine: TransformersEngine, question: str) -> int:
    request = TextRequest((ChatMessage("user", question),), max_tokens=TOKENS, temperature=0.0)
    async for event in engine.generate(request, Call()):
        if isinstance(event, TextFinished):
            return event.completion_tokens
    raise AssertionError("an answer always finishes")


def _one(engine: TransformersEngine) -> int:
    return asyncio.run(_answer(engine, QUESTIONS[0]))


def _in_turn(engine: TransformersEngine) -> int:
    async def ask() -> int:
        return sum([await _answer(engine, question) for question in QUESTIONS])

    return asyncio.run(ask())


def _together(engine: TransformersEngine) -> int:
    async def ask() -> int:
        return sum(await asyncio.gather(*(_answer(engine, question) for question in QUESTIONS)))

    return asyncio.run(ask())


def _served(stub: text_pb2_grpc.TextServiceStub) -> int:
    message = text_pb2.ChatMessage(role=text_pb2.CHAT_ROLE_USER, content=QUESTIONS[0])
    request = text_pb2.GenerateTextRequest(messages=[message], max_tokens=TOKENS, temperature=0)
    *_, last = stub.GenerateText(request)
    return int(last.finish.completion_tokens)


@contextmanager
def _service() -> Iterator[text_pb2_grpc.TextServiceStub]:
    """The text service in a process of its own."""
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        address = f"unix:{folder}/text.sock"
        command = [sys.executable, "-m", "services.text", "--address", address, "--model", MODEL]
        process = subprocess.Popen([*command, "--threads", str(THREADS)], stderr=subprocess.DEVNULL)
        try:
            with grpc.insecure_channel(address) as channel:
                health = health_pb2_grpc.HealthStub(channel)
                serving = health_pb2.HealthCheckResponse.SERVING
                for status in health.Watch(
                    health_pb2.HealthCheckRequest(), wait_for_ready=True, timeout=120
                ):
                    if status.status == serving:
                        break
                yield text_pb2_grpc.TextServiceStub(channel)
        finally:
            process.terminate()
            process.wait()


def rows() -> list[dict[str, str]]:
    """The table's rows."""
    card = Catalog.builtin().get(MODEL)
    weights = resolve(card)
    placement = Placement(threads=THREADS)
    torch.set_num_threads(THREADS)
    checkpoint = open_checkpoint(card, weights, placement)
    engine = TransformersEngine(card, weights, placement)
    engine.load()
    engine.warm_up()
    with _service() as stub:
        ways: dict[str, Callable[[], int]] = {
            "generate": lambda: _generate(checkpoint, QUESTIONS[0]),
            "engine": lambda: _one(engine),
            "service": lambda: _served(stub),
            "in turn": lambda: _in_turn(engine),
            "together": lambda: _together(engine),
        }
        found: dict[str, list[Run]] = {name: [] for name in ways}
        for number in range(ROUNDS + 1):
            for name, work in ways.items():
                run = _timed(work)
                if number:  # the first round warms up
                    found[name].append(run)
    engine.close()
    threads = f"{THREADS} threads, {str(checkpoint.model.dtype).removeprefix('torch.')}"
    return [
        _row(f"one caller, {threads}", found, "engine", "generate", "≥ 95 %"),
        _row("one caller, through the service over gRPC", found, "service", "generate", ""),
        _row(
            "four callers at once, against one after another",
            found,
            "together",
            "in turn",
            "≥ 200 %",
        ),
    ]


def _row(
    measure: str, found: dict[str, list[Run]], ours: str, peer: str, target: str
) -> dict[str, str]:
    def rate(name: str) -> str:
        return f"{statistics.median(run.rate for run in found[name]):.1f} tokens/s"

    pairs = zip(found[ours], found[peer], strict=True)
    ratio = statistics.median(one.rate / other.rate for one, other in pairs)
    names = {"generate": "transformers generate", "in turn": "one after another"}
    return {
        "measure": measure,
        "Lanternist": rate(ours),
        "compared with": f"{names[peer]}: {rate(peer)}",
        "ratio": f"{ratio:.0%}",
        "target": target,
    }


if __name__ == "__main__":
    for entry in rows():
        print("  ".join(entry.values()))
