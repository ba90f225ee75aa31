"""``P`` packs what is on the screen."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from concviz.core.session.packed import is_pack
from concviz.core.session.session import Session
from concviz.tui.packing import pack_beside
from tests.core.timeline.build import START_NS
from tests.tui.sessions import app_over, crawl, opened
from tests.tui.steps import screen_of


async def test_p_packs_into_the_working_directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    app = app_over(opened(crawl(tmp_path / "crawler")))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        await pilot.press("P")
        await screen_of(pilot).workers.wait_for_complete()
        await pilot.pause()
        (said,) = app._notifications
        assert said.message.startswith(f"packed into {tmp_path / 'here' / 'crawler.cviz'}, ")
    assert os.listdir(".") == ["crawler.cviz"]


async def test_a_packed_session_looks_as_before(tmp_path: Path) -> None:
    story = crawl(tmp_path / "crawler")
    pack_beside(story.path, tmp_path, print)
    shown = []
    for session in (Session.open(story.path), Session.open(tmp_path / "crawler.cviz")):
        session.advance(START_NS)
        app = app_over(session)
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause()
            app.tick()
            await pilot.pause()
            shown.append(app.export_screenshot(title="crawl"))
    assert is_pack(tmp_path / "crawler.cviz")
    assert shown[0] == shown[1]


def test_what_cannot_be_packed_is_said(tmp_path: Path) -> None:
    story = crawl(tmp_path / "crawler")
    assert pack_beside(story.path, tmp_path, print).startswith("packed into ")
    assert pack_beside(story.path, tmp_path, print).endswith("is there already: say another name with -o")
    assert pack_beside(tmp_path / "crawler.cviz", tmp_path, print).endswith("is packed already")


def test_progress_is_told_once_a_second(tmp_path: Path) -> None:
    told: list[str] = []
    ticks = iter(range(0, 1000, 1))
    pack_beside(crawl(tmp_path / "crawler").path, tmp_path, told.append, clock=lambda: float(next(ticks)))
    assert told[-1] == "packing: 100 %"
