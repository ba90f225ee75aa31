"""Is a process still there? The one thing about a session that its folder cannot say."""

from __future__ import annotations

import os
import time
from collections.abc import Callable

_LATE_S = 60.0
"""How long after its session began a program's process may have begun."""


def is_alive(pid: int, start_ticks: int = 0) -> bool:
    """True while the process ``pid`` exists and isn't merely waiting to be reaped.

    Args:
        start_ticks: when it began (proc_pid_stat(5), field 22), so that a reused pid isn't taken for it;
            0 where that isn't known.
    """
    if pid <= 0 or pid >= 1 << 31:
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        pass
    except OSError:
        return False
    found = _state(pid)
    return found is None or (found[0] not in (b"Z", b"X") and start_ticks in (0, found[1]))


def of_session(start_ns: int) -> Callable[[int, int], bool]:
    """``is_alive`` for the processes of a session that began at ``start_ns`` of the monotonic clock.

    A pid is used again, in a container soon: who began long after the session is somebody else, and after a
    restart of the machine everybody may be. 0: when it began is not known.
    """
    return lambda pid, start_ticks: is_alive(pid, start_ticks) and not _is_another(pid, start_ns)


def _is_another(pid: int, start_ns: int) -> bool:
    """Has a process certainly begun too late to be one of that session's? Not known: False."""
    found = _state(pid)
    if not start_ns or found is None or not hasattr(time, "CLOCK_BOOTTIME"):
        return False
    now_s = time.clock_gettime(time.CLOCK_MONOTONIC)
    asleep_s = time.clock_gettime(time.CLOCK_BOOTTIME) - now_s  # the machine, until now: it was less then
    begun_s = found[1] / os.sysconf("SC_CLK_TCK") - asleep_s
    return start_ns / 1e9 > now_s or begun_s > start_ns / 1e9 + _LATE_S


def _state(pid: int) -> tuple[bytes, int] | None:
    """Its state's letter and when it began, in clock ticks since boot; None where that isn't told."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        return fields[0], int(fields[19])
    except (OSError, ValueError, IndexError):
        return None
