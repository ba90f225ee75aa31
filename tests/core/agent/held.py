"""A small controller for the agent's tests: holds a real program, answers its gates, keeps what they said.

    with Held("import time; time.sleep(0)", python) as program:
        done = program.run()
    assert program.said("at") == [["sleep", …]]

It knows just enough to let one worker run at a time: everything that the real one is for (deadlocks, stable
names, schedules) is not here.
"""

from __future__ import annotations

import os
import random
import selectors
import signal
import socket
import struct
import subprocess
import tempfile
import textwrap
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from concviz.core.agent import layout as L
from concviz.core.launch import environment
from tests.core.agent.run import Observed, clean_environment, read_logs
from tests.interpreters import found

STEPPED = [pytest.param(i.path, id=i.label) for i in found() if i.version >= (3, 11)]
"""The Pythons whose programs can be held."""
stepped = pytest.mark.parametrize("python", STEPPED)

PATIENCE_S = 60.0
RETRY_S = 0.05  # a lock that nobody has said to have taken
SILENT_S = 0.3  # a worker that was let go and says nothing for so long is somewhere without gates


class Worker:
    """A connection of the program's."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.rest = b""
        self.pid = 0
        self.thread = 0  # number in the log; 0: a process's own connection
        self.state = "runs"  # or "parked", "blocked", "outside"
        self.line: list[str] = []  # the one that waits
        self.since = 0.0
        self.lists = 0


class Held:
    """A program that is held from its start and stepped; the first that can run is the next."""

    def __init__(
        self,
        program: str,
        python: str,
        *args: str,
        pick: Callable[[int], int] | None = None,
        seed: int | None = None,
        mode: int = L.CONTROL_SYNC,
    ) -> None:
        """Hold ``program`` from its start.

        Args:
            pick: chooses one of so many tasks at the front of a loop. seed: choose everything at random.
        """
        self.random = random.Random(seed)
        self.choose: Callable[[Sequence[Worker]], Worker]
        self.choose = (lambda ready: ready[0]) if seed is None else self.random.choice
        self.pick = pick or ((lambda front: 0) if seed is None else self.random.randrange)
        self.mode = mode
        self.workers: list[Worker] = []
        self.lines: list[tuple[int, int, list[str]]] = []  # pid, thread, fields
        self.owners: dict[tuple[int, str], Worker] = {}
        self.turn: Worker | None = None
        self._turn_since = 0.0
        self._made = tempfile.TemporaryDirectory(prefix="cv-")
        folder = Path(self._made.name)
        self.session = folder / "session"
        (self.session / "events").mkdir(parents=True)
        self._listen(folder / "s")
        (folder / "program.py").write_text(textwrap.dedent(program))
        self._out, self._err = (open(folder / name, "w") for name in ("out", "err"))  # noqa: SIM115
        self.process = subprocess.Popen(
            [python, str(folder / "program.py"), *args], stdin=subprocess.DEVNULL, stdout=self._out,
            stderr=self._err, start_new_session=True, env={
                **environment.observed(clean_environment(), self.session),
                L.ENV_CONTROL: str(folder / "s"),
            },
        )

    def _listen(self, path: Path) -> None:
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(path))
        self._server.listen(64)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._server, selectors.EVENT_READ)

    def __enter__(self) -> Held:
        return self

    def __exit__(self, *error: object) -> None:
        self.vanish()
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self._selector.close()
        self._out.close()
        self._err.close()
        self._made.cleanup()

    def vanish(self) -> None:
        """Close everything without a word, as the kernel does for a controller that was killed."""
        for worker in self.workers:
            worker.connection.close()
        self.workers.clear()
        self._server.close()

    def hold(self, mode: int) -> None:
        """Write every process's mailbox; 0 lets go of all who wait."""
        self.mode = mode
        for path in (self.session / "events").glob("*.events"):
            self._write_mailbox(path)
        if not mode:
            self.turn = None
            self.owners.clear()
            for worker in self.workers:
                if worker.state in ("parked", "blocked"):
                    self._answer(worker, "free")
                worker.state = "runs"

    def _write_mailbox(self, log: Path) -> None:
        with log.open("r+b") as file:
            os.pwrite(file.fileno(), struct.pack("<Q", self.mode), L.CONTROL_AT)

    def run(self, until: Callable[[], object] = lambda: False) -> Observed:
        """Let one after the other run until the program is over, or ``until`` says so."""
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.describe()
            self.hear()
            if until():
                break
            self.advance()
        return self.result()

    def advance(self) -> None:
        """Let somebody run if nobody does."""
        now = time.monotonic()
        if self.turn is not None and now - self._turn_since > SILENT_S:
            self.turn.state, self.turn = "outside", None
        if self.turn is None and self.mode:
            ready = self.ready()
            if ready:
                self.step(self.choose(ready))

    def hear(self) -> None:
        """Take what was said, for a moment."""
        for key, _ in self._selector.select(0.01):
            if key.fileobj is self._server:
                self._accept()
            else:
                self._read(key.data)

    def ready(self) -> list[Worker]:
        """Who can run."""
        parked = [w for w in self.workers if w.state == "parked"]
        return parked or [
            w for w in self.workers
            if w.state == "blocked" and (w.pid, w.line[1]) not in self.owners
            and time.monotonic() - w.since > RETRY_S
        ]

    def step(self, worker: Worker) -> None:
        """Let this one run; of a loop, one of the tasks at its front, or its first handle."""
        self.turn, self._turn_since = worker, time.monotonic()
        if worker.line[0] == "loop":
            kinds = [item.split(":")[1] for item in worker.line[3:]]
            front = next((i for i, kind in enumerate(kinds) if kind != "t"), len(kinds))
            self._answer(worker, f"run\t{worker.lists}\t{self.pick(max(1, front))}")
        else:
            self._answer(worker, "go")
        worker.state = "runs"

    def _answer(self, worker: Worker, text: str) -> None:
        try:
            worker.connection.sendall(text.encode() + b"\n")
        except OSError:  # it has just ended
            pass

    def _accept(self) -> None:
        connection, _ = self._server.accept()
        worker = Worker(connection)
        self.workers.append(worker)
        self._selector.register(connection, selectors.EVENT_READ, worker)

    def _read(self, worker: Worker) -> None:
        try:
            data = worker.connection.recv(1 << 16)
        except OSError:
            data = b""
        if not data:
            self._selector.unregister(worker.connection)
            self.workers.remove(worker)
            worker.connection.close()
            if self.turn is worker:
                self.turn = None
            return
        *lines, worker.rest = (worker.rest + data).split(b"\n")
        for line in lines:
            self._take(worker, line.decode().split("\t"))

    def _take(self, worker: Worker, fields: list[str]) -> None:
        word = fields[0]
        if word == "hello":
            worker.pid, worker.state = int(fields[2]), "a process"
            self._write_mailbox(self.session / "events" / (fields[4] + ".events"))
            self._answer(worker, f"mode\t{self.mode}")
        elif word == "thread":
            worker.pid, worker.thread = int(fields[2]), int(fields[5])
        elif word in ("at", "loop", "blocked"):
            self._waits(worker, fields)
        elif word == "spawning" and worker.thread:
            self._answer(worker, "go")
        elif word == "leave":
            worker.state = "outside"
        elif word == "got":
            self.owners[worker.pid, fields[1]] = worker
        elif word == "lost":
            self.owners.pop((worker.pid, fields[1]), None)
            for other in self.workers:
                if other.state == "blocked" and (other.pid, other.line[1]) == (worker.pid, fields[1]):
                    other.state = "parked"
        self.lines.append((worker.pid, worker.thread, fields))
        if self.turn is worker and worker.state != "runs":
            self.turn = None

    def _waits(self, worker: Worker, fields: list[str]) -> None:
        worker.lists += fields[0] == "loop"
        worker.line, worker.since = fields, time.monotonic()
        worker.state = "blocked" if fields[0] == "blocked" else "parked"
        if not self.mode:
            self._answer(worker, "free")
            worker.state = "runs"

    def said(self, word: str, thread: int = 1, pid: int = 0) -> list[list[str]]:
        """The lines that begin with ``word`` of one thread of the program's process, without that word."""
        whose = pid or self.process.pid, thread
        return [fields[1:] for p, t, fields in self.lines if (p, t) == whose and fields[0] == word]

    def kinds(self, thread: int = 1, pid: int = 0) -> list[str]:
        """The kinds of the gates that a thread has come to."""
        return [fields[0] for fields in self.said("at", thread, pid)]

    def describe(self) -> str:
        """Who is where; for a test that is stuck."""
        lines = [f"{w.pid} t{w.thread} {w.state} {w.line}" for w in self.workers]
        return "\n".join([*lines, *map(str, self.lines[-12:]), self.printed("err")])

    def printed(self, name: str = "out") -> str:
        """What the program has written so far, on "out" or "err"."""
        return (Path(self._made.name) / name).read_text()

    def result(self) -> Observed:
        """The run, as far as it went."""
        code = self.process.poll()
        logs = read_logs(self.session) if code is not None else ()
        return Observed(self.printed(), self.printed("err"), code or 0, self.process.pid, logs, "")
