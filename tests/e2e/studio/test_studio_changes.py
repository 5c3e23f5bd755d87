"""A finished story is changed, taken along, and everything can be undone; a running one is held."""

from __future__ import annotations

import asyncio
import re

import pytest
from playwright.async_api import Page, expect

from tests.e2e.studio.conftest import Open

pytestmark = pytest.mark.asyncio(loop_scope="session")

TALE = (
    "# Harbour\n\nAn owl sat in an old oak tree. A fox came by with a lantern.\n\n"
    "In the morning a boat left the harbour. Everyone slept."
)


async def told(page: Page, text: str) -> None:
    """A story is told to its end."""
    await page.get_by_label("Text or Markdown").fill(text)
    await page.get_by_role("button", name="Begin the story").click()
    await finished(page)


async def finished(page: Page) -> None:
    await expect(page.locator(".theatre")).to_have_attribute("data-state", "STORY_STATE_SUCCEEDED")


async def revised(page: Page, revision: int) -> None:
    """Its revision of that number is there."""
    address = page.url.replace("#tell", "api/stories")
    async with asyncio.timeout(60):
        while True:
            story = await (await page.request.get(address)).json()
            done = story["state"] == "STORY_STATE_SUCCEEDED"
            if story["revision"] == revision and done:
                break
            await asyncio.sleep(0.1)
    await finished(page)


async def test_sentences_pictures_voices_and_scenes_change_and_come_back(visit: Open) -> None:
    async with visit("tell") as page:
        await told(page, TALE)
        await page.get_by_role("tab", name="Scenes").click()
        await page.get_by_role("button", name=re.compile("Edit: A fox")).click()
        await page.get_by_label("The sentence").fill("A hedgehog came by with a lantern.")
        await page.get_by_role("button", name="Tell it so").click()
        await revised(page, 2)
        await expect(page.locator(".panel.text")).to_contain_text("A hedgehog came by")
        await expect(page.locator(".panel.scenes")).to_contain_text(re.compile("Kept: 3 sentences"))

        before = await page.locator(".thumb img").first.get_attribute("src")
        await page.get_by_role("button", name="Another picture").first.click()
        await revised(page, 3)
        await expect(page.locator(".thumb img").first).not_to_have_attribute("src", before or "")

        await page.get_by_role("button", name="Begin a scene here").first.click()
        await revised(page, 4)
        scenes = await page.locator(".scene-card").count()
        await page.get_by_role("button", name="Join to the next scene").first.click()
        await revised(page, 5)
        await expect(page.locator(".scene-card")).to_have_count(scenes - 1)

        await page.get_by_role("tab", name="Cast").click()
        await page.get_by_label("Narrator’s voice").select_option("fake-gb")
        await page.get_by_role("button", name="Apply").click()
        await revised(page, 6)
        await expect(page.get_by_label("Narrator’s voice")).to_have_value("fake-gb")

        # Undone step by step, then at once back to where the fox was no hedgehog.
        await page.get_by_role("button", name="Undo").click()
        await revised(page, 7)
        await expect(page.get_by_label("Narrator’s voice")).not_to_have_value("fake-gb")
        await page.get_by_role("button", name="Undo").click()
        await revised(page, 8)
        await page.locator("summary", has_text="8 revisions").click()
        await page.get_by_role("button", name="Go back to this").last.click()
        await revised(page, 9)
        await expect(page.get_by_role("button", name="Undo")).to_be_disabled()
        await page.get_by_role("tab", name="Text").click()
        await expect(page.locator(".panel.text")).to_contain_text("A fox came by")


async def test_a_story_is_taken_along(visit: Open) -> None:
    async with visit("tell") as page:
        await told(page, TALE)
        await page.get_by_role("tab", name="Export").click()
        for name, ending in (
            ("One web page that plays by itself", "html"),
            ("Captions (SRT)", "srt"),
        ):
            await page.get_by_label("As", exact=True).select_option(label=name)
            await page.get_by_role("button", name="Write the file").click()
            card = page.locator(".panel.export li", has_text=name)
            async with page.expect_download() as download:
                await card.get_by_role("button", name="Download").click()
            assert (await download.value).suggested_filename.endswith(f".{ending}")
        # A reload still knows of both.
        await page.reload()
        await page.get_by_role("tab", name="Export").click()
        await expect(page.locator(".panel.export li.card")).to_have_count(2)


async def test_a_plan_is_looked_at_then_gone_on_with(visit: Open) -> None:
    async with visit("tell") as page:
        await page.locator("summary", has_text="More settings").locator("visible=true").click()
        await page.get_by_label("Let me look at the plan").check()
        await page.get_by_label("Text or Markdown").fill(TALE)
        await page.get_by_role("button", name="Begin the story").click()
        await expect(page.get_by_text("This is the plan.")).to_be_visible()
        await page.reload()
        await expect(page.locator(".theatre")).to_have_attribute("data-state", "STORY_STATE_PAUSED")
        await page.get_by_role("button", name="Go on").click()
        await finished(page)


async def test_a_long_story_is_paused_gone_on_with_and_cancelled(visit: Open) -> None:
    long = "\n\n".join(f"The {number}. fox walked over the hill." for number in range(60))
    async with visit("tell") as page:
        await page.get_by_label("Pictures by").select_option("slow-image")
        await page.get_by_label("Text or Markdown").fill(long)
        await page.get_by_role("button", name="Begin the story").click()
        status = page.locator(".status")
        await expect(status).to_contain_text(re.compile("of 60 sentences spoken"))
        await status.get_by_role("button", name="Pause").click()
        await expect(status).to_contain_text("Nothing that was made is lost")
        await status.get_by_role("button", name="Go on").click()
        await expect(status).to_contain_text("sentences spoken")
        await status.get_by_role("button", name="Cancel").click()
        await expect(status).to_contain_text("Cancelled.")
