"""What a thread does that was let go and does not come to a gate, as the kernel sees it (proc(5)).

Two looks some time apart: a thread that sleeps in both and was not switched out of its own will in between
is inside one call that blocks; one that the kernel calls runnable computes.
"""

from __future__ import annotations

from typing import NamedTuple

from concviz.core.language import N_
from concviz.core.system.procfs import Proc, parse_stat, parse_switches

APART_NS = 50_000_000
"""Between the first look and the second."""
COMPUTED_NS = 100_000_000
"""Of a core's time: who has had less since the first look is not computing for long, but waits for a core."""
STARVED_NS = 3_000_000_000
"""From the first look on, after which it is not waited for even so."""

COMPUTING = N_("computing")
IN_A_CALL = N_("in a C call")
BUSY = N_("in calls that block briefly")
STOPPED = N_("stopped by a signal")
UNKNOWN = N_("silent")


class _Look(NamedTuple):
    at_ns: int
    heard_ns: int
    status: str
    voluntary: int
    cpu_ns: int


class Watchdog:
    """Remembers the first look at each silent thread until the second can be made."""

    def __init__(self, proc: Proc | None = None) -> None:
        """``proc`` is another folder in tests."""
        self._proc = proc or Proc()
        self._first: dict[int, _Look] = {}

    def look(self, pid: int, tid: int, heard_ns: int, now_ns: int) -> str | None:
        """What the thread does; None: ask again later.

        Args:
            pid, tid: the thread. heard_ns: when it was let go: a later one begins a new pair of looks.
            now_ns: the clock.
        """
        first = self._first.get(tid)
        if first is not None and first.heard_ns == heard_ns and now_ns - first.at_ns < APART_NS:
            return None
        try:
            stat = parse_stat(self._proc.read(f"{pid}/task/{tid}/stat"))
            voluntary, _ = parse_switches(self._proc.read(f"{pid}/task/{tid}/status"))
        except (OSError, ValueError):  # no such system, or it is gone: its connection will say so
            return UNKNOWN
        look = _Look(now_ns, heard_ns, stat.status, voluntary, stat.cpu_ns)
        if first is None or first.heard_ns != heard_ns:
            self._first[tid] = look
            return None
        told = _told(first, look)
        if told == COMPUTING and _starved(first, look):
            if look.status != "R":
                self._first[tid] = look
            return None
        del self._first[tid]
        return told

    def switches(self, pid: int, tid: int) -> int:
        """How often a thread was switched out of its own will; -1 where that cannot be read."""
        try:
            return parse_switches(self._proc.read(f"{pid}/task/{tid}/status"))[0]
        except (OSError, ValueError):
            return -1

    def forget(self) -> None:
        """The program runs free."""
        self._first.clear()


def _told(first: _Look, second: _Look) -> str:
    if second.status in "tT":
        return STOPPED
    if "R" in (second.status, first.status):
        return COMPUTING
    return IN_A_CALL if second.voluntary == first.voluntary else BUSY


def _starved(first: _Look, second: _Look) -> bool:
    """On a busy machine it takes long until somebody has computed what is soon computed on an idle one."""
    return second.cpu_ns - first.cpu_ns < COMPUTED_NS and second.at_ns - first.at_ns < STARVED_NS
