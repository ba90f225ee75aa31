"""The event log of one process: an mmap file of fixed records, and the texts and sites they refer to.

``emit`` is the hot path: one ``next`` of the offsets and one ``pack_into``. Everything rare
(growing the file, a duration too long for its word, a full disk) happens where ``pack_into`` fails. The
names are module globals, because a fork must be able to give the child a log of its own at once.
"""

from __future__ import annotations

import itertools
import os
import struct
import sys
from _thread import RLock, get_ident
from os import getpid
from os import write as os_write
from time import perf_counter_ns as now

from . import identity
from . import layout as L
from .blame import pass_on
from .mapped import Mapped, OwnFile, high_descriptors

_FIRST = 1 << 16  # bytes of records to begin with; doubled up to _STEP, then grown by _STEP
_STEP = 4 << 20

_pack = L.RECORD.pack_into
# what it raises where the record does not fit, or there is no file; a signal handler may raise anything else
UNPACKED = (struct.error, TypeError, ValueError)
_AT, _SIZE = L.RECORDS_AT, L.RECORD_SIZE

m = None  # type: ignore[var-annotated]  # the mmap; None: no log, everything is dropped silently
offsets = _offsets = iter(range(_AT, 1 << 62, _SIZE))  # of the next record; faster than a count by 40
dropped = 0
FREE = memoryview(bytes(16)).cast(L.WORD)  # type: ignore[call-overload]
# written from outside: how finely this process is held, and whether its timeouts run on all the same
control = FREE
threads: dict = {}  # get_ident() -> (number << THREAD_SHIFT, words of its register, BLOCK | number << …)

_CROWD = f"more than {L.REGISTER_COUNT} are alive at once: what the others wait for is told when it is over"
_pid = 0  # of the process whose log it is
_file = None  # type: ignore[var-annotated]
_names = None  # type: ignore[var-annotated]
_names_room = 0  # bytes that the names file may still take
_names_cut = False  # the last line could not be written whole
_limit = L.LIMIT
_full = False
# the register of those who have none
_nowhere = memoryview(bytearray(L.REGISTER_SIZE)).cast(L.WORD)  # type: ignore[call-overload]
_registers = None  # type: ignore[var-annotated]  # words of all registers
_target = 0  # bytes: the size to which the file is growing right now
_lock = RLock()
_texts: dict = {}
_text_next = itertools.count(1).__next__
_site_next = itertools.count(1).__next__
_thread_next = itertools.count(1).__next__


def emit(t0, dur, kt, a, b, c, d, e):
    """Write one record; never raises.

    Args:
        t0: instant in ns. dur: length in ns. kt: kind | thread << 8. a…e: the kind's words (u32).
    """
    at = next(offsets)
    try:
        _pack(m, at, t0, dur, kt, a, b, c, d, e, at)
    except UNPACKED:
        emit_slowly(at, t0, dur, kt, a, b, c, d, e)


def emit_slowly(at, t0, dur, kt, a, b, c, d, e):
    """Write the record at ``at`` after all: grow the file, scale a long duration; or count it as dropped."""
    try:
        if m is None:
            return
        is_step = (kt & L.KIND_MASK) in (L.STEP, L.EAGER_STEP, L.WORK)
        longest = max(dur, c) if is_step else dur
        scale = 0 if longest <= L.U32 else 1 if longest >> 10 <= L.U32 else 2
        if scale:
            dur >>= 10 * scale
            kt |= scale << L.SCALE_SHIFT
            if is_step:
                c >>= 10 * scale
        if _grow(at + _SIZE):
            _pack(m, at, t0, max(0, dur), kt,
                  a & L.U32, b & L.U32, max(0, c) & L.U32, d & L.U32, e & L.U32, at & L.U32)
        elif _full:  # (where it is not, the record leaves a hole, which the reader counts)
            _count_drop()
    except Exception as error:
        pass_on(error)


def _count_drop():
    global dropped
    with _lock:
        dropped += 1
        L.COUNTER.pack_into(m, L.DROPPED_AT, dropped)


def _grow(need):
    """Make the file hold ``need`` bytes; False when it can't (disk full, limit reached)."""
    global m, _full, _target
    if need <= _file.size:
        return True
    if _full:
        return False
    with _lock:
        outermost = not _target
        try:
            while _file.size < need:
                if outermost:
                    _target = _file.size + min(max(_file.size - _AT, _FIRST), _STEP)
                    _full = _target > _limit
                # A signal handler, or a destructor, that has interrupted this very function goes as far as
                # that one was about to, and no further: it would shrink the file again.
                if _full or (need > _target and not outermost):
                    return False
                _file.grow(_target)
                m = _file.map
        except Exception as error:
            pass_on(error)
            _full = True
            return False
        finally:
            if outermost:
                _target = 0
    return True


def text(value):
    """Number of a text, written to the names file the first time (0 for '' or where it cannot be)."""
    try:
        if not value:
            return 0
        value = str(value)
        n = _texts.get(value)
        if n is None:
            n = new_text(value)
            if len(_texts) < 20000:
                _texts[value] = n
        return n
    except Exception as error:
        pass_on(error)
        return 0


def new_text(value):
    """Number of a text that is not worth remembering (a name that will be used once)."""
    n = _text_next()
    _line("T", n, value[: L.TEXT_LIMIT])
    return n


def site(file, line, function, call=0, flags=0):
    """Number of a new site; callers keep it by code object and instruction (see ``sites.py``)."""
    f, g = text(file), text(function)
    n = _site_next()
    _line("S", n, f, line or 0, g, call, flags)
    return n


def fact(key, value):
    """Write a fact about the process into the names file."""
    _line("M", key, value)


def note(topic, message):
    """Say in the session that something could not be observed."""
    emit(now(), 0, L.NOTE | thread()[0], text(topic), text(message), 0, 0, 0)


def hook_failed(topic):
    """Report the exception being handled as a note; called where a hook switches itself off."""
    try:
        kind, value = sys.exc_info()[:2]
        note(topic, "switched off: %s: %s" % (getattr(kind, "__name__", kind), value))
    except Exception:
        pass


def _line(*fields):
    """Append a line to the names file; a line that the disk cut short is ended before the next one."""
    global _names_room, _names_cut
    if _names is None or not is_ours():
        return
    try:
        parts = [
            str(f).replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
            for f in fields
        ]
        data = ("\t".join(parts) + "\n").encode("utf-8", "backslashreplace")
        if _names_cut:
            data = b"\n" + data
        _names_room -= len(data)
        if _names_room >= 0:
            written = os_write(_names.descriptor(), data)
            _names_cut = written < len(data) and (written > 0 or _names_cut)
    except Exception as error:
        pass_on(error)


def thread():
    """What ``threads`` keeps of the calling thread; one not met before is registered as foreign."""
    t = threads.get(get_ident())
    return t if t is not None else add_thread(0, "", 0, L.THREAD_FOREIGN)


def add_thread(tid, name, parent, flags):
    """Give the calling thread its number and write its birth."""
    try:
        if not is_ours():
            return (0, _nowhere, L.BLOCK)
        t = threads[get_ident()] = numbered(_new_number())
        if not tid:
            from _thread import get_native_id

            tid = get_native_id()
        emit(now(), 0, L.THREAD_BORN | t[0], tid, text(name), parent, flags, 0)
        if len(threads) > L.REGISTER_COUNT and _CROWD not in _texts:
            note("threads", _CROWD)
        return t
    except Exception as error:
        pass_on(error)
        return (0, _nowhere, L.BLOCK)


def _new_number():
    """The next thread's number: one whose register no living thread has, while there are enough."""
    n, count = _thread_next(), L.REGISTER_COUNT
    if n >= count > len(threads):
        taken = {(t[0] >> L.THREAD_SHIFT) % count for t in list(threads.values())}
        while n % count in taken and len(taken) < count:
            n = _thread_next()
    return n


def numbered(n):
    """What ``threads`` keeps of thread ``n``; its register is taken into use."""
    count = L.REGISTER_COUNT
    taken = n >= count and any((t[0] >> L.THREAD_SHIFT) % count == n % count for t in list(threads.values()))
    words = _nowhere
    if _registers is not None and not taken:
        size = L.REGISTER_SIZE // 8
        words = _registers[n % count * size : (n % count + 1) * size]
        for i in range(size):
            words[i] = 0
        words[L.REGISTER_THREAD] = n
    return n << L.THREAD_SHIFT, words, L.BLOCK | n << L.THREAD_SHIFT


def begin_step(t0, task, t):
    """Say in the thread's register that ``task``'s step is in progress since ``t0``."""
    words = t[1]
    words[L.STEP_TASK] = task
    words[L.STEP_T0] = t0


def begin_block(t0, operation, site, obj, t):
    """Say in the thread's register that a blocking call is in progress since ``t0`` (0: none)."""
    words = t[1]
    words[L.BLOCK_CALL] = operation | site << L.CALL_SHIFT
    words[L.BLOCK_OBJECT] = obj & L.U32
    words[L.BLOCK_T0] = t0


def open_log(folder, flags=0):
    """Create this process's log, with numbers of its own. True when it is ready; never raises."""
    global m, offsets, _offsets, dropped, _file, _names, _names_room, _names_cut, _full, _limit, _target
    global _lock, _text_next, _site_next, _thread_next, _registers, control, _pid
    try:
        m = _file = _names = _registers = None
        _pid = getpid()
        control = FREE
        _full = _names_cut = False
        dropped, _target, _lock = 0, 0, RLock()
        _limit = _names_room = int(os.environ.get(L.ENV_LIMIT) or L.LIMIT)
        _texts.clear()
        _text_next, _site_next, _thread_next = (itertools.count(1).__next__ for _ in range(3))
        interp, opened = identity.interpreter(_pid), now()
        if interp and sys.version_info < (3, 12):
            return False  # a mapping that such a one still has at exit makes the process end there, with 0
        stem = os.path.join(folder, "events", "%d-%d-%x" % (_pid, interp, opened))
        with high_descriptors():
            _names = OwnFile(stem + ".names", os.O_APPEND)
            _file = Mapped(stem + ".events", _AT + _FIRST, _AT)
        if not getattr(sys, "_is_gil_enabled", lambda: True)():
            flags |= L.FLAG_FREE_THREADED
        L.HEADER.pack_into(
            _file.map, 0, L.MAGIC, L.FORMAT, L.RECORD_SIZE, L.RECORDS_AT, L.REGISTERS_AT, L.REGISTER_COUNT,
            L.REGISTER_SIZE, _pid, os.getppid(), interp, flags, opened, identity.start_ticks(),
            sys.hexversion,
        )
        offsets = _offsets = iter(range(_AT, 1 << 62, _SIZE))
        if sys.byteorder == "little":
            fixed = memoryview(_file.fixed)
            _registers = fixed[L.REGISTERS_AT : _AT].cast(L.WORD)
            control = fixed[L.CONTROL_AT : L.TIME_AT + 8].cast(L.WORD)
        m = _file.map
        return True
    except Exception:
        m = None
        return False


def close_log():
    """Mark the log as closed in good order (``atexit``); later records are still taken."""
    try:
        L.COUNTER.pack_into(m, L.CLOSED_AT, now())
        _file.keep_foreign_descriptor()
    except Exception:
        pass


def is_ours():
    """False in a forked child without a log of its own yet: the program's handlers may run before ours."""
    if getpid() == _pid:
        return True
    abandon()
    return False


def fork_begins():
    """A fork is about to happen: in the child even the first record finds out whose log it is."""
    global offsets
    offsets = _offsets_if_ours


def fork_is_over():
    """In the parent: records are written as fast as ever."""
    global offsets
    offsets = _offsets


def _next_if_ours():
    return next(_offsets) if is_ours() else 0


_offsets_if_ours = iter(_next_if_ours, None)


def abandon():
    """In a forked child: forget the parent's log without touching it."""
    global m, _file, _names, _registers, control
    file, names = _file, _names
    m = _file = _names = _registers = None
    control = FREE
    threads.clear()
    for ours, end in ((file, "forget"), (names, "close")):
        try:
            if ours is not None:
                getattr(ours, end)()
        except Exception:
            pass
