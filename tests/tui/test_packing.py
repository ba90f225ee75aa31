"""``P`` packs what is on the screen, ``Q`` packs it and quits."""

from __future__ import annotations

import os
import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from concviz.core.session.pack import pack
from concviz.core.session.packed import is_pack
from concviz.core.session.session import Session
from concviz.tui import packing
from concviz.tui.app import ConcvizApp
from concviz.tui.packing import Packing
from concviz.tui.screens.dialogs import PackingScreen
from tests.core.timeline.build import START_NS
from tests.tui.sessions import app_over, crawl, opened


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working directory."""
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    return tmp_path / "here"


class Gate(threading.Event):
    """Set, it lets those who pack pass."""

    def __init__(self) -> None:
        super().__init__()
        self.passed = threading.Event()


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Until it is set, packing stands at 30 %."""
    opened, real = Gate(), pack

    def slow(session: Path, target: Path, progress: Callable[[int, int], None]) -> int:
        def told(done: int, total: int) -> None:
            progress(3, 10)
            assert opened.wait(60)
            progress(done, total)

        try:
            return real(session, target, told)
        finally:
            opened.passed.set()

    monkeypatch.setattr(packing, "pack", slow)
    return opened


async def packed(pilot: Pilot[int]) -> str:
    """Wait for the end of it; returns what was said."""
    app = app_of(pilot)
    await app.workers.wait_for_complete()
    app.tick()
    await pilot.pause()
    return [each.message for each in app._notifications][-1]


def app_of(pilot: Pilot[int]) -> ConcvizApp:
    assert isinstance(pilot.app, ConcvizApp)
    return pilot.app


async def test_p_packs_into_the_working_directory(tmp_path: Path, here: Path) -> None:
    app = app_over(opened(crawl(tmp_path / "crawler")))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        await pilot.press("P")
        assert (await packed(pilot)).startswith(f"packed into {here / 'crawler.cviz'}, ")
        assert is_pack(here / "crawler.cviz")
        await pilot.press("P")
        assert (await packed(pilot)).startswith(f"packed already: {here / 'crawler.cviz'}, ")
    assert os.listdir(here) == ["crawler.cviz"]


async def test_capital_q_packs_and_quits(tmp_path: Path, here: Path) -> None:
    app = app_over(opened(crawl(tmp_path / "crawler")))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        app.action_quit_packed()
        app.tick()  # before anything of the screen is there
        await pilot.press("Q")
        assert isinstance(app.screen, PackingScreen)
        await packed(pilot)
    assert app.return_value == 0
    assert is_pack(here / "crawler.cviz")
    assert [line.partition(",")[0] for line in app.leaving.told] == [f"packed into {here / 'crawler.cviz'}"]


async def test_what_is_one_file_already_says_so(tmp_path: Path, here: Path) -> None:
    pack(crawl(tmp_path / "crawler").path, tmp_path / "x.cviz")
    app = app_over(Session.open(tmp_path / "x.cviz"))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        await pilot.press("P")
        assert (await packed(pilot)).startswith(f"packed already: {tmp_path / 'x.cviz'}, ")
    assert os.listdir(here) == []


async def test_what_is_packed_already_is_left_at_once(tmp_path: Path, here: Path) -> None:
    pack(crawl(tmp_path / "crawler").path, tmp_path / "x.cviz")
    session = Session.open(tmp_path / "x.cviz")
    session.advance(START_NS)
    app = app_over(session)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("Q")
        await pilot.pause()
    assert app.return_value == 0
    assert os.listdir(here) == []


async def test_what_cannot_be_packed_is_told_and_nobody_leaves(tmp_path: Path, here: Path) -> None:
    app = app_over(opened(crawl(tmp_path / "crawler")))
    shutil.rmtree(tmp_path / "crawler")
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        await pilot.press("Q")
        assert (await packed(pilot)).startswith("not packed: there is no session")
        assert app.screen is app.watching
        assert app.return_value is None
    assert os.listdir(here) == []


@pytest.mark.parametrize("first", ["P", "Q"])
async def test_one_may_stay_while_it_is_packed(
    tmp_path: Path, here: Path, gate: Gate, first: str
) -> None:
    app = app_over(opened(crawl(tmp_path / "crawler")))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        await pilot.press(first)
        if first == "P":
            await pilot.press("q")  # waits for what P has begun
        await pilot.pause()
        assert isinstance(app.screen, PackingScreen)
        await pilot.press("escape")
        gate.set()
        assert (await packed(pilot)).startswith("packed into")
        assert app.screen is app.watching
        assert app.return_value is None
    assert os.listdir(here) == ["crawler.cviz"]


async def test_one_may_quit_without_the_file(tmp_path: Path, here: Path, gate: Gate) -> None:
    app = app_over(opened(crawl(tmp_path / "crawler")))
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        await pilot.press("Q")
        await pilot.pause()
        await pilot.press("q")
        gate.set()
        await pilot.pause()
    assert app.return_value == 0
    assert app.leaving.told == []
    assert gate.passed.wait(60)  # (the process, too, ends no sooner than its thread)
    assert os.listdir(here) == []


async def test_progress_is_told_once_a_second(tmp_path: Path, here: Path, gate: Gate) -> None:
    now_ns = [0]
    app = app_over(opened(crawl(tmp_path / "crawler")))
    app.clock = lambda: now_ns[0]
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        await pilot.press("P")
        while app.packer.packing is None or app.packer.packing.percent == 0:
            await pilot.pause()
        said = {}
        for now_ns[0] in (10, 999_999_999, 1_000_000_000, 1_500_000_000):
            app.tick()
            await pilot.pause()
            said |= {each.identity: each.message for each in app._notifications}
        gate.set()
        await packed(pilot)
    assert list(said.values()) == ["packing: 30 %"]


async def test_another_session_waits_for_the_first(tmp_path: Path, here: Path, gate: Gate) -> None:
    app = app_over(opened(crawl(tmp_path / "crawler")))
    async with app.run_test(size=(80, 24), notifications=True) as pilot:
        await pilot.pause()
        first = app.packer.begin(tmp_path / "crawler")
        assert app.packer.begin(tmp_path / "other") is None
        assert app.packer.begin(tmp_path / "crawler") is first
        await pilot.pause()
        assert [each.message for each in app._notifications][:1] == [
            "still packing crawler: once it is done, again"
        ]
        gate.set()
        await packed(pilot)


async def test_a_packed_session_looks_as_before(tmp_path: Path, here: Path) -> None:
    story = crawl(tmp_path / "crawler")
    pack(story.path, here / "crawler.cviz")
    shown = []
    for session in (Session.open(story.path), Session.open(here / "crawler.cviz")):
        session.advance(START_NS)
        app = app_over(session)
        async with app.run_test(size=(120, 40)) as pilot:
            await pilot.pause()
            app.tick()
            await pilot.pause()
            shown.append(app.export_screenshot(title="crawl"))
    assert shown[0] == shown[1]


def test_another_file_of_that_name_is_left_alone(tmp_path: Path, here: Path) -> None:
    story = crawl(tmp_path / "crawler")
    (here / "crawler.cviz").write_text("mine")
    whole = pack(story.path, tmp_path / "whole.cviz")
    (here / "crawler-2.cviz").write_bytes((tmp_path / "whole.cviz").read_bytes()[: whole - 50])  # damaged
    begun = Packing(story.path, here)
    begun.run()
    assert begun.kept
    assert begun.target == here / "crawler-3.cviz"
    assert (here / "crawler.cviz").read_text() == "mine"
    assert Packing(story.path, here).target == begun.target
