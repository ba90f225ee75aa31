"""The built-in experiments: small real programs, each showing one way of doing the same work."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

_HERE = Path(__file__).resolve().parent


@dataclass(frozen=True, slots=True)
class Experiment:
    """One program of the lab and what a reader should know before watching it."""

    key: str
    """Short name: what ``concviz lab NAME`` takes, and the file's name."""
    title: str
    explanation: str
    """Two sentences: what the program does, and what follows from how it does it."""
    look_for: str
    """What to watch for in the lanes."""
    args: tuple[str, ...] = ()

    @property
    def path(self) -> Path:
        """The program, a file that can be read, copied and run by itself."""
        return _HERE / f"{self.key}.py"


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        key="fetch_sequential",
        title="Forty pages, one after another",
        explanation=(
            "One thread asks a slow server for forty pages and reads each one before it asks for the next. "
            "The processor has almost nothing to do, and still the waits add up to eight seconds."
        ),
        look_for="One lane that waits for I/O nearly all the time: concurrency 1, parallelism close to 0.",
    ),
    Experiment(
        key="fetch_threads",
        title="Forty pages by ten threads",
        explanation=(
            "A pool of ten threads shares the same forty requests, so ten of them are under way at any time. "
            "A thread that waits for the network has let go of the GIL, which is why the waits overlap."
        ),
        look_for=(
            "Ten lanes waiting side by side: concurrency 10, parallelism still near 0. "
            "Each thread takes its next page as soon as it has finished one."
        ),
    ),
    Experiment(
        key="fetch_asyncio",
        title="Forty pages by asyncio",
        explanation=(
            "One thread runs an event loop with a task for each page, and a task that awaits its socket "
            "gives way to the others. All forty waits overlap, and no second thread is needed."
        ),
        look_for=(
            "Forty task lanes in one thread, awaiting together and running in short steps, one at a time: "
            "concurrency 40, parallelism at most 1."
        ),
    ),
)
