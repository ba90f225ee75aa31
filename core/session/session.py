"""A session folder, opened: its facts, its timeline, its gauges, and what has arrived since the last look."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from pathlib import Path

from concviz.core.agent import layout as L
from concviz.core.session import folder, held, sizes
from concviz.core.session.alive import of_session
from concviz.core.session.chunks import SUFFIX
from concviz.core.session.files import Files
from concviz.core.session.folder import SessionError
from concviz.core.session.info import SessionInfo
from concviz.core.session.log import Log
from concviz.core.session.packed import opened
from concviz.core.session.system import SystemView
from concviz.core.session.system_log import SystemLog
from concviz.core.text import clean
from concviz.core.timeline.frontier import Now
from concviz.core.timeline.history import History
from concviz.core.timeline.processes import program_name
from concviz.core.timeline.timeline import Timeline

__all__ = ["Session", "SessionError"]

_BEFORE_NS = 60_000_000_000  # how much earlier than the session something in it may have happened
_AFTER_NS = 1_000_000_000
_LONGEST_NS = 400 * 86_400 * 1_000_000_000
_CHECK_NS = 500_000_000
"""How often to ask whether the program is alive."""
_LATE_NS = 2_000_000_000
"""How long after the end of the program its recorder may still be writing."""
_OUTPUT = 1 << 20


class Session:
    """A session folder being read; ``advance`` takes in what arrived."""

    def __init__(self, files: Files, start: folder.Start, alive: Callable[[int, int], bool]) -> None:
        """Use ``open``."""
        self._files, self._start, self._alive = files, start, alive
        self._end = folder.read_end(files)
        self.timeline = Timeline(start.start_ns)
        self._history = History(self.timeline)
        self._system_log = SystemLog(files.root, files.read)
        self.system = SystemView(self._thread_of, self._system_log.names.text)
        self._logs: dict[str, Log] = {}
        self._living = self._end is None
        self._checked_ns: int | None = None
        self._over = False
        self._drained = False
        self._sizes: sizes.Check | None = None
        self._missing = 0
        self._checked, self._sound = False, True
        self._said: list[str] = folder.said(files)
        self._deadlocks: tuple[int | None, list[held.Deadlock]] = None, []  # as of so many bytes
        self.notes: tuple[str, ...] = ()
        """What the user should know about the recording, one line each."""
        self.damage: tuple[str, ...] = ()
        """Those of the notes that tell of a loss since it was recorded. What a program or a recorder that was
        killed could not write is none: such a session is as whole as it can be."""
        self.info = self._describe()

    @classmethod
    def open(cls, path: Path, alive: Callable[[int, int], bool] | None = None) -> Session:
        """Open a session, a folder or a packed one; nothing but its first file is read yet.

        Args:
            alive: (pid, start in clock ticks or 0) → is that process of the session there?

        Raises:
            SessionError: it is missing, empty, or of a newer format than this concviz knows.
        """
        path = Path(path)
        try:
            files = opened(path)
            start = folder.read_start(files)
            return cls(files, start, (alive or of_session(start.start_ns)) if files.growing else _gone)
        except OSError as error:
            raise SessionError(f"{clean(path, 500)} cannot be read: {error.strerror}") from error

    def anew(self) -> Session:
        """The same session, to be read from its begin.

        Raises:
            SessionError: see ``open``.
        """
        return type(self).open(self.info.path, self._alive)

    def advance(self, now_ns: int, limit: int = 200_000) -> bool:
        """Take in what arrived, at most ``limit`` records; True if anything changed or may still change.

        Args:
            now_ns: the monotonic clock, read by the caller.
            limit: how much to read at most, so that a frame is not late.
        """
        if self._over and self._drained:
            return False
        self._check(now_ns)
        self._discover()
        latest = self._latest(now_ns)
        earliest = max(self._start.start_ns - _BEFORE_NS, 0)
        for log in self._logs.values():  # before the samples: a process with a log is told by its threads
            log.look(self._over, earliest, latest)
        samples = self._system_log.read(earliest, latest)
        self._history.add_system(samples, self._system_log.names)
        self.system.add(samples)
        self._drained = self._system_log.drained
        self._read_all(max(limit, 1), now_ns, earliest, latest)
        self._tell_ends()
        self._history.settle(Now(now_ns, self._over, self._end.ended_ns if self._end else None))
        self._notice()
        self.info = self._describe()
        return True

    @property
    def caught_up(self) -> bool:
        """True when the last ``advance`` read all that was there: what is still to come is yet to happen."""
        return self._drained

    @property
    def read_share(self) -> float:
        """How much of what is there was read so far, 0 … 1; space that was reserved counts as there."""
        if self._drained:
            return 1.0
        logs = [log.events for log in self._logs.values()]
        there = sum(max((self._files.size(log.path) or 0) - L.RECORDS_AT, 0) for log in logs)
        return min(sum(log.next for log in logs) * L.RECORD_SIZE / there, 1.0) if there else 1.0

    def output(self, offset: int) -> tuple[bytes, int]:
        """What the program printed from ``offset`` on (raw bytes), and the offset to ask from next time."""
        offset = max(offset, 0)
        data = self._files.read(self._files.root / "output.log", _OUTPUT, offset)
        return data, offset + len(data)

    def held_ns(self) -> int:
        """Nanoseconds for which the program was held until now; reads the file of its decisions anew."""
        end = self._end.ended_ns if self._end else self.timeline.end_ns
        return held.held_ns(self._files, self._start.start_ns, end)

    def deadlocks(self) -> list[held.Deadlock]:
        """The deadlocks that were seen while the program was held; the file is read when it has grown."""
        size = self._files.size(self._files.root / held.NAME)
        if size != self._deadlocks[0]:
            self._deadlocks = size, held.deadlocks(self._files)
        return self._deadlocks[1]

    def _check(self, now_ns: int) -> None:
        """Is it still running, and has everything been written that will be?"""
        if not self._start.pid and not self._start.damaged:
            try:
                self._start = folder.read_start(self._files)
            except (SessionError, OSError):
                pass
        if self._end is None:
            self._end = folder.read_end(self._files)
        due = self._checked_ns is None or now_ns - self._checked_ns >= _CHECK_NS
        if due and not self._over:
            self._checked_ns = now_ns
            s = self._start
            here = now_ns >= s.start_ns  # the clock begins anew when the machine does
            recorder = here and self._alive(s.recorder_pid, 0)
            program = here and self._alive(s.pid, self._root_ticks())
            self._living = self._end is None and (recorder or program)
            late = self._end is not None and recorder and now_ns < self._end.ended_ns + _LATE_NS
            self._over = not self._living and not late
        if self._start.pid:
            name = program_name(self._start.command) or f"pid {self._start.pid}"
            self._history.processes.root(self._start.pid, self._start.start_ns, name)

    def _root_ticks(self) -> int:
        root = self._history.processes.last(self._start.pid)
        return root.start_ticks if root is not None else 0

    def _latest(self, now_ns: int) -> int:
        """No believable record is later than this."""
        if not self._over:
            return now_ns + _AFTER_NS
        return self._start.start_ns + _LONGEST_NS

    def _discover(self) -> None:
        for stem in folder.log_stems(self._files):
            if stem not in self._logs:
                self._logs[stem] = Log(self._files, stem, self._history)

    def _read_all(self, limit: int, now_ns: int, earliest: int, latest: int) -> None:
        """Take in at most so many records, always of the log that is behind the others in time."""
        logs = [(log.history.last_ns, n, log) for n, log in enumerate(self._logs.values()) if log.history]
        for _, _, log in logs:
            log.undrain()
        heapq.heapify(logs)
        while logs and limit > 0:
            _, n, log = heapq.heappop(logs)
            limit -= log.advance(limit, now_ns, self._over, earliest, latest)
            if log.history and not log.history.drained:
                heapq.heappush(logs, (log.history.last_ns, n, log))
        self._drained &= not logs

    def _tell_ends(self) -> None:
        """How the program ended: for sure once its recorder has written it, which has waited for it."""
        end, root = self._end, self._history.processes.last(self._start.pid)
        if end is None or root is None or root.end_is_sure:
            return
        root.ended_ns, root.end_is_sure = end.ended_ns, True
        root.code = -end.signal if end.signal else end.exit_code

    def _thread_of(self, pid: int, tid: int) -> int | None:
        """The latest thread that had this native id."""
        process = self._history.processes.last(pid)
        threads = process.threads if process is not None else []
        return next((t.lane.index for t in reversed(threads) if t.tid == tid), None)

    def _notice(self) -> None:
        """Gather what the user should know."""
        if self._over and self._drained and not self._checked:
            self._checked, self._sound = True, self._files.sound()
        if self._over and self._end is not None:
            self._sizes = self._sizes or sizes.check(self._files)
            if self._drained:
                reached = {f"events/{log.events.path.name}": log.reached for log in self._logs.values()}
                self._missing = self._sizes.missing(reached)
        damage = self._files.notes()
        if self._start.damaged:
            damage.append("session.json cannot be read: what was started is not known")
        cut = list(self._sizes.notes) if self._sizes else []
        if self._missing and self._sizes:
            cut.append(f"{self._missing:,} of {sum(self._sizes.records.values()):,} events are lost")
        self.damage = (*damage, *cut)
        notes = damage + self._said
        for log in self._logs.values():
            notes += log.notes()
        if self._system_log.damaged:
            notes.append(f"system.log: {self._system_log.damaged} records are damaged")
        if self._over and self._end is None:
            notes.append("the recording was cut off: its end is not known")
        self.notes = tuple(notes + cut + self._history.processes.notes)

    def _describe(self) -> SessionInfo:
        start, end = self._start, self._end
        logs = self._logs.values()
        complete = self._drained and self._sound and self._sizes is not None and self._sizes.whole
        complete = complete and not any(log.empty for log in logs)
        name = start.name or clean(self._files.path.resolve().name.removesuffix(SUFFIX))
        if name.startswith("python"):  # a command that names its interpreter: the script says more
            name = program_name(start.command) or name
        return SessionInfo(
            self._files.path, name, start.command,
            start.python or self._python(), start.started, start.start_ns, end.ended_ns if end else None,
            end.exit_code if end else None, end.signal if end else None, self._living, complete,
            sum(log.read for log in logs),
            sum(log.lost for log in logs) + self._system_log.damaged + self._missing,
            start.pid, start.captured, held.was_held(self._files),
        )

    def _python(self) -> str | None:
        for log in self._logs.values():
            version = log.names.facts.get("version", ())
            if version and log.events.header is not None and log.events.header.pid == self._start.pid:
                return version[0]
        return None


def _gone(pid: int, start_ticks: int) -> bool:
    """What is packed was over, and its pids are others' by now."""
    return False
