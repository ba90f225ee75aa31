"""What pictures and pages cost as a session grows: 100 lanes over 10 k, 100 k and 1 M steps.

Run it: ``python -m tests.benchmarks pictures``. It prints CPU seconds and sizes, and what a frame of the page
takes in a real Chromium, where there is one.
"""

from __future__ import annotations

import asyncio
import io
import tempfile
import time
from pathlib import Path

import pytest

from concviz.core.export.formats import format_of
from concviz.core.export.request import request_of
from concviz.core.session.session import Session
from tests.benchmarks.bench_timeline import write
from tests.core.timeline.stories import read

_FRAME = """() => {
    const { view } = concviz, took = [];
    for (const share of [1, 0.1, 0.001]) {
        const length = (view.session.to_ns - view.session.from_ns) * share;
        view.show(view.session.to_ns / 2 - length / 2, view.session.to_ns / 2 + length / 2);
        view.draw();
        const began = performance.now();
        for (let i = 0; i < 20; i++) view.draw();
        document.getElementById("plot").getContext("2d").getImageData(0, 0, 1, 1);
        took.push((performance.now() - began) / 20);
    }
    return took;
}"""


def exported(session: Session, form: str, *, animate: bool = False) -> tuple[bytes, float]:
    """The bytes, and the CPU seconds they took."""
    out, began = io.BytesIO(), time.process_time()
    format_of(form).writer()(request_of(session, animate=animate), out, lambda share: None)
    return out.getvalue(), time.process_time() - began


async def frames(page: Path) -> list[float]:
    """Milliseconds of a frame of the page: of all, of a tenth, of a thousandth of the session."""
    from tests.browser import chromium

    async with chromium() as browser:
        shown = await browser.new_page(viewport={"width": 1600, "height": 900})
        await shown.goto(page.as_uri())
        await shown.wait_for_selector("body[data-ready]")
        return list(await shown.evaluate(_FRAME))


def measure(steps: int) -> None:
    """Print one row."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "session"
        write(path, steps)
        session = read(path)
        row = [f"{steps:>9,}"]
        for form, animate in (("svg", False), ("svg", True), ("html", False)):
            data, took = exported(session, form, animate=animate)
            row.append(f"{took:>7.2f} s {len(data) / 1000:>7,.0f} kB")
        page = Path(folder) / "page.html"
        page.write_bytes(data)
        try:
            row.append("  ".join(f"{ms:.1f} ms" for ms in asyncio.run(frames(page))))
        except pytest.skip.Exception as reason:
            row.append(str(reason))
        print("  ".join(row))


def main() -> None:
    """Print the table."""
    print("    steps  svg                   animated              html                  a frame of the page")
    for steps in (10_000, 100_000, 1_000_000):
        measure(steps)


if __name__ == "__main__":
    main()
