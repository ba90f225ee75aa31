"""Draws the gallery, ``screenshots/*.svg``: real runs, recorded and shown by the real application.

    python -m tests.gallery [NAME…]      (make screenshots)
"""

from __future__ import annotations

import asyncio
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from concviz.core.lab.catalog import EXPERIMENTS
from concviz.core.session.session import Session
from concviz.tui.app import ConcvizApp
from concviz.tui.shots import plain_fonts

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "screenshots"
PROGRAMS = ROOT / "tests" / "programs"


@dataclass(frozen=True, slots=True)
class Picture:
    """One picture: what runs, how large the terminal is, which keys are pressed before it is taken."""

    name: str
    target: tuple[str, ...] = ()
    """Arguments of ``concviz record``; none: the home screen."""
    keys: tuple[str, ...] = ("0",)
    size: tuple[int, int] = (150, 42)


def _experiment(key: str) -> tuple[str, ...]:
    (found,) = [experiment for experiment in EXPERIMENTS if experiment.key == key]
    return (str(found.path), *found.args)


PICTURES = (
    Picture("home", keys=(), size=(120, 36)),
    Picture("fetch_sequential", _experiment("fetch_sequential"), ("0", "j", "j")),
    Picture("fetch_threads", _experiment("fetch_threads"), ("0", "j", "j", "j", "j")),
    Picture("fetch_asyncio", _experiment("fetch_asyncio"), ("0", "j", "j", "j", "j")),
    Picture("blocked_loop", (str(PROGRAMS / "blocked_loop.py"),), ("0", "j", "j", "j", "j")),
    Picture("gil", (str(PROGRAMS / "gil_threads.py"), "1.0"), ("0", "j", "j")),
)


async def draw(picture: Picture, folder: Path) -> Path:
    """Record the picture's program into ``folder``, show it, press the keys, save the screen."""
    session = None
    if picture.target:
        recorded = folder / picture.name
        command = [sys.executable, "-m", "concviz", "record", "-o", str(recorded), *picture.target]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        session = Session.open(recorded)
    app = ConcvizApp(session, frames_per_s=0)
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
        path.write_text(plain_fonts(app.export_screenshot(title="concviz")), encoding="utf-8")
    return path


def main(names: list[str]) -> None:
    """Draw the pictures named, or all."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="concviz-gallery-") as folder:
        for picture in PICTURES:
            if not names or picture.name in names:
                print(asyncio.run(draw(picture, Path(folder))).relative_to(ROOT), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
