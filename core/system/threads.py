"""What the threads of one process are doing: one look at each of them is a sweep.

Three sources are brought together: the system call a thread is blocked in, the scheduler's counters of it
(CPU time, time it waited for a core, how often it was put on one) and the GIL's words. A thread that was
not put on a core since the last sweep cannot have changed what it waits for, so a sleeping thread costs
one short read.
"""

from __future__ import annotations

import os
import time
from collections.abc import Collection

from concviz.core.system import layout as L
from concviz.core.system.gil import Gil, GilWords
from concviz.core.system.layout import ThreadState, Wait
from concviz.core.system.procfs import KeptFile, Proc, parse_schedstat, parse_stat
from concviz.core.system.syscalls import NO_CALL, RUNNING, understand
from concviz.core.system.writer import Writer

HEARTBEAT_NS = 40_000_000  # SWEEP, and CPU counters of running threads: at least every 50 ms
_RELIST_NS = 500_000_000
_LIST_EVERY = 3  # sweeps between two looks whether there are new threads
_SLEEPERS_A_SWEEP = 16  # sleeping threads looked at in one sweep; the others take turns
_ASKING_NS = 200_000  # CPU time that asking for the GIL takes at most
_CORE_EVERY = 3  # looks at a thread that was put on a core anew between two looks at which one it is
_CLOCK_MONOTONIC_COARSE = 6  # <linux/time.h>; its resolution is the kernel's tick


def _clock_grain_ns() -> int:
    """The kernel's tick: how long a running thread's CPU counter may stand still."""
    try:
        return round(time.clock_getres(_CLOCK_MONOTONIC_COARSE) * 1e9)
    except OSError:
        return 10_000_000


_MEASURE_NS = _clock_grain_ns() * 5 // 4


class Thread:
    """One thread as it was last seen."""

    __slots__ = (
        "asked_cpu_ns", "asked_switches", "core", "cpu_ns", "delay_ns", "looks", "mark_cpu_ns", "mark_ns",
        "ran", "runnable", "schedstat", "settled", "slices", "stalled", "stat_path", "state", "syscall",
        "tid", "wait", "written", "written_ns",
    )

    def __init__(self, proc: Proc, pid: int, tid: int, now_ns: int) -> None:
        """Open its files; where the system call may not be read, the state's letter has to do.

        Raises:
            OSError: it has ended.
        """
        folder = f"{proc.root}/{pid}/task/{tid}"
        self.tid = tid
        self.stat_path = f"{pid}/task/{tid}/stat"
        self.schedstat = KeptFile(f"{folder}/schedstat")
        self.syscall: KeptFile | None = None
        try:
            self.syscall = KeptFile(f"{folder}/syscall")
        except PermissionError:
            pass
        except OSError:
            self.schedstat.close()
            raise
        self.state, self.wait, self.core = ThreadState.ON_CORE, Wait.UNKNOWN, -1
        self.runnable = False
        self.settled = True  # False: it may wait for the GIL, once that is found
        self.ran = False  # was it put on a core between the last two looks?
        self.asked_cpu_ns = 0  # its CPU time, and the GIL's hand-overs, when it was last seen waiting for it
        self.asked_switches = -1
        self.cpu_ns = self.delay_ns = 0
        self.slices = self.looks = -1
        self.mark_ns, self.mark_cpu_ns = now_ns, 0  # when it was last found out whether it has a core
        self.stalled = False  # could it run, without having a core?
        self.written = (-1, -1)  # value and CPU ns of its last record
        self.written_ns = 0

    def close(self) -> None:
        """Let go of its files."""
        self.schedstat.close()
        if self.syscall:
            self.syscall.close()


class Threads:
    """The threads of one process, swept again and again."""

    def __init__(self, proc: Proc, pid: int, writer: Writer) -> None:
        self.pid = pid
        self._proc = proc
        self._folder = f"{proc.root}/{pid}/task"
        self._writer = writer
        self.seen: dict[int, Thread] = {}
        """The threads that live, by the kernel's id."""
        self._ended: set[int] = set()  # a main thread that ended before the others stays listed
        self._listed_ns = self._swept_ns = -_RELIST_NS
        self._links = self._list_in = -1
        self._turn = 0
        self._cpu_ns = -1
        self.awake = True
        """Could any thread run at the last sweep?"""
        self.moved = True
        """Has any thread run between the last sweep and the one before?"""
        self._owed = 0  # sleeping threads to be looked at before all are believed to sleep on
        self._gil: Gil | None = None
        self.lost_gil = False
        """Was the GIL no longer there when it was last read?"""
        self._told = (-1, -1, -1)  # holder, waiters and hand-overs of the last GIL record
        self._told_ns = 0
        self._beat_ns = 0
        self._sweeps = 0
        self._cost_ns = 0

    def sweep(self, now_ns: int, cpu_ns: int, gil: Gil | None, gil_expected: bool) -> bool:
        """Look at every thread and write what changed.

        Args:
            now_ns: the monotonic clock now.
            cpu_ns: the CPU clock of the process now, 0 unknown.
            gil: the process's GIL, if it can be read.
            gil_expected: it is still being looked for, so a futex may turn out to be the GIL's.

        Returns:
            False once the process has no threads any more.
        """
        began_ns = time.perf_counter_ns()
        self.moved = False
        if self._all_sleep(now_ns, cpu_ns):
            self._swept(now_ns, began_ns)
            return True
        if not self._list(now_ns):
            return False
        self._gil = gil
        words = gil.read(self.seen.keys()) if gil else None
        self.lost_gil = gil is not None and words is None
        looked = [thread for thread in self._due() if self._look(thread, now_ns, words, gil_expected)]
        self.moved = bool(looked)
        after = gil.read(self.seen.keys()) if gil and looked else words
        if words and after and after.holder != words.holder:
            self._handed_over(looked, after.holder)
        for thread in looked:
            self._write(thread, now_ns)
        self.awake = any(t.state != ThreadState.BLOCKED or not t.settled for t in self.seen.values())
        self._write_gil(now_ns, after)
        self._swept(now_ns, began_ns)
        return bool(self.seen)

    def close(self, now_ns: int) -> None:
        """Write the end of every thread that is left and let go of their files."""
        for thread in list(self.seen.values()):
            self._end(thread, now_ns)

    def _all_sleep(self, now_ns: int, cpu_ns: int) -> bool:
        """Did every thread sleep at the last sweep, and the CPU clock of the process stand still since?"""
        if self.awake or self._owed > 0 or now_ns - self._listed_ns >= _RELIST_NS:
            return False
        before_ns, self._cpu_ns = self._cpu_ns, cpu_ns
        if cpu_ns != 0 and cpu_ns == before_ns:
            return True
        self._owed = len(self.seen)
        return False

    def _list(self, now_ns: int) -> bool:
        """Bring the list of threads up to date; False when the process is gone.

        A task folder counts one link for each thread: asking for that is cheaper than reading the folder.
        """
        self._list_in -= 1
        if self._list_in > 0 and self._links >= 0:
            return True
        self._list_in = _LIST_EVERY
        try:
            links = os.stat(self._folder).st_nlink
            if links == self._links and now_ns - self._listed_ns < _RELIST_NS:
                return True
            tids = self._proc.tasks(self.pid)
        except OSError:
            return False
        self._links, self._listed_ns = links, now_ns
        for tid in self.seen.keys() - set(tids):
            self._end(self.seen[tid], now_ns)
        self._ended.intersection_update(tids)
        for tid in tids:
            if tid not in self.seen and tid not in self._ended:
                try:
                    self.seen[tid] = Thread(self._proc, self.pid, tid, now_ns)
                except OSError:
                    self._links = -1  # it ended at once, or there are no descriptors: look again
        return True

    def _due(self) -> list[Thread]:
        """The threads to look at in this sweep: those that ran last time, and some that slept."""
        awake = [t for t in self.seen.values() if t.state != ThreadState.BLOCKED or not t.settled]
        self._owed -= _SLEEPERS_A_SWEEP
        asleep = [t for t in self.seen.values() if t.state == ThreadState.BLOCKED and t.settled]
        if len(asleep) > _SLEEPERS_A_SWEEP:
            start = self._turn = self._turn % len(asleep)
            self._turn += _SLEEPERS_A_SWEEP
            asleep = (asleep[start:] + asleep[:start])[:_SLEEPERS_A_SWEEP]
        return awake + asleep

    def _look(self, thread: Thread, now_ns: int, words: GilWords | None, gil_expected: bool) -> bool:
        """Find out what ``thread`` does; False when it has not moved, or has ended."""
        try:
            cpu_ns, thread.delay_ns, slices = parse_schedstat(thread.schedstat.read())
            thread.ran = slices != thread.slices
            if not (thread.ran or thread.runnable) and thread.settled:
                return False
            thread.cpu_ns, thread.slices = cpu_ns, slices
            _measure(thread, now_ns)
            self._classify(thread, words, gil_expected)
            self._find_core(thread)
        except (OSError, ValueError):
            self._links = -1
            if not self._alive(thread):
                self._end(thread, now_ns)
            return False
        return True

    def _classify(self, thread: Thread, words: GilWords | None, gil_expected: bool) -> None:
        """Set state and wait of ``thread`` from the system call it is in."""
        text = thread.syscall.read() if thread.syscall else self._letter(thread)
        thread.runnable, thread.settled = text.startswith(RUNNING), True
        if thread.runnable:
            thread.state = self._runnable(thread, words)
            thread.wait = Wait.UNKNOWN
            return
        if text.startswith(NO_CALL):
            raise ProcessLookupError
        call = understand(text, thread.wait)
        if call.futex and self._gil and self._gil.owns(call.futex):
            thread.state, thread.wait = ThreadState.WAITS_FOR_GIL, Wait.UNKNOWN
            thread.asked_switches = words.switches if words else -1
            thread.asked_cpu_ns = thread.cpu_ns
            return
        thread.asked_switches = -1
        thread.settled = not (call.futex and gil_expected)
        thread.state = ThreadState.BLOCKED
        thread.wait = call.wait if thread.settled else Wait.UNKNOWN

    def _runnable(self, thread: Thread, words: GilWords | None) -> ThreadState:
        """Which of its states a thread that could run is in.

        The kernel calls a thread runnable from the moment it is woken. One that waited for the GIL still does
        while the GIL was not handed over, or while it has used no CPU worth speaking of since. One that had
        it at the last sweep and was taken off its core since has lost it, and wakes to ask for it again.
        """
        if words and words.holder == thread.tid:
            thread.asked_switches = -1
            return ThreadState.WAITS_FOR_CORE if thread.stalled else ThreadState.HOLDS_GIL
        if thread.asked_switches >= 0 and words:
            asked_ns = thread.cpu_ns - thread.asked_cpu_ns
            if words.switches == thread.asked_switches or asked_ns < _ASKING_NS:
                return ThreadState.WAITS_FOR_GIL
            thread.asked_switches = -1
        if thread.state == ThreadState.HOLDS_GIL and words and words.holder and thread.ran:
            return ThreadState.WAITS_FOR_GIL
        return ThreadState.WAITS_FOR_CORE if thread.stalled else ThreadState.ON_CORE

    def _handed_over(self, looked: Collection[Thread], holder: int) -> None:
        """The GIL changed hands during the sweep: who has it now runs, unless its last owner did."""
        if any(thread.state == ThreadState.HOLDS_GIL for thread in looked):
            return
        for thread in looked:
            if thread.runnable and thread.tid == holder:
                thread.state = ThreadState.HOLDS_GIL

    def _letter(self, thread: Thread) -> bytes:
        """In place of the system call: 'running', or a call that tells nothing, by the kernel's letter."""
        status = parse_stat(self._proc.read(thread.stat_path)).status
        if status in "XZ":
            raise ProcessLookupError
        return RUNNING if status == "R" else b"-1 0x1 0x1"

    def _find_core(self, thread: Thread) -> None:
        """Now and then, where it could run and was put on a core anew, ask which one that is."""
        if not (thread.runnable and thread.ran):  # only then can it be another one
            return
        thread.looks += 1
        if thread.looks % _CORE_EVERY == 0:
            thread.core = parse_stat(self._proc.read(thread.stat_path)).core

    def _alive(self, thread: Thread) -> bool:
        try:
            return parse_stat(self._proc.read(thread.stat_path)).status not in "XZ"
        except (OSError, ValueError):
            return False

    def _end(self, thread: Thread, now_ns: int) -> None:
        del self.seen[thread.tid]
        self._ended.add(thread.tid)
        value = L.thread_value(ThreadState.GONE)
        self._writer.add(
            now_ns, L.Record.THREAD, self.pid, thread.tid, value, thread.cpu_ns, thread.delay_ns
        )
        thread.close()

    def _write(self, thread: Thread, now_ns: int) -> None:
        """Write a thread's record if it says something new."""
        value = L.thread_value(thread.state, thread.wait, thread.core)
        used = thread.cpu_ns != thread.written[1]
        changed = value != thread.written[0]
        if changed or (used and now_ns - thread.written_ns >= HEARTBEAT_NS):
            self._writer.add(
                now_ns, L.Record.THREAD, self.pid, thread.tid, value, thread.cpu_ns, thread.delay_ns
            )
            thread.written, thread.written_ns = (value, thread.cpu_ns), now_ns

    def _write_gil(self, now_ns: int, words: GilWords | None) -> None:
        if words is None or now_ns - self._told_ns < HEARTBEAT_NS:
            return
        waiting = sum(t.state == ThreadState.WAITS_FOR_GIL for t in self.seen.values())
        said = (words.holder, waiting, words.switches)
        if said != self._told:
            self._writer.add(now_ns, L.Record.GIL, self.pid, words.holder, waiting, words.switches, 0)
            self._told, self._told_ns = said, now_ns

    def _swept(self, now_ns: int, began_ns: int) -> None:
        """A sweep is over: say now and then up to when the samples are complete."""
        self._cost_ns += time.perf_counter_ns() - began_ns
        self._sweeps += 1
        if now_ns - self._beat_ns >= HEARTBEAT_NS:
            apart_ns = max(0, now_ns - self._swept_ns) if self._beat_ns else 0
            cost_ns = self._cost_ns // self._sweeps
            self._writer.add(
                now_ns, L.Record.SWEEP, self.pid, len(self.seen), self._sweeps, apart_ns, cost_ns
            )
            self._beat_ns, self._sweeps, self._cost_ns = now_ns, 0, 0
        self._swept_ns = now_ns


def _measure(thread: Thread, now_ns: int) -> None:
    """Find out whether a thread that could run has a core: then its CPU time keeps up with the clock.

    The counter moves with the kernel's tick, so that less than a tick says nothing; a third is enough, for
    it may lag by one tick in two.
    """
    if not thread.runnable:
        thread.stalled = False
    elif now_ns - thread.mark_ns < _MEASURE_NS:
        return
    else:
        thread.stalled = (thread.cpu_ns - thread.mark_cpu_ns) * 3 < now_ns - thread.mark_ns
    thread.mark_ns, thread.mark_cpu_ns = now_ns, thread.cpu_ns
