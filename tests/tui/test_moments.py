"""The line about the moment at the cursor, its marks on the axis, and the keys that go to the next one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from textual.pilot import Pilot

from concviz.core import language
from concviz.core.agent import layout as L
from concviz.core.insight.moment import Kind
from concviz.tui.app import ConcvizApp
from concviz.tui.screens.timeline import TimelineScreen
from concviz.tui.viewport import Viewport, level_for
from concviz.tui.widgets.header import Header
from concviz.tui.widgets.moment import MomentLine
from concviz.tui.widgets.ruler import ALIKE, MOMENT, Ruler, ticks
from concviz.tui.widgets.ruler import axis as ruler_axis
from tests.core.insight.blocking import blocked_often
from tests.core.timeline.build import START_NS, Story
from tests.tui.learners import lesson
from tests.tui.sessions import PID, app_over, crawl, opened
from tests.tui.steps import MS, name_of, press, screen_of

WAITS = "3 tasks wait at once and the loop is idle"
HELD_UP = "hog blocks the loop for 120 ms at lesson.py:12: 3 tasks are ready and wait"
ALONE = "only late waits, for 299 ms, and nothing else is under way"
BLOCKED = "the loop is blocked {n} times at app.py:7: {total} of {whole} in all, at most 80 ms"


def blocked_app(path: Path, blocks: int) -> ConcvizApp:
    story = blocked_often(path, blocks=blocks, pid=PID)
    story.write()
    return app_over(opened(story, 5000), at_ms=5000)


async def settled(pilot: Pilot[int]) -> TimelineScreen:
    await pilot.pause()
    assert isinstance(pilot.app, ConcvizApp)
    for _ in range(10):
        pilot.app.tick()
    await pilot.pause()
    return screen_of(pilot)


def told(screen: TimelineScreen) -> str:
    """What the line says, and behind it which of how many moments that is."""
    line = screen.query_one("#moment", MomentLine)
    rows = [line.render_line(y).text.strip() for y in range(line.size.height)] if line.display else []
    parts = re.match(r"(.*?)((?:↻ \w+  )?\d+/\d+  \{ \}(?:  \S+  # \*)?)(.*)", " ".join(rows))
    return " ".join(f"{parts[1]} {parts[3]} {parts[2]}".split()) if parts else ""


def axis(screen: TimelineScreen) -> str:
    return screen.query_one("#ruler", Ruler).render_line(0).text


async def test_the_keys_go_from_one_to_the_next(tmp_path: Path) -> None:
    app = app_over(opened(lesson(tmp_path / "session")))
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await settled(pilot)
        await press(pilot, "home")
        for words, at_ms, name, place in (
            (WAITS, 13, "MainThread", "1/3"), (HELD_UP, 200, "hog", "2/3"), (ALONE, 601, "late", "3/3"),
        ):
            await press(pilot, "right_curly_bracket")
            assert words in told(screen)
            assert place in told(screen)
            assert screen.view.viewport.cursor_ns == START_NS + at_ms * MS
            assert name_of(screen) == name
        for key, words, place in (
            ("right_curly_bracket", WAITS, "↻ first 1/3"),
            ("right_curly_bracket", HELD_UP, "2/3"), ("left_curly_bracket", WAITS, "1/3"),
            ("left_curly_bracket", ALONE, "↻ last 3/3"), ("left_curly_bracket", HELD_UP, "2/3"),
        ):
            await press(pilot, key)
            assert words in told(screen)
            assert told(screen).endswith(f"{place} {{ }}")
            assert ("↻" in told(screen)) == ("↻" in place)
        assert not app._notifications, "nothing lies over the keys"


async def test_while_there_may_be_more_to_come_the_last_one_is_the_last(tmp_path: Path) -> None:
    story = lesson(tmp_path / "session", running=True, until=2100)
    app = app_over(opened(story, 2100), at_ms=2100)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await settled(pilot)
        await press(pilot, "left_curly_bracket", "right_curly_bracket", "right_curly_bracket")
        assert "no later moment" in [n.message for n in app._notifications]
        assert "↻" not in told(screen)


async def test_the_line_tells_of_the_instant_at_the_cursor(tmp_path: Path) -> None:
    app = app_over(opened(lesson(tmp_path / "session")))
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await settled(pilot)
        assert HELD_UP in told(screen), "at the end, the trouble"
        for at_ms, words in ((50, WAITS), (250, HELD_UP), (500, HELD_UP), (700, ALONE)):
            screen.view.viewport.move_cursor(START_NS + at_ms * MS)
            screen.redraw()
            await pilot.pause()
            assert words in told(screen)
            assert "asyncio wins" not in told(screen), "not where it is held up for so long"


async def test_each_has_its_mark_on_the_axis(tmp_path: Path) -> None:
    app = app_over(opened(lesson(tmp_path / "session")))
    async with app.run_test(size=(160, 40)) as pilot:
        screen = await settled(pilot)
        port = screen.view.viewport
        columns = {column for column, char in enumerate(axis(screen)) if char == MOMENT}
        head = screen.lanes.head_columns
        begins = screen.view.moments(port.t0_ns, port.t1_ns)
        assert columns == {head + (t_ns - port.t0_ns) // port.cell_ns for t_ns in begins}
        assert len(columns) == 3
        assert "0.2 s" in axis(screen), "where it begins with a label, both can be read"


async def test_where_several_happen_what_the_experiment_is_about_comes_first(tmp_path: Path) -> None:
    session = opened(crawl(tmp_path / "session"))
    app = app_over(session)
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await settled(pilot)
        kinds = {moment.kind for moment in screen.moments._moments.all}
        assert len(kinds) > 1
    for kind in kinds:
        first = ConcvizApp(opened(crawl(tmp_path / kind)), frames_per_s=0, looked_for=(kind,),
                           clock=app.clock, palette="concviz-dark")
        async with first.run_test(size=(120, 30)) as pilot:
            screen = await settled(pilot)
            moments = screen.moments._moments
            for moment in moments.all:
                if moment.kind is kind and moment.t1_ns > moment.t0_ns:
                    now = moments.outline().at(moment.t0_ns)
                    assert now is not None
                    assert now.moment.kind is kind


async def test_a_living_program_is_told_of_as_it_goes(tmp_path: Path) -> None:
    story = lesson(tmp_path / "session", running=True, until=150)
    now = [START_NS + 150 * MS]
    app = app_over(opened(story, 150))
    app.clock = lambda: now[0]
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await settled(pilot)
        assert told(screen) == "", "what is this young may still turn out otherwise"
        for at_ms in range(200, 2200, 100):
            story.write(at_ms)
            now[0] = START_NS + at_ms * MS
            await settled(pilot)
        assert ALONE in told(screen)
        await press(pilot, "left_curly_bracket")
        assert not screen.view.viewport.following


async def test_of_one_kind_each_can_be_gone_to(tmp_path: Path) -> None:
    app = blocked_app(tmp_path / "session", 40)
    async with app.run_test(size=(200, 50)) as pilot:
        screen = await settled(pilot)
        await press(pilot, "home", "right_curly_bracket")
        assert BLOCKED.format(n=39, total="2.36 s", whole="4.01 s") in told(screen)
        assert told(screen).endswith("1/3 { } ×39 # *")
        assert screen.view.viewport.cursor_ns == START_NS + 310 * MS
        for key, at_ms, place in (
            ("asterisk", 410, "5/39"), ("asterisk", 610, "6/39"), ("number_sign", 410, "5/39"),
            ("number_sign", 310, "4/39"), ("number_sign", 210, "3/39"),
        ):
            await press(pilot, key)
            assert screen.view.viewport.cursor_ns == START_NS + at_ms * MS
            assert name_of(screen) == f"request {at_ms // 100}"
            assert f"request {at_ms // 100} blocks the loop for" in told(screen)
            assert told(screen).endswith(f"1/3 {{ }} {place} # *")
        await press(pilot, "number_sign", "number_sign", "number_sign")
        assert told(screen).endswith("↻ last 1/3 { } 39/39 # *")
        await press(pilot, "asterisk")
        assert told(screen).endswith("↻ first 1/3 { } 1/39 # *")
        assert not app._notifications
        await press(pilot, "right_curly_bracket", "right_curly_bracket")
        assert "request 5 blocks the loop for 60 ms at app.py:17" in told(screen), "and on to another one"
        assert told(screen).endswith("2/3 { }")


async def test_the_others_of_its_kind_are_marked_on_the_axis(tmp_path: Path) -> None:
    app = blocked_app(tmp_path / "session", 40)
    async with app.run_test(size=(200, 50)) as pilot:
        screen = await settled(pilot)
        await press(pilot, "home", "right_curly_bracket")
        await settled(pilot)
        port, head = screen.view.viewport, screen.lanes.head_columns
        marked = {column for column, char in enumerate(axis(screen)) if char in (ALIKE, "▼")}
        begins = [START_NS + (10 + n * 100) * MS for n in range(40) if n != 5]
        columns = {head + (t_ns - port.t0_ns) // port.cell_ns for t_ns in begins}
        assert len(marked) > 20
        assert marked < columns
        assert "2 s" in axis(screen), "where there are many, labels do not give way to them"


def test_where_few_are_alike_labels_give_way_to_them() -> None:
    port = Viewport(end_ns=1_000 * MS, level=level_for(1_000 * MS, 200), columns=200, following=False)
    inside = [column + 2 for column, _ in ticks(port)]
    alike = [column * port.cell_ns for column in inside]
    text, special = ruler_axis(port, [], [], alike[:2])
    assert [special.get(column) for column in inside[:2]] == [ALIKE, ALIKE]
    assert text.count("╵") == len(inside) - 2
    text, special = ruler_axis(port, [], [], alike)
    assert [special.get(column) for column in inside] == [None] * len(inside)


async def test_a_paused_view_tells_what_had_happened_then(tmp_path: Path) -> None:
    story = blocked_often(tmp_path / "session", blocks=40, pid=PID)
    story.processes[0].closed = None
    story.ended = None
    now = [START_NS + 200 * MS]
    story.write(200)
    app = app_over(opened(story, 200))
    app.clock = lambda: now[0]
    async with app.run_test(size=(200, 50)) as pilot:
        screen = await settled(pilot)

        async def grow(first_ms: int, last_ms: int) -> None:
            for at_ms in range(first_ms, last_ms, 100):
                story.write(at_ms)
                now[0] = START_NS + at_ms * MS
                await settled(pilot)

        await grow(300, 2000)
        assert "the loop is blocked" in told(screen), "and not that tasks wait, which they do in between"
        await press(pilot, "space")
        await settled(pilot)
        paused = screen.view.viewport.frozen_ns
        n = (paused - START_NS) // MS // 100
        await grow(2000, 3500)
        words = told(screen)
        assert screen.view.viewport.frozen_ns == paused
        assert f"the loop is blocked {n - 1} times" in words or f"the loop is blocked {n} times" in words
        for _ in range(n + 1):
            await press(pilot, "asterisk")
        assert {n.message for n in app._notifications} == {
            "the view is paused here: End shows what came since"}
        assert screen.view.viewport.cursor_ns <= paused


async def test_while_a_long_session_is_looked_through_it_says_so_and_what_was_gone_to_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("concviz.tui.moments._WINDOWS", 1)
    app = blocked_app(tmp_path / "session", 40)
    async with app.run_test(size=(200, 50)) as pilot:
        await pilot.pause()
        screen = screen_of(pilot)

        async def look() -> str:
            app.tick()
            screen.redraw()
            await pilot.pause()
            return told(screen)

        line = screen.query_one("#moment", MomentLine)
        while not line.display:
            assert await look() == "", "nothing of an instant on the way"
        assert re.search(r"looking for what matters: \d+% of the session .* 2 so far  { }",
                         line.render_line(0).text)
        await press(pilot, "asterisk")
        assert [n.message for n in app._notifications] == ["no moment is told of here"]
        await press(pilot, "home", "right_curly_bracket")
        assert "the loop is blocked 2 times" in told(screen)
        assert re.search(r"so far 1/\d { } ×2 # \*", told(screen)), "what is told may still become more"
        cursor_ns, found = screen.view.viewport.cursor_ns, set()
        while screen.moments.looking:
            words = await look()
            assert screen.view.viewport.cursor_ns == cursor_ns
            found.add(" ".join(words.split()[:2]))
        assert len(found) == 1, "what was gone to, though another shows better by now what they are"
        assert words.endswith(("1/3 { } 2/39 # *", "1/3 { } 1/39 # *"))
        assert "so far" not in words


async def test_where_nothing_is_told_of_there_is_nothing_like_it(tmp_path: Path) -> None:
    app = app_over(opened(lesson(tmp_path / "session")))
    async with app.run_test(size=(120, 30)) as pilot:
        await settled(pilot)
        await press(pilot, "home", "asterisk")
        assert [n.message for n in app._notifications] == ["no moment is told of here"]


async def test_what_is_counted_is_looked_at_where_there_are_so_many(tmp_path: Path) -> None:
    story = Story(tmp_path / "session", command=["python", "app.py"], pid=PID)
    app = story.process(PID)
    main = app.thread("MainThread", tid=PID, main=True)
    main.block(90, 400, L.OP_JOIN)
    for number in range(4):
        thread = app.thread(f"fetcher_{number}", tid=PID + 1 + number, born=100 + 10 * number)
        thread.block(100 + 10 * number, 380, L.OP_IO_READ)
        thread.end(380)
    app.closed = 500
    story.end(500, 0)
    story.write()
    async with app_over(opened(story, 500), at_ms=500).run_test(size=(120, 30)) as pilot:
        screen = await settled(pilot)
        await press(pilot, "home", "right_curly_bracket")
        assert "4 threads wait at once" in told(screen)
        assert screen.view.viewport.cursor_ns == START_NS + 130 * MS
        assert screen.query_one("#header", Header).render_line(1).text.startswith(" concurrency 4 ")
        await press(pilot, "right_curly_bracket", "left_curly_bracket")
        assert screen.view.viewport.cursor_ns == START_NS + 130 * MS, "round and round, each once"


async def test_a_narrow_screen_has_two_lines_where_one_is_too_short(tmp_path: Path) -> None:
    app = app_over(opened(lesson(tmp_path / "session")))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await settled(pilot)
        await press(pilot, "home", "right_curly_bracket", "right_curly_bracket")
        await settled(pilot)
        assert screen.query_one("#moment").size.height == 2
        assert HELD_UP in told(screen)


async def test_what_is_short_takes_one_line_again(tmp_path: Path) -> None:
    app = app_over(opened(lesson(tmp_path / "session")))
    async with app.run_test(size=(80, 24)) as pilot:
        screen = await settled(pilot)
        await press(pilot, "home")
        heights, lanes = [], []
        for _words in (WAITS, HELD_UP, ALONE, WAITS, HELD_UP):
            await press(pilot, "right_curly_bracket")
            await settled(pilot)
            heights.append(screen.query_one("#moment").size.height)
            lanes.append(screen.lanes.size.height)
        assert heights == [1, 2, 1, 1, 2]
        assert [lane - lanes[0] for lane in lanes] == [0, -1, 0, 0, -1], "the lanes have what it leaves"
        await pilot.resize_terminal(160, 24)
        await settled(pilot)
        assert screen.query_one("#moment").size.height == 1
        assert HELD_UP in told(screen)


async def test_a_narrow_screen_says_all_of_a_long_one(tmp_path: Path) -> None:
    app = blocked_app(tmp_path / "session", 10)
    async with app.run_test(size=(62, 24)) as pilot:
        screen = await settled(pilot)
        assert screen.query_one("#moment").size.height == 3
        assert "with 3 tasks ready" in told(screen)
        assert "…" not in told(screen)


@pytest.mark.parametrize("size", [(80, 16), (36, 24)])
async def test_a_small_screen_has_no_room_for_it(tmp_path: Path, size: tuple[int, int]) -> None:
    app = app_over(opened(lesson(tmp_path / "session")))
    async with app.run_test(size=size) as pilot:
        assert told(await settled(pilot)) == ""


async def test_it_is_told_in_the_language(tmp_path: Path) -> None:
    language.use("ru")
    app = app_over(opened(lesson(tmp_path / "session")))
    async with app.run_test(size=(120, 30)) as pilot:
        screen = await settled(pilot)
        await press(pilot, "home", "right_curly_bracket")
        assert "3 задачи ждут разом" in told(screen)


def test_kinds_have_names_of_their_own() -> None:
    assert len({kind.value for kind in Kind}) == len(Kind)
