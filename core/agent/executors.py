"""What runs on the workers of a pool: one WORK record per call, with who submitted it and how long it queued.

``ThreadPoolExecutor``'s items are observed where they are made and run. A pool of processes hands its
items over a pipe: the worker process sees them as they come out, so who submitted them, and when, is not
known there. Nothing is added to what is pickled.
"""

from __future__ import annotations

import itertools
import sys
from _thread import get_ident
from time import perf_counter_ns as now

from . import layout as L
from . import log, running, waits
from .imports import when_imported
from .patches import Patches

FunctionType = type(lambda: None)  # (``types`` may not be there yet)
_threads = Patches("hook thread pools")
_processes = Patches("hook process pools")
_pools = Patches("hook multiprocessing.pool")
_next = itertools.count(1).__next__
_CHUNKS = ("_process_chunk", "mapstar", "starmapstar")  # they call another function for each item of a map
_numbers: dict = {}  # id(function) -> (a module's own function, number of its name's text)


def _submitter():
    """Reference to the task, or else the thread, that is calling."""
    task = running.task_of.get(get_ident())
    if task:
        return L.REF_TASK << L.REF_SHIFT | task
    return L.REF_THREAD << L.REF_SHIFT | log.thread()[0] >> L.THREAD_SHIFT


def _name(function, args=()):
    """What a work item really calls: the function inside ``partial``, ``Context.run`` and chunks of a map."""
    for _ in range(5):
        inner = getattr(function, "func", None)  # functools.partial
        if inner is not None and hasattr(function, "keywords"):
            function, args = inner, function.args + tuple(args)
        elif type(getattr(function, "__self__", None)).__name__ == "Context" and args:  # asyncio.to_thread
            function, args = args[0], args[1:]
        elif getattr(function, "__name__", "") in _CHUNKS and args:
            function, args = _mapped(args), ()
        else:
            break
    return getattr(function, "__qualname__", None) or type(function).__qualname__


def _mapped(args):
    """The function that is called for each item of a map's chunk."""
    first = args[0]
    return first[0] if isinstance(first, tuple) else first


def _emit(t0, name, queued, submitter, outcome):
    log.emit(t0, now() - t0, L.WORK | log.thread()[0], _next(), name, queued, submitter, outcome)


def _observed_init(original):
    def __init__(self, /, *args, **kwargs):
        original(self, *args, **kwargs)
        try:
            # The name is written here: a worker that lets go of the GIL after its work is taken for busy.
            self._submitted = now(), _submitter(), log.text(_item_name(self))
        except Exception:
            _threads.failed()

    return waits.dress(__init__, original)


def _item_name(item):
    if hasattr(item, "fn"):
        return _name(item.fn, item.args)
    function, args = item.task[:2]  # 3.14 and later
    return _name(function, args)


def _observed_run(original):
    def run(self, *args):
        submitted, future = getattr(self, "_submitted", None), self.future
        t0 = now()
        try:
            return original(self, *args)
        finally:
            self = None
            if submitted is not None:
                _write_run(t0, submitted, future)
            future = None

    return waits.dress(run, original)


def _write_run(t0, submitted, future):
    try:
        if future.cancelled():
            return
        queued_at, submitter, name = submitted
        outcome = L.OUTCOME_FAILED if future._exception is not None else L.OUTCOME_DONE
        _emit(t0, name, max(0, t0 - queued_at), submitter, outcome)
    except Exception:
        _threads.failed()


def _works(patches):
    """A function that gives for each that comes out of a process pool's queue one that runs it, observed.

    The same comes again and again, mostly. Only a module's own is kept, which lives as long as its module:
    whatever else was unpickled goes when its call is over.
    """
    kept: dict = {}  # id(function) -> (the function, what runs it)

    def observed(function):
        known = kept.get(id(function))
        if known is not None:
            return known[1]
        if not _is_modules_own(function):
            return _observed_call(function, patches)
        kept[id(function)] = function, _observed_call(function, patches)
        return kept[id(function)][1]

    return observed


def _observed_call(function, patches, emit=log.emit, thread=log.thread, threads=log.threads):
    def call(*args, **kwargs):
        t0, outcome = now(), L.OUTCOME_FAILED
        try:
            result = function(*args, **kwargs)
            outcome = L.OUTCOME_DONE
            return result
        except BaseException as error:
            waits.hide(error)
            raise
        finally:
            try:
                took, me = now() - t0, threads.get(get_ident()) or thread()
                emit(t0, took, L.WORK | me[0], _next(), _number(function, args), 0, L.REF_NONE, outcome)
            except Exception:
                patches.failed()

    return call


def _is_modules_own(function):
    if type(function) is not FunctionType:
        return False
    return getattr(sys.modules.get(function.__module__), function.__name__, None) is function


def _number(function, args):
    """Number of the text that a call is named by."""
    known = _numbers.get(id(function))
    if known is not None:
        return known[1]
    if args and getattr(function, "__name__", "") in _CHUNKS:
        return _number(_mapped(args), ())
    number = log.text(_name(function, args))
    if _is_modules_own(function):
        _numbers[id(function)] = function, number
    return number


class _Queue:
    """A worker's queue of calls; each call that comes out of it is replaced by an observed one."""

    def __init__(self, queue, observe, patches):
        take, holds = queue.get, patches.holds

        def get(*args, **kwargs):
            item = take(*args, **kwargs)
            try:
                return observe(item) if holds() else item
            except Exception:
                patches.failed()
                return item

        self._queue = queue
        self.get = get

    def __getattr__(self, name):
        return getattr(self._queue, name)


_process_works, _pool_works = _works(_processes), _works(_pools)


def _observe_call_item(item):
    if item is not None:
        item.fn = _process_works(item.fn)
    return item


def _observe_pool_task(reraises):
    """``reraises``: a marker that the worker compares functions with; it must stay itself."""

    def observe(task):
        if task is None or task[2] is reraises:
            return task
        job, i, function, args, kwargs = task
        return job, i, _pool_works(function), args, kwargs

    return observe


def _observed_worker(original, observe, patches):
    """A worker's main function; ``pickle`` finds it by the original's name."""

    def worker(queue, /, *args, **kwargs):
        return original(_Queue(queue, observe, patches), *args, **kwargs)

    return waits.dress(worker, original)


def _hook_thread_pool(module):
    item = module._WorkItem
    _threads.put(item, "__init__", _observed_init(item.__init__))
    _threads.put(item, "run", _observed_run(item.run))


def _hook_process_pool(module):
    worker = _observed_worker(module._process_worker, _observe_call_item, _processes)
    _processes.put(module, "_process_worker", worker)


def _hook_pool(module):
    observe = _observe_pool_task(module._helper_reraises_exception)
    _pools.put(module, "worker", _observed_worker(module.worker, observe, _pools))


def install():
    """Hook the pools as soon as the program imports them."""
    when_imported("concurrent.futures.thread", _hook_thread_pool)
    when_imported("concurrent.futures.process", _hook_process_pool)
    when_imported("multiprocessing.pool", _hook_pool)


def after_fork():
    """A forked child numbers its own work, and its own texts."""
    global _next
    _numbers.clear()
    _next = itertools.count(1).__next__
