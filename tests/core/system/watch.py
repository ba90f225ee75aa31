"""Shared words of these tests: programs whose threads are in known states, and a sampler stepped by hand."""

from __future__ import annotations

import contextlib
import itertools
import json
import subprocess
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

from concviz.core.system import layout as L
from concviz.core.system.sampler import Sampler

STEPS = 4000  # more than enough on a machine that is busy with other things

PROLOGUE = """
import json, os, select, socket, subprocess, sys, threading, time
import hashlib
tids, running = {}, True
def begin(name, work, *args):
    began = threading.Event()
    def body():
        tids[name] = threading.get_native_id()
        began.set()
        work(*args)
    threading.Thread(target=body, daemon=True).start()
    began.wait()
def ready(**more):
    print(json.dumps(dict(tids, main=os.getpid(), **more)), flush=True)
    sys.stdin.read()
    os._exit(0)
def hog():
    x = 0
    while True:
        x += 1
"""


class Seen(NamedTuple):
    """One record."""

    t_ns: int
    kind: int
    pid: int
    tid: int
    value: int
    a: int
    b: int


def records(session: Path, *, growing: bool = False) -> list[Seen]:
    """Everything in the session's system.log so far; while it grows the last record may be there in part."""
    data = (session / L.LOG_NAME).read_bytes()
    if growing:
        data = data[: len(data) // L.RECORD_SIZE * L.RECORD_SIZE]
    assert len(data) % L.RECORD_SIZE == 0
    return [Seen(*fields) for fields in L.RECORD.iter_unpack(data)]


def texts(session: Path) -> dict[int, str]:
    """The texts in system.names, by number; 0 is the empty one."""
    lines = (session / L.NAMES_NAME).read_text(encoding="utf-8").splitlines()
    said = [line.split("\t") for line in lines]
    return {0: ""} | {int(fields[1]): fields[2] for fields in said if fields[0] == "T"}


@contextlib.contextmanager
def program(python: str, source: str) -> Iterator[dict[str, int]]:
    """Run ``PROLOGUE + source`` until the block ends; yields what it printed when it was ready."""
    command = [python, "-I", "-c", PROLOGUE + source]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        try:
            yield json.loads(process.stdout.readline())
        finally:
            process.kill()


class Watch:
    """A sampler over one program, stepped by hand."""

    def __init__(self, session: Path, pid: int) -> None:
        self.session = session
        self.sampler = Sampler(session, pid)

    def step(self) -> None:
        self.sampler.step(time.perf_counter_ns())
        time.sleep(0.002)

    def until(self, condition: Callable[[list[Seen]], bool]) -> list[Seen]:
        """Step until the records fulfil ``condition``; fails when they don't after very many steps."""
        for _ in range(STEPS // 20):
            for _ in range(20):
                self.step()
            seen = records(self.session)
            if condition(seen):
                return seen
        raise AssertionError("it was not seen")

    def close(self) -> None:
        self.sampler.close()


@contextlib.contextmanager
def watching(session: Path, pid: int) -> Iterator[Watch]:
    """A ``Watch`` that is closed at the end of the block."""
    watch = Watch(session, pid)
    try:
        yield watch
    finally:
        watch.close()


def kinds(seen: list[Seen], kind: L.Record, pid: int) -> list[Seen]:
    """The records of one kind and process."""
    return [record for record in seen if record.kind == kind and record.pid == pid]


def radar(seen: list[Seen], pid: int) -> bool:
    """Is it settled whether the GIL can be read?"""
    return bool(kinds(seen, L.Record.RADAR, pid))


def last_states(seen: list[Seen], pid: int) -> dict[int, tuple[int, int]]:
    """State and wait of each thread as they were last."""
    threads = {record.tid: L.unpack_thread(record.value) for record in kinds(seen, L.Record.THREAD, pid)}
    return {tid: (value.state, value.wait) for tid, value in threads.items()}


def shares(seen: list[Seen], pid: int, tid: int) -> dict[int, float]:
    """Share of time of each state of a thread, from when it is known whether the GIL can be read."""
    since_ns = kinds(seen, L.Record.RADAR, pid)[0].t_ns
    spans: dict[int, int] = defaultdict(int)
    of_thread = [record for record in kinds(seen, L.Record.THREAD, pid) if record.tid == tid]
    for record, following in itertools.pairwise(of_thread):
        if record.t_ns >= since_ns:
            spans[L.unpack_thread(record.value).state] += following.t_ns - record.t_ns
    whole = sum(spans.values())
    return {state: ns / whole for state, ns in spans.items()} if whole else {}
