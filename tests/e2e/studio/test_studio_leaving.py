"""Whoever leaves frees the engine: counted on the engine itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import grpc.aio
import httpx2
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from lanternist.runtime.grpc_server import SERVER_OPTIONS, add_service
from lanternist.runtime.settings import load_settings
from lanternist.v1 import image_pb2
from models.catalog import Catalog
from models.placement import Placement
from orchestrator.clients.channel import Connection
from orchestrator.gateways.app import create_app
from orchestrator.gateways.http_door import HttpDoor
from services.base.host import ModelHost
from services.image.engine import ImageEngine
from services.image.engines.fake import FakeImageEngine
from services.image.servicer import ImageServicer
from tests.e2e.stack import until

pytestmark = pytest.mark.asyncio(loop_scope="session")

CARD = """---
license: apache-2.0
language: [en]
pipeline_tag: text-to-image
tags: [test]
lanternist:
  id: counted-image
  modality: image
  engine: fake
  display_name: Counted
  description: A picture takes a minute.
  defaults:
    step_count: 200
  options:
    step_seconds: 0.3
---

For counting.
"""


@dataclass
class House:
    """A gateway before an engine whose steps can be counted."""

    url: str
    engine: FakeImageEngine


@pytest_asyncio.fixture(loop_scope="session")
async def house(tmp_path: Path) -> AsyncIterator[House]:
    await asyncio.to_thread((tmp_path / "counted-image.md").write_text, CARD)
    host: ModelHost[ImageEngine] = ModelHost(
        "image", ["counted-image"], Catalog.builtin(tmp_path), Placement(), queue_size=4
    )
    await host.start()
    server = grpc.aio.server(options=SERVER_OPTIONS)
    add_service(server, image_pb2.DESCRIPTOR.services_by_name["ImageService"], ImageServicer(host))
    port = server.add_insecure_port("127.0.0.1:0")
    await server.start()
    connection = Connection(f"127.0.0.1:{port}")
    settings = load_settings(http_address="127.0.0.1:0")
    door = HttpDoor(create_app(connection, settings), most_connections=50)
    address = await door.open("127.0.0.1:0", drain_seconds=1)
    engine = host.default._engine
    assert isinstance(engine, FakeImageEngine)
    yield House(f"http://{address}/studio/", engine)
    await door.close()
    await connection.close()
    await server.stop(0)
    await host.close()


async def begun(engine: FakeImageEngine, steps: int) -> None:
    await asyncio.to_thread(until, lambda: engine.steps_run >= steps)


async def at_rest(engine: FakeImageEngine) -> int:
    """The steps that an engine has run once it runs no more.

    It stops at its next step; how many it runs until it hears of the leaving, the machine decides.
    """
    steps = -1
    while steps != engine.steps_run:
        steps = engine.steps_run
        await asyncio.sleep(1.0)
    return steps


async def test_a_tab_that_is_closed_ends_its_picture(browser: Browser, house: House) -> None:
    page = await browser.new_page()
    await page.goto(f"{house.url}#imagine")
    await page.get_by_label("What shall be seen").fill("a fox that nobody waits for")
    before = house.engine.steps_run
    await page.get_by_role("button", name="Draw", exact=True).click()
    await expect(page.locator("progress[value]")).to_be_visible()
    await begun(house.engine, before + 2)
    await page.close()
    assert await at_rest(house.engine) - before < 100


async def test_the_stop_button_ends_it_too(browser: Browser, house: House) -> None:
    page = await browser.new_page()
    await page.goto(f"{house.url}#imagine")
    await page.get_by_label("What shall be seen").fill("a fox that is stopped")
    before = house.engine.steps_run
    await page.get_by_role("button", name="Draw", exact=True).click()
    await begun(house.engine, before + 2)
    await page.get_by_role("button", name="Stop").click()
    await expect(page.get_by_text("Stopped.", exact=True)).to_be_visible()
    assert await at_rest(house.engine) - before < 100
    await page.close()


async def test_a_client_without_a_browser_ends_it_too(house: House) -> None:
    asked = {"prompt": "a fox", "step_count": 200, "width": 64, "height": 64}
    before = house.engine.steps_run
    async with (
        httpx2.AsyncClient(base_url=house.url) as client,
        client.stream("POST", "api/images", json=asked) as answer,
    ):
        async for line in answer.aiter_lines():
            if line == "event: progress" and house.engine.steps_run > before + 1:
                break
    assert await at_rest(house.engine) - before < 100
