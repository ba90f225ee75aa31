"""The models of concurrency that can be compared, and where each of them can be had."""

from __future__ import annotations

from dataclasses import dataclass

from concviz.core.language import N_


@dataclass(frozen=True, slots=True)
class Model:
    """One way to do many things. Its program is ``spread_NAME.py``, for a pipeline ``pipeline_NAME.py``."""

    name: str
    title: str
    explanation: str
    """One sentence: what the workers are and what they share."""
    takes: str = "plain"
    """The kind of function it takes: plain, coroutine, or either."""
    since: tuple[int, int] = (3, 9)
    """The first Python that has it."""


MODELS = (
    Model("sequential", N_("one after another"), N_("One thread does one thing after another."), "either"),
    Model("threading", N_("threads"), N_("Threads of one process share its memory and its GIL.")),
    Model(
        "thread-pool", N_("a thread pool"),
        N_("The same threads, with queue and results kept by the library."),
    ),
    Model("multiprocessing", N_("processes"), N_("Each process has a GIL and a memory of its own.")),
    Model("process-pool", N_("a process pool"), N_("The same processes; each item goes to whoever is free.")),
    Model(
        "asyncio", N_("tasks"), N_("One thread, one event loop: a task runs until it awaits."), "coroutine"
    ),
    Model(
        "asyncio-threads", N_("tasks and threads"),
        N_("Tasks hand blocking calls to threads and await them."),
    ),
    Model(
        "interpreters", N_("interpreters"),
        N_("Several interpreters in one process, each with its own GIL."), since=(3, 14),
    ),
    Model(
        "free-threaded", N_("free threads"),
        N_("Threads on a Python without a GIL compute at the same time."), since=(3, 13),
    ),
)
NO_FREE_THREADED = N_("no free-threaded Python was found (python3.14t, python3.13t)")
TOO_OLD = N_("this Python has no InterpreterPoolExecutor, it came with 3.14")
NAMES = tuple(model.name for model in MODELS)
BY_NAME = {model.name: model for model in MODELS}


def lacks(model: Model, *, plain: bool, coroutine: bool) -> str:
    """What is missing for a model to take this work, in words; '' where nothing is."""
    if model.takes == "plain" and not plain:
        return N_("there is no plain function, which it takes")
    if model.takes == "coroutine" and not coroutine:
        return N_("there is no coroutine function, which it takes")
    return ""


def absent(model: Model, python: tuple[int, ...], free_threaded: str | None) -> str:
    """Why a model cannot be had, in words; '' where it can.

    Args:
        python: the version that is to run it.
        free_threaded: the executable of a Python without a GIL, where one was found.
    """
    if model.name == "free-threaded":
        return "" if free_threaded else NO_FREE_THREADED
    if python[:2] < model.since:
        return TOO_OLD
    return ""
