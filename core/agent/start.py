"""Begin observing this process: open its log, say who it is, install the hooks. Never raises."""

from __future__ import annotations

import atexit
import os
import sys

from . import imports, log
from . import layout as L

# Each module has install(), which patches what is imported already and asks imports.when_imported
# for the rest, and may have after_fork(); the name is what ENV_OFF calls it.
HOOKS = ("threads", "processes", "locks", "io", "executors", "tasks")
# What makes a program controllable; only where there is a controller.
HOLDS = (
    "hold_tasks", "hold_uvloop", "hold_locks", "hold_queues", "hold_threads", "hold_io", "hold_processes",
    "hold_feeders", "hold_ends", "hold_sets", "hold_others",
)
# What needs much of the standard library itself is loaded only when the program has imported this:
LATER = {"tasks": "asyncio", "hold_tasks": "asyncio", "hold_uvloop": "uvloop"}
_folder = ""
_installed: list = []


def begin(flags=0):
    """Open the log and install every hook that was not switched off."""
    global _folder
    _folder = os.environ.get(L.ENV_SESSION) or ""
    if not _folder or not log.open_log(_folder, flags):
        return False
    atexit.register(_end)
    say_who()
    off = (os.environ.get(L.ENV_OFF) or "").split(",")
    controller = os.environ.get(L.ENV_CONTROL)
    for name in HOOKS:
        if name not in off:
            _install_when_needed(name)
    if controller:
        gates = _install("gates", controller)
        for name in HOLDS if gates is not None and gates.process.path else ():
            _install_when_needed(name)
        if log.control[0] >= L.CONTROL_LINE:
            _install("hold_lines")
    _pass_over()
    return True


def _install_when_needed(name):
    if name in LATER:
        imports.when_imported(LATER[name], lambda _: _install(name))
    else:
        _install(name)


def _install(name, *arguments):
    try:
        package = sys.modules[__package__]
        if name in LATER:
            package.run(package, list(package.codes))
        module = __import__(__package__ + "." + name, fromlist=["install"])
        if name in LATER:
            _pass_over()
        _installed.append(module)
        module.install(*arguments)
    except Exception:
        module = None
        log.hook_failed("hook " + name)
    # The import system remembers folders in a place where the program can look.
    sys.path_importer_cache.pop(sys.modules[__package__].__path__[0], None)
    return module


def _pass_over():
    """Let what measures or reloads a program's files pass those of ours over that were imported as usual."""
    prefix, nowhere = __package__ + ".", os.path.dirname(sys.modules[__package__].__file__)
    for name, module in list(sys.modules.items()):
        if name.startswith(prefix):
            module.__file__ = nowhere + os.sep + name[len(prefix):] + ".py"


def begin_forked():
    """In a forked child: open a log of its own; the hooks are there and start their numbers over."""
    ready = log.open_log(_folder, L.FLAG_FORKED)
    if ready:
        say_who()
    for module in _installed:
        try:
            after_fork = getattr(module, "after_fork", None)
            if after_fork is not None:
                after_fork()
        except Exception:
            log.hook_failed("fork " + module.__name__)


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


def _end():
    """The last thing at exit. The hooks work on while the interpreter takes itself apart.

    It empties the modules it finds in ``sys.modules``: ours are not there any more.
    """
    log.close_log()
    for name in [name for name in sys.modules if name.partition(".")[0] == __package__]:
        del sys.modules[name]
