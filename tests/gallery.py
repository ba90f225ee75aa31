"""Draws the gallery, ``screenshots/*.svg``: real runs, recorded, shown by the real application or exported.

    python -m tests.gallery [NAME…]      (make screenshots)
"""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from textual.pilot import Pilot

from concviz.core.export.formats import format_of
from concviz.core.export.request import request_of
from concviz.core.session.session import Session
from concviz.tui.app import ConcvizApp
from concviz.tui.drawing import svg
from concviz.tui.palettes import DARK

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "screenshots"
LAB = ROOT / "core" / "lab"
PROGRAMS = ROOT / "tests" / "programs"


NEXT_MOMENT = "right_curly_bracket"
_MOMENTS = 40
"""More are not looked through for the one that is wanted."""


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: what runs, how large the terminal is, what is done before it is taken."""

    name: str
    target: tuple[str, ...] = ()
    """A program beside the experiments or in ``tests/programs``, and its arguments; none: the home screen."""
    keys: tuple[str, ...] = ()
    moment: str = ""
    """Words of the moment that it shows: the cursor is there, its worker is selected."""
    then: tuple[str, ...] = ("f", "f")
    """Keys that are pressed there."""
    size: tuple[int, int] = (112, 24)


FOLD_SERVER = ("0", "slash", *"server", "enter", "escape", "enter")

PICTURES = (
    Picture("home", then=(), size=(120, 36)),
    Picture("fetch_sequential", ("fetch_sequential.py",), FOLD_SERVER, "one after another", size=(112, 18)),
    Picture(
        "fetch_threads", ("fetch_threads.py",), FOLD_SERVER, "10 threads wait at once",
        ("f", "f", *["full_stop"] * 12), (112, 26),
    ),
    Picture(
        "fetch_asyncio", ("fetch_asyncio.py",), FOLD_SERVER, "40 tasks wait at once", ("j", "f", "f"),
        (132, 54),
    ),
    Picture("blocked_loop", ("blocked_loop.py",), (), "blocks the loop for", size=(112, 20)),
    Picture("gil", ("gil_threads.py", "1.0"), (), "the GIL passes from", size=(112, 18)),
)


@dataclass(frozen=True, slots=True)
class Export:
    """One session drawn by an exporter."""

    name: str
    target: tuple[str, ...]
    since: str
    """The worker with whose birth it begins: how Python starts is left out."""
    animate: bool = False
    width: int = 1100


EXPORTS = (
    Export("drawn_asyncio", ("fetch_asyncio.py",), "Task-1"),
    Export("playing_threads", ("fetch_threads.py",), "fetcher_0", animate=True),
)


def record(name: str, target: tuple[str, ...], folder: Path) -> Session:
    """Record a program into ``folder``."""
    command = [sys.executable, "-m", "concviz", "record", "-o", name, "--", "python", *target]
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    env = {**os.environ, "PATH": path}
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder, env=env)
    return Session.open(folder / name)


def export(wanted: Export, folder: Path) -> Path:
    """Record the program and write its session as a picture."""
    session = record(wanted.name, wanted.target, folder)
    while session.advance(time.perf_counter_ns()):
        pass
    path = FOLDER / f"{wanted.name}.svg"
    timeline = session.timeline
    born_ns = next(worker.start_ns for worker in timeline.workers if worker.name == wanted.since)
    since_ns = max(0, born_ns - timeline.start_ns - (timeline.end_ns - born_ns) // 20)
    request = request_of(session, from_ns=since_ns, width=wanted.width, animate=wanted.animate)
    with open(path, "wb") as file:
        format_of("svg").writer()(request, file, lambda share: None)
    return path


async def draw(picture: Picture, folder: Path) -> Path:
    """Record the picture's program into ``folder``, show it, press the keys, save the screen."""
    session = record(picture.name, picture.target, folder) if picture.target else None
    app = ConcvizApp(session, frames_per_s=0)
    app.theme = DARK.name
    async with app.run_test(size=picture.size) as pilot:
        await press(pilot, *picture.keys)
        if picture.moment:
            await go_to(pilot, picture)
        await press(pilot, *picture.then)
        if app.watching is not None:
            app.watching.redraw()
            await pilot.pause()
        path = FOLDER / f"{picture.name}.svg"
        path.write_text(svg(app.cells(), "concviz"), encoding="utf-8")
    return path


async def press(pilot: Pilot[int], *keys: str) -> None:
    """Press keys; the application ticks after each, and once without any."""
    app = pilot.app
    assert isinstance(app, ConcvizApp)
    app.tick()
    for key in keys:
        await pilot.press(key)
        app.tick()
        await pilot.pause()


async def go_to(pilot: Pilot[int], picture: Picture) -> None:
    """Put the cursor where the picture's moment is."""
    app = pilot.app
    assert isinstance(app, ConcvizApp)
    assert app.watching is not None
    while app.watching.moments.advance():
        pass
    await press(pilot, "home")
    for _ in range(_MOMENTS):
        await press(pilot, NEXT_MOMENT)
        told = app.watching.moments.line
        if told is not None and picture.moment in told[1]:
            return
    raise SystemExit(
        f"{picture.name}: nothing in this run is told as '{picture.moment}': draw it while less runs here"
    )


def main(names: list[str]) -> None:
    """Draw the pictures named, or all."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="concviz-gallery-") as folder:
        for source in (LAB, PROGRAMS):  # copied, so that no picture shows where its maker keeps things
            shutil.copytree(source, folder, dirs_exist_ok=True)
        for picture in PICTURES:
            if not names or picture.name in names:
                print(asyncio.run(draw(picture, Path(folder))).relative_to(ROOT), flush=True)
        for wanted in EXPORTS:
            if not names or wanted.name in names:
                print(export(wanted, Path(folder)).relative_to(ROOT), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
