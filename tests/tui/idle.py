"""Waiting until an application has nothing more to do, for pilots: known, not guessed.

Textual's own ``wait_for_idle`` sleeps 20 ms at a time and takes a process that used little of the processor
meanwhile for an idle one. On a busy machine that is one that was not let run, and what a key was to do is not
done yet. Here the event loop itself says when nobody in it is ready to run.
"""

from __future__ import annotations

import asyncio
from asyncio.base_events import BaseEventLoop
from typing import Any

import pytest
import textual.app
import textual.pilot
from textual._context import active_app
from textual.screen import Screen

SOON_S = 0.02
"""What comes due within so long is waited for, too: a new size is told 8 ms after the last one came."""
PATIENCE_S = 60.0


def use(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every pilot wait so."""
    for module in (textual.app, textual.pilot):
        monkeypatch.setattr(module, "wait_for_idle", wait_for_idle)


async def wait_for_idle(*_: float) -> None:
    """Wait until every message is handled, everything is drawn, and no timer comes due soon."""
    loop: Any = asyncio.get_running_loop()
    assert isinstance(loop, BaseEventLoop)
    begun_s = loop.time()
    while True:
        await _nobody_ready(loop)
        if _draw():
            continue
        timer_s = _next_timer_s(loop)
        if timer_s is None or timer_s > begun_s + SOON_S:
            return
        assert loop.time() < begun_s + PATIENCE_S, "it never rests"
        await asyncio.sleep(max(0.0, timer_s - loop.time()))


async def _nobody_ready(loop: Any) -> None:
    """Let the others run until none of them can."""
    turns = 0
    while turns < 2:
        await asyncio.sleep(0)
        turns = 0 if loop._ready else turns + 1


def _draw() -> bool:
    """What the screen's timer is to draw with the next frame is drawn now; was there anything?"""
    app = active_app.get(None)
    if app is None or app._exit or not app.screen_stack:
        return False
    screen: Screen[Any] = app.screen
    if not screen.is_running or not screen._update_timer._active.is_set():
        return False
    screen._on_timer_update()
    return True


def _next_timer_s(loop: Any) -> float | None:
    """When the next timer comes due, by the loop's clock."""
    return min((handle.when() for handle in loop._scheduled if not handle.cancelled()), default=None)
