"""What the orchestrator adds to a call, against the same call made directly to the service.

    python -m tests.bench.orchestrator

Three processes (client, orchestrator, service) share the machine, all over Unix sockets. Direct and
forwarded calls alternate in rounds; figures are medians of the rounds.
"""

from __future__ import annotations

import asyncio
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from lanternist.runtime.call import Call
from lanternist.v1 import image_pb2, text_pb2, voice_pb2
from orchestrator.clients.channel import Connection
from orchestrator.clients.specialists import Specialists
from tests.bench.echo_service import CHUNK_BYTES, CHUNKS_PER_PICTURE
from tests.e2e.stack import FAKES, running_stack

ROUNDS = 7
CALLS = 200
LONG_STREAM = 2_000
PICTURES = 8

Timer = Callable[[Specialists], Awaitable[float]]


def _text(words: int) -> text_pb2.GenerateTextRequest:
    message = text_pb2.ChatMessage(role=text_pb2.CHAT_ROLE_USER, content="word " * words)
    return text_pb2.GenerateTextRequest(messages=[message])


async def _unary(service: Specialists) -> float:
    started = time.perf_counter()
    await service.voice.ListVoices(voice_pb2.ListVoicesRequest(), Call())
    return time.perf_counter() - started


async def _first_message(service: Specialists) -> float:
    started = time.perf_counter()
    events = service.text.GenerateText(_text(1), Call())
    await anext(events)
    seconds = time.perf_counter() - started
    async for _ in events:
        pass
    return seconds


async def _whole_stream(service: Specialists) -> float:
    started = time.perf_counter()
    async for _ in service.text.GenerateText(_text(20), Call()):
        pass
    return time.perf_counter() - started


async def _messages_per_second(service: Specialists) -> float:
    started, count = time.perf_counter(), 0
    async for _ in service.text.GenerateText(_text(LONG_STREAM), Call()):
        count += 1
    return count / (time.perf_counter() - started)


async def _megabytes_per_second(service: Specialists) -> float:
    request = image_pb2.GenerateImagesRequest(prompt="x", count=PICTURES)
    started = time.perf_counter()
    async for _ in service.image.GenerateImages(request, Call()):
        pass
    size = PICTURES * CHUNKS_PER_PICTURE * CHUNK_BYTES
    return size / 1e6 / (time.perf_counter() - started)


@contextmanager
def _stage() -> Iterator[tuple[str, dict[str, str]]]:
    """The orchestrator's address, and the addresses of the services behind it."""
    with tempfile.TemporaryDirectory(prefix="bench-") as name:
        directory = Path(name)
        echo = f"unix:{directory}/echo.sock"
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.bench.echo_service", echo], stderr=subprocess.DEVNULL
        )
        changes = {
            **FAKES,
            "LANTERNIST_SERVICES__IMAGE__ADDRESS": echo,
            "LANTERNIST_SERVICES__VOICE__ADDRESS": echo,
            "LANTERNIST_SERVICES__TRANSCRIPTION__ENABLED": "false",
        }
        try:
            with running_stack(
                directory, address=f"unix:{directory}/door.sock", **changes
            ) as stack:
                (text,) = (
                    str(entry["address"])
                    for entry in stack.log()
                    if entry.get("event") == "listening" and entry.get("component") == "text"
                )
                yield stack.address, {"image": echo, "voice": echo, "text": text}
        finally:
            process.terminate()
            process.wait()


async def _compare(
    timer: Timer, direct: Specialists, forwarded: Specialists, calls: int
) -> tuple[list[list[float]], list[list[float]]]:
    """Rounds of samples of both ways; the first round warms up and is dropped."""
    rounds: tuple[list[list[float]], list[list[float]]] = ([], [])
    for number in range(ROUNDS + 1):
        for way, samples in zip((direct, forwarded), rounds, strict=True):
            taken = [await timer(way) for _ in range(calls)]
            if number:
                samples.append(taken)
    return rounds


def _percentile(rounds: list[list[float]], share: float) -> float:
    """Median over rounds of a percentile within each, in milliseconds."""
    return 1000 * statistics.median(
        sorted(samples)[min(len(samples) - 1, int(len(samples) * share))] for samples in rounds
    )


async def _measure(door: str, services: dict[str, str]) -> list[dict[str, str]]:
    behind = Connection(door)
    connections = {name: Connection(address) for name, address in services.items()}
    direct = Specialists.over(connections)  # type: ignore[arg-type]
    forwarded = Specialists.behind(behind)
    found: list[dict[str, str]] = []

    def row(measure: str, one: str, two: str, difference: str, target: str) -> None:
        found.append(
            {
                "measure": measure,
                "direct": one,
                "forwarded": two,
                "difference": difference,
                "target": target,
            }
        )

    for name, timer in (
        ("unary call", _unary),
        ("stream, first message", _first_message),
        ("stream, whole (21 messages)", _whole_stream),
    ):
        one, two = await _compare(timer, direct, forwarded, CALLS)
        for share, label in ((0.5, "p50"), (0.99, "p99")):
            before, after = _percentile(one, share), _percentile(two, share)
            target = "≤ 1 ms" if label == "p50" and timer is not _whole_stream else ""
            row(
                f"{name}, {label}",
                f"{before:.2f} ms",
                f"{after:.2f} ms",
                f"{after - before:+.2f} ms",
                target,
            )
    for name, timer, unit, target in (
        ("text stream", _messages_per_second, "messages/s", ""),
        ("byte stream, 256 KiB chunks", _megabytes_per_second, "MB/s", "≥ 40 %"),
    ):
        one, two = await _compare(timer, direct, forwarded, 1)
        before, after = (statistics.median(sample for (sample,) in way) for way in (one, two))
        row(
            name,
            f"{before:,.0f} {unit}",
            f"{after:,.0f} {unit}",
            f"{after / before:.0%} of direct",
            target,
        )
    for connection in (behind, *connections.values()):
        await connection.close()
    return found


def rows() -> list[dict[str, str]]:
    """The table's rows."""
    with _stage() as (door, services):
        return asyncio.run(_measure(door, services))


if __name__ == "__main__":
    for entry in rows():
        print("  ".join(f"{value:<28}" for value in entry.values()))
