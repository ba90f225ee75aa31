"""The page in a real browser, by real clicks and keys (skipped where there is no Chromium)."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from concviz.core.session.session import Session
from tests.browser import Browser, Page, chromium
from tests.core.export.drawn import blocking, computing, ending_badly, naughty, stepping, written
from tests.core.export.hostile import NAMES, harmless, hostile_session
from tests.core.timeline.stories import going_on, read
from tests.tui.sessions import crawl, relay

pytestmark = pytest.mark.asyncio(loop_scope="module")
WINDOW = "[concviz.view.t0, concviz.view.t1]"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as found:
        yield found


@asynccontextmanager
async def opened(browser: Browser, session: Session, folder: Path, **asked: Any) -> AsyncIterator[Page]:
    """A session's page in a window of 1200 × 800; nothing may go wrong in it or leave it."""
    path = folder / "session.html"
    path.write_bytes(written("html", session, **asked))
    trouble: list[str] = []
    scheme = "dark" if asked.get("theme", "dark") == "dark" else None
    context = await browser.new_context(viewport={"width": 1200, "height": 800}, color_scheme=scheme)
    page = await context.new_page()
    page.on("pageerror", lambda error: trouble.append(str(error)))
    page.on("console", lambda message: trouble.append(message.text))
    page.on("dialog", lambda dialog: trouble.append(dialog.message))
    page.on("request", lambda sent: trouble.append(sent.url) if sent.url != path.as_uri() else None)
    await page.goto(path.as_uri())
    await page.wait_for_selector("body[data-ready]")
    yield page
    await context.close()
    assert trouble == []


async def window(page: Page) -> tuple[float, float]:
    t0, t1 = await page.evaluate(WINDOW)
    return t0, t1


async def point(page: Page, name: str, t_ms: float) -> tuple[float, float]:
    """Where a worker's lane stands at an instant, on the page."""
    found = await page.evaluate(
        """([name, t]) => {
            const { session, view } = concviz, box = document.getElementById("plot").getBoundingClientRect();
            const worker = session.workers.find(worker => worker.name === name && worker.lane);
            return [box.left + view.x(t), box.top + view.y(view.places.get(worker.index)) + 9];
        }""",
        [name, t_ms * 1e6],
    )
    return found[0], found[1]


async def click(page: Page, name: str, t_ms: float) -> str:
    """Click a lane at an instant; what the details then say."""
    await page.mouse.click(*await point(page, name, t_ms))
    return await details(page)


async def details(page: Page) -> str:
    await drawn(page)
    return await page.inner_text("#details")


async def drawn(page: Page) -> None:
    """The frame that was asked for has been drawn."""
    await page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")


async def test_children_stand_as_they_began(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, read(crawl(tmp_path / "session").path), tmp_path) as page:
        names = await page.evaluate("""() => {
            const { workers, roots } = concviz.session;
            return workers[roots[0]].children.map(child => workers[child].name);
        }""")
        assert names == ["MainThread", "spinner_0", "spinner_1", "SpawnProcess-1"]


async def test_keys_zoom_move_and_show_all(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, read(crawl(tmp_path / "session").path), tmp_path) as page:
        assert await window(page) == (0, 2e9)
        await page.keyboard.press("w")
        await page.keyboard.press("w")
        near = await window(page)
        assert near[1] - near[0] == pytest.approx(2e9 / 2.25)
        await page.keyboard.press("d")
        moved = await window(page)
        assert moved[0] > near[0]
        assert moved[1] - moved[0] == pytest.approx(near[1] - near[0])
        await page.keyboard.press("a")
        assert await window(page) == pytest.approx(near)
        await page.keyboard.press("s")
        assert (await window(page))[1] - near[1] > 0
        await page.keyboard.press("0")
        assert await window(page) == (0, 2e9)


async def test_wheel_zooms_at_the_pointer_and_dragging_moves(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, read(crawl(tmp_path / "session").path), tmp_path) as page:
        x, y = await point(page, "fetch-1", 500)
        await page.mouse.move(x, y)
        await page.mouse.wheel(0, -400)
        await page.wait_for_function(f"{WINDOW}[1] < 2e9")  # a wheel's turn comes when the page has time
        await drawn(page)
        t0, t1 = await window(page)
        assert t1 - t0 < 1.5e9
        assert (await point(page, "fetch-1", 500))[0] == pytest.approx(x, abs=0.5)
        await page.mouse.down()
        await page.mouse.move(x - 50, y)
        await page.mouse.up()
        assert (await point(page, "fetch-1", 500))[0] == pytest.approx(x - 50, abs=0.5)
        await page.click("#fit")
        assert await window(page) == (0, 2e9)


async def test_pointing_at_a_span_tells_what_it_is(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, read(crawl(tmp_path / "session").path), tmp_path) as page:
        await page.mouse.move(*await point(page, "spinner_0", 1400))
        await drawn(page)
        words = await page.inner_text("#tip")
        assert words.startswith("spinner_0: waiting (lock), 500 ms\nfrom 1.20 s to 1.70 s\ncrawl.py:77 spin")
        await page.mouse.move(600, 790)
        await drawn(page)
        assert await page.is_hidden("#tip")


async def test_a_click_tells_all_and_leads_to_who_woke_it(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, read(relay(tmp_path / "session").path), tmp_path) as page:
        words = await click(page, "taker", 16)
        assert "waiting (await), 8.00 ms" in words
        assert "waits for\ngiver" in words
        await page.keyboard.press(".")
        words = await details(page)
        assert "ready (loop), 4.00 ms" in words
        assert "woken by\ngiver  at 0.020000 s" in words
        await page.click("#details button:has-text('giver')")
        words = await details(page)
        assert words.startswith("• giver")
        assert "wakes next\ntaker" in words
        await page.keyboard.press("]")
        assert (await details(page)).startswith("• taker")
        await page.keyboard.press("[")
        assert (await details(page)).startswith("• giver")
        await page.keyboard.press("Escape")
        assert "Click a span" in await details(page)


async def test_details_name_the_source_line_and_how_it_is_known(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, read(crawl(tmp_path / "session").path), tmp_path) as page:
        words = await click(page, "spinner_0", 1400)
        assert "crawl.py:77 spin" in words
        assert "/srv/crawl.py" in words
        assert "Condition.wait (threading.py:300)" in words
        assert "(sampled)" in await click(page, "spinner_0", 605)


async def test_what_a_task_went_on_from_is_not_told_as_where_it_ran(browser: Browser, tmp_path: Path) -> None:
    session = going_on(tmp_path / "session")
    async with opened(browser, session, tmp_path, to_ns=200_000_000) as page:
        words = await click(page, "computes", 135)
        assert "after\napp.py:3 job" in words
        assert "asyncio.sleep" not in words, "it is not in there any more"
        await page.mouse.move(*await point(page, "computes", 135))
        await drawn(page)
        assert "\nafter app.py:3 job" in await page.inner_text("#tip")
        assert "at\napp.py:4 job" in await click(page, "blocks", 115)
        words = await click(page, "computes", 170)
        assert "at\napp.py:3 job" in words
        assert "asyncio.sleep" in words


async def test_pointing_at_a_mark_tells_what_was_worth_a_look(browser: Browser, tmp_path: Path) -> None:
    session = read(crawl(tmp_path / "session").path)
    async with opened(browser, session, tmp_path) as page:
        for t0, t1, text in await page.evaluate("concviz.session.moments"):
            x, y = await page.evaluate(MARKED, t0)
            await page.mouse.move(x, y)
            await drawn(page)
            words = await page.inner_text("#tip")
            assert f"◆ {text}\n" in words
            if t1 > t0:
                inside, _ = await page.evaluate(MARKED, (t0 + t1) / 2)
                await page.mouse.move(inside, y)
                await drawn(page)
                assert f"◆ {text}\n" in await page.inner_text("#tip")
        assert "worth a look" in await page.inner_text("#legend")
        await page.mouse.move(x, y - 20)
        await drawn(page)
        assert await page.is_hidden("#tip")
    async with opened(browser, read(relay(tmp_path / "quiet").path), tmp_path) as page:
        assert "worth a look" not in await page.inner_text("#legend")


@pytest.mark.parametrize("theme", ["dark", "light"])
async def test_a_mark_stands_out_from_its_ground(browser: Browser, tmp_path: Path, theme: str) -> None:
    session = read(crawl(tmp_path / "session").path)
    async with opened(browser, session, tmp_path, theme=theme) as page:
        t0 = (await page.evaluate("concviz.session.moments"))[0][0]
        column = await page.evaluate(
            """t => {
                const pen = document.getElementById("plot").getContext("2d");
                return [...pen.getImageData(concviz.view.x(t), HEAD - MARK - 9, 1, 8).data];
            }""", t0,
        )
        above, middle = column[:3], column[-4:-1]
        assert abs(sum(middle) - sum(above)) > 200


async def test_no_name_in_a_mark_becomes_markup(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, ending_badly(tmp_path / "session", 60, NAMES[6]), tmp_path) as page:
        for t0, _, _ in await page.evaluate("concviz.session.moments"):
            await page.mouse.move(*await page.evaluate(MARKED, t0))
            await drawn(page)
            assert await page.evaluate("document.getElementById('tip').childElementCount") == 0
        words = await page.inner_text("#tip")
        assert "<script>alert(1)</script>" in words
        assert all(map(harmless, words.split("\n")))


async def test_search_shows_lanes_of_a_name_and_goes_there(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, read(crawl(tmp_path / "session").path), tmp_path) as page:
        await page.keyboard.press("/")
        await page.keyboard.type("fetch-7")
        await drawn(page)
        assert await page.inner_text("#found") == "1 lane"
        assert await page.locator("[role=treeitem]").all_inner_texts() == [
            "▾\n◆\ncrawl.py", "▾\n┃\nMainThread", "•\nfetch-7",
        ]
        await page.keyboard.press("Enter")
        assert (await details(page)).startswith("• fetch-7")
        await page.keyboard.press("/")
        await page.keyboard.press("Escape")
        await drawn(page)
        assert await page.locator("[role=treeitem]").count() == 14
        await page.keyboard.press("w")  # keys are the timeline's again
        assert await window(page) != (0, 2e9)


async def test_search_finds_source_lines(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, read(crawl(tmp_path / "session").path), tmp_path) as page:
        await page.keyboard.press("/")
        await page.keyboard.type("CHILD.py:9")
        await page.keyboard.press("Enter")
        words = await details(page)
        assert words.startswith("┃ MainThread")
        assert "child.py:9 main" in words
        assert await page.inner_text("#found") == "1 lane"


async def test_lanes_fold_and_are_chosen_by_keys(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, read(crawl(tmp_path / "session").path), tmp_path) as page:
        await page.keyboard.press("ArrowDown")
        assert (await details(page)).startswith("◆ crawl.py")
        await page.keyboard.press("Enter")
        await drawn(page)
        assert await page.locator("[role=treeitem]").count() == 1
        await page.click(".fold")
        await drawn(page)
        items = page.locator("[role=treeitem]")
        assert await items.count() == 14
        await items.nth(4).click()
        await drawn(page)
        assert await items.nth(4).get_attribute("aria-selected") == "true"


async def test_a_window_fits_the_chosen_span(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, read(crawl(tmp_path / "session").path), tmp_path) as page:
        await click(page, "spinner_0", 1400)
        await page.keyboard.press("f")
        assert await window(page) == pytest.approx((1.15e9, 1.75e9))
        await page.keyboard.press("0")
        await page.mouse.dblclick(*await point(page, "spinner_0", 1400))
        assert await window(page) == pytest.approx((1.15e9, 1.75e9))


async def test_colours_follow_the_system_and_the_reader(browser: Browser, tmp_path: Path) -> None:
    dark, light = "rgb(14, 17, 22)", "rgb(252, 251, 248)"
    grounded = "color => getComputedStyle(document.body).backgroundColor === color"
    async with opened(browser, read(crawl(tmp_path / "session").path), tmp_path) as page:
        await page.wait_for_function(grounded, arg=dark)
        await page.emulate_media(color_scheme="light")
        await page.wait_for_function(grounded, arg=light)
        await page.keyboard.press("t")
        await page.wait_for_function(grounded, arg=dark)
        await page.click("#theme")
        await page.wait_for_function(grounded, arg=light)


async def test_help_lists_the_keys(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, read(crawl(tmp_path / "session").path), tmp_path) as page:
        await page.keyboard.press("?")
        assert "who woke it, whom it woke next" in await page.inner_text("#keys")
        await page.keyboard.press("Escape")
        assert not await page.is_visible("#keys")


async def test_no_name_becomes_markup(browser: Browser, tmp_path: Path) -> None:
    async with opened(browser, naughty(tmp_path / "session"), tmp_path) as page:
        kinds = "[...document.all].map(element => element.localName)"
        before = set(await page.evaluate(kinds))
        await click(page, "<script>alert(1)</script>", 11)
        words = await details(page)
        assert words.startswith("• <script>alert(1)</script>")
        await page.mouse.move(*await point(page, "<script>alert(1)</script>", 11))
        await drawn(page)
        assert "<script>" in await page.inner_text("#tip")
        new = set(await page.evaluate(kinds)) - before
        assert new <= {"dl", "dt", "dd", "h2", "button"}
        assert await page.evaluate("document.scripts.length") == 2


async def test_no_name_becomes_markup_wherever_it_is_shown(browser: Browser, tmp_path: Path) -> None:
    session = hostile_session(tmp_path / "session")
    async with opened(browser, session, tmp_path, title="</title><img src=x onerror=alert(1)>") as page:
        kinds = "[...document.all].map(element => element.localName)"
        before = set(await page.evaluate(kinds))
        lanes = "concviz.session.workers.filter(w => w.lane).map(w => [w.index, w.start_ns])"
        shown = await page.evaluate(lanes)
        assert len(shown) > 2 * len(NAMES)
        words = []
        for index, t in shown:
            await page.evaluate("([index, t]) => concviz.view.choose(index, t)", [index, t])
            words.append(await details(page))
            await page.evaluate("index => concviz.view.point({ x: 40, y: concviz.view.y(index) + 9 })", index)
            await drawn(page)
        assert any("<script>alert(1)</script>" in told for told in words)
        assert all(harmless(line) for told in words for line in told.split("\n"))
        await page.keyboard.press("/")
        await page.keyboard.type("<script>")
        await drawn(page)
        assert "lane" in await page.inner_text("#found")
        assert set(await page.evaluate(kinds)) - before <= {"dl", "dt", "dd", "h2", "button"}


async def test_no_name_runs_in_a_picture_that_is_opened_by_itself(browser: Browser, tmp_path: Path) -> None:
    session = hostile_session(tmp_path / "session")
    page = await browser.new_page()
    trouble: list[str] = []
    page.on("dialog", lambda dialog: trouble.append(dialog.message))
    page.on("pageerror", lambda error: trouble.append(str(error)))
    for animate in (False, True):
        path = tmp_path / f"{animate}.svg"
        title = "]]></title><script>alert(1)</script>"
        path.write_bytes(written("svg", session, animate=animate, title=title))
        page.on("request", lambda sent: trouble.append(sent.url) if not sent.url.endswith(".svg") else None)
        await page.goto(path.as_uri())
        assert await page.evaluate("document.documentElement.localName") == "svg"
        assert await page.evaluate("document.querySelectorAll('script, a, image, foreignObject').length") == 0
        assert "<script>alert(1)</script>" in await page.evaluate("document.documentElement.textContent")
    await page.close()
    assert trouble == []


MARKED = """t => {
    const box = document.getElementById("plot").getBoundingClientRect();
    return [box.left + concviz.view.x(t), box.top + HEAD - MARK - 1];
}"""
"""Where the mark of what begins then is, on the page."""
TEXTS = """new Promise(done => {
    const told = [], draw = CanvasRenderingContext2D.prototype.fillText;
    CanvasRenderingContext2D.prototype.fillText = function (text, x, y) {
        told.push([text, x + this.measureText(text).width]);
        return draw.call(this, text, x, y);
    };
    concviz.view.changed();
    const wide = document.getElementById("plot").clientWidth;
    requestAnimationFrame(() => requestAnimationFrame(() => done([told, wide])));
})"""
"""What is written onto the plot and where it ends, and how much room it has."""
LANE = """([name, t]) => {
    const { session, view } = concviz, plot = document.getElementById("plot"), scale = devicePixelRatio;
    const worker = session.workers.find(worker => worker.name === name);
    const y = view.y(view.places.get(worker.index)) + 5, x = Math.round(view.x(t) * scale);
    const row = plot.getContext("2d").getImageData(0, Math.round(y * scale), x, 1).data;
    const at = place => Array.from(row.slice(4 * place, 4 * place + 3)).join();
    return [at(x - 100), at(x - 3)];
}"""
"""The colours of a lane well before an instant, and right before it."""


async def test_what_ends_badly_at_the_very_end_is_told_in_full(browser: Browser, tmp_path: Path) -> None:
    session = ending_badly(tmp_path / "session", 99.9, "ConnectionResetError")
    async with opened(browser, session, tmp_path) as page:
        told, width = await page.evaluate(TEXTS)
    (end,) = (end for text, end in told if text == "✗ ConnectionResetError")
    assert end <= width


@pytest.mark.parametrize("ended_ms", [99.9, 60])
async def test_what_is_told_of_an_end_covers_nothing_of_the_lane(
    browser: Browser, tmp_path: Path, ended_ms: float
) -> None:
    session = ending_badly(tmp_path / "session", ended_ms, "ConnectionResetError")
    async with opened(browser, session, tmp_path) as page:
        before, last = await page.evaluate(LANE, ["job", ended_ms * 1e6])
        assert before == last
        await page.mouse.click(*await point(page, "job", ended_ms * 1.05))
        assert "job" in await details(page)


async def test_room_is_kept_only_for_what_is_told_there(browser: Browser, tmp_path: Path) -> None:
    rooms = []
    for name, ended_ms in (("early", 20), ("late", 99.9)):
        async with opened(browser, ending_badly(tmp_path / name, ended_ms, "OSError"), tmp_path) as page:
            _, wide = await page.evaluate(TEXTS)
            rooms.append(wide - await page.evaluate("concviz.view.width"))
    assert rooms[0] == 0
    assert rooms[1] > 40


async def test_where_a_task_blocks_is_written_into_it_and_where_its_step_began_is_not(
    browser: Browser, tmp_path: Path
) -> None:
    async with opened(browser, blocking(tmp_path / "blocking"), tmp_path) as page:
        told = [text for text, _ in (await page.evaluate(TEXTS))[0]]
    assert "x.py:4 job" in told
    assert "x.py:3 job" not in told
    async with opened(browser, computing(tmp_path / "computing"), tmp_path) as page:
        assert "≈ x.py:7 crunch" in [text for text, _ in (await page.evaluate(TEXTS))[0]]


async def test_a_frame_costs_pixels_and_not_spans(browser: Browser, tmp_path: Path) -> None:
    few = stepping(tmp_path / "few", tasks=4, steps=500, every_ms=16, ran_ms=1)
    many = stepping(tmp_path / "many", tasks=4, steps=8000, every_ms=1, ran_ms=0.1)
    counts = []
    for session in (few, many):
        async with opened(browser, session, tmp_path) as page:
            counts.append(await page.evaluate(
                """new Promise(done => {
                    let calls = 0;
                    const count = (pen, name) => {
                        const draw = pen[name];
                        pen[name] = function (...box) { calls++; return draw.apply(this, box); };
                    };
                    count(CanvasRenderingContext2D.prototype, "fillRect");
                    count(Overlay.prototype, "fill");
                    concviz.view.changed();
                    requestAnimationFrame(() => requestAnimationFrame(() => done(calls)));
                })"""
            ))
    assert 2000 < counts[1] < 6 * 3 * 1200
    assert counts[1] < 2 * counts[0]


async def test_a_pointer_that_moves_does_not_draw_the_lanes_again(browser: Browser, tmp_path: Path) -> None:
    look = 'document.getElementById("plot").toDataURL()'
    async with opened(browser, read(crawl(tmp_path / "session").path), tmp_path) as page:
        seen = []
        for t_ms in (500, 600, 700):  # drawn; kept; taken from what is kept
            await page.mouse.move(*await point(page, "fetch-1", t_ms))
            await drawn(page)
            seen.append(await page.evaluate(look))
        assert len(set(seen)) == 3
        await page.evaluate("concviz.view.changed()")
        await drawn(page)
        assert await page.evaluate(look) == seen[-1]  # drawn anew it is the same
        await page.mouse.move(*await point(page, "fetch-1", 600))
        await drawn(page)
        assert await page.evaluate(look) == seen[1]
        await page.evaluate("Painter.prototype.lanes = () => { throw new Error('lanes are drawn'); }; 0")
        await page.mouse.move(*await point(page, "fetch-1", 800))
        await drawn(page)
        await page.mouse.move(1199, 799)
        await drawn(page)
        assert await page.evaluate(look) not in seen


async def test_pictures_show_as_images_and_play(browser: Browser, tmp_path: Path) -> None:
    session = read(crawl(tmp_path / "session").path)
    still, playing = (written("svg", session, animate=animate) for animate in (False, True))
    page = await browser.new_page()
    for data in (still, playing):
        source = "data:image/svg+xml;base64," + base64.b64encode(data).decode()
        await page.set_content(f'<img src="{source}">')
        decoded = "document.images[0].decode().then(() => document.images[0].naturalWidth)"
        assert await page.evaluate(decoded) == 1200
    path = tmp_path / "playing.svg"
    path.write_bytes(playing)
    for motion, moving in (("no-preference", 2), ("reduce", 0)):
        await page.emulate_media(reduced_motion=motion)  # type: ignore[arg-type]
        await page.goto(path.as_uri())
        assert await page.evaluate("document.getAnimations().length") == moving
    await page.close()
