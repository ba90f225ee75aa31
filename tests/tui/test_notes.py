"""A session's notes on the screen: told when they come, and once."""

from __future__ import annotations

from pathlib import Path

from concviz.core.session.session import Session
from tests.core.export.drawn import PID, noting
from tests.core.timeline.build import START_NS, Story
from tests.tui.sessions import app_over, opened

OFF = "asyncio: switched off: no reason"


async def messages(session: Session, at_ms: list[float], story: Story, later_ms: float) -> list[list[str]]:
    """What is told at once, and what is told by then when the session has grown."""
    app = app_over(session, at_ms=at_ms[0])
    async with app.run_test(size=(100, 30)) as pilot:
        app.clock = lambda: START_NS + round(at_ms[0] * 1e6)
        found = []
        for until_ms in (at_ms[0], later_ms):
            story.write(until_ms)
            at_ms[0] = until_ms
            for _ in range(20):
                app.tick()
            await pilot.pause()
            found.append([note.message for note in app._notifications])
        return found


async def test_what_many_processes_say_is_told_once_with_their_number(tmp_path: Path) -> None:
    story = noting(tmp_path / "session", 12)
    story.write()
    app = app_over(opened(story, 100), at_ms=100)
    async with app.run_test(size=(100, 30)) as pilot:
        for _ in range(20):
            app.tick()
        await pilot.pause()
        assert [note.message for note in app._notifications] == [f"{OFF} (in 12 processes)"]


async def test_what_another_process_says_later_has_been_told(tmp_path: Path) -> None:
    story = noting(tmp_path / "session", 3)
    story.processes[0].note(50, "locks", "switched off: no reason")
    story.write(20.5)
    session = opened(story, 20.5)
    first, then = await messages(session, [20.5], story, 60)
    assert first == [f"p{PID}: {OFF}"]
    assert then == [f"p{PID}: {OFF}", f"p{PID}: locks: switched off: no reason"]
    assert sum(OFF in note for note in session.notes) == 3
