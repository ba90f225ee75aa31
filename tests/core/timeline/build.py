"""A tiny vocabulary that writes real session folders: processes, threads, tasks, steps, blocks, samples.

Times are milliseconds since the session began (``START_NS``). Everything is written by the layouts the
agent and the sampler write by, in the order it would have been committed, so a session can also be
written as it was at an instant (``write(until=…)``) and grown later::

    story = Story(tmp_path / "session", command=["app.py"])
    app = story.process(100)
    main = app.thread("MainThread", tid=100, main=True)
    main.block(2, 7, L.OP_SLEEP, app.site("app.py", 12, "main", call=("time.py", 1, "sleep")))
    fetch = main.task("fetch", born=8)
    fetch.step(9, 10, ready=0.5, awaits=L.REF_TIMER, site=app.site("app.py", 20, "fetch"))
    fetch.step(15, 16, waker=L.REF_TIMER, ended=L.REF_ENDED)
    story.write()
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from concviz.core.agent import layout as L
from concviz.core.system import layout as S

START_NS = 1_000_000_000_000
_NEVER = float("inf")


def ns(ms: float) -> int:
    """The session's millisecond as an instant of the monotonic clock."""
    return START_NS + round(ms * 1_000_000)


def length(ms: float) -> int:
    """Milliseconds as a length in nanoseconds."""
    return round(ms * 1_000_000)


def ref(kind: int, number: int = 0) -> int:
    """Pack a reference."""
    return kind << L.REF_SHIFT | number & (1 << L.REF_SHIFT) - 1


@dataclass
class Task:
    """A task; its number within its process is ``number``."""

    thread: Thread
    number: int

    def step(
        self, t0: float, t1: float, *, ready: float = 0, waker: int = 0, awaits: int = 0,
        site: int = 0, ended: int | None = None, text: int = 0, eager: bool = False,
    ) -> Task:
        """It ran from t0 to t1 after being ready for ``ready``; then awaits a reference, or ``ended`` so."""
        e = awaits if ended is None else ref(ended, text)
        kind = L.EAGER_STEP if eager else L.STEP
        waker = waker << L.REF_SHIFT if 0 < waker < 16 else waker
        e = e << L.REF_SHIFT if 0 < e < 16 else e
        at = self.thread.process.record(
            t1, kind, self.thread, t0, t1 - t0, self.number, site, length(ready), waker, e
        )
        at.register = ("step", t0, self.thread.number, self.number)
        return self

    @property
    def ref(self) -> int:
        """The reference to this task."""
        return ref(L.REF_TASK, self.number)


@dataclass
class Thread:
    """A thread; its number within its process is ``number``."""

    process: Process
    number: int
    tid: int

    def block(self, t0: float, t1: float, operation: int, site: int = 0, obj: int = 0) -> Thread:
        """It was inside a blocking call from t0 to t1."""
        at = self.process.record(t1, L.BLOCK, self, t0, t1 - t0, site, operation, obj)
        at.register = ("block", t0, self.number, operation, site, obj)
        return self

    def task(
        self, name: str = "", *, born: float, parent: Task | None = None, site: int = 0, loop: int = 1
    ) -> Task:
        """A task was created in this thread's loop."""
        p = self.process
        p.tasks += 1
        p.record(born, L.TASK_BORN, self, born, 0, p.tasks, parent.number if parent else 0, p.text(name),
                 site, loop)
        return Task(self, p.tasks)

    def loop(self, t0: float, t1: float = _NEVER, number: int = 1, kind: str = "asyncio") -> Thread:
        """An event loop ran here."""
        text = self.process.text(kind)
        self.process.record(t0, L.LOOP_BORN, self, t0, 0, number, text)
        if t1 != _NEVER:
            self.process.record(t1, L.LOOP_RUN, self, t0, t1 - t0, number, text)
        return self

    def work(
        self, t0: float, t1: float, number: int = 1, *, function: str = "work", queued: float = 0,
        submitter: int = 0, outcome: int = L.OUTCOME_DONE,
    ) -> Thread:
        """It ran a work item of an executor."""
        self.process.record(t1, L.WORK, self, t0, t1 - t0, number, self.process.text(function),
                            length(queued), submitter, outcome)
        return self

    def end(self, t: float, outcome: int = L.OUTCOME_DONE, exception: str = "") -> Thread:
        """It ended."""
        self.process.record(t, L.THREAD_END, self, t, 0, outcome, self.process.text(exception))
        return self

    def sample(
        self, t: float, state: int, wait: int = S.Wait.UNKNOWN, *, cpu: float = 0, queue: float = 0,
        core: int = 0,
    ) -> Thread:
        """The radar saw it in a state; ``cpu`` and ``queue`` are its cumulative milliseconds."""
        self.process.story.sampled(t, S.Record.THREAD, self.process.pid, self.tid,
                                   S.thread_value(state, wait, core), length(cpu), length(queue))
        return self

    def stands(
        self, t: float, line: int, function: str = "crunch", *, state: int = S.ThreadState.HOLDS_GIL,
        file: str = "/app.py",
    ) -> Thread:
        """The radar saw where it stood, and in which state it was."""
        story = self.process.story
        site = story.sample_site(file, line, function)
        story.sampled(t, S.Record.SITE, self.process.pid, self.tid, site, S.thread_value(state))
        return self

    @property
    def ref(self) -> int:
        """The reference to this thread."""
        return ref(L.REF_THREAD, self.number)


@dataclass
class _Record:
    at: float  # when it is committed
    words: tuple[int, ...]  # all but the mark
    register: tuple[Any, ...] = ()


@dataclass
class Process:
    """A process with a log of its own."""

    story: Story
    pid: int
    ppid: int
    opened: float
    flags: int = 0
    interpreter: int = 0
    start_ticks: int = 0
    closed: float | None = None
    dropped: int = 0
    records: list[_Record] = field(default_factory=list)
    lines: list[str] = field(default_factory=list)
    texts: dict[str, int] = field(default_factory=dict)
    sites: dict[tuple[Any, ...], int] = field(default_factory=dict)
    threads: int = 0
    tasks: int = 0

    def fact(self, key: str, *values: str) -> Process:
        """A fact of the names file."""
        self.lines.append("\t".join(["M", key, *map(_escape, values)]))
        return self

    def text(self, value: str) -> int:
        """Number of a text."""
        if not value:
            return 0
        if value not in self.texts:
            self.texts[value] = len(self.texts) + 1
            self.lines.append(f"T\t{self.texts[value]}\t{_escape(value)}")
        return self.texts[value]

    def site(
        self, file: str, line: int, function: str, *, call: tuple[str, int, str] | None = None,
        below: tuple[str, int, str] | None = None, flags: int = 0,
    ) -> int:
        """Number of a site; ``call``: (file, line, function) of the library call made there, ``below``: of
        the one that has come down to."""
        key = (file, line, function, call, flags, below)
        if key not in self.sites:
            inner = self.site(*call, flags=L.SITE_LIBRARY, call=below) if call else 0
            f, g = self.text(file), self.text(function)
            self.sites[key] = len(self.sites) + 1
            self.lines.append(f"S\t{self.sites[key]}\t{f}\t{line}\t{g}\t{inner}\t{flags}")
        return self.sites[key]

    def thread(
        self, name: str = "", *, tid: int = 0, born: float | None = None, main: bool = False, flags: int = 0,
        parent: Thread | None = None,
    ) -> Thread:
        """A thread began (by default when the log was opened)."""
        self.threads += 1
        thread = Thread(self, self.threads, tid or self.pid + self.threads - 1)
        t = self.opened if born is None else born
        self.record(t, L.THREAD_BORN, thread, t, 0, thread.tid, self.text(name),
                    parent.number if parent else 0, flags | (L.THREAD_MAIN if main else 0))
        return thread

    def child(
        self, t: float, pid: int, method: str = "subprocess", name: str = "", by: Thread | None = None
    ) -> None:
        """This process started another one."""
        self.record(t, L.CHILD, by, t, 0, pid, L.METHODS.index(method), self.text(name))

    def child_end(self, t: float, pid: int, code: int | None = 0) -> None:
        """This process noticed the end of another one; ``code`` is −n after death by signal n."""
        self.record(t, L.CHILD_END, None, t, 0, pid, 0 if code is None else code + 256)

    def note(self, t: float, topic: str, message: str) -> None:
        """The agent had something to say."""
        self.record(t, L.NOTE, None, t, 0, self.text(topic), self.text(message))

    def record(
        self, at: float, kind: int, thread: Thread | None, t0: float, duration: float,
        a: int = 0, b: int = 0, c: int = 0, d: int = 0, e: int = 0,
    ) -> _Record:
        """Any record, committed at ``at``."""
        dur, scale = length(duration), 0
        has_c = kind in (L.STEP, L.EAGER_STEP, L.WORK)
        while max(dur, c if has_c else 0) > L.U32:
            dur, scale = dur >> 10, scale + 1
            c = c >> 10 if has_c else c
        word = kind | scale << L.SCALE_SHIFT | (thread.number if thread else 0) << L.THREAD_SHIFT
        made = _Record(at, (ns(t0), dur, word, a, b, c, d, e))
        self.records.append(made)
        return made

    def stem(self) -> str:
        """Name of its two files without their suffixes."""
        return f"{self.pid}-{self.interpreter}-{ns(self.opened):x}"

    def events(self, until: float) -> bytes:
        """The event log as it was at ``until``."""
        head = bytearray(L.RECORDS_AT)
        L.HEADER.pack_into(
            head, 0, L.MAGIC, L.FORMAT, L.RECORD_SIZE, L.RECORDS_AT, L.REGISTERS_AT, L.REGISTER_COUNT,
            L.REGISTER_SIZE, self.pid, self.ppid, self.interpreter, self.flags, ns(self.opened),
            self.start_ticks, 0x030D00F0,
        )
        L.COUNTER.pack_into(head, L.DROPPED_AT, self.dropped)
        if self.closed is not None and self.closed <= until:
            L.COUNTER.pack_into(head, L.CLOSED_AT, ns(self.closed))
        ordered = sorted(self.records, key=lambda r: r.at)
        done = [r for r in ordered if r.at <= until]
        for r in sorted(ordered, key=lambda r: r.words[0]):
            if r.register and r.register[1] <= until:
                _fill_register(head, r.register)
        body = b"".join(L.RECORD.pack(*r.words, L.mark(i)) for i, r in enumerate(done))
        return bytes(head) + body + bytes(40 * 64)  # and space not used yet


def _fill_register(head: bytearray, register: tuple[Any, ...]) -> None:
    what, t0, thread = register[:3]
    at = L.REGISTERS_AT + thread % L.REGISTER_COUNT * L.REGISTER_SIZE
    words = list(L.REGISTER.unpack_from(head, at))
    if what == "step":
        words[:2] = ns(t0), register[3]
    else:
        operation, site, obj = register[3:]
        words[2:5] = ns(t0), operation | site << L.CALL_SHIFT, obj
    L.REGISTER.pack_into(head, at, *words[:5], thread)


def _escape(value: str) -> str:
    return value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")


class Story:
    """A session folder in the making."""

    def __init__(
        self, path: Path, command: Sequence[str] = ("app.py",), *, pid: int = 100, captured: bool = False
    ) -> None:
        self.path, self.command, self.pid, self.captured = path, list(command), pid, captured
        self.processes: list[Process] = []
        self.samples: list[tuple[float, bytes]] = []
        self.sample_texts: list[str] = []
        self.sample_sites: list[tuple[str, int, str]] = []
        self.output: bytes | None = None
        self.ended: tuple[float, int | None, int | None] | None = None

    def process(self, pid: int = 100, *, ppid: int = 1, opened: float = 0, **more: Any) -> Process:
        """A Python process that is observed."""
        process = Process(self, pid, ppid, opened, **more)
        self.processes.append(process)
        return process

    def sampled(
        self, t: float, kind: int, pid: int, tid: int = 0, value: int = 0, a: int = 0, b: int = 0
    ) -> None:
        """Any record of system.log."""
        self.samples.append((t, S.RECORD.pack(ns(t), kind, pid, tid, value, a, b)))

    def sample_site(self, file: str, line: int, function: str) -> int:
        """Number of a site of system.names."""
        if (file, line, function) not in self.sample_sites:
            self.sample_sites.append((file, line, function))
            self.sample_texts += [text for text in (file, function) if text not in self.sample_texts]
        return self.sample_sites.index((file, line, function)) + 1

    def sweep(self, t: float, pid: int = 100, threads: int = 1) -> None:
        """Samples of ``pid`` are complete up to t."""
        self.sampled(t, S.Record.SWEEP, pid, threads, 1, length(4), 50_000)

    def born(self, t: float, pid: int, ppid: int, name: str, python: bool = False) -> None:
        """The radar discovered a process."""
        self.sample_texts.append(name)
        self.sampled(t, S.Record.BORN, pid, ppid, len(self.sample_texts), 0, int(python))

    def gone(self, t: float, pid: int, code: int | None = None) -> None:
        """The radar saw that a process is gone."""
        self.sampled(t, S.Record.GONE, pid, 0, 0 if code is None else code + S.EXIT_CODE_BIAS)

    def usage(
        self, t: float, pid: int, cpu: float, *, rss: int = 0, status: str = "R", core: int = 0
    ) -> None:
        """A process's cumulative CPU milliseconds and resident bytes."""
        self.sampled(t, S.Record.PROCESS, pid, 0, S.process_value(core, status), length(cpu), rss)

    def end(self, t: float, exit_code: int | None = 0, signal: int | None = None) -> Story:
        """The program was over."""
        self.ended = (t, exit_code, signal)
        return self

    def write(self, until: float = _NEVER) -> Path:
        """Write the folder as it was at ``until``; later writes let the same files grow."""
        (self.path / "events").mkdir(parents=True, exist_ok=True)
        self._json("session.json", {
            "format": 1, "concviz": "0.1.0", "command": self.command, "cwd": "/", "python": "3.13.0",
            "started": "2026-11-22T10:00:00+00:00", "start_ns": START_NS, "start_wall_ns": 0,
            "pid": self.pid, "recorder_pid": 0, "captured": self.captured,
        })
        for process in self.processes:
            if process.opened <= until:
                stem = self.path / "events" / process.stem()
                names = "".join(line + "\n" for line in process.lines)
                stem.with_name(stem.name + ".names").write_bytes(names.encode("utf-8", "surrogatepass"))
                stem.with_name(stem.name + ".events").write_bytes(process.events(until))
        if self.samples:
            body = b"".join(data for t, data in sorted(self.samples, key=lambda s: s[0]) if t <= until)
            names = "".join(f"T\t{i + 1}\t{_escape(n)}\n" for i, n in enumerate(self.sample_texts))
            number = self.sample_texts.index
            for i, (file, line, function) in enumerate(self.sample_sites):
                names += f"S\t{i + 1}\t{number(file) + 1}\t{line}\t{number(function) + 1}\t0\t0\n"
            (self.path / S.NAMES_NAME).write_bytes(names.encode())
            (self.path / S.LOG_NAME).write_bytes(body)
        if self.output is not None:
            (self.path / "output.log").write_bytes(self.output)
        if self.ended and self.ended[0] <= until:
            t, code, signal = self.ended
            self._json("end.json", {"ended_ns": ns(t), "exit_code": code, "signal": signal})
        return self.path

    def _json(self, name: str, value: dict[str, Any]) -> None:
        (self.path / name).write_text(json.dumps(value), "utf-8")
