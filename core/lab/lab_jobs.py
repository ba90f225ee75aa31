"""What there is to do, with the scenery it needs, and which program does it."""

from __future__ import annotations

import argparse
import contextlib
import importlib
import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any

import lab_call
from lab_setting import Job, Setting, Stages

_MOST_TASKS = 500  # at once: each has a socket, and a process may open about a thousand


@contextlib.contextmanager
def job(options: argparse.Namespace) -> Iterator[Job]:
    """Get everything ready; it is tidied away when the block is left."""
    if options.call:
        yield lab_call.job(options.call, options.items)
        return
    module, latency_s = workload(options)
    setting = Setting(options.size or module.SIZE, latency_s, options.port or 0, options.folder or "")
    with contextlib.ExitStack() as scenery:
        if hasattr(module, "USES_SERVER") and not options.port:
            from server import slow_server

            setting = setting._replace(port=scenery.enter_context(slow_server(latency_s)))
        if hasattr(module, "USES_FOLDER") and not options.folder:
            setting = setting._replace(folder=scenery.enter_context(tempfile.TemporaryDirectory()))
        yield Job(
            module.items(setting), getattr(module, "work", None), getattr(module, "work_async", None),
            getattr(module, "THREADS", 0), getattr(module, "TASKS", 0),
        )


def workload(options: argparse.Namespace) -> tuple[ModuleType, float]:
    """The program of the workload, and how long a wait takes in it, in seconds."""
    name = module_of("work", options.workload) or module_of("mistake", options.workload)
    if not name:
        raise lab_call.Refused(f"there is no workload '{options.workload}'")
    module = importlib.import_module(name)
    return module, getattr(module, "LATENCY", 0.0) if options.latency is None else options.latency


def describe(options: argparse.Namespace) -> dict[str, Any]:
    """What a job is like, without doing anything of it."""
    if options.call:
        job = lab_call.job(options.call, options.items)
        plain, coroutine, size, server = job.work, job.work_async, len(job.items), None
    else:
        module, latency_s = workload(options)
        plain, coroutine = getattr(module, "work", None), getattr(module, "work_async", None)
        size = options.size or module.SIZE
        server = latency_s if hasattr(module, "USES_SERVER") else None
    return {
        "size": size, "plain": plain is not None, "coroutine": coroutine is not None,
        "server_latency_s": server, "python": list(sys.version_info[:3]),
    }


def how(model: str, job: Job) -> tuple[Callable[..., Any], Any]:
    """The function that spreads the work under a model, and the kind of work that it takes.

    Raises:
        Refused: the model does not fit.
    """
    takes_coroutines = model == "asyncio" or (model == "sequential" and job.work is None)
    work = job.work_async if takes_coroutines else job.work
    if work is None:
        kind = "coroutine" if takes_coroutines else "plain"
        raise lab_call.Refused(f"there is no {kind} function, which is what {model} takes")
    program = "threading" if model == "free-threaded" else model
    if model == "sequential" and takes_coroutines:
        program = "one-by-one"
    name = module_of("pipeline", program) if isinstance(work, Stages) else ""
    name = name or module_of("spread", program)
    if not name:
        raise lab_call.Refused(f"there is no model '{model}'")
    return importlib.import_module(name).spread, work


def module_of(first: str, second: str) -> str:
    """The program of that name in this folder: ("spread", "thread-pool") → "spread_thread_pool"; or ''."""
    name = f"{first}_{second}".replace("-", "_")
    return name if name.isidentifier() and importlib.util.find_spec(name) else ""


def workers_for(model: str, job: Job, asked: int | None) -> int:
    """As many as were asked for or make sense, and no more than there are items.

    For threads and tasks the workload says what makes sense; what has a GIL of its own gets the cores.
    """
    if model == "sequential":
        return 1
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    sensible = {
        "asyncio": job.tasks or _MOST_TASKS,
        "asyncio-threads": cores + 4,  # as many as the loop's own executor has
        "multiprocessing": cores, "process-pool": cores, "interpreters": cores,
    }.get(model, job.threads or cores)
    return min(asked or sensible, len(job.items))
