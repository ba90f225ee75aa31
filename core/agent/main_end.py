"""What ends the main thread: the exception that is reported at exit, or by a child of ``multiprocessing``."""

from __future__ import annotations

import atexit
import sys
from time import perf_counter_ns as now

from . import layout as L
from . import log, waits
from .imports import when_imported
from .patches import Patches

_reports = Patches("hook reports")

_UNNAMED = {"-c": "<string>", "-": "<stdin>", "": "<stdin>"}  # what code is called that comes from no file


def _ended_program(kind, value, trace):
    """Is what the interpreter has reported what came up to the outermost frame, or no frame was made for?

    Consoles and test runners keep there, too, what they have caught, further in. What a script that cannot be
    compiled is called is made absolute since Python 3.9.
    """
    if trace is not None:
        frame = trace.tb_frame
        return frame.f_back is None and frame.f_globals.get("__name__") in ("__main__", "runpy")
    if kind is None or not issubclass(kind, SyntaxError):
        return False
    script = (sys.argv or [""])[0]
    return str(value.filename).endswith(_UNNAMED.get(script, script))


def _main_ends():
    """At exit: the interpreter keeps what it has reported, and that may have ended the main thread."""
    try:
        kind = getattr(sys, "last_type", None)
        if _ended_program(kind, getattr(sys, "last_value", None), getattr(sys, "last_traceback", None)):
            _failed(kind)
    except Exception:
        _reports.failed()


def _failed(kind):
    """Record which exception ended the main thread; how its process ends is told by others."""
    log.emit(now(), 0, L.THREAD_END | log.thread()[0], L.OUTCOME_FAILED, log.text(kind.__name__), 0, 0, 0)


def _observed_print_exc(original, bootstrap):
    """``print_exc``, by which a child of ``multiprocessing`` reports what has ended it."""

    def print_exc(*args, **kwargs):
        try:
            if sys._getframe(1).f_code is bootstrap:
                _failed(sys.exc_info()[0])
        except Exception:
            _reports.failed()
        try:
            return original(*args, **kwargs)
        except BaseException as error:
            waits.hide(error)
            raise

    return waits.dress(print_exc, original)


def _hook_process(process):
    bootstrap = process.BaseProcess._bootstrap.__code__

    def hook(traceback):
        _reports.put(traceback, "print_exc", _observed_print_exc(traceback.print_exc, bootstrap))

    when_imported("traceback", hook)


def install():
    """Look at exit what has been reported, and listen to the children of ``multiprocessing``."""
    atexit.register(_main_ends)
    when_imported("multiprocessing.process", _hook_process)
