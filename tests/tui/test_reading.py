"""A long recording is shown while it is read, and says how far that is."""

from __future__ import annotations

from pathlib import Path

import pytest

from concviz.core.session.session import Session
from concviz.tui.widgets.header import Header
from tests.tui.sessions import app_over, crawl
from tests.tui.steps import screen_of


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
