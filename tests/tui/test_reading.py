"""A long recording is shown while it is read, and says how far that is."""

from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core.session.session import Session
from concviz.tui.widgets.header import Header
from concviz.tui.widgets.ruler import Ruler
from tests.tui.sessions import app_over, crawl
from tests.tui.steps import screen_of


async def test_what_was_drawn_meanwhile_is_drawn_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = []
    for limit in (20, 200_000):
        session = Session.open(crawl(tmp_path / f"session{limit}").path)
        advance = session.advance
        monkeypatch.setattr(session, "advance", lambda now, asked=0, one=advance, n=limit: one(now, limit=n))
        app = app_over(session)
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause()
            screen_of(pilot).redraw()
            while not session.caught_up:
                app.tick()
            app.tick()
            while screen_of(pilot).moments.advance():
                pass
            screen_of(pilot).redraw()
            ruler = screen_of(pilot).query_one("#ruler", Ruler)
            shown.append([strip.text for strip in ruler.render_lines(ruler.region.reset_offset)])
    assert len(shown[0]) == 3
    assert shown[0] == shown[1]


async def test_the_header_says_how_much_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    session = Session.open(crawl(tmp_path / "session").path)
    advance = session.advance
    monkeypatch.setattr(session, "advance", lambda now_ns, limit=0: advance(now_ns, limit=20))
    app = app_over(session)
    async with app.run_test(size=(100, 30)) as pilot:
        await pilot.pause()
        header = screen_of(pilot).query_one("#header", Header)

        def first_line() -> str:
            screen_of(pilot).redraw()
            return header.render_lines(header.region.reset_offset)[0].text

        assert 0 < session.read_share < 1
        assert f"… READING {session.read_share:.0%}" in first_line()
        while not session.caught_up:
            app.tick()
        assert session.read_share == 1
        assert "■ ENDED exit 1" in first_line()
