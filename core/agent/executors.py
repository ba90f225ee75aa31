"""What runs on the workers of a pool: one WORK record per call, with who submitted it and how long it queued.

``ThreadPoolExecutor``'s items are observed where they are made and run. A pool of processes hands its
items over a pipe: the worker process sees them as they come out, so who submitted them, and when, is not
known there. Nothing is added to what is pickled.
"""

from __future__ import annotations

import itertools
from _thread import get_ident
from time import perf_counter_ns as now

from . import layout as L
from . import log, running, waits
from .imports import when_imported
from .patches import Patches

_threads = Patches("hook thread pools")
_processes = Patches("hook process pools")
_pools = Patches("hook multiprocessing.pool")
_next = itertools.count(1).__next__


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
        elif getattr(function, "__name__", "") in ("_process_chunk", "mapstar", "starmapstar") and args:
            first = args[0]
            function, args = (first[0] if isinstance(first, tuple) else first), ()
        else:
            break
    return getattr(function, "__qualname__", None) or type(function).__qualname__


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


class _Call:
    """A function that came out of a process pool's queue, observed while it runs."""

    __slots__ = ("_function", "_patches")

    def __init__(self, function, patches):
        self._function = function
        self._patches = patches

    def __call__(self, /, *args, **kwargs):
        t0, outcome = now(), L.OUTCOME_FAILED
        try:
            result = self._function(*args, **kwargs)
            outcome = L.OUTCOME_DONE
            return result
        except BaseException as error:
            waits.hide(error)
            raise
        finally:
            try:
                _emit(t0, log.text(_name(self._function, args)), 0, L.REF_NONE, outcome)
            except Exception:
                self._patches.failed()


class _Queue:
    """A worker's queue of calls; each call that comes out of it is replaced by an observed one."""

    def __init__(self, queue, observe, patches):
        self._queue = queue
        self._observe = observe
        self._patches = patches

    def get(self, *args, **kwargs):
        item = self._queue.get(*args, **kwargs)
        try:
            return self._observe(item) if self._patches.holds() else item
        except Exception:
            self._patches.failed()
            return item

    def __getattr__(self, name):
        return getattr(self._queue, name)


def _observe_call_item(item):
    if item is not None:
        item.fn = _Call(item.fn, _processes)
    return item


def _observe_pool_task(reraises):
    """``reraises``: a marker that the worker compares functions with; it must stay itself."""

    def observe(task):
        if task is None or task[2] is reraises:
            return task
        job, i, function, args, kwargs = task
        return job, i, _Call(function, _pools), args, kwargs

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
    """A forked child numbers its own work."""
    global _next
    _next = itertools.count(1).__next__
