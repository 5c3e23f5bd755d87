"""A client that goes away frees the engine: the steps are counted."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from lanternist.v1 import image_pb2, text_pb2, voice_pb2
from models.catalog import Catalog
from models.placement import Placement
from services.base.host import ModelHost
from services.image.servicer import ImageServicer
from services.text.servicer import TextServicer
from services.voice.servicer import VoiceServicer
from tests.unit.orchestrator.gateways.conftest import OpenGateway

pytestmark = pytest.mark.asyncio(loop_scope="module")

CARD = """---
license: apache-2.0
language: [en]
lanternist:
  id: slow
  modality: {modality}
  engine: fake
  display_name: Slow
  defaults: {{{defaults}}}
  options: {{{option}: 0.1}}
---

For tests.
"""
TEXT = "The owl woke up, and stretched, and looked. " * 90
IMAGE = image_pb2.DESCRIPTOR.services_by_name["ImageService"]
TEXTS = text_pb2.DESCRIPTOR.services_by_name["TextService"]
VOICE = voice_pb2.DESCRIPTOR.services_by_name["VoiceService"]

ALL_STEPS = 90  # at the least, in each of the cases

CHAT = {"model": "slow", "messages": [{"role": "user", "content": TEXT}]}
SPEECH = {"model": "slow", "voice": "fake-en", "input": TEXT, "response_format": "wav"}
PICTURE = {"model": "slow", "prompt": "x", "size": "64x64", "n": 16}
CASES = [
    ("text", "delay_seconds", TEXTS, TextServicer, "tokens_made", "chat/completions", CHAT),
    ("text", "delay_seconds", TEXTS, TextServicer, "tokens_made", "responses",
     {"model": "slow", "input": TEXT}),
    ("voice", "clause_delay_seconds", VOICE, VoiceServicer, "clauses_run", "audio/speech", SPEECH),
    ("image", "step_seconds", IMAGE, ImageServicer, "steps_run", "images/generations", PICTURE),
]  # fmt: skip


@pytest_asyncio.fixture(loop_scope="module")
async def hosts() -> AsyncIterator[list[ModelHost[Any]]]:
    opened: list[ModelHost[Any]] = []
    yield opened
    for host in opened:
        await host.close()


async def until(condition: Callable[[], bool], seconds: float = 60.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - counters tell nobody
            await asyncio.sleep(0.005)


@pytest.mark.parametrize("stream", [True, False])
@pytest.mark.parametrize(
    ("modality", "option", "descriptor", "servicer", "counter", "path", "body"),
    CASES,
    ids=[case[5] for case in CASES],
)
async def test_the_engine_stops_on_the_way(
    open_gateway: OpenGateway,
    hosts: list[ModelHost[Any]],
    tmp_path: Path,
    modality: Any,
    option: str,
    descriptor: Any,
    servicer: Callable[[Any], object],
    counter: str,
    path: str,
    body: dict[str, Any],
    stream: bool,
) -> None:
    defaults = "step_count: 200" if modality == "image" else ""
    (tmp_path / "slow.md").write_text(
        CARD.format(modality=modality, option=option, defaults=defaults)
    )
    host = ModelHost[Any](modality, ["slow"], Catalog.builtin(tmp_path), Placement(), 4)
    hosts.append(host)
    await host.start()
    engine = await host.model("slow").load()
    address = await open_gateway((descriptor, servicer(host)))
    if path in ("chat/completions", "responses"):
        body = {**body, "stream": stream}
    elif path == "audio/speech":
        body = {**body, "stream_format": "sse" if stream else "audio"}
    elif stream:
        body = {**body, "stream": True, "partial_images": 1, "n": 1}

    before = getattr(engine, counter)
    async with httpx2.AsyncClient(timeout=30) as client:
        asking = asyncio.create_task(client.post(f"http://{address}/v1/{path}", json=body))
        await until(lambda: getattr(engine, counter) >= before + 2)
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
    at_rest = -1
    while at_rest != getattr(engine, counter):
        at_rest = getattr(engine, counter)
        await asyncio.sleep(0.3)
    # Stopped at its next step. A busy machine tells it some steps later, but not only at the end.
    assert at_rest - before < ALL_STEPS // 2
