"""A comparison that is made in a thread of its own, and what a screen sees of it: one frozen snapshot."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum
from pathlib import Path

from concviz.core.insight.compare import Figures
from concviz.core.insight.verdict import Verdict
from concviz.core.lab import compare_run
from concviz.core.lab.asked import Asked
from concviz.core.lab.compare_run import Stage
from concviz.core.lab.comparing import Stopped, read_session
from concviz.core.lab.comparison import Comparison
from concviz.core.launch.errors import LaunchError
from concviz.core.text import clean
from concviz.core.timeline.timeline import Timeline


class State(Enum):
    """How a comparison stands."""

    RUNNING = "running"
    DONE = "done"
    STOPPED = "stopped"
    """Its reader did not want to wait for the rest."""
    FAILED = "failed"
    """It could not be done; ``Snapshot.trouble`` says why."""


@dataclass(frozen=True, slots=True)
class Measured:
    """One model, done: medians of its runs, and the run in the middle."""

    model: str
    figures: Figures
    spread_s: tuple[float, float]
    """The shortest and the longest wall time."""
    runs: int
    session: Path
    window_ns: tuple[int, int]
    """When the work of that run began and ended."""
    timeline: Timeline = field(repr=False)
    """Of that run, read to its end: nobody writes into it any more."""


@dataclass(frozen=True, slots=True)
class Progress:
    """The run that is going on."""

    model: str
    number: int
    session: Path | None
    since_ns: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that is known of a comparison at one instant."""

    name: str
    models: tuple[str, ...]
    repeat: int
    cores: int = 0
    """How many the runs may use; 0: not known yet."""
    measured: tuple[Measured, ...] = ()
    absent: tuple[tuple[str, str], ...] = ()
    """Models that cannot be had, and why."""
    progress: Progress | None = None
    verdict: Verdict | None = None
    """Once every model is through."""
    state: State = State.RUNNING
    trouble: str = ""


class ComparisonThread:
    """Makes a comparison; everything here but its thread's own work returns at once."""

    def __init__(
        self, asked: Asked, *, clock: Callable[[], int] = time.perf_counter_ns,
        compare: Callable[..., Comparison] = compare_run.compare,
    ) -> None:
        """Be ready; ``start`` begins.

        Args:
            asked: what to compare. clock: monotonic nanoseconds.
            compare: what does it, ``compare_run.compare``.
        """
        self.asked = asked
        self.snapshot = Snapshot(asked.name, asked.models, asked.repeat)
        """The latest; replaced as a whole, never changed."""
        self._clock, self._compare = clock, compare
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="comparison")

    def start(self) -> None:
        """Begin."""
        self._thread.start()

    def stop(self) -> None:
        """End what runs; ``snapshot`` says when that is done."""
        self._stop.set()

    def join(self) -> None:
        """Wait until the thread has tidied up; at once where it never began."""
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        state, trouble = State.DONE, ""
        try:
            found = self._compare(self.asked, self._tell, self._stop)
            self.snapshot = replace(self.snapshot, verdict=found.verdict())
        except Stopped:
            state = State.STOPPED
        except LaunchError as error:
            state, trouble = State.FAILED, clean(str(error), 500)
        except Exception as error:  # the screen must not wait for ever
            state, trouble = State.FAILED, clean(f"{type(error).__name__}: {error}", 500)
        self.snapshot = replace(self.snapshot, progress=None, state=state, trouble=trouble)

    def _tell(self, stage: Stage) -> None:
        """Renew the snapshot; a model counts as measured after its last run."""
        found, before = stage.found, self.snapshot
        kept = {of.model: of for of in before.measured}
        through = [name for name in found.models if name in found.runs and name != stage.model]
        progress = None
        if stage.model:
            same = before.progress and (before.progress.model, before.progress.number)
            began = before.progress.since_ns if before.progress and same == stage[1:3] else self._clock()
            progress = Progress(stage.model, stage.number, stage.session, began)
        absent = [name for name in found.models if name in found.absent]
        self.snapshot = replace(
            before, cores=found.cores, progress=progress,
            measured=tuple(kept.get(name) or _measured(found, name) for name in through),
            absent=tuple((name, clean(found.absent[name], 500)) for name in absent),
        )


def _measured(found: Comparison, model: str) -> Measured:
    typical = found.typical(model)
    return Measured(
        model, found.figures()[model], found.spread_s(model), len(found.runs[model]), typical.session,
        typical.window_ns, read_session(typical.session).timeline,
    )
