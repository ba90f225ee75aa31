"""What watching from outside costs: CPU time of the sampler's thread, as a share of one core.

``python -m tests.benchmarks sampler``. Each round samples the same programs for a second or two; the median
of the rounds and the range are printed. Nothing of this runs in the observed program.
"""

from __future__ import annotations

import contextlib
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from rich.console import Console
from rich.table import Table

from concviz.core.system import layout as L
from concviz.core.system.portable import PortableSource
from concviz.core.system.sampler import Sampler
from concviz.core.system.writer import Writer

ROUNDS = 3
_SECONDS = 2.0
_THREADS = """
import sys, threading, time
def work(busy):
    x = 0
    while busy:
        x += 1
    time.sleep(3600)
for i in range(int(sys.argv[1])):
    threading.Thread(target=work, args=(i < int(sys.argv[2]),), daemon=True).start()
print("ready", flush=True)
sys.stdin.read()
"""
_PROCESSES = """
import subprocess, sys
child = "import sys; print(flush=True); sys.stdin.read()"
command = [sys.executable, "-S", "-c", child]
children = [subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) for _ in range(15)]
for child in children:
    child.stdout.readline()
print("ready", flush=True)
sys.stdin.read()
"""


@contextlib.contextmanager
def running(source: str, *args: str) -> Iterator[int]:
    """A program, until the block ends; yields its pid once it is ready."""
    command = [sys.executable, "-c", source, *args]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        try:
            yield process.pid
        finally:
            process.kill()


def cost(hz: int) -> Callable[[int], tuple[float, str]]:
    """Share of a core the whole sampler takes at ``hz``, and how often it came to look."""

    def measure(pid: int) -> tuple[float, str]:
        with tempfile.TemporaryDirectory() as folder:
            sampler = Sampler(Path(folder), pid, hz)
            stop = threading.Event()
            used_ns = [0]

            def run() -> None:
                before_ns = time.thread_time_ns()
                sampler.run(stop)
                used_ns[0] = time.thread_time_ns() - before_ns

            thread = threading.Thread(target=run)
            began_ns = time.perf_counter_ns()
            thread.start()
            stop.wait(_SECONDS)
            stop.set()
            thread.join()
            wall_ns = time.perf_counter_ns() - began_ns
            sweeps = L.RECORD.iter_unpack((Path(folder) / L.LOG_NAME).read_bytes())
            looks = sum(record[4] for record in sweeps if record[1] == L.Record.SWEEP and record[2] == pid)
            return used_ns[0] / wall_ns, f"{looks * 1e9 / wall_ns:.0f} Hz"

    return measure


def portable_cost(pid: int) -> tuple[float, str]:
    """Share of a core psutil alone takes at 10 Hz (where there is no /proc)."""
    with tempfile.TemporaryDirectory() as folder:
        writer = Writer(Path(folder))
        source = PortableSource(pid, writer)
        before_ns = time.thread_time_ns()
        for step in range(20):
            source.step(step * 100_000_000)
        used_ns = time.thread_time_ns() - before_ns
        writer.close()
        return used_ns / 2e9, "10 Hz"


def main() -> None:
    """Measure and print the table."""
    rows: list[tuple[str, str, tuple[str, ...], Callable[[int], tuple[float, str]], float]] = [
        ("10 Hz, 16 processes", _PROCESSES, (), cost(10), 0.02),
        ("10 Hz, 16 processes, psutil alone", _PROCESSES, (), portable_cost, 0.02),
        ("250 Hz, 5 threads, 2 computing", _THREADS, ("4", "2"), cost(250), 0.03),
        ("250 Hz, 100 threads, 2 computing", _THREADS, ("99", "2"), cost(250), 0.05),
        ("250 Hz, 100 threads, all asleep", _THREADS, ("99", "0"), cost(250), 0.05),
        ("250 Hz, 16 processes", _PROCESSES, (), cost(250), 0.05),
    ]
    table = Table("sampling from outside", "reached", "of one core", "range", "goal")
    for title, source, args, measure, goal in rows:
        with running(source, *args) as pid:
            measure(pid)
            answers = [measure(pid) for _ in range(ROUNDS)]
        taken = sorted(share for share, _ in answers)
        table.add_row(
            title, answers[-1][1], f"{statistics.median(taken):.1%}",
            f"{taken[0]:.1%} – {taken[-1]:.1%}", f"≤ {goal:.0%}",
        )
    Console(width=200, highlight=False).print(table)


if __name__ == "__main__":
    main()
