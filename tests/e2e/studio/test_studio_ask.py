"""The conversation: every kind of answer, with the decision that led to it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.async_api import Locator, Page, expect

from tests.e2e.studio.conftest import Open
from tests.e2e.studio.test_studio_page import violations

pytestmark = pytest.mark.asyncio(loop_scope="session")

TALE = "Make an illustrated story of this: An owl sat in a tree. A fox came by. They slept."
SPEECH = Path(__file__).parents[2] / "contract" / "data" / "speech" / "lighthouse_en.ogg"


async def ask(page: Page, text: str, *, wait: bool = True) -> Locator:
    """Asks, and gives the turn that answers."""
    await page.get_by_label("Your question").fill(text)
    await page.get_by_label("Your question").press("Enter")
    turn = page.locator(".turn").last
    await expect(turn.locator(".asked")).to_contain_text(text)
    if wait:
        await expect(page.get_by_role("button", name="Send")).to_be_visible()
    return turn


async def prefer(page: Page, *models: str) -> None:
    await page.locator(".choice > summary").click()
    for model in models:
        await page.locator(".choice .chip", has_text=model).click()
    await page.locator(".choice > summary").click()


async def test_words_pictures_and_speech_are_answered_and_kept(visit: Open) -> None:
    async with visit("ask") as page:
        turn = await ask(page, "Draw a red boat on a calm lake at sunset")
        await expect(turn.locator(".decision")).to_contain_text("Picture")
        await expect(turn.locator("figure img")).to_have_count(1)
        await turn.locator(".decision summary").click()
        await expect(turn.locator(".facts")).to_contain_text("a red boat on a calm lake")
        turn = await ask(page, 'Say "Good evening" in a British accent')
        await expect(turn.locator(".decision")).to_contain_text("Speech")
        await expect(turn.locator(".reader .w")).to_have_count(2)
        turn = await ask(page, "Why is the sky blue?")
        await expect(turn.locator(".decision")).to_contain_text("Text")
        await expect(turn.locator(".prose")).to_contain_text("Why is the sky blue?")
        assert await violations(page) == ""

        await page.reload()
        await expect(page.locator(".turn")).to_have_count(3)
        await expect(page.locator(".turn figure img")).to_have_js_property("complete", value=True)
        width = await page.locator(".turn figure img").evaluate("image => image.naturalWidth")
        assert width > 0
        await expect(page.locator(".turn .reader .w")).to_have_count(2)
        await page.get_by_role("button", name="New", exact=True).click()
        await expect(page.get_by_role("heading", name="What shall it be?")).to_be_visible()
        await page.get_by_role("combobox", name="Conversation").select_option(index=1)
        await expect(page.locator(".turn")).to_have_count(3)


async def test_two_models_answer_side_by_side(visit: Open) -> None:
    async with visit("ask") as page:
        await prefer(page, "Fake (text)", "Slow (text)")
        turn = await ask(page, "one two three")
        await expect(turn.locator(".column .prose")).to_have_text(["one two three"] * 2)
        await expect(turn.locator(".column .tag").first).to_have_text("fake-text")


async def test_a_recording_is_attached_and_written_down(visit: Open) -> None:
    async with visit("ask") as page:
        await page.locator(".composer input[type=file]").set_input_files(SPEECH)
        await expect(page.locator(".composer .chip", has_text="lighthouse_en.ogg")).to_be_visible()
        turn = await ask(page, "Write this down")
        await expect(turn.locator(".decision")).to_contain_text("Transcript")
        await expect(turn.locator(".reader")).to_contain_text("one two three")


async def test_a_story_is_begun_and_found_in_its_theatre(visit: Open) -> None:
    async with visit("ask") as page:
        turn = await ask(page, TALE)
        await expect(turn.locator(".decision")).to_contain_text("Story")
        await turn.get_by_role("link", name="Open the story").click()
        await expect(page.locator(".theatre")).to_have_attribute(
            "data-state", re.compile("RUNNING|SUCCEEDED")
        )


async def test_an_answer_is_stopped_and_a_reload_is_told(visit: Open) -> None:
    async with visit("ask") as page:
        await prefer(page, "Slow (text)")
        turn = await ask(page, " ".join(["word"] * 300), wait=False)
        await expect(turn.locator(".prose")).to_contain_text("word")
        await page.get_by_role("button", name="Stop").click()
        await expect(turn.locator(".note", has_text="Stopped.")).to_be_visible()
        await turn.get_by_role("button", name="Try again").click()
        again = page.locator(".turn").last
        await expect(again.locator(".prose")).to_contain_text(re.compile(r"(word\s+){25}"))
        await page.reload()
        await expect(again.locator(".note")).to_contain_text("The page was closed")
        await expect(again.locator(".prose")).to_contain_text("word")
