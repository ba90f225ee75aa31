"""The recorder behind ``concviz run``: the program on a terminal of its own, its output kept in the session.

Started detached by ``recording.Recording``: ``main`` gets SESSION PATH CONTROL ROWS COLUMNS HZ, and the
program's arguments from session.json. It needs nobody: where the screen dies the program goes on and is
still recorded. It is a child of the terminal's keeper (``keeper.py``), which goes on where it is killed.
"""

from __future__ import annotations

import errno
import json
import os
import selectors
import signal
import struct
import sys
import termios
import time
from collections.abc import Callable
from pathlib import Path

from concviz.core.launch import control, environment, folder, recorder, spawn
from concviz.core.launch.keeper import Terminal, kept
from concviz.core.launch.output import OutputLog
from concviz.core.launch.radar import Radar
from concviz.core.launch.signals import Signals, leave, pass_on
from concviz.core.launch.target import Target

_READ = 1 << 16
_INPUT_LIMIT = 1 << 20
_DRAIN_READS = 4096  # after the program's end: a child that prints on and on must not put it off


def main() -> None:
    """Be the recorder that the command line describes, and end as the program ended."""
    session, path, control_path, *numbers = sys.argv[1:]
    facts = json.loads((Path(session) / "session.json").read_bytes())
    target = Target(path, tuple(facts["command"]), facts["name"], facts["python"])
    rows, columns, hz = map(int, numbers)
    controller = Path(control_path) if control_path else None
    terminal, start_ns = Terminal.own(rows, columns), facts["start_ns"]
    status = kept(
        terminal,
        lambda: capture(target, Path(session), start_ns, terminal, hz, controller),
        lambda: take_over(target, Path(session), start_ns, terminal),
    )
    if status is not None:
        sys.exit(leave(status))


def capture(
    target: Target, session: Path, start_ns: int, terminal: Terminal, hz: int,
    controller: Path | None = None,
) -> int:
    """Run ``target`` on ``terminal`` until nobody holds it any more; return the program's status.

    Args:
        target: the program.
        session: a folder that ``Recording.start`` has prepared.
        start_ns: the session's zero as it stands there; a screen has it on display already.
        terminal: our controlling terminal.
        hz: how often to sample from outside; 0: not at all.
        controller: the socket of a controller that may hold the program.
    """
    signals = Signals()
    env = environment.observed(_without_size(os.environ), session, controller)
    pid = spawn.on_terminal(target, env, terminal.slave)
    recorder.started(session, target, captured=True, start_ns=start_ns, pid=pid)
    job = _Job(session, pid, terminal, signals)
    radar = Radar(session, pid, hz)
    status = job.watch_program()
    recorder.close(session, target, pid, status, radar)
    job.watch_rest()
    control.remove(session)
    return status


def take_over(target: Target, session: Path, start_ns: int, terminal: Terminal) -> None:
    """The recorder was killed: read on what the program prints, and carry out what the screen asks for.

    How the program ends nobody can know any more: it was the recorder's child.
    """
    pid = folder.read_program(session)
    if not pid:  # it had not begun
        control.remove(session)
        return
    folder.note(session, "the recorder was killed: the program goes on, and its output is kept. Nothing is "
                         "sampled from outside since then, and how the program ends will not be known")
    recorder.started(session, target, captured=True, start_ns=start_ns, pid=pid)
    _Job(session, pid, terminal, Signals()).watch_terminal()
    control.remove(session)


def _without_size(env: os._Environ[str]) -> dict[str, str]:
    """A shell's LINES and COLUMNS speak of another terminal."""
    return {key: value for key, value in env.items() if key not in ("LINES", "COLUMNS")}


class _Job:
    """The program on its terminal: output is drained into the log, requests of the screen are carried out."""

    def __init__(self, session: Path, pid: int, terminal: Terminal, signals: Signals) -> None:
        self._session, self._pid, self._terminal = session, pid, terminal
        self._master, self._signals = terminal.master, signals
        self._output = OutputLog(session)
        self._control = control.open_fifo(session)
        self._requests = bytearray()
        self._input = bytearray()
        self._kill_at_ns: int | None = None
        self._selector = selectors.DefaultSelector()
        self._listen(signals.fd, self._on_signal)
        self._listen(terminal.master, self._on_terminal)
        if self._control >= 0:
            self._listen(self._control, self._on_control)

    def _listen(self, fd: int, callback: Callable[[int], None]) -> None:
        self._selector.register(fd, selectors.EVENT_READ, callback)

    def watch_program(self) -> int:
        """Serve until the program has ended and its last output is read; return its status."""
        while (status := recorder.reap(self._pid, when_stopped=self._resume)) is None:
            self._serve()
        for _ in range(_DRAIN_READS):
            if not self._read_output():
                break
        return status

    def watch_rest(self) -> None:
        """Serve on while processes that the program left behind hold its terminal.

        They are in the background now, as under a shell that has taken its terminal back, so that
        they are not hung up when we end.
        """
        self._selector.unregister(self._signals.fd)
        self._signals.restore()  # nobody is left to pass them on to
        self._terminal.take_back()
        self._terminal.close_slave()  # ours kept it open for a program that closes all its files
        self.watch_terminal()

    def watch_terminal(self) -> None:
        """Serve while anybody holds the terminal."""
        while self._master in self._selector.get_map():
            self._serve()

    def _serve(self) -> None:
        timeout_s = None
        if self._kill_at_ns is not None:
            timeout_s = max(0, self._kill_at_ns - time.perf_counter_ns()) / 1e9
        for key, mask in self._selector.select(timeout_s):
            key.data(mask)
        if self._kill_at_ns is not None and time.perf_counter_ns() >= self._kill_at_ns:
            self._kill_at_ns = None
            self._signal(signal.SIGKILL)

    def _on_signal(self, mask: int) -> None:
        for number in self._signals.taken():
            pass_on(number, self._pid)

    def _on_terminal(self, mask: int) -> None:
        if mask & selectors.EVENT_WRITE:
            self._write_input()
        if mask & selectors.EVENT_READ:
            self._read_output()

    def _read_output(self) -> bool:
        """Move one chunk into the log; False when there is none now, or never again."""
        try:
            data = os.read(self._master, _READ)
        except BlockingIOError:
            return False
        except OSError as error:
            if error.errno != errno.EIO:
                raise
            data = b""
        if not data:  # nobody has the terminal open any more
            self._selector.unregister(self._master)
            return False
        self._output.append(data, time.perf_counter_ns())
        return True

    def _write_input(self) -> None:
        try:
            del self._input[: os.write(self._master, self._input)]
        except BlockingIOError:
            pass
        except OSError:
            self._input.clear()
        self._want_to_write(bool(self._input))

    def _want_to_write(self, wanted: bool) -> None:
        if self._master in self._selector.get_map():
            events = selectors.EVENT_READ | (selectors.EVENT_WRITE if wanted else 0)
            self._selector.modify(self._master, events, self._on_terminal)

    def _on_control(self, mask: int) -> None:
        try:
            self._requests += os.read(self._control, _READ)
        except BlockingIOError:
            return
        for kind, payload in control.parse(self._requests):
            try:
                self._carry_out(kind, payload)
            except (OSError, struct.error) as error:
                folder.note(self._session, f"a request of the screen failed: {error}")

    def _carry_out(self, kind: bytes, payload: bytes) -> None:
        if kind == control.INPUT:
            room = _INPUT_LIMIT - len(self._input)
            if room < len(payload):
                folder.note(self._session, "the program does not read its input: some of it was dropped")
            self._input += payload[:room]
            self._want_to_write(bool(self._input))
        elif kind == control.RESIZE:
            termios.tcsetwinsize(self._master, control.SIZE.unpack(payload))
        elif kind == control.INTERRUPT:
            self._signal(signal.SIGINT)
        elif kind == control.END:
            self._signal(signal.SIGTERM)
            self._signal(signal.SIGCONT)
            self._kill_at_ns = time.perf_counter_ns() + control.GRACE.unpack(payload)[0] * 1_000_000

    def _signal(self, number: int) -> None:
        """Send a signal to the terminal's foreground job; to end it, also to the program's own group."""
        groups = {self._foreground()}
        if number != signal.SIGINT:
            groups.add(self._pid)
        for group in groups - {0, os.getpgrp()}:
            try:
                os.killpg(group, number)
            except (ProcessLookupError, PermissionError):
                continue

    def _foreground(self) -> int:
        try:
            return os.tcgetpgrp(self._master)
        except OSError:
            return self._pid

    def _resume(self, pid: int) -> None:
        """Nobody could resume a program that Ctrl-Z has stopped: there is no shell on its terminal."""
        try:
            os.killpg(pid, signal.SIGCONT)
        except (ProcessLookupError, PermissionError):
            pass
