"""Pilots wait until nothing is left to do; the screen over a small session that is over, ready for keys."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from textual.css.model import RuleSet
from textual.css.stylesheet import Stylesheet
from textual.pilot import Pilot

from tests.tui import idle
from tests.tui.sessions import app_over, crawl, opened


@pytest.fixture(autouse=True)
def _idle(monkeypatch: pytest.MonkeyPatch) -> None:
    idle.use(monkeypatch)


@pytest.fixture(scope="session")
def parsed() -> dict[Any, list[RuleSet]]:
    """The rules of every style sheet, by its text and colours: they are the same for each application."""
    return {}


@pytest.fixture(autouse=True)
def _styles_are_parsed_once(parsed: dict[Any, list[RuleSet]], monkeypatch: pytest.MonkeyPatch) -> None:
    real = Stylesheet._parse_rules

    def parse(self: Stylesheet, *what: Any, **how: Any) -> list[RuleSet]:
        key = (what, *how.items(), *self._variables.items())
        if key not in parsed:
            parsed[key] = real(self, *what, **how)
        return parsed[key]

    monkeypatch.setattr(Stylesheet, "_parse_rules", parse)


@pytest.fixture
async def pilot(tmp_path: Path) -> AsyncIterator[Pilot[int]]:
    app = app_over(opened(crawl(tmp_path / "session")), shots=tmp_path / "shots")
    async with app.run_test(size=(100, 40)) as pilot:
        await pilot.pause()
        yield pilot
