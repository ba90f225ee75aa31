"""Begin observing this process: open its log, say who it is, install the hooks. Never raises."""

from __future__ import annotations

import os
import sys

from . import log
from . import layout as L

# Each module has install(), which patches what is imported already and asks imports.when_imported
# for the rest; the name is what ENV_OFF calls it.
HOOKS = ("processes", "threads", "locks", "io", "executors", "tasks")


def begin(flags=0):
    """Open the log and install every hook that was not switched off."""
    folder = os.environ.get(L.ENV_SESSION)
    if not folder or not log.open_log(folder, flags):
        return False
    say_who()
    off = (os.environ.get(L.ENV_OFF) or "").split(",")
    for name in HOOKS:
        if name not in off:
            try:
                module = __import__(__package__ + "." + name, fromlist=["install"])
                module.install()
            except Exception:
                log.hook_failed("hook " + name)
    return True


def say_who():
    """Write what the reader wants to know about the process."""
    log.fact("version", sys.version.split()[0])
    log.fact("implementation", sys.implementation.name)
    log.fact("executable", sys.executable)
    try:
        log.fact("cwd", os.getcwd())
    except OSError:
        pass
    log._line("M", "argv", *getattr(sys, "orig_argv", None) or sys.argv)
