"""The studio of a server that asks for a token: signed in once, then everything as without one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from google.longrunning import operations_pb2, operations_pb2_grpc
from grpc import aio
from playwright.async_api import Browser, expect
from pydantic import SecretStr

from lanternist.runtime.settings import Settings
from lanternist.v1 import story_pb2, story_pb2_grpc
from orchestrator.clients.channel import Connection
from orchestrator.gateways.app import create_app
from orchestrator.gateways.http_door import HttpDoor
from tests.e2e.stack import Stack

pytestmark = pytest.mark.asyncio(loop_scope="session")
TOKEN = "open sesame"
TALE = "# The Owl\n\n" + "An owl sat in an old oak tree. It looked at the moon. " * 8


@pytest_asyncio.fixture(loop_scope="session")
async def guarded(fake_stack: Stack) -> AsyncIterator[str]:
    """The stack's HTTP side once more, with a token."""
    connection = Connection(fake_stack.address)
    settings = Settings(http_address="127.0.0.1:0", token=SecretStr(TOKEN))
    door = HttpDoor(create_app(connection, settings), most_connections=100)
    yield f"http://{await door.open(settings.http_address, 2.0)}/studio/"
    await door.close()
    await connection.close()


@pytest_asyncio.fixture(loop_scope="session")
async def story(fake_stack: Stack) -> str:
    """A finished story."""
    async with aio.insecure_channel(fake_stack.address) as channel:
        request = story_pb2.CreateStoryRequest(text=TALE, language="en")
        begun = await story_pb2_grpc.StoryServiceStub(channel).CreateStory(request)
        wait = operations_pb2.WaitOperationRequest(name=begun.name)
        await operations_pb2_grpc.OperationsStub(channel).WaitOperation(wait, timeout=60)
        metadata = story_pb2.CreateStoryMetadata()
        begun.metadata.Unpack(metadata)
        return metadata.story.removeprefix("stories/")


async def test_pictures_sound_and_files_come_after_signing_in(
    browser: Browser, guarded: str, story: str
) -> None:
    context = await browser.new_context(locale="en-GB")
    context.set_default_timeout(60_000)
    page = await context.new_page()
    await page.goto(f"{guarded}#tell/{story}")
    token = page.get_by_role("textbox", name="Token")
    await token.fill("open barley")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text(
        "not this server’s token"
    )
    await token.fill(TOKEN)
    await token.press("Enter")
    picture = page.locator(".screen img.shown")
    await expect(picture).to_be_visible()
    assert await picture.evaluate(
        "image => image.naturalWidth > 0 && image.src.includes('/assets/')"
    )
    playback = page.get_by_role("group", name="Playback")
    await expect(playback).to_contain_text("0:0")
    await playback.get_by_role("button", name="Play").click()
    await expect(playback.get_by_role("button", name="Pause")).to_be_visible()
    await page.get_by_role("tab", name="Export").click()
    await page.get_by_label("As", exact=True).select_option("SRT")
    await page.get_by_role("button", name="Write the file").click()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="Download").click()
    file = await (await download.value).path()
    assert (await asyncio.to_thread(file.read_text)).startswith("1\n00:00:")

    # A reload stays signed in; no script sees the token, nor the cookie.
    await page.reload()
    await expect(picture).to_be_visible()
    kept = await page.evaluate(
        "JSON.stringify([document.cookie, {...localStorage}, {...sessionStorage}])"
    )
    assert TOKEN not in kept
    assert "lanternist-" not in kept
    (cookie,) = await context.cookies(f"{guarded}api/")
    assert (cookie.get("httpOnly"), cookie.get("sameSite")) == (True, "Strict")
    assert TOKEN not in str(cookie)

    await page.get_by_role("button", name="Sign out").click()
    await expect(token).to_be_visible()
    assert await context.cookies(f"{guarded}api/") == []
    await context.close()
