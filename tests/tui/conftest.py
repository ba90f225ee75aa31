"""Pilots wait until nothing is left to do; the screen over a small session that is over, ready for keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.tui import idle
from tests.tui.sessions import app_over, crawl, opened


@pytest.fixture(autouse=True)
def _idle(monkeypatch: pytest.MonkeyPatch) -> None:
    idle.use(monkeypatch)


@pytest.fixture
async def pilot(tmp_path: Path) -> AsyncIterator[Pilot[int]]:
    app = app_over(opened(crawl(tmp_path / "session")), shots=tmp_path / "shots")
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        yield pilot
