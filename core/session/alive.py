"""Is a process still there? The one thing about a session that its folder cannot say."""

from __future__ import annotations

import os


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
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()
        return fields[0] not in (b"Z", b"X") and start_ticks in (0, int(fields[19]))
    except (OSError, ValueError, IndexError):
        return True
