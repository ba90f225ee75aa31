"""The built-in experiments: small real programs, each showing one way of doing some work, or one bug."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from concviz.core.insight.moment import Kind
from concviz.core.lab import workloads
from concviz.core.language import N_

_HERE = Path(__file__).resolve().parent
_RUN = {"items": ("--size", ""), "latency": ("--latency", ""), "workers": ("--workers", "")}
_FETCH = {"items": ("--requests", "40"), "latency": ("--latency", "0.2")}

WAYS = N_("the same pages, three ways")
WORKS = N_("workloads, by the model you choose")
MISTAKES = N_("mistakes")
BUGS = N_("bugs to step through")
GROUPS = (WAYS, WORKS, MISTAKES, BUGS)


@dataclass(frozen=True, slots=True)
class Experiment:
    """One program of the lab and what a reader should know before watching it. Texts are English here."""

    key: str
    """Short name: what ``concviz lab NAME`` takes; of a program by itself also the file's name."""
    group: str
    title: str
    explanation: str
    """Two sentences: what the program does, and what follows from how it does it."""
    look_for: str
    """What to watch for in the lanes."""
    moments: tuple[Kind, ...] = ()
    """The kinds of moment that matter here, the one it is about first."""
    options: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    """What can be set → the program's option for it, and what it is otherwise."""
    keys: str = ""
    """Of a bug that depends on who goes first: the keys that bring it about. Such a one starts held."""
    workload: str = ""
    """Of a work that can be done by several models: what ``run.py`` calls it."""
    model: str = ""
    """By which model it is done where no other is asked for."""
    models: tuple[str, ...] = ()

    @property
    def held(self) -> bool:
        """Is it to be held before its first step?"""
        return bool(self.keys)

    @property
    def path(self) -> Path:
        """The program, a file that can be read, copied and run."""
        return _HERE / ("run.py" if self.workload else f"{self.key}.py")

    @property
    def sources(self) -> tuple[Path, ...]:
        """The files to read, as it is done by its own model."""
        return self.sources_by(self.model)

    def sources_by(self, model: str) -> tuple[Path, ...]:
        """The files to read: what is done, and how a model spreads it over workers."""
        if not self.workload:
            return (self.path,)
        return (_program(("work", "mistake"), self.workload), _how(self.workload, model))


def _program(kinds: tuple[str, ...], name: str) -> Path:
    paths = [_HERE / f"{kind}_{name}.py".replace("-", "_") for kind in kinds]
    return next((path for path in paths if path.is_file()), paths[-1])


def _how(workload: str, model: str) -> Path:
    """The program of a model, for this workload."""
    name = "threading" if model == "free-threaded" else model
    if model == "sequential" and workload in ("count", "chain", "one-by-one"):
        name = "one-by-one"  # what is to be done are coroutines
    return _program(("pipeline", "spread") if workload == "pipeline" else ("spread",), name)


def _work(name: str, model: str, look_for: str, *moments: Kind) -> Experiment:
    """A workload as an experiment, done by the model that shows most."""
    of = workloads.BY_NAME[name]
    return Experiment(
        key=name, group=MISTAKES if of.mistake else WORKS, title=of.title, explanation=of.explanation,
        look_for=look_for, moments=moments, options=_RUN, workload=name, model=model, models=of.models,
    )


EXPERIMENTS: tuple[Experiment, ...] = (
    Experiment(
        key="fetch_sequential",
        group=WAYS,
        title=N_("Forty pages, one after another"),
        explanation=N_(
            "One thread asks a slow server for forty pages and reads each one before it asks for the next. "
            "The processor has almost nothing to do, and still the waits add up to eight seconds."
        ),
        look_for=N_(
            "One lane that waits for I/O nearly all the time: concurrency 1, parallelism close to 0."
        ),
        moments=(Kind.ONE_WAITS,),
        options=_FETCH,
    ),
    Experiment(
        key="fetch_threads",
        group=WAYS,
        title=N_("Forty pages by ten threads"),
        explanation=N_(
            "A pool of ten threads shares the same forty requests, so ten of them are under way at any time. "
            "A thread that waits for the network has let go of the GIL, which is why the waits overlap."
        ),
        look_for=N_(
            "Ten lanes waiting side by side: concurrency 10, parallelism still near 0. "
            "Each thread takes its next page as soon as it has finished one."
        ),
        moments=(Kind.THREADS_WAIT,),
        options={**_FETCH, "workers": ("--workers", "10")},
    ),
    Experiment(
        key="fetch_asyncio",
        group=WAYS,
        title=N_("Forty pages by asyncio"),
        explanation=N_(
            "One thread runs an event loop with a task for each page, and a task that awaits its socket "
            "gives way to the others. All forty waits overlap, and no second thread is needed."
        ),
        look_for=N_(
            "Forty task lanes in one thread, awaiting together and running in short steps, one at a time: "
            "concurrency 40, parallelism at most 1."
        ),
        moments=(Kind.TASKS_WAIT,),
        options={**_FETCH, "workers": ("--workers", "40")},
    ),
    _work("fetch", "asyncio", N_(
        "Forty tasks that wait together in one thread. By threading it is ten lanes side by side, "
        "by sequential one page after another."
    ), Kind.TASKS_WAIT, Kind.THREADS_WAIT),
    _work("files", "asyncio-threads", N_(
        "How short the waits are, and how much of the time goes into handing each file to a thread and back."
    ), Kind.EXECUTOR_FULL, Kind.GIL_PASSES),
    _work("compute", "process-pool", N_(
        "Processes that run at the same instant, on a core each: parallelism 2. "
        "By threading, threads stand ready and wait for the GIL."
    ), Kind.PARALLEL, Kind.GIL_PASSES),
    _work("mixed", "thread-pool", N_(
        "Threads that wait side by side while one computes, and the stretch in which all want to compute "
        "and wait for the GIL."
    ), Kind.GIL_PASSES, Kind.THREADS_WAIT),
    _work("pipeline", "threading", N_(
        "Producers that wait for room in the queue, or consumers that wait for something to come: "
        "whichever waits is the faster side."
    ), Kind.GIL_PASSES, Kind.THREADS_WAIT),
    _work("count", "asyncio", N_(
        "Three tasks that all wait at the same time, though only one of them ever runs."
    ), Kind.TASKS_WAIT),
    _work("chain", "asyncio", N_(
        "One lane for each chain, not for each coroutine: it waits where the innermost coroutine awaits."
    ), Kind.TASKS_WAIT),
    _work("blocking-call", "asyncio", N_(
        "A task that runs while its thread waits, and all other tasks ready, waiting for the loop."
    ), Kind.HELD_UP),
    _work("one-by-one", "sequential", N_(
        "One task that waits all the time, where there could be twenty: by asyncio there are."
    ), Kind.ONE_WAITS),
    _work("computing-in-a-coroutine", "asyncio", N_(
        "Tasks that are ready from the beginning and run one after another."
    ), Kind.HELD_UP),
    _work("threads-for-arithmetic", "threading", N_(
        "Two threads, of which one runs and the other is ready, changing places every few milliseconds."
    ), Kind.GIL_PASSES),
    _work("tiny-jobs", "process-pool", N_(
        "Processes that wait for their next job nearly all of the time."
    ), Kind.STARVED),
    _work("lock-convoy", "threading", N_(
        "One thread that waits for the network and nine that wait for the lock."
    ), Kind.LOCK_QUEUE),
    _work("unbalanced-pool", "multiprocessing", N_(
        "One process that runs to the end while the other waits for it."
    ), Kind.LEFT_ALONE, Kind.PARALLEL),
    _work("starved-executor", "asyncio-threads", N_(
        "Tasks that await the executor, and a handful of threads that wait for the network."
    ), Kind.EXECUTOR_FULL),
    Experiment(
        key="lost_update_threads",
        group=BUGS,
        title=N_("A lost update, with threads"),
        explanation=N_(
            "Two threads pay 100 into one account; each takes the lock to read the balance, and again to "
            "write the sum. No two of these happen at once, and still a payment is lost when both read "
            "before either writes."
        ),
        look_for=N_(
            "Two payers and one lock that is free whenever they ask for it: no lane ever waits long."
        ),
        options={"workers": ("--threads", "2")},
        keys=N_(
            "n, again and again, until one payer is about to acquire its second lock (line 23): it has "
            "read 0. Then the digit of the other payer until it stands there, too. space: both write 100, "
            "and o shows what is lost."
        ),
    ),
    Experiment(
        key="lost_update_asyncio",
        group=BUGS,
        title=N_("A lost update, without threads"),
        explanation=N_(
            "Two tasks pay 100 into one account: each reads the balance, awaits a journal, and writes the "
            "sum. Across an await anything can happen, and the loop's own order is one that loses a payment."
        ),
        look_for=N_(
            "Two task lanes in one thread that take turns: each runs a step, awaits, and runs one more."
        ),
        options={"workers": ("--tasks", "2")},
        keys=N_(
            "n until both payers are in the list; n n: both have read 0; space: both write 100, and o shows "
            "what is lost. Or, instead of space, u u and then twice the digit of one payer: it is through "
            "before the other reads, and nothing is lost."
        ),
    ),
    Experiment(
        key="lock_order",
        group=BUGS,
        title=N_("A deadlock by lock order"),
        explanation=N_(
            "Two threads move money between two accounts and lock both, each in its own order. "
            "It nearly always goes well, and stops for ever once each has taken its first lock."
        ),
        look_for=N_(
            "Two threads that each hold what the other waits for: a circle, with both lines of both."
        ),
        keys=N_(
            "n until one thread is about to acquire its second lock (line 23). Then the digit of the other "
            "one until it stands there, too, and n until nobody can go on. u leads out again."
        ),
    ),
)
BY_KEY = {experiment.key: experiment for experiment in EXPERIMENTS}
