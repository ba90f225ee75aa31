"""Processes: a log of its own for every forked child; when children begin and how they end."""

from __future__ import annotations

import os
import sys
from _thread import get_ident

from . import environ, log, spawns
from . import layout as L
from .blame import outside, without_ours
from .imports import when_imported
from .spawns import born, labels
from .waits import Plain, dress, hide

_patches = spawns.patches
_INT = 1 << 31


def _ended(pid, code):
    """Record how process ``pid`` ended: its exit code, negative for a signal (as in ``subprocess``)."""
    log.emit(log.now(), 0, L.CHILD_END | log.thread()[0], pid, code + 256, 0, 0, 0)


def _note_status(pid, status):
    """Record the end that a wait status tells of; a child that was merely stopped has not ended."""
    if pid > 0 and (os.WIFEXITED(status) or os.WIFSIGNALED(status)):
        _ended(pid, os.waitstatus_to_exitcode(status))


def _note_pair(answer):
    _note_status(answer[0], answer[1])


def _note_waitid(answer):
    if answer is not None and answer.si_code in (os.CLD_EXITED, os.CLD_KILLED, os.CLD_DUMPED):
        code = answer.si_status if answer.si_code == os.CLD_EXITED else -answer.si_status
        _ended(answer.si_pid, code)


def _observed_wait(original, note):
    """One of the ``os.wait…`` functions, whose answer may be the end of a child."""

    def wait(*args, **kwargs):
        try:
            answer = original(*args, **kwargs)
        except BaseException as error:
            hide(error)
            raise
        try:
            if note is not _note_waitid or not (len(args) > 2 and args[2] & os.WNOWAIT):
                note(answer)
        except Exception:
            _patches.failed()
        return answer

    return dress(wait, original)


def _observed_exit(original):
    """``os._exit``: nobody else knows how the process between a daemon and who started it has ended."""

    def _exit(*args, **kwargs):
        try:
            status = args[0] if args else kwargs.get("status")
            if len(args) + len(kwargs) == 1 and type(status) is int and -_INT <= status < _INT:
                _ended(os.getpid(), status & 0xFF)  # (with other arguments it does not end)
        except Exception:
            _patches.failed()
        original(*args, **kwargs)

    return Plain(_exit, original)


def _observed_fork(original, pid_of):
    """``os.fork`` or ``os.forkpty``, called by the program itself or by a library that has left its label."""

    def fork(*args, **kwargs):
        if args or kwargs:
            return original(*args, **kwargs)  # it says itself what is wrong
        caller = outside(sys._getframe())
        answer = original() if caller is None else _as_if_from(caller, original)
        pid = pid_of(answer)
        of = caller.f_globals.get("__name__") if caller is not None else None
        if pid and of != "multiprocessing.forkserver":  # whoever asked the server tells of it
            born(pid, *labels.get(get_ident(), ("os.fork", "")))
        return answer

    return Plain(fork, original)


def _as_if_from(frame, function):
    """Call a function from a frame that looks like ``frame``: a warning that it gives points there.

    (To fork a process that has threads is warned of, from Python 3.12 on.)
    """
    place = {"co_filename": frame.f_code.co_filename, "co_firstlineno": frame.f_lineno}
    code = (lambda function: function()).__code__.replace(**place)
    try:
        return type(_as_if_from)(code, frame.f_globals)(function)
    except BaseException as error:
        inner = without_ours(error.__traceback__)
        error.__traceback__ = inner.tb_next if inner is not None and inner.tb_frame.f_code is code else inner
        raise


def _observed_launch(original, method):
    """A ``_launch`` of multiprocessing, under which the process that is started has this method and name."""

    def _launch(self, process_obj):
        me = get_ident()
        labels[me] = method, getattr(process_obj, "_name", "")
        try:
            original(self, process_obj)
        except BaseException as error:
            hide(error)
            raise
        finally:
            labels.pop(me, None)
        if method == "forkserver":
            born(self.pid, method, getattr(process_obj, "_name", ""))

    return dress(_launch, original)


def _observed_poll(original):
    """The fork server's children are not ours to wait for: their end comes through a pipe, to ``poll``."""

    def poll(self, *args, **kwargs):
        known = self.returncode is not None
        code = original(self, *args, **kwargs)
        try:
            if not known and code is not None:
                _ended(self.pid, code)
        except Exception:
            _patches.failed()
        return code

    return dress(poll, original)


def _hook_launch(method):
    def hook(module):
        popen = module.Popen
        _patches.put(popen, "_launch", _observed_launch(popen._launch, method))
        if method == "forkserver":
            _patches.put(popen, "poll", _observed_poll(popen.poll))

    return hook


def _after_fork_in_child():
    """The child gets a log of its own; every hook starts its numbers over."""
    try:
        from . import start

        about_to_exec = get_ident() in spawns.executing
        log.abandon()
        spawns.after_fork()
        if not about_to_exec:  # (only a preexec_fn runs until then)
            start.begin_forked()
    except Exception:
        pass


def install():
    """Follow forks first of all, so that no child writes into its parent's log; then hook the rest."""
    os.register_at_fork(
        before=log.fork_begins, after_in_parent=log.fork_is_over, after_in_child=_after_fork_in_child
    )
    environ.hide()
    for name, pid_of in (("fork", int), ("forkpty", lambda answer: answer[0])):
        if hasattr(os, name):
            spawns.put_builtin(name, _observed_fork(getattr(os, name), pid_of))
    spawns.put_builtin("_exit", _observed_exit(os._exit))
    for name, note in (
        ("wait", _note_pair), ("waitpid", _note_pair), ("wait3", _note_pair), ("wait4", _note_pair),
        ("waitid", _note_waitid),
    ):
        if hasattr(os, name):
            _patches.put(os, name, _observed_wait(getattr(os, name), note))
    spawns.install()
    for method, module in (("fork", "fork"), ("spawn", "spawn_posix"), ("forkserver", "forkserver")):
        when_imported("multiprocessing.popen_" + module, _hook_launch(method))
