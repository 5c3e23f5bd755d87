"""A real Chromium for the studio's page. Where there is none, its tests are skipped, visibly."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import pytest
import pytest_asyncio

playwright = pytest.importorskip("playwright.async_api", reason="playwright is not installed")

from playwright.async_api import Browser, Page, async_playwright, expect  # noqa: E402

from tests.e2e.stack import Stack  # noqa: E402

_NAMES = ("chromium", "chromium-browser", "google-chrome")
_FLAGS = (
    "--no-sandbox",  # containers that run tests as root have none
    "--autoplay-policy=no-user-gesture-required",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
)
_PATIENCE_MS = 60_000  # CI's machine is busy
expect.set_options(timeout=_PATIENCE_MS)

Open = Callable[..., AbstractAsyncContextManager[Page]]


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    """One browser for the session."""
    path = next(filter(None, map(shutil.which, _NAMES)), None)
    if path is None:
        pytest.skip("no Chromium on this machine")
    async with async_playwright() as driver:
        browser = await driver.chromium.launch(executable_path=path, args=list(_FLAGS))
        yield browser
        await browser.close()


@pytest_asyncio.fixture(loop_scope="session")
async def visit(browser: Browser, fake_stack: Stack) -> Open:
    """Opens a tab of the studio as somebody who was never there before.

    What the page throws, and what its policy refuses, fails the test, unless `provoked`.
    """

    @asynccontextmanager
    async def visiting(
        tab: str = "ask", *, provoked: bool = False, **settings: Any
    ) -> AsyncIterator[Page]:
        context = await browser.new_context(
            **{"viewport": {"width": 1280, "height": 850}, "locale": "en-GB", **settings}
        )
        context.set_default_timeout(_PATIENCE_MS)
        page = await context.new_page()
        wrong: list[str] = []
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda line: _judge(line.type, line.text, wrong))
        await page.goto(f"http://{fake_stack.http}/studio/#{tab}")
        await page.wait_for_selector("html[data-ready]")
        yield page
        await context.close()
        assert provoked or not wrong

    return visiting


# What is shown for a moment only is noted by the page itself: who looks now and then may miss it.
_NOTE = """(watched) => {
  window.seen = [];
  const note = ({ target: changed }) => {
    const target = changed.closest ? changed : changed.parentElement;
    for (const selector of watched) {
      const shown = target?.closest(selector) ?? target?.querySelector(selector);
      if (shown) window.seen.push([selector, shown.textContent]);
    }
  };
  const all = { subtree: true, childList: true, attributes: true, characterData: true };
  new MutationObserver((changes) => changes.forEach(note)).observe(document.body, all);
}"""


async def note(page: Page, *selectors: str) -> None:
    """From now on the page notes what is shown under the selectors; `noted` reads it."""
    await page.evaluate(_NOTE, list(selectors))


async def noted(page: Page, selector: str, words: str = "") -> str:
    """Waits until something under a selector, with these words in it, was shown; gives its text."""
    async with asyncio.timeout(_PATIENCE_MS / 1000):
        while True:
            for shown, text in await page.evaluate("window.seen"):
                if shown == selector and words in text:
                    return str(text)
            await asyncio.sleep(0.05)


def _judge(kind: str, text: str, wrong: list[str]) -> None:
    # A refusal of the server is a line of the console too; what it says is the page's business.
    if kind in ("error", "warning") and "Failed to load resource" not in text:
        wrong.append(text)
