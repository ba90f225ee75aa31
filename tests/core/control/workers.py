"""Workers that speak the wire over real sockets, so that the controller can be tested without a program.

    with held(tmp_path) as program:
        one, two = program.process().threads(2)
        one.at("acquire", 7)
        …
        program.controller.step()
        assert one.answer() == "go"
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

from concviz.core.agent import layout as L
from concviz.core.control.controller import Controller
from concviz.core.control.view import Choice, State, View

PATIENCE_S = 20.0
FIRST_PID = 4_000_000_001  # no kernel gives such a pid, so nothing in /proc is taken for it


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self) -> None:
        self.now_ns = 1_000_000_000
        self.broken = False

    def __call__(self) -> int:
        assert not self.broken
        return self.now_ns

    def pass_s(self, seconds: float) -> None:
        self.now_ns += round(seconds * 1e9)


class Line:
    """One connection."""

    def __init__(self, program: Program, *, connect: bool = True) -> None:
        self._socket = socket.socket(socket.AF_UNIX)
        self._socket.settimeout(PATIENCE_S)
        self._path = str(program.controller.path)
        self._rest = b""
        program.lines.append(self)
        if connect:
            self.connect()

    def connect(self) -> None:
        self._socket.connect(self._path)

    def say(self, *fields: object) -> None:
        self.raw("\t".join(str(field) for field in fields).encode() + b"\n")

    def raw(self, data: bytes) -> None:
        self._socket.sendall(data)

    def answer(self) -> str:
        """The next answer; "" when the connection was closed."""
        while b"\n" not in self._rest:
            try:
                data = self._socket.recv(4096)
            except ConnectionResetError:
                return ""
            if not data:
                return ""
            self._rest += data
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode().replace("\t", " ")

    def has_no_answer(self) -> bool:
        """Nothing has come so far. (Only of use where what would have caused it is known to be over.)"""
        self._socket.setblocking(False)
        try:
            return not self._rest and not self._socket.recv(1, socket.MSG_PEEK)
        except BlockingIOError:
            return True
        finally:
            self._socket.settimeout(PATIENCE_S)

    def end(self) -> None:
        self._socket.close()


class Thread(Line):
    """One thread of a fake process."""

    def __init__(self, process: Process, number: int) -> None:
        super().__init__(process.program)
        self.process, self.number = process, number
        self.key = f"{process.path}/t{number}"
        self.say("thread", 1, process.pid, 0, process.stem, number, process.pid + number)
        self._lists = count(1)

    def at(self, kind: str, obj: int = 0, site: int = 0, detail: str = "") -> Thread:
        self.say("at", kind, obj, site, detail)
        return self

    def leave(self, kind: str, obj: int = 0, site: int = 0, detail: str = "") -> None:
        self.say("leave", kind, obj, site, detail)

    def loop(self, *items: str, flags: int = 0) -> Thread:
        """``"t3"`` is a step of task 3, ``"c:name"`` a callback, ``"c:name#7"`` one that finds 7 bytes to
        read, ``"m:name"`` a timer.
        """
        fields = []
        for at, item in enumerate(items):
            kind, rest = item[0], item[1:]
            task, text = (rest, "") if kind == "t" else ("0", rest.removeprefix(":"))
            text, _, size = text.partition("#")
            fields.append(f"{at}:{kind}:{task}:{self.process.program.clock.now_ns}:{size}:{text}")
        self.say("loop", 1, flags, *fields)
        return self

    def takes(self, lock: int, site: int = 0, name: str = "") -> None:
        """Stands at a lock, is let go and gets it."""
        self.at("acquire", lock, site, name)
        self.process.program.let_go(self.key)
        assert self.answer() == "go"
        self.say("got", lock, site)

    def fails(self, lock: int, site: int = 0, name: str = "") -> None:
        """Stands at a lock, is let go and does not get it."""
        self.at("acquire", lock, site, name)
        self.process.program.let_go(self.key)
        assert self.answer() == "go"
        self.say("blocked", lock, site, 0)


class Process:
    """A fake process with a log of its own."""

    def __init__(self, program: Program, pid: int, ppid: int, path: str) -> None:
        self.program, self.pid, self.path = program, pid, path
        self.stem = f"{pid}-0-{pid:x}"
        self._events = program.session / "events" / f"{self.stem}.events"
        header = L.HEADER.pack(
            L.MAGIC, L.FORMAT, L.RECORD_SIZE, L.RECORDS_AT, L.REGISTERS_AT, L.REGISTER_COUNT,
            L.REGISTER_SIZE, pid, ppid, 0, 0, pid, 0, 0)
        self._events.write_bytes(header.ljust(L.RECORDS_AT, b"\0"))
        self._names = self._events.with_suffix(".names")
        self._names.write_text("")
        self._records = count()
        self.line = Line(program)
        self.line.say("hello", 1, pid, 0, self.stem, "3.13.0", program.flags)
        self.mode = self.line.answer()

    @property
    def mailbox(self) -> int:
        """What the controller wants it to do."""
        word: int = L.COUNTER.unpack_from(self._events.read_bytes(), L.CONTROL_AT)[0]
        return word

    def thread(self, number: int = 1) -> Thread:
        return Thread(self, number)

    def threads(self, n: int) -> list[Thread]:
        return [self.thread(number) for number in range(1, n + 1)]

    def site(self, number: int, file: str, line: int) -> int:
        """Write a site into the names file."""
        self.names(f"T\t{2 * number}\t{file}", f"T\t{2 * number + 1}\twork",
                   f"S\t{number}\t{2 * number}\t{line}\t{2 * number + 1}\t0\t0")
        return number

    def names(self, *lines: str) -> None:
        with self._names.open("a") as names:
            names.writelines(line + "\n" for line in lines)

    def record(self, kind: int, *words: int) -> None:
        """Commit a record into the log."""
        index = next(self._records)
        fields = (*words, 0, 0, 0, 0, 0)[:5]
        with self._events.open("ab") as events:
            events.write(L.RECORD.pack(1000 + index, 1, kind | 1 << L.THREAD_SHIFT, *fields, L.mark(index)))


class Program:
    """A controller, and fake processes under it."""

    def __init__(self, session: Path, flags: str = "", **how: Any) -> None:
        (session / "events").mkdir(parents=True)
        self.session, self.flags = session, flags
        self.clock = Clock()
        self.controller = Controller(session, self.clock, **how)
        self.lines: list[Line] = []
        self._pids = count(FIRST_PID, 1000)
        self._children: dict[str, int] = {}

    def process(self, parent: Process | None = None) -> Process:
        ppid, path = 1, "0"
        if parent:
            n = self._children[parent.path] = self._children.get(parent.path, -1) + 1
            ppid, path = parent.pid, f"{parent.path}.{n}"
        return Process(self, next(self._pids), ppid, path)

    def end(self) -> None:
        self.controller.close()
        for line in self.lines:
            line.end()

    def wait(
        self, *, state: State | None = None, ready: set[str] | None = None, step: int | None = None,
    ) -> View:
        """Wait until the view is so."""
        def fits(view: View) -> bool:
            return (
                (state is None or view.state is state) and (step is None or view.step == step)
                and (ready is None or {choice.key for choice in view.ready} == ready))

        seen = self.controller.wait(fits, PATIENCE_S)
        assert seen is not None, self.controller.view()
        return seen

    def choice(self, key: str) -> Choice:
        """The entry of the ready list with this key, as soon as there is one."""
        seen = self.controller.wait(lambda view: any(c.key == key for c in view.ready), PATIENCE_S)
        assert seen is not None, self.controller.view()
        return next(choice for choice in seen.ready if choice.key == key)

    def let_go(self, key: str) -> None:
        """Choose a worker."""
        self.controller.run(self.choice(key).id)


@contextmanager
def held(folder: Path, granularity: str = "sync", **how: Any) -> Iterator[Program]:
    """A program that is held from its start."""
    program = Program(folder / "session", **how)
    try:
        if granularity:
            program.controller.hold(granularity)
        yield program
    finally:
        program.end()
