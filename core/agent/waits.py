"""One BLOCK record per call that really waited, whatever the call is.

A wrapper brackets the leaf that blocks with ``enter`` and ``leave``. ``enter`` writes the thread's
register, so that a call that never returns can be seen; ``leave`` writes the record. A call that took
less than ``LEAST_NS`` did not wait: its register is cleared instead.

Functions that are made of several leaves (``Condition.wait``) are wrapped whole by ``whole``: while a
thread is ``inside`` one, the leaves in it are silent, so that no two records of a thread overlap.
"""

from __future__ import annotations

import sys
from _thread import get_ident
from time import perf_counter_ns as now

from . import governor, log, sites
from . import layout as L
from .blame import is_the_hooks, pass_on, passes, without_ours

LEAST_NS = 5000

inside: set = set()  # get_ident() of the threads that are inside a call wrapped whole

_getframe = sys._getframe
_resting = governor.resting
assert (L.BLOCK_T0, L.BLOCK_CALL, L.BLOCK_OBJECT, L.CALL_SHIFT) == (2, 3, 4, 8)  # written out where it is hot


off = False  # what all waits share has failed
hooks: list = []  # the Patches of everything that calls ``enter`` and ``leave``


def enter(
    operation, obj, frame, log=log, threads=log.threads, direct=sites.direct, recall=sites.recall, id=id
):
    """A call that may block begins, made by ``frame``.

    Returns:
        (t0_ns, site, thread) for ``leave``, or None: the call is not recorded.
    """
    if off:
        return None
    try:
        if _resting:
            governor.come_back()
        thread = threads.get(get_ident()) or log.thread()
        key = id(frame.f_code), frame.f_lasti
        site = direct.get(key) or recall(frame, key, thread[2])
        words = thread[1]
        words[3] = site << 8 | operation
        words[4] = obj & 0xFFFFFFFF
        t0 = words[2] = now()
        return t0, site, thread
    except Exception:
        return failed()


def leave(begun, operation, obj, log=log, emit=log.emit):
    """The call is over: its record, if it waited."""
    if begun is None:
        return
    try:
        t0, site, thread = begun
        duration = now() - t0
        if duration >= LEAST_NS:
            emit(t0, duration, thread[2], site, operation, obj & 0xFFFFFFFF, 0, 0)
        else:
            thread[1][2] = 0
    except Exception:
        failed()


def above(depth):
    """The frame that is ``depth`` above the caller's; one of ours where C has called us."""
    try:
        return _getframe(depth + 1)
    except ValueError:
        return _getframe()


def failed():
    """Inside an ``except``: no wait can be recorded any more, so every hook of this kind is switched off.

    Raises:
        what is being handled, where it is the program's own (see ``blame``).
    """
    global off
    error = sys.exc_info()[1]
    if not is_the_hooks(error):
        raise error
    if not off and not passes(error):
        off = True
        try:
            log.hook_failed("hook waits")
            for patches in hooks:
                patches.undo()
        except Exception:
            pass


def hide(error):
    """Take our own frames off a traceback that is about to be raised again with a bare ``raise``.

    Python 3.11 and later take the traceback from the exception then; before, our frame stays in it.
    """
    error.__traceback__ = without_ours(error.__traceback__)


def whole(function, operation, number):
    """``function`` as one wait; ``number(args)`` is the record's object. For Python functions and methods."""

    def wrapper(*args, **kwargs):
        me = get_ident()
        if me in inside:
            try:
                return function(*args, **kwargs)
            except BaseException as error:
                hide(error)
                raise
        begun = None
        try:
            obj = _safely(number, args) or 0
            begun = enter(operation, obj, above(1))
            inside.add(me)
            return function(*args, **kwargs)
        except BaseException as error:
            hide(error)
            raise
        finally:
            inside.discard(me)
            leave(begun, operation, obj)

    return dress(wrapper, function)


def _safely(number, args):
    """``number(args)``, or None where the arguments are wrong: the original says so itself."""
    try:
        return number(args) & L.U32
    except Exception as error:
        pass_on(error)
        return None


def dress(wrapper, function):
    """Give a wrapper the looks of the Python function it stands for (as ``functools.wraps``)."""
    wrapper.__module__ = getattr(function, "__module__", None)  # (a method in C has none)
    for name in ("__name__", "__qualname__", "__doc__", "__annotations__"):
        try:
            setattr(wrapper, name, getattr(function, name))
        except AttributeError:
            pass
    wrapper.__dict__.update(getattr(function, "__dict__", {}))
    if hasattr(function, "__code__"):
        wrapper.__wrapped__ = function
    return wrapper


class Plain:
    """A function that stands for a built-in one. Like it, and unlike a Python function, it binds to nothing.

    (A class may hold it as an attribute: ``_select = select.select`` in ``selectors``.) Introspection,
    ``isinstance`` and ``pickle`` see the original.
    """

    __slots__ = ("__weakref__", "_call", "_looks")

    def __init__(self, function, looks):
        """``function`` is called in place of ``looks``, from a frame of ours."""
        self._call = function
        self._looks = looks

    def __call__(self, /, *args, **kwargs):
        """Call the function."""
        try:
            return self._call(*args, **kwargs)
        except BaseException as error:
            hide(error)
            raise

    @property  # type: ignore[misc]
    def __class__(self):
        return type(self._looks)

    def __getattr__(self, name):
        return getattr(self._looks, name)

    def __repr__(self):
        return repr(self._looks)

    def __reduce__(self):
        return self._looks.__name__

    @property
    def __doc__(self):
        return self._looks.__doc__

    @property
    def __module__(self):
        return self._looks.__module__


class Builtin(Plain):
    """A built-in function that blocks, observed."""

    __slots__ = ("_number", "_operation", "_passes")
    _depth = 1  # frames from ``__call__`` to whoever called the function

    def __init__(self, function, operation, number, passes=None, looks=None):
        """``number(args)``: the record's object. ``passes(args)``: True for a call that cannot wait.

        ``looks``: the built-in function itself, where ``function`` is another hook's wrapper of it.
        """
        super().__init__(function, looks or function)
        self._operation = operation
        self._number = number
        self._passes = passes

    def __call__(self, /, *args, **kwargs):
        """Call the function, and record the call if it waited."""
        call = self._call
        begun = None
        try:
            if get_ident() not in inside and not (self._passes is not None and self._passes(args)):
                obj = self._number(args) & L.U32
                begun = enter(self._operation, obj, _getframe(self._depth))
        except Exception as error:  # wrong arguments: the original says so itself
            pass_on(error)
        try:
            return call(*args, **kwargs)
        except BaseException as error:
            hide(error)
            raise
        finally:
            if begun is not None:
                leave(begun, self._operation, obj)


for _name in ("__module__", "__doc__"):  # a class has both of its own, where pickle and help look
    setattr(Builtin, _name, vars(Plain)[_name])
