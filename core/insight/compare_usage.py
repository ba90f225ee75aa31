"""What a run's processes used of the machine, from the samples taken outside of them."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy.typing as npt

from concviz.core.system.layout import Record


class Usage(NamedTuple):
    """CPU time and memory of a run's processes."""

    children_cpu_s: float
    """Of all but the program's first process."""
    peak_rss_bytes: int | None
    """Of all processes at once; None where nothing was sampled."""


def used(samples: npt.NDArray[Any], t0_ns: int, t1_ns: int, root_pid: int) -> Usage:
    """What was used between two instants.

    Args:
        samples: records of ``system.log``, in its order.
        root_pid: the program's first process.
    """
    resident: dict[int, int] = {}
    cpu_ns: dict[int, int] = {}
    before_ns: dict[int, int] = {}
    peak: int | None = None
    for record in samples[samples["t"] <= t1_ns]:
        pid, kind = int(record["pid"]), record["kind"]
        if kind == Record.GONE:
            resident.pop(pid, None)
        if kind != Record.PROCESS:
            continue
        resident[pid], cpu_ns[pid] = int(record["b"]), int(record["a"])
        if record["t"] <= t0_ns:
            before_ns[pid] = cpu_ns[pid]
        peak = sum(resident.values()) if record["t"] <= t0_ns else max(peak or 0, sum(resident.values()))
    children = sum(ns - before_ns.get(pid, 0) for pid, ns in cpu_ns.items() if pid != root_pid)
    return Usage(children / 1e9, peak)
