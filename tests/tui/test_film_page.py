"""The page of a recording, in a real browser, opened as a file."""

from __future__ import annotations

from pathlib import Path

from rich.segment import Segment
from textual.strip import Strip

from concviz.tui.film import Film
from tests.browser import chromium, expect

MS = 1_000_000


async def film(folder: Path) -> Path:
    made = Film(folder, "</script><script>alert(1)</script>", 0)
    for number, keys in enumerate(([], ["j"], ["w", "w"])):
        for key in keys:
            made.key(key)
        made.take([Strip([Segment(f"screen number {number}")])], number * 500 * MS)
    made.stop(1_600 * MS)
    await made.run()
    return folder / "index.html"


async def test_one_flips_through_the_frames_with_keys_and_plays_them(tmp_path: Path) -> None:
    page_file = await film(tmp_path / "film")
    async with chromium() as browser:
        page = await browser.new_page()
        asked: list[str] = []
        troubles: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: troubles.append(dialog.message))
        page.on("pageerror", lambda error: troubles.append(str(error)))
        page.on("console", lambda said: troubles.append(said.text) if said.type == "error" else None)
        await page.goto(page_file.as_uri())

        async def told() -> tuple[str, str, str]:
            shown = await page.locator("#shown").get_attribute("src") or ""
            return shown, await page.inner_text("#told"), await page.inner_text("#keys")

        assert await told() == ("00001.svg", "0.00 s of 1.60 s · frame 1 of 3", "")
        assert await page.locator("#shown").evaluate("img => img.decode().then(() => img.naturalWidth)") > 0
        await page.keyboard.press("ArrowRight")
        assert await told() == ("00002.svg", "0.50 s of 1.60 s · frame 2 of 3", "j")
        await page.keyboard.press("End")
        assert (await told())[0::2] == ("00003.svg", "w w")
        await page.keyboard.press("ArrowRight")
        assert (await told())[0] == "00003.svg"
        await page.keyboard.press("Home")
        assert (await told())[0] == "00001.svg"
        await page.locator("#place").fill("1")
        assert (await told())[0] == "00002.svg"
        await page.locator("#speed").select_option("4")
        await page.locator("#play").click()
        await expect(page.locator("#shown")).to_have_attribute("src", "00003.svg")
        await expect(page.locator("#play")).to_have_text("play")
        assert troubles == []
        assert all(url.startswith("file:") for url in asked)
        assert await page.title() == "</script><script>alert(1)</script>: a recording of the screen"
