"""The page for everybody: read aloud, by keyboard, on a phone, in French, in the dark; and unharmed
by what others write."""

from __future__ import annotations

import re
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Page, Route, expect

from tests.e2e.studio.conftest import Open

pytestmark = pytest.mark.asyncio(loop_scope="session")

TABS = ("ask", "tell", "imagine", "speak", "listen", "models/fake-image")
HOSTILE = (
    "<img src=x onerror=\"document.title='run'\"><script>document.title='run'</script>"
    "<svg onload=\"document.title='run'\">[link](javascript:document.title='run')"
    "`<iframe srcdoc='<script>top.document.title=1</script>'>`"
)


async def violations(page: Page, *rules: str) -> str:
    """What axe finds wrong, by all its rules or by these; empty when nothing is."""
    only = {"runOnly": {"type": "rule", "values": list(rules)}} if rules else {}
    found = await Axe().run(page, options={"resultTypes": ["violations"], **only})
    return "\n".join(
        f"{rule['id']}: {node['target']} {node['failureSummary']}"
        for rule in found.response["violations"]
        for node in rule["nodes"]
    )


# Between the themes only colours differ.
@pytest.mark.parametrize(("scheme", "rules"), [("light", ()), ("dark", ("color-contrast",))])
async def test_axe_finds_nothing_on_any_tab(
    visit: Open, scheme: str, rules: tuple[str, ...]
) -> None:
    async with visit("ask", color_scheme=scheme, reduced_motion="reduce") as page:
        for tab in TABS:
            await page.goto(f"{page.url.partition('#')[0]}#{tab}")
            await expect(page.locator(f"section.{tab.partition('/')[0]}")).to_be_visible()
            for summary in await page.locator(".tab:visible summary:visible").all():
                await summary.click()
            assert await violations(page, *rules) == "", tab


async def test_axe_finds_nothing_in_what_is_made(visit: Open) -> None:
    async with visit("speak", color_scheme="dark", reduced_motion="reduce") as page:
        await page.get_by_label("What to say").fill("Good evening.")
        await page.get_by_role("button", name="Speak", exact=True).click()
        await expect(page.get_by_role("button", name="Opus")).to_be_visible()
        assert await violations(page) == ""
        await page.get_by_role("link", name="Imagine").click()
        await page.get_by_label("What shall be seen").fill("a fox")
        await page.get_by_role("button", name="Draw", exact=True).click()
        await expect(page.locator(".run figure img")).to_have_count(1)
        assert await violations(page) == ""


async def test_axe_finds_nothing_in_the_theatre(visit: Open) -> None:
    async with visit("tell", reduced_motion="reduce") as page:
        await page.get_by_label("Text or Markdown").fill("A fox slept. An owl sang.")
        await page.get_by_role("button", name="Begin the story").click()
        await expect(page.locator(".theatre")).to_have_attribute(
            "data-state", "STORY_STATE_SUCCEEDED"
        )
        for name in ("Text", "Scenes", "Cast", "Export", "About"):
            await page.get_by_role("tab", name=name).click()
            assert await violations(page) == "", name


class TestHostileText:
    """What others write is shown, and never run."""

    async def test_in_a_story(self, visit: Open) -> None:
        async with visit("tell") as page:
            await page.get_by_label("Text or Markdown").fill(f"# {HOSTILE[:180]}\n\n{HOSTILE}")
            await page.get_by_role("button", name="Begin the story").click()
            await expect(page.locator(".theatre h1")).to_contain_text("document.title")
            await expect(page.locator(".theatre")).to_have_attribute(
                "data-state", re.compile("SUCCEEDED|FAILED")
            )
            for name in ("Scenes", "Cast", "About"):
                await page.get_by_role("tab", name=name).click()
            await unharmed(page)

    async def test_in_a_model_card_and_a_refusal(self, visit: Open) -> None:
        async def card(route: Route) -> None:
            answer = await route.fetch()
            model: dict[str, Any] = await answer.json()
            for field in ("card", "display_name", "description", "license"):
                model[field] = HOSTILE
            await route.fulfill(response=answer, json=model)

        async def refusal(route: Route) -> None:
            error = {"message": HOSTILE, "code": "bad", "status": "INVALID_ARGUMENT"}
            await route.fulfill(status=400, json={"error": error})

        async with visit("models") as page:
            await page.route("**/api/models/fake-image", card)
            await page.route("**/api/images", refusal)
            await page.locator(".entry").first.click()
            await expect(page.locator(".card-text")).to_contain_text("onerror")
            await page.get_by_role("link", name="Imagine").click()
            await page.get_by_label("What shall be seen").fill(HOSTILE)
            await page.get_by_role("button", name="Draw", exact=True).click()
            await expect(page.get_by_role("alert")).to_contain_text("onerror")
            await unharmed(page)

    async def test_markup_is_refused_by_the_browser_itself(self, visit: Open) -> None:
        async with visit("ask", provoked=True) as page:
            refused = await page.evaluate(
                "() => { try { document.body.innerHTML = '<b>x</b>'; return ''; }"
                " catch (error) { return error.name; } }"
            )
            assert refused == "TypeError"
            ran = await page.evaluate(
                "() => new Promise((done) => {"
                " const script = document.createElement('script');"
                " script.onload = () => done('ran'); script.onerror = () => done('refused');"
                " try { script.src = 'https://elsewhere.example/x.js'; } catch { done('refused'); }"
                " document.head.append(script); })"
            )
            assert ran == "refused"


async def unharmed(page: Page) -> None:
    assert "run" not in await page.title()
    assert (
        await page.locator("main iframe, main script, main svg[onload], main img[src=x]").count()
        == 0
    )
    assert await page.locator("a[href^='javascript:']").count() == 0


async def test_the_keyboard_alone_is_enough(visit: Open) -> None:
    async with visit("imagine") as page:
        await page.keyboard.press("Tab")
        await expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
        await page.keyboard.press("Enter")
        await expect(page.locator("main")).to_be_focused()
        await page.keyboard.press("Tab")
        await expect(page.get_by_label("What shall be seen")).to_be_focused()
        await page.keyboard.type("a fox by keyboard")
        await page.keyboard.press("Tab")
        await page.keyboard.press("ArrowRight")
        await page.get_by_label("What shall be seen").press("Control+Enter")
        await expect(page.locator(".run figure img")).to_have_count(2)


async def test_a_phone_needs_no_sideways_scrolling(visit: Open) -> None:
    phone = {"viewport": {"width": 360, "height": 740}, "has_touch": True, "is_mobile": True}
    async with visit("ask", **phone) as page:
        for tab in TABS:
            await page.goto(f"{page.url.partition('#')[0]}#{tab}")
            await expect(page.locator(f"section.{tab.partition('/')[0]}")).to_be_visible()
            width = await page.evaluate("() => document.documentElement.scrollWidth")
            assert width <= 360, tab


async def test_french_and_the_dark_are_remembered(visit: Open) -> None:
    async with visit("imagine", locale="fr-FR") as page:
        await expect(page.get_by_role("heading", name="Imaginer")).to_be_visible()
        assert await page.evaluate("() => document.documentElement.lang") == "fr"
        await page.get_by_role("button", name="EN: switch to English").click()
        await expect(page.get_by_role("heading", name="Imagine", exact=True)).to_be_visible()
        for name in ("Theme: as the system has it", "Theme: light"):
            await page.get_by_role("button", name=name).click()
        await page.reload()
        await expect(page.get_by_role("heading", name="Imagine", exact=True)).to_be_visible()
        await expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
        colour = await page.evaluate("() => getComputedStyle(document.body).color")
        assert colour == "rgb(239, 230, 216)"


async def test_nothing_is_loaded_from_elsewhere(visit: Open) -> None:
    async with visit("ask") as page:
        own = page.url.partition("/studio/")[0]
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        for tab in TABS:
            await page.goto(f"{page.url.partition('#')[0]}#{tab}")
            await page.reload()
            await page.wait_for_selector("html[data-ready]")
        assert asked
        assert [url for url in asked if not url.startswith((own, "blob:"))] == []
        assert await page.context.cookies() == []
