"""Which process and which interpreter in it this is."""

from __future__ import annotations

import os
import sys

ENV_MAIN = "CONCVIZ_MAIN"  # pid of a process whose main interpreter is observed


def interpreter(pid):
    """Identifier of the running interpreter of this process: 0 for the main one."""
    # Asking costs an import. Only where a main interpreter of this process began before us can we be another.
    me = str(pid)
    if os.environ.get(ENV_MAIN) == me:
        try:
            module = __import__("_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters")
            current = module.get_current()
            return int(current[0] if isinstance(current, tuple) else current)
        except Exception:
            pass
    try:
        os.putenv(ENV_MAIN, me)
    except Exception:
        pass
    return 0


def start_ticks():
    """Field 22 of /proc/self/stat (proc_pid_stat(5)): tells a reused pid from an ``exec``; 0 elsewhere."""
    try:
        with open("/proc/self/stat", "rb") as f:
            return int(f.read().rpartition(b")")[2].split()[19])
    except Exception:
        return 0
