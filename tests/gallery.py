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


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: what runs, how large the terminal is, which keys are pressed before it is taken."""

    name: str
    target: tuple[str, ...] = ()
    """A program beside the experiments or in ``tests/programs``, and its arguments; none: the home screen."""
    keys: tuple[str, ...] = ("0",)
    size: tuple[int, int] = (132, 30)


FOLD_SERVER = ("j", "enter")

PICTURES = (
    Picture("home", keys=(), size=(120, 36)),
    Picture("fetch_sequential", ("fetch_sequential.py",), ("0", *FOLD_SERVER, "j", "f", "f")),
    Picture("fetch_threads", ("fetch_threads.py",), ("0", *FOLD_SERVER, "j", "j", "f", "f")),
    Picture("fetch_asyncio", ("fetch_asyncio.py",), ("0", *FOLD_SERVER, "j", "j", "f", "f"), (132, 54)),
    Picture("blocked_loop", ("blocked_loop.py",), ("0", "j", "j", "j", "j", "f", "f", ",", ",")),
    Picture("gil", ("gil_threads.py", "1.0"), ("0", "j", "j", "f", "f")),
)


@dataclass(frozen=True, slots=True)
class Export:
    """One session drawn by an exporter."""

    name: str
    target: tuple[str, ...]
    animate: bool = False
    width: int = 1100


EXPORTS = (
    Export("drawn_asyncio", ("fetch_asyncio.py",)),
    Export("playing_threads", ("fetch_threads.py",), animate=True),
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
    request = request_of(session, width=wanted.width, animate=wanted.animate)
    with open(path, "wb") as file:
        format_of("svg").writer()(request, file, lambda share: None)
    return path


async def draw(picture: Picture, folder: Path) -> Path:
    """Record the picture's program into ``folder``, show it, press the keys, save the screen."""
    session = record(picture.name, picture.target, folder) if picture.target else None
    app = ConcvizApp(session, frames_per_s=0)
    app.theme = DARK.name
    async with app.run_test(size=picture.size) as pilot:
        for key in (*picture.keys, ""):
            if key:
                await pilot.press(key)
            app.tick()
            await pilot.pause()
        if app.watching is not None:
            app.watching.redraw()
            await pilot.pause()
        path = FOLDER / f"{picture.name}.svg"
        path.write_text(svg(app.cells(), "concviz"), encoding="utf-8")
    return path


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
