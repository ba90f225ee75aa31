"""What every export of a session of 100 k spans costs, and how large it is.

Run it: ``python -m tests.benchmarks exports``. It prints CPU seconds, without those that reading the session
takes. The animated picture is a row of its own.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

from concviz.core.export.formats import FORMATS
from concviz.core.timeline.timeline import Timeline
from tests.benchmarks.bench_pictures import exported
from tests.benchmarks.bench_timeline import write
from tests.core.timeline.stories import read

STEPS = 34_000
"""A step is three spans: ready, running, waiting."""


def spans(timeline: Timeline) -> int:
    """How many there are."""
    return sum(lane.spans.total for lane in timeline.lanes)


def rows() -> Iterator[tuple[str, str, bool]]:
    """Names to print, formats, whether they play."""
    for form in FORMATS.values():
        yield form.name, form.name, False
        if form.animates:
            yield f"{form.name} --animate", form.name, True


def main() -> None:
    """Print the table."""
    with tempfile.TemporaryDirectory() as folder:
        write(Path(folder) / "session", STEPS)
        session = read(Path(folder) / "session")
        there = spans(session.timeline)
        print(f"{there:,} spans     CPU time       size  a span")
        for name, form, animate in rows():
            data, took_s = exported(session, form, animate=animate)
            print(f"{name:15} {took_s:>8.2f} s {len(data) / 1000:>7,.0f} kB {len(data) / there:>5.1f} B")


if __name__ == "__main__":
    main()
