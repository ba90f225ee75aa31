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
    cpu_s, switches = used()
    began_ns = time.perf_counter_ns()
    results = spread(work, items, workers)
    ended_ns = time.perf_counter_ns()
    cpu_after_s, switches_after = used()
    return {
        "began_ns": began_ns, "ended_ns": ended_ns, "items": len(items), "workers": workers,
        "cpu_s": cpu_after_s - cpu_s, "context_switches": switches_after - switches,
        "checksum": zlib.crc32(repr(results).encode()) if check else None,
    }


def used() -> tuple[float, int]:
    """CPU seconds and context switches so far, getrusage(2)."""
    if resource is None:
        return time.process_time(), 0
    both = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(u.ru_utime + u.ru_stime for u in both), sum(u.ru_nvcsw + u.ru_nivcsw for u in both)


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
