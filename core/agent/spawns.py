"""Children that are started as programs of their own: they are recorded, and reached by the agent.

``subprocess`` and ``multiprocessing`` end up in ``_posixsubprocess.fork_exec`` or ``os.posix_spawn``, and
whoever replaces itself, after a fork of its own or not, in ``os.execv`` or ``os.execve``: these are hooked.
"""

from __future__ import annotations

import os
import sys
from _thread import get_ident

from . import environ, log, unobserved
from . import layout as L
from .blame import outside, pass_on
from .imports import when_imported
from .patches import Patches
from .waits import Plain

_DEAF = "pid %d started with %s: its threads and tasks cannot be seen"
patches = Patches("hook processes")
labels: dict = {}  # get_ident() -> (start method, name) of the process that this thread is starting
executing: set = set()  # get_ident() of threads inside fork_exec: the child is about to exec
# What multiprocessing starts for itself, told from the code it passes.
_HELPERS = (
    ("multiprocessing.resource_tracker", "resource_tracker"),
    ("multiprocessing.forkserver", "forkserver"),
    ("multiprocessing.semaphore_tracker", "semaphore_tracker"),
)


def born(pid, method, name, deaf=""):
    """Record that the calling thread has started process ``pid``, by one of the layout's METHODS.

    Args:
        deaf: the option that keeps the agent out of it, if it has one.
    """
    try:
        kt = L.CHILD | log.thread()[0]
        called = log.new_text(name) if name else 0
        log.emit(log.now(), 0, kt, pid, L.METHODS.index(method), called, log.text(deaf), 0)
    except Exception:
        patches.failed()


def _started(pid, argv, method):
    """Record a new process that runs ``argv``, and say so if it cannot be observed."""
    try:
        words = [os.fsdecode(word) for word in argv]
        name = " ".join(words)
        if any(word.startswith("from multiprocessing.") for word in words):
            method, name = _multiprocessing(words, name)
        option = unobserved.why(words)
        born(pid, method, name, option)
        if option:
            log.note("unobserved", _DEAF % (pid, option))
    except Exception:
        patches.failed()


def _multiprocessing(words, name):
    """Method and name of a process that multiprocessing starts by spawn, or for itself."""
    for code, helper in _HELPERS:
        if any(word.startswith("from " + code + " import") for word in words):
            return "spawn", helper
    return labels.get(get_ident(), ("subprocess", name))


def _observed_fork_exec(original):
    def fork_exec(*args):
        me = get_ident()
        argv = args[0]
        if len(args) > 5:
            argv = list(argv)  # it may be an iterator
            args = (argv, *args[1:5], environ.reaching_lines(args[5]), *args[6:])
        executing.add(me)
        try:
            pid = original(*args)
        finally:
            executing.discard(me)
        _started(pid, argv, "subprocess")
        return pid

    return Plain(fork_exec, original)


def _observed_posix_spawn(original):
    def posix_spawn(*args, **kwargs):
        if len(args) != 3:
            return original(*args, **kwargs)  # it says itself what is wrong
        path, argv, env = args
        pid = original(path, argv, environ.reaching(os.environ if env is None else env), **kwargs)
        caller = getattr(outside(sys._getframe()), "f_globals", {}).get("__name__")
        _started(pid, argv, "subprocess" if caller == "subprocess" else "posix_spawn")
        return pid

    return Plain(posix_spawn, original)


def _about_to_exec(path, argv):
    """Record that this process becomes another program, if there is such a program."""
    try:
        if not isinstance(path, int) and not os.access(path, os.X_OK):
            return
        argv = [os.fsdecode(word) for word in argv]
        program = " ".join(argv) or os.fsdecode(path)
    except (TypeError, ValueError) as error:  # wrong arguments: the original says so itself
        pass_on(error)
        return
    try:
        log.emit(log.now(), 0, L.EXEC | log.thread()[0], log.new_text(program), 0, 0, 0, 0)
        option = unobserved.why(argv)
        if option:
            log.note("unobserved", _DEAF % (os.getpid(), option))
    except Exception:
        patches.failed()


def _observed_execv(original):
    def execv(*args, **kwargs):
        if len(args) != 2 or kwargs:
            return original(*args, **kwargs)  # it says itself what is wrong
        path, argv = args
        try:
            argv = argv if isinstance(argv, (list, tuple)) else list(argv)
        except TypeError:
            pass
        _about_to_exec(path, argv)
        return original(path, argv)

    return Plain(execv, original)


def _observed_execve(original):
    def execve(*args, **kwargs):
        given = dict(zip(("path", "argv", "env"), args), **kwargs)
        if len(args) + len(kwargs) != 3 or len(given) != 3 or not given.keys() <= {"path", "argv", "env"}:
            return original(*args, **kwargs)  # it says itself what is wrong
        _about_to_exec(given["path"], given["argv"])
        return original(given["path"], given["argv"], environ.reaching(given["env"]))

    return Plain(execve, original)


def _hook_subprocess(subprocess):
    """From 3.11 on ``subprocess`` has the function under a name of its own."""
    if hasattr(subprocess, "_fork_exec"):
        patches.put(subprocess, "_fork_exec", sys.modules["_posixsubprocess"].fork_exec)


def _hook_fork_exec(module):
    patches.put(module, "fork_exec", _observed_fork_exec(module.fork_exec))


def put_builtin(name, observed, patches=patches):
    """Replace a function of ``os``, and of the module in C where pickle finds it."""
    for place in (os, sys.modules[observed.__module__]):
        patches.put(place, name, observed)


def install():
    """Hook the four functions where the program's libraries find them."""
    for name, make in (
        ("posix_spawn", _observed_posix_spawn), ("posix_spawnp", _observed_posix_spawn),
        ("execv", _observed_execv), ("execve", _observed_execve),
    ):
        if hasattr(os, name):
            put_builtin(name, make(getattr(os, name)))
    when_imported("_posixsubprocess", _hook_fork_exec)
    when_imported("subprocess", _hook_subprocess)


def after_fork():
    """In a forked child nothing is being started."""
    labels.clear()
    executing.clear()
