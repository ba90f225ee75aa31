"""A small controller for the agent's tests: holds a real program, answers its gates, keeps what they said.

    with Held("import time; time.sleep(0)", python) as program:
        done = program.run()
    assert program.said("main", "at") == [...]

It knows just enough to let one worker run at a time: everything the real one is for (deadlocks, stable names,
schedules) is not here.
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
from types import TracebackType
from typing import Any

from concviz.core.agent import layout as L
from concviz.core.launch import environment
from tests.core.agent.run import Observed, clean_environment, read_logs

PATIENCE_S = 60.0
RETRY_S = 0.05  # a lock of which nobody has said that he took it
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
        self.said: list[list[str]] = []


class Held:
    """A program that is held from its start (or from ``hold()`` on) and stepped by ``choose``."""

    def __init__(
        self,
        program: str | Path,
        python: str,
        choose: Callable[[Sequence[Worker]], Worker] | None = None,
        seed: int | None = None,
        mode: int = L.CONTROL_SYNC,
        env: dict[str, str] | None = None,
        args: Sequence[str] = (),
    ) -> None:
        """``seed``: choose at random, also among the tasks at the front of a loop; default: the first."""
        self.random = random.Random(seed) if seed is not None else None
        self.choose = choose or (self.random.choice if self.random else lambda ready: ready[0])
        self.mode = mode
        self.workers: list[Worker] = []
        self.lines: list[tuple[int, int, list[str]]] = []  # pid, thread, fields
        self.owned: dict[tuple[int, str], Worker] = {}
        self.steps = 0
        self.turn: Worker | None = None
        self.turn_since = 0.0
        self._made = tempfile.TemporaryDirectory(prefix="cv-")
        folder = Path(self._made.name)
        self.session = folder / "session"
        (self.session / "events").mkdir(parents=True)
        self._server = socket.socket(socket.AF_UNIX)
        self._server.bind(str(folder / "s"))
        self._server.listen(64)
        self._selector = selectors.DefaultSelector()
        self._selector.register(self._server, selectors.EVENT_READ)
        script = program if isinstance(program, Path) else folder / "program.py"
        if isinstance(program, str):
            script.write_text(textwrap.dedent(program))
        variables = environment.observed({**clean_environment(), **(env or {})}, self.session)
        variables[L.ENV_CONTROL] = str(folder / "s")
        pipe: Any = subprocess.PIPE
        self._out, self._err = (open(folder / name, "w+") for name in ("out", "err"))  # noqa: SIM115
        self.process = subprocess.Popen(
            [python, str(script), *args], env=variables, stdin=subprocess.DEVNULL, stdout=self._out,
            stderr=self._err, start_new_session=True,
        )  # fmt: skip
        del pipe

    def __enter__(self) -> Held:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.vanish()
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self._out.close()
        self._err.close()
        self._made.cleanup()

    def vanish(self) -> None:
        """Close everything without a word, as the kernel does for a controller that was killed."""
        for worker in self.workers:
            worker.connection.close()
        self._server.close()

    def hold(self, mode: int) -> None:
        """Write every process's mailbox; 0 lets go of all who wait."""
        self.mode = mode
        for path in (self.session / "events").glob("*.events"):
            with path.open("r+b") as file:
                os.pwrite(file.fileno(), struct.pack("<Q", mode), L.CONTROL_AT)
        if not mode:
            self.turn = None
            self.owned.clear()
            for worker in self.workers:
                if worker.state in ("parked", "blocked"):
                    self._answer(worker, "free")
                worker.state = "runs"

    def run(self, until: Callable[[], bool] = lambda: False) -> Observed:
        """Let one after the other run until the program is over, or ``until`` says so."""
        deadline = time.monotonic() + PATIENCE_S
        while self.process.poll() is None and not until():
            if time.monotonic() > deadline:
                raise AssertionError("stuck: " + self.describe())
            self.pump()
        return self.result()

    def pump(self) -> None:
        """Hear what was said, then let somebody run if nobody does."""
        for key, _ in self._selector.select(0.01):
            if key.fileobj is self._server:
                self._accept()
            else:
                self._hear(key.data)
        now = time.monotonic()
        if self.turn is not None and now - self.turn_since > SILENT_S:
            self.turn.state, self.turn = "outside", None
        if self.turn is None and self.mode:
            ready = self.ready(now)
            if ready:
                self.step(self.choose(ready))

    def ready(self, now: float) -> list[Worker]:
        """Who can run."""
        able = [w for w in self.workers if w.state == "parked"]
        if not able:
            able = [w for w in self.workers if w.state == "blocked" and self._may_try(w, now)]
        return able

    def _may_try(self, worker: Worker, now: float) -> bool:
        owner = self.owned.get((worker.pid, worker.line[1]))
        limit = float(worker.line[3]) / 1e9 if len(worker.line) > 3 else None
        waited = now - worker.since
        return (owner is None and waited > RETRY_S) or (limit is not None and waited > limit)

    def step(self, worker: Worker) -> None:
        """Let this one run."""
        self.steps += 1
        self.turn, self.turn_since = worker, time.monotonic()
        if worker.line[0] == "loop":
            items = [field.split(":", 4) for field in worker.line[3:]]
            front = next((i for i, item in enumerate(items) if item[1] != "t"), len(items))
            index = self.random.randrange(max(1, front)) if self.random else 0
            self._answer(worker, f"run\t{worker.lists}\t{index}")
        elif (
            worker.line[0] == "blocked"
            and len(worker.line) > 3
            and (time.monotonic() - worker.since > float(worker.line[3]) / 1e9)
        ):
            self._answer(worker, "timeout")
        else:
            self._answer(worker, "go")
        worker.state = "runs"

    def _answer(self, worker: Worker, text: str) -> None:
        try:
            worker.connection.sendall(text.encode() + b"\n")
        except OSError:
            pass

    def _accept(self) -> None:
        connection, _ = self._server.accept()
        worker = Worker(connection)
        self.workers.append(worker)
        self._selector.register(connection, selectors.EVENT_READ, worker)

    def _hear(self, worker: Worker) -> None:
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
            worker.pid = int(fields[2])
            worker.state = "process"
            if self.mode:
                path = self.session / "events" / (fields[4] + ".events")
                with path.open("r+b") as file:
                    os.pwrite(file.fileno(), struct.pack("<Q", self.mode), L.CONTROL_AT)
            self._answer(worker, f"mode\t{self.mode}")
        elif word == "thread":
            worker.pid, worker.thread = int(fields[2]), int(fields[5])
        self.lines.append((worker.pid, worker.thread, fields))
        if word in ("at", "loop", "blocked"):
            worker.lists += word == "loop"
            if not self.mode:
                self._answer(worker, "free")
                return
            if word != "loop" or worker.state != "parked":
                worker.since = time.monotonic()
            if not (word == "blocked" and worker.line[:2] == fields[:2]):
                worker.since = time.monotonic()
            worker.line, worker.state = fields, "blocked" if word == "blocked" else "parked"
        elif word == "leave":
            worker.state = "outside"
        elif word == "got":
            self.owned[worker.pid, fields[1]] = worker
        elif word == "lost":
            self.owned.pop((worker.pid, fields[1]), None)
            for other in self.workers:
                if other.pid == worker.pid and other.state == "blocked" and other.line[1] == fields[1]:
                    other.state = "parked"
        if self.turn is worker and worker.state != "runs":
            self.turn = None

    def describe(self) -> str:
        """Who is where; for a test that is stuck."""
        lines = [f"{w.pid} t{w.thread} {w.state} {w.line}" for w in self.workers]
        return "\n".join([*lines, *map(str, self.lines[-12:]), self.result(ended=False).stderr])

    def said(self, word: str, thread: int = 1, pid: int | None = None) -> list[list[str]]:
        """The lines that begin with ``word`` of one thread of the first process, without that word."""
        pid = pid or self.process.pid
        return [f[1:] for p, t, f in self.lines if (p, t, f[0]) == (pid, thread, word)]

    def result(self, ended: bool = True) -> Observed:
        """What the program printed and wrote so far."""
        texts = []
        for file in (self._out, self._err):
            file.flush()
            texts.append(Path(file.name).read_text())
        code = self.process.poll()
        logs = read_logs(self.session) if ended else ()
        return Observed(*texts, code if code is not None else 0, self.process.pid, logs, "")
