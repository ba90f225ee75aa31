"""Who may run: events in, answers out. No socket, no clock and no thread in here.

While the program is held one worker at most has the *baton*: it was answered and is on its way to its next
gate. Workers that run without it have not come to a gate since the program was held (*loose*); nobody is let
go before they have, or somebody has looked what keeps them (``excuse``).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import count

from concviz.core.control import silence, view, wire
from concviz.core.control.deadlock import Waits
from concviz.core.control.decisions import Decision
from concviz.core.control.locks import Locks
from concviz.core.control.program import Process, Processes
from concviz.core.control.ready import Candidate, candidates
from concviz.core.control.standing import Standing
from concviz.core.control.wait_queue import WaitQueue
from concviz.core.control.wishes import Follow, Steps, Wish
from concviz.core.control.workers import Asked, Doing, Silence, Worker


class Scheduler:
    """The state machine. Every event may add to ``answers``, which the caller takes and sends.

    Nobody is let go before all that came at once was told (``advance``, ``tick``): a process that is killed
    before somebody comes to a gate is not chosen then.
    """

    def __init__(self, decided: Callable[[Decision], None] = lambda decision: None) -> None:
        """``decided`` is told every decision as it is made."""
        self._decided = decided
        self.workers: dict[int, Worker] = {}
        self.processes = Processes()
        self.answers: list[tuple[int, bytes]] = []
        self.begun = False
        """Has any process said hello?"""
        self.locks = Locks()
        self.granularity = view.FREE
        self.wish: Wish | None = None
        self.baton: Worker | None = None
        self.step = 0
        self.last = ""
        self.did: view.Choice | None = None
        self.fifo = True
        self.divergence: view.Divergence | None = None
        self.standing: Standing | None = None
        """A deadlock that was released and lasts."""
        self._chosen: Candidate | None = None
        self._does: view.Choice | None = None  # the same, as it was before its step
        self._undecided: Decision | None = None  # of a worker that tries again: counts if it gets it
        self._turn = count(1).__next__
        self._wait_queue = WaitQueue(self.workers, self.locks, self._turn)

    # -- connections -------------------------------------------------------------------------------------

    def process_joined(self, conn: int, process: Process) -> None:
        """A process has said hello."""
        self.processes.joined(conn, process)
        self.begun = True
        self.answers.append((conn, wire.mode(self.granularity)))

    def thread_joined(self, conn: int, process: Process, thread: int, tid: int, now_ns: int) -> None:
        """A thread has come to its first gate."""
        process.settled, process.computes = True, False
        self.workers[conn] = Worker(conn, process, thread, tid, now_ns)

    def gone(self, conn: int, now_ns: int) -> None:
        """A connection has ended: the thread, or the process, is over."""
        self.processes.gone(conn, now_ns)
        worker = self.workers.pop(conn, None)
        if worker is not None:
            if worker.tid == worker.process.pid:  # the main thread, and with it the process
                self.processes.ends(worker.process, now_ns)
            self._heard(worker)
            self._wait_queue.gone(worker, now_ns)
            if worker is self.baton:
                self._tried()
            self._put_down(worker, over=True)

    def _heard(self, worker: Worker) -> None:
        if self.standing is not None and worker in self.standing.members:
            self.standing = None

    # -- what workers say -----------------------------------------------------------------------------------

    def said(self, conn: int, message: wire.Message, now_ns: int) -> bool:
        """A line has come; False where the connection has not said whose it is."""
        worker = self.workers.get(conn)
        if worker is None:
            process = self.processes.get(conn)
            if process and isinstance(message, wire.Flag):
                process.flags += (message.flag,)
            if process and isinstance(message, wire.Spawning) and self.granularity:
                process.births.append(now_ns + silence.BIRTH_NS)
            return process is not None
        self._heard(worker)
        if isinstance(message, wire.Loop) and message.flags & wire.LOOP_AGAIN:
            self._again(worker, message)
        else:
            worker.process.places.moved()
            worker.silence = None
            worker.heard_ns = now_ns
            self._take(worker, message, now_ns)
        return True

    def _again(self, worker: Worker, line: wire.Loop) -> None:
        """A loop's list has changed; it is only counted where our answer to it is on its way already."""
        if worker.doing is Doing.LOOP:
            worker.process.places.moved()
            worker.take(line)
        else:
            worker.lists += 1

    def _take(self, worker: Worker, message: wire.Message, now_ns: int) -> None:
        if worker is self.baton and not isinstance(message, wire.Lost):  # (which comes before what it does)
            self._settle_try(worker, message)
        match message:
            case wire.At():
                self._at(worker, message)
            case wire.Loop():
                worker.in_loop(message, self._turn())
                self._came(worker)
            case wire.Leave():
                worker.stands(Doing.OUTSIDE, *message, self._turn())
                self._put_down(worker)
            case wire.Blocked():
                self._wait_queue.blocked(worker, message, now_ns)
                self._came(worker)
            case wire.Got() if self.granularity:
                self._wait_queue.got(worker, message)
            case wire.Lost():
                self._wait_queue.lost(worker.process, message.object)
            case wire.Spawning():
                worker.spawns = True
                if not self.granularity:  # it was released meanwhile
                    self._let_spawn(now_ns)
            case wire.Ended():
                worker.stands(Doing.OUTSIDE, "end", 0, 0, "", self._turn())
                self._put_down(worker, over=True)

    def _at(self, worker: Worker, line: wire.At) -> None:
        if line.kind == "acquire":
            worker.asked = Asked(line.object, line.site, line.detail)
        elif line.kind == "begin" and worker.process.births:
            worker.process.births.pop(0)
        worker.stands(Doing.PARKED, *line[:4], self._turn())
        worker.size = line.size
        self._came(worker)

    def _came(self, worker: Worker) -> None:
        """A worker waits for an answer."""
        if self.granularity:
            self._put_down(worker)
        else:
            self._answer(worker, wire.FREE)

    # -- the baton -------------------------------------------------------------------------------------------

    def _put_down(self, worker: Worker, over: bool = False) -> None:
        """A worker came to a gate, went outside or is gone; if it had the baton, its step is over."""
        if worker is not self.baton:
            return
        self.baton = None
        chosen, self._chosen = self._chosen, None
        if chosen is None or self._undecided is not None:
            self._undecided = None
            return
        self.last, self.did = chosen.key, self._does
        if self.wish is not None:
            self.wish.stepped(chosen, over)
            self._drop_fulfilled()

    def _settle_try(self, worker: Worker, message: wire.Message) -> None:
        """A second try that failed was no decision: nothing has happened."""
        failed = isinstance(message, (wire.Blocked, wire.Leave)) and message.object == worker.object
        if not failed:
            self._tried()

    def _tried(self) -> None:
        """Who has tried again has got it, and has gone on: to its end, perhaps."""
        if self._undecided is not None:
            decision, self._undecided = self._undecided, None
            self._decide(decision)

    def advance(self, now_ns: int) -> None:
        """Let go whom the user wants to go, if that can be now."""
        self._let_spawn(now_ns)
        if not (self.granularity and self.workers) or self.baton is not None or self.unsettled:
            return
        if self._let_pass(now_ns) or self.wish is None:
            return
        ready = candidates(self.workers.values())
        chosen = self.wish.pick(ready, now_ns, silence.coming(self.workers.values(), self.processes.values()))
        if chosen is not None:
            self._let_go(chosen, len(ready), now_ns)
        self._drop_fulfilled()

    def _let_spawn(self, now_ns: int) -> None:
        for worker in self.workers.values():
            if worker.spawns and not worker.process.births:
                worker.process.births += [now_ns + silence.BIRTH_NS] if self.granularity else []
                worker.spawns, worker.heard_ns = False, now_ns
                self._answer(worker, wire.GO)

    def _let_pass(self, now_ns: int) -> bool:
        """Let somebody go on with a step in which it waited for a library's lock: that is no decision."""
        worker = self._wait_queue.passing()
        if worker is not None:
            self.baton = worker
            worker.goes(now_ns)
            self._answer(worker, wire.GO)
        return worker is not None

    def _drop_fulfilled(self) -> None:
        if self.wish is not None and self.wish.done:
            if isinstance(self.wish, Follow):
                self.divergence = self.wish.divergence
            self.wish = None

    def _let_go(self, chosen: Candidate, of: int, now_ns: int) -> None:
        worker, item = chosen.worker, chosen.item
        fifo = self.wish.fifo if self.wish else None
        decision = chosen.decision(self.step + 1, of, chosen.place == 0 if fifo is None else fifo)
        if worker.tries_again:
            self._undecided = decision
        else:
            self._decide(decision)
        if worker.kind == "start" and item is None:
            worker.process.births.append(now_ns + silence.BIRTH_NS)
        if item is not None:
            worker.task = chosen.task
        self.baton, self._chosen, self._does = worker, chosen, chosen.choice()
        answer = wire.go(chosen.limit) if item is None else wire.run(worker.lists, item.at, chosen.size)
        worker.goes(now_ns)
        self._answer(worker, answer)

    def _decide(self, decision: Decision) -> None:
        self.step = decision.n
        self.fifo = self.fifo and decision.fifo
        self._decided(decision)

    def _answer(self, worker: Worker, answer: bytes) -> None:
        worker.doing = Doing.RUNNING
        self.answers.append((worker.conn, answer))

    # -- what the user says -------------------------------------------------------------------------------

    def hold(self, granularity: int, now_ns: int) -> None:
        """Stop at gates from now on (the mailboxes say so already); a wish in progress is given up."""
        if not self.granularity:
            for worker in self.workers.values():
                worker.heard_ns, worker.silence = now_ns, None
            for process in self.processes.values():
                process.since_ns = now_ns
        self.granularity, self.wish = granularity, None

    def release(self) -> None:
        """Everybody goes on (the mailboxes say so already)."""
        self.granularity = view.FREE
        self.wish = self.baton = self._chosen = self._undecided = None
        self.locks.clear()
        for worker in self.workers.values():
            if worker.doing in (Doing.PARKED, Doing.LOOP, Doing.BLOCKED):
                worker.items = worker.numbers = ()
                worker.may_try, worker.retry_ns = False, None
                self._answer(worker, wire.FREE)
            worker.doing, worker.silence, worker.task = Doing.RUNNING, None, 0
        for process in self.processes.values():
            process.births.clear()
        self._let_spawn(0)

    def want(self, wish: Wish, now_ns: int) -> None:
        """Carry out a wish, instead of the one before; where the program runs free nothing is to be done."""
        if self.granularity:
            if isinstance(wish, Steps) and isinstance(self.wish, Steps):
                self.wish.one_more()
            else:
                self.wish = wish
            self._drop_fulfilled()
            self.advance(now_ns)

    # -- time ------------------------------------------------------------------------------------------------

    def tick(self, now_ns: int) -> None:
        """Time has passed: locks are tried again, births that nobody heard of forgotten."""
        if not self.granularity:
            return
        self._wait_queue.tick(now_ns)
        for process in self.processes.values():
            process.births = [until_ns for until_ns in process.births if until_ns > now_ns]
        self.advance(now_ns)

    @property
    def unsettled(self) -> bool:
        """Is any worker on its way to a gate without it being known what keeps it?"""
        return silence.unsettled(self.workers.values(), self.processes.values(), self.baton)

    def overdue(self, now_ns: int) -> list[Worker | Process]:
        """Workers and processes that have been silent so long that the kernel should be asked about them."""
        if not self.granularity:
            return []
        return list(silence.overdue(self.workers.values(), self.processes.values(), self.baton, now_ns))

    def excuse(self, who: Worker | Process, what: str, now_ns: int) -> None:
        """The kernel has said what a silent worker or process does: the others may go on without it."""
        if isinstance(who, Process):
            self.processes.looked_at(who, what in silence.BY_ITSELF, now_ns)
        elif silence.excused(who, what, now_ns):
            who.silence = Silence(what, who.heard_ns, now_ns)
            if who is self.baton:
                self._tried()
            self._put_down(who)
        self.advance(now_ns)

    # -- how things stand ------------------------------------------------------------------------------------

    @property
    def state(self) -> view.State:
        """What the program as a whole is doing."""
        if self.begun and not self.processes and not self.workers:
            return view.State.OVER
        if not self.granularity:
            return view.State.FREE
        if self.baton is not None:
            return view.State.RUNNING
        if self.unsettled or not self.workers:
            return view.State.HOLDING
        lasts = self.standing is not None and self.standing.holds_up(self.workers.values())
        if lasts or self.waits.everybody_waits():
            return view.State.DEADLOCK
        return view.State.HELD if self.wish is None else view.State.RUNNING

    @property
    def waits(self) -> Waits:
        """Who waits for whom."""
        return Waits(self.workers.values(), self.locks)
