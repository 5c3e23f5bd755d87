"""Each journey through the studio, in a real browser on a running stack."""

from __future__ import annotations

import asyncio
import re
from pathlib import Path

import pytest
from playwright.async_api import Download, Page, expect

from tests.e2e.studio.conftest import Open, note, noted

pytestmark = pytest.mark.asyncio(loop_scope="session")

SPEECH = Path(__file__).parents[2] / "contract" / "data" / "speech" / "lighthouse_en.ogg"
TALE = (
    "# The Owl and the Fox\n\nAn owl sat in an old oak tree. A fox came by with a lantern.\n\n"
    "They walked to the sea. In the morning everyone slept."
)


async def press(page: Page, name: str) -> None:
    await page.get_by_role("button", name=name, exact=True).locator("visible=true").first.click()


async def steps(page: Page, count: int) -> None:
    """So many, that the slow model is surely still at work whenever a busy machine looks."""
    await page.locator("summary", has_text="More settings").click()
    await page.get_by_label("Steps").fill(str(count))


async def saved(download: Download) -> bytes:
    return await asyncio.to_thread((await download.path()).read_bytes)


class TestImagine:
    """Pictures, side by side, kept."""

    async def test_two_models_draw_two_pictures_each(self, visit: Open) -> None:
        async with visit("imagine") as page:
            await page.get_by_label("What shall be seen").fill("A red boat on a calm lake")
            await page.locator("label.chip", has_text="Slow").click()
            await page.locator(".segmented label", has_text="2").click()
            await steps(page, 6)
            await page.get_by_label("Seed", exact=True).fill("41")
            await note(page, "img.preview", ".waiting .line")
            await press(page, "Draw")
            await noted(page, "img.preview")
            await noted(page, ".waiting .line", "step")
            pictures = page.locator(".run figure img")
            await expect(pictures).to_have_count(4)
            async with page.expect_download() as download:
                await page.get_by_role("link", name=re.compile("Download A-red-boat")).first.click()
            assert (await download.value).suggested_filename == "A-red-boat-on-a-calm-lake-41.png"
            await page.reload()
            await expect(pictures).to_have_count(4)
            await expect(page.get_by_label("What shall be seen")).to_have_value(
                "A red boat on a calm lake"
            )

    async def test_what_a_reload_breaks_off_is_said_and_can_be_drawn_again(
        self, visit: Open
    ) -> None:
        async with visit("imagine") as page:
            await page.get_by_label("What shall be seen").fill("slowly")
            await page.locator("label.chip", has_text="Slow").click()
            await page.locator("label.chip", has_text="Fake").click()
            await steps(page, 200)
            await press(page, "Draw")
            await expect(page.locator("progress[value]")).to_be_visible()
            await page.reload()
            await expect(page.locator(".run .note")).to_contain_text("was stopped")
            await press(page, "Draw the same again")
            await press(page, "Stop")
            await expect(page.get_by_text("Stopped.", exact=True)).to_be_visible()

    async def test_a_place_in_the_queue_is_shown(self, visit: Open) -> None:
        async with visit("imagine") as page:
            await page.get_by_label("What shall be seen").fill("patience")
            await page.locator("label.chip", has_text="Slow").click()
            await page.locator("label.chip", has_text="Fake").click()
            await page.locator(".segmented label", has_text="4").click()
            await steps(page, 200)
            await press(page, "Draw")
            await expect(page.locator("progress[value]")).to_be_visible()
            await press(page, "Draw")
            await expect(
                page.get_by_text(re.compile("In the queue: 1 request ahead"))
            ).to_be_visible()

    async def test_a_refusal_is_shown_with_its_reason(self, visit: Open) -> None:
        async with visit("imagine") as page:
            await page.route(
                "**/api/images", lambda route: route.continue_(post_data='{"prompt":"x","width":1}')
            )
            await page.get_by_label("What shall be seen").fill("too small")
            await press(page, "Draw")
            await expect(page.get_by_role("alert")).to_contain_text("width: must be 0, or 64")


class TestSpeak:
    """Heard as it comes, and kept."""

    async def test_words_light_up_and_the_sound_is_kept(self, visit: Open) -> None:
        async with visit("speak") as page:
            await page.get_by_label("What to say").fill("Good evening. The lamp is lit.")
            await page.get_by_label("Voice").select_option("fake-gb")
            await note(page, ".reader .w.on")
            await press(page, "Speak")
            assert await noted(page, ".reader .w.on") == "Good"
            await expect(page.locator(".tag.by")).to_have_text("fake-gb · fake-voice")
            async with page.expect_download() as download:
                await press(page, "MP3")
            sound = await saved(await download.value)
            assert sound.startswith(b"ID3")
            assert b"c2pa" in sound
            await page.reload()
            await expect(page.locator(".reader .w")).to_have_count(6)
            await note(page, ".reader .w.on")
            await page.locator(".reader .w", has_text="lamp").click()
            assert await noted(page, ".reader .w.on") in ("lamp", "is", "lit")


class TestListen:
    """Every word where it is heard."""

    async def test_a_word_that_is_clicked_is_heard(self, visit: Open) -> None:
        async with visit("listen") as page:
            await page.locator(".tab.listen input[type=file]").set_input_files(SPEECH)
            await press(page, "Write it down")
            await expect(page.locator(".reader .w")).to_have_count(10)
            await note(page, ".reader .w.on")
            await page.locator(".reader .w", has_text="five").click()
            assert await noted(page, ".reader .w.on") in ("five", "six")
            async with page.expect_download() as download:
                await press(page, "SRT")
            assert (await saved(await download.value)).startswith(b"1\n00:00:00,200 --> ")

    async def test_the_microphone_records(self, visit: Open) -> None:
        async with visit("listen", permissions=["microphone"]) as page:
            await press(page, "Record")
            await expect(
                page.get_by_text(re.compile(r"Recording, 0:(0[1-9]|[1-9])"))
            ).to_be_visible()
            await press(page, "Stop recording")
            await press(page, "Write it down")
            await expect(page.locator(".reader .w").first).to_be_visible()


class TestModels:
    """Cards, as text."""

    async def test_a_card_is_found_by_its_address(self, visit: Open) -> None:
        async with visit("models/fake-image") as page:
            await expect(page.get_by_role("heading", name="Fake (image)")).to_be_visible()
            await expect(page.locator(".card-text")).to_contain_text("Deterministic and quick.")


class TestTell:
    """A story from its first word to its last change."""

    async def test_a_story_is_written_watched_and_found_again(self, visit: Open) -> None:
        async with visit("tell") as page:
            await page.get_by_label("Text or Markdown").fill(TALE)
            await note(page, ".reader .w.on")
            await press(page, "Begin the story")
            await expect(page.locator(".theatre h1")).to_have_text("The Owl and the Fox")
            # The voice plays without being asked to.
            await noted(page, ".reader .w.on")
            await expect(page.locator(".theatre")).to_have_attribute(
                "data-state", "STORY_STATE_SUCCEEDED"
            )
            await expect(page.locator(".screen img.shown")).to_have_count(1)
            await page.reload()
            await expect(page.locator(".reader .w")).to_have_count(25)
            await note(page, ".reader .w.on")
            await page.locator(".reader .w", has_text="lantern").click()
            assert await noted(page, ".reader .w.on") in ("lantern", "They")
            await page.get_by_role("link", name="← All stories").click()
            await expect(page.get_by_role("link", name=re.compile("The Owl")).first).to_be_visible()

    async def test_a_recording_keeps_its_voice(self, visit: Open) -> None:
        async with visit("tell") as page:
            await page.locator(".segmented label", has_text="recorded").click()
            await page.locator(".tab.tell input[type=file]").set_input_files(SPEECH)
            await press(page, "Begin the story")
            await expect(page.locator(".theatre")).to_have_attribute(
                "data-state", "STORY_STATE_SUCCEEDED"
            )
            await expect(page.locator(".transport .clock")).to_contain_text("/ 0:09")
