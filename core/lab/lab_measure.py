"""Doing the work once, and what it took: the program's own clock, the kernel's count of CPU time."""

from __future__ import annotations

import json
import os
import sys
import time
import zlib
from collections.abc import Callable, Sequence
from typing import Any

try:
    import resource
except ImportError:  # no Unix
    resource = None  # type: ignore[assignment]


def run(
    spread: Callable[..., list[Any]], work: Any, items: Sequence[Any], workers: int, check: bool,
) -> dict[str, Any]:
    """Do the work and return its figures, with a checksum of the results if ``check``.

    Starting the workers and ending them belongs to it: that is a part of what a model costs. The CPU time and
    the switches are those of this process and of its children that have ended.
    """
    before = used()
    began_ns = time.perf_counter_ns()
    results = spread(work, items, workers)
    ended_ns = time.perf_counter_ns()
    own_s, children_s, switches = (now - then for now, then in zip(used(), before))
    return {
        "began_ns": began_ns, "ended_ns": ended_ns, "items": len(items), "workers": workers,
        "own_cpu_s": own_s, "children_cpu_s": children_s, "context_switches": round(switches),
        "checksum": zlib.crc32(repr(results).encode()) if check else None,
    }


def used() -> tuple[float, float, float]:
    """CPU seconds of our own and of children that have ended, context switches of all: getrusage(2)."""
    if resource is None:
        return time.process_time(), 0.0, 0.0
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    own_s, children_s = (usage.ru_utime + usage.ru_stime for usage in both)
    return own_s, children_s, sum(usage.ru_nvcsw + usage.ru_nivcsw for usage in both)


def report(figures: dict[str, Any], path: str) -> int:
    """Write the figures for whoever started us, whole or not at all; return the exit code."""
    with open(path + ".new", "w", encoding="utf-8") as file:
        json.dump(figures, file)
    os.replace(path + ".new", path)
    return 1 if "error" in figures else 0


def say(figures: dict[str, Any], what: str) -> int:
    """Tell a person what it took; return the exit code."""
    if "error" in figures:
        print(f"{what}: {figures['error']}", file=sys.stderr)
        return 1
    seconds = (figures["ended_ns"] - figures["began_ns"]) / 1e9
    checksum = "" if figures["checksum"] is None else f", checksum {figures['checksum']:08x}"
    print(f"{what}: {figures['items']} items, {figures['workers']} at once, {seconds:.2f} s{checksum}")
    return 0
