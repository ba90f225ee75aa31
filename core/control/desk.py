"""Between the socket and the scheduler: lines become events, answers go out, mailboxes are written.

Everything here happens with the controller's lock held.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from concviz.core.agent import layout as L
from concviz.core.control import mailbox, wire
from concviz.core.control.decisions import Writer
from concviz.core.control.program import Family, Process
from concviz.core.control.scheduler import Scheduler
from concviz.core.control.standing import LOOK_NS, SETTLED_NS, standing
from concviz.core.control.view import FREE, State, View
from concviz.core.control.view_of import view_of
from concviz.core.control.watchdog import Watchdog
from concviz.core.control.whereabouts import Whereabouts
from concviz.core.control.wishes import Wish
from concviz.core.language import N_
from concviz.core.system.procfs import Proc

_TICK_S = 0.025
"""How often to look at the clock while the program is held."""
FAILED = N_("the controller has failed, the program runs free")


class Desk:
    """The ``server.Handler`` of one session, and what the controller asks of it."""

    def __init__(
        self, session: Path, clock: Callable[[], int], send: Callable[[int, bytes], None],
        changed: Callable[[], None], watch: Callable[[int, int], bool],
    ) -> None:
        """What the desk needs of others.

        Args:
            send: ``send(connection, answer)`` sends. changed: is called whenever a view may have changed.
            watch: ``watch(connection, pid)`` promises to tell when that process is over, or says False.
        """
        self._watch = watch
        self._session, self._clock, self._send, self._changed = session, clock, send, changed
        self._schedule = Writer(session)
        self.scheduler = Scheduler(self._schedule.decided)
        self._family = Family(self._parent_of)
        self._proc = Proc()
        self._watchdog = Watchdog(self._proc)
        self._timed = L.TIME_STANDS  # as the mailboxes say
        self._view: View | None = None
        self._failure: tuple[str, ...] = ()
        self._stuck = False  # as the schedule says
        self._switches: dict[int, int] = {}  # of those in a deadlock that was released
        self._looked_ns = 0

    # -- what comes ------------------------------------------------------------------------------------------

    def line(self, conn: int, line: bytes) -> bool:
        """See ``server.Handler``."""
        message = wire.parse(line)
        now_ns = self._clock()
        match message:
            case None:
                return False
            case wire.Hello():
                process = self._process(message.pid, message.stem, message.flags, now_ns, message.nth)
                process.watched = not message.interpreter and self._watch(conn, message.pid)
                mailbox.put(self._session, process.stem, self.scheduler.granularity, self._timed)
                self.scheduler.process_joined(conn, process)
            case wire.Thread():
                process = self._process(message.pid, message.stem, (), now_ns)
                self.scheduler.thread_joined(conn, process, message.number, message.tid, now_ns)
            case _:
                return self.scheduler.said(conn, message, now_ns)
        return True

    def _process(self, pid: int, stem: str, flags: tuple[str, ...], now_ns: int, nth: int = 0) -> Process:
        return self._family.join(pid, stem, flags, Whereabouts(self._session, stem), now_ns, nth)

    def _parent_of(self, pid: int, stem: str) -> int:
        parent = mailbox.parent_in_log(self._session, stem)
        try:
            return parent or self._proc.stat(pid).ppid
        except (OSError, ValueError):
            return 0

    def gone(self, conn: int) -> None:
        """See ``server.Handler``."""
        self.scheduler.gone(conn, self._clock())

    def over(self, conn: int) -> None:
        """See ``server.Handler``."""
        self.scheduler.processes.over(conn)

    def turned(self) -> float | None:
        """See ``server.Handler``."""
        if self.scheduler.granularity:
            now_ns = self._clock()
            self.scheduler.tick(now_ns)
            self._look_at_silent(now_ns)
        self._look_at_deadlock()
        self.deliver()
        if self.scheduler.granularity:
            return _TICK_S
        return LOOK_NS / 1e9 if self.scheduler.standing is not None else None

    def _look_at_silent(self, now_ns: int) -> None:
        for who in self.scheduler.overdue(now_ns):
            if isinstance(who, Process):
                what = self._watchdog.look(who.pid, who.pid, who.since_ns, now_ns)
            else:
                what = self._watchdog.look(who.process.pid, who.tid, who.heard_ns, now_ns)
            if what is not None:
                self.scheduler.excuse(who, what, now_ns)

    def _look_at_deadlock(self) -> None:
        """Write down when there is one, and look whether one that was released lasts."""
        scheduler, now_ns = self.scheduler, self._clock()
        lasts = scheduler.standing
        if lasts is not None and now_ns - self._looked_ns >= LOOK_NS:
            self._looked_ns = now_ns
            found = {w.tid: self._watchdog.switches(w.process.pid, w.tid) for w in lasts.members}
            if now_ns - lasts.since_ns < SETTLED_NS or not self._switches:
                self._switches = found
            elif found != self._switches:
                lasts = scheduler.standing = None
        stuck = lasts is not None or scheduler.state is State.DEADLOCK
        if stuck is not self._stuck:
            self._stuck = stuck
            self._schedule.deadlock(view_of(scheduler, ()).cycle if stuck else None, now_ns)

    def failed(self, error: Exception) -> None:
        """See ``server.Handler``."""
        self._failure = (f"{FAILED}: {error!r}",)
        with suppress(Exception):  # whatever is wrong may be wrong again
            self._free()

    # -- what the user says ----------------------------------------------------------------------------------

    def hold(self, granularity: int, environment: dict[str, str]) -> None:
        """Hold the program, or change how finely it is held; ``environment`` is kept with the schedule."""
        if self.scheduler.granularity != granularity:
            self._schedule.held(granularity, not self.scheduler.begun, environment, self._clock())
            self._post(granularity)
        self.scheduler.hold(granularity, self._clock())
        self.deliver()

    def want(self, wish: Wish) -> None:
        """Carry out a wish; nothing happens while the program runs free."""
        self.scheduler.want(wish, self._clock())
        self.deliver()

    def release(self) -> None:
        """Release everybody, if the program is held."""
        if not self.scheduler.granularity:
            return
        seen, workers = self.view(), tuple(self.scheduler.workers.values())
        self._free()
        now_ns = self._clock()
        self._schedule.released(now_ns)
        self.scheduler.standing = standing(seen, workers, now_ns)
        self._switches, self._looked_ns = {}, now_ns
        self._look_at_deadlock()
        self.deliver()

    def _free(self) -> None:
        self._post(FREE)
        self._watchdog.forget()
        self.scheduler.release()
        self.deliver()

    def close(self) -> None:
        """Release everybody for good."""
        self.release()
        self._schedule.close()

    def view(self) -> View:
        """How things stand; the same object until something has happened."""
        if self._view is None:
            notes = (note for process in self._family.all if process.alive for note in process.notes())
            self._view = view_of(self.scheduler, (*self._failure, *notes))
        return self._view

    # -- what goes out ---------------------------------------------------------------------------------------

    def _post(self, granularity: int) -> None:
        """Write every mailbox."""
        self._timed = self._expects()
        for process in self._family.all:
            if process.alive:
                mailbox.put(self._session, process.stem, granularity, self._timed)

    def _expects(self) -> int:
        wish = self.scheduler.wish
        return L.TIME_STANDS if wish is None else wish.expects

    def deliver(self) -> None:
        """Send the scheduler's answers and tell those who wait for a view."""
        answers, self.scheduler.answers = self.scheduler.answers, []
        for conn, answer in answers:
            self._send(conn, answer)
        self._view = None
        if self.scheduler.granularity and self._expects() != self._timed:
            self._post(self.scheduler.granularity)
        self._changed()
