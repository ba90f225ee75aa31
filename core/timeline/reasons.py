"""Why a worker waits, told by the library call its line stands in: one table for tasks and threads.

A rule is a reason, and whether the wait is *passive*: one that merely waits for another worker of the
program (a join, a gather, a pool's result) or for work to be handed out (an idle pool worker), which is no
work in progress of its own. Joining a thread counts as waiting for a child, as joining a process does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from concviz.core.agent import layout as L
from concviz.core.model import Reason


class Rule(NamedTuple):
    """Why a worker waits, and whether that is all it does for now."""

    reason: Reason
    passive: bool = False


class Call(NamedTuple):
    """A place on the way from the user's line down to what blocks."""

    file: str
    function: str
    library: bool


_JOIN = Rule(Reason.CHILD, passive=True)
_RESULT = Rule(Reason.EXECUTOR, passive=True)
_OTHERS = Rule(Reason.AWAIT, passive=True)
_IDLE = Rule(Reason.QUEUE, passive=True)
_QUEUE, _LOCK, _IO = Rule(Reason.QUEUE), Rule(Reason.LOCK), Rule(Reason.IO)
_SLEEP, _AWAIT = Rule(Reason.SLEEP), Rule(Reason.AWAIT)

_BY_CALL: dict[tuple[str, str], Rule] = {
    # threads and queues
    ("queue.py", "Queue.get"): _QUEUE,
    ("queue.py", "Queue.put"): _QUEUE,
    ("queue.py", "Queue.join"): _QUEUE,
    ("threading.py", "Thread.join"): _JOIN,
    ("threading.py", "_shutdown"): _JOIN,
    ("threading.py", "Timer.run"): _SLEEP,
    # pools
    ("futures/_base.py", "Future.result"): _RESULT,
    ("futures/_base.py", "Future.exception"): _RESULT,
    ("futures/_base.py", "wait"): _RESULT,
    ("futures/_base.py", "as_completed"): _RESULT,
    ("futures/_base.py", "Executor.map.<locals>.result_iterator"): _RESULT,
    ("futures/_base.py", "_result_or_cancel"): _RESULT,
    ("futures/_base.py", "Executor.__exit__"): _RESULT,
    ("futures/process.py", "_chain_from_iterable_of_lists"): _RESULT,
    ("futures/process.py", "_process_worker"): _IDLE,
    ("futures/process.py", "ProcessPoolExecutor.shutdown"): _RESULT,
    ("futures/process.py", "_ExecutorManagerThread.run"): _IDLE,
    ("futures/thread.py", "_worker"): _IDLE,
    ("futures/thread.py", "ThreadPoolExecutor.shutdown"): _RESULT,
    ("_backends/_asyncio.py", "WorkerThread.run"): _IDLE,  # anyio's
    ("_core/_thread_cache.py", "WorkerThread._work"): _IDLE,  # trio's
    ("multiprocessing/pool.py", "worker"): _IDLE,
    ("multiprocessing/pool.py", "Pool._handle_workers"): _IDLE,
    ("multiprocessing/pool.py", "Pool._handle_tasks"): _IDLE,
    ("multiprocessing/pool.py", "Pool._handle_results"): _IDLE,
    # processes
    ("multiprocessing/process.py", "BaseProcess.join"): _JOIN,
    ("multiprocessing/util.py", "_exit_function"): _JOIN,
    ("multiprocessing/queues.py", "Queue._feed"): _IDLE,
}
_BY_FILE: dict[str, Rule] = {
    "multiprocessing/pool.py": _RESULT,
    "multiprocessing/queues.py": _QUEUE,
    "multiprocessing/synchronize.py": _LOCK,
    "subprocess.py": _JOIN,
}
# What a task awaits. A thread that blocks below one of these waits for something else.
_AWAITED: dict[tuple[str, str], Rule] = {
    # asyncio
    ("asyncio/tasks.py", "sleep"): _SLEEP,
    ("asyncio/tasks.py", "wait"): _OTHERS,
    ("asyncio/tasks.py", "_wait"): _OTHERS,
    ("asyncio/tasks.py", "wait_for"): _OTHERS,
    ("asyncio/tasks.py", "gather"): _OTHERS,
    ("asyncio/tasks.py", "_cancel_and_wait"): _OTHERS,
    ("asyncio/tasks.py", "_AsCompletedIterator._wait_for_one"): _OTHERS,
    ("asyncio/tasks.py", "as_completed.<locals>._wait_for_one"): _OTHERS,
    ("asyncio/threads.py", "to_thread"): _RESULT,
    # anyio
    ("_core/_eventloop.py", "sleep"): _SLEEP,
    ("_core/_eventloop.py", "sleep_forever"): _SLEEP,
    ("_core/_eventloop.py", "sleep_until"): _SLEEP,
    ("anyio/to_thread.py", "run_sync"): _RESULT,
    ("anyio/to_process.py", "run_sync"): _RESULT,
    ("_backends/_asyncio.py", "AsyncIOBackend.run_sync_in_worker_thread"): _RESULT,
    ("_backends/_asyncio.py", "AsyncIOBackend.sleep"): _SLEEP,
    ("_backends/_asyncio.py", "TaskGroup.__aexit__"): _OTHERS,
    ("_backends/_asyncio.py", "Process.wait"): _JOIN,
    ("_backends/_asyncio.py", "Event.wait"): _LOCK,
    ("_backends/_asyncio.py", "Lock.acquire"): _LOCK,
    ("_backends/_asyncio.py", "Semaphore.acquire"): _LOCK,
    ("_backends/_asyncio.py", "CapacityLimiter.acquire"): _LOCK,
    ("_backends/_asyncio.py", "CapacityLimiter.acquire_on_behalf_of"): _LOCK,
}
_AWAITED_FILES: dict[str, Rule] = {
    "asyncio/locks.py": _LOCK,
    "asyncio/queues.py": _QUEUE,
    "asyncio/streams.py": _IO,
    "asyncio/taskgroups.py": _OTHERS,
    "asyncio/runners.py": _OTHERS,
    "asyncio/subprocess.py": Rule(Reason.CHILD, passive=True),
    "asyncio/base_subprocess.py": Rule(Reason.CHILD, passive=True),
    "asyncio/base_events.py": _IO,
    "asyncio/selector_events.py": _IO,
    "asyncio/proactor_events.py": _IO,
    "asyncio/sslproto.py": _IO,
    "_core/_synchronization.py": _LOCK,  # anyio's
    "aiosqlite/core.py": _RESULT,  # of a thread for each connection
    "streams/memory.py": _QUEUE,
}
_IO_PACKAGES = frozenset((
    "aiohttp", "aiomysql", "aiosmtplib", "anyio", "asyncpg", "grpc", "h11", "h2", "httpcore", "httpx",
    "psycopg", "pymongo", "redis", "requests", "starlette", "urllib3", "uvicorn", "uvloop",
    "websockets",
))
# What these block a thread with is no I/O.
_OF_TASKS = frozenset((
    "aiohttp", "aiomysql", "aiosmtplib", "anyio", "asyncpg", "starlette", "uvicorn", "uvloop",
))
# By these such a package learns what came over the network: they say nothing against I/O.
_SIGNALS = frozenset(("Event.wait", "Condition.wait", "Condition.wait_for", "wait", "_wait", "wait_for"))
# What starts a process leads, in a forked child, to the worker's own loop: waiting for its next work.
_STARTS = frozenset((
    "BaseProcess.start", "Process.start", "ProcessPoolExecutor.submit", "ProcessPoolExecutor.map",
    "Pool.__init__", "BaseContext.Pool", "spawn_main", "main", "Executor.map", "Pool._repopulate_pool",
    "ProcessPoolExecutor._start_executor_manager_thread", "Pool._handle_workers", "ensure_running",
))
_START_FILES = ("multiprocessing", "futures")
# A pool's worker idles in these, and by what its work comes; whatever else it has called is the work, be it a
# library's function.
_PIPES = tuple(f"multiprocessing/{name}.py" for name in ("queues", "connection", "synchronize"))
_WORKERS: dict[str, tuple[str, ...]] = {
    "_worker": _PIPES, "_process_worker": _PIPES, "worker": _PIPES,
    "WorkerThread.run": ("queue.py",), "WorkerThread._work": (),
}

_BY_OPERATION: dict[int, Rule] = {
    L.OP_SLEEP: _SLEEP,
    L.OP_LOCK: _LOCK,
    L.OP_IO_READ: _IO,
    L.OP_IO_WRITE: _IO,
    L.OP_IO_CONNECT: _IO,
    L.OP_IO_ACCEPT: _IO,
    L.OP_IO_SELECT: _IO,
    L.OP_DNS: _IO,
    L.OP_QUEUE: _QUEUE,
    L.OP_CHILD: _JOIN,
    L.OP_JOIN: _JOIN,
    L.OP_LOOP_SELECT: _IO,
    L.OP_SEMAPHORE: _LOCK,
    L.OP_HELD: Rule(Reason.HELD),
}


def of_call(chain: Sequence[Call], awaited: bool = True) -> Rule | None:
    """The rule of the outermost call that tells; None where the chain tells nothing.

    Two kinds of call tell only as long as none below them does: ``wait_for``, since it awaits another's
    coroutine inside of it (before Python 3.12 in a task of its own), and a package known for its I/O, which
    may as well sleep, queue for a connection or hand work to a thread.

    Args:
        chain: from the user's line (or a library's, where no line is the user's) down. awaited: it is a chain
            of coroutines, and not of calls.
    """
    guess: Rule | None = None
    for at, call in enumerate(chain):
        if not call.library or _works(call.function, chain[at + 1 :]):
            continue
        folder, name = _parts(call)
        rule = _rule(folder, name, call.function, awaited)
        if rule is None:
            if guess is None and _packages(awaited).intersection(folder.split("/")):
                guess = _IO
        elif (name, call.function) == ("tasks.py", "wait_for"):
            guess = guess or rule
        elif guess is not _IO or call.function not in _SIGNALS:
            return rule
    return guess


def _packages(awaited: bool) -> frozenset[str]:
    return _IO_PACKAGES if awaited else _IO_PACKAGES - _OF_TASKS


def _parts(call: Call) -> tuple[str, str]:
    folder, _, name = call.file.replace("\\", "/").rpartition("/")
    return folder, name


def _rule(folder: str, name: str, function: str, awaited: bool) -> Rule | None:
    for file in (f"{folder.rpartition('/')[2]}/{name}", name):
        rule = _BY_CALL.get((file, function)) or _BY_FILE.get(file)
        if rule is None and awaited:
            rule = _AWAITED.get((file, function)) or _AWAITED_FILES.get(file)
        if rule:
            return rule
    return None


def _works(function: str, below: Sequence[Call]) -> bool:
    """Whether what a pool's worker has called is its work, not the wait for more of it."""
    by = _WORKERS.get(function)
    return by is not None and bool(below) and not below[0].file.replace("\\", "/").endswith(by)


def of_block(operation: int, chain: Sequence[Call]) -> Rule:
    """Why a thread is inside a blocking call."""
    plain = _BY_OPERATION.get(operation, _AWAIT)
    if operation in (L.OP_SLEEP, L.OP_LOOP_SELECT, L.OP_DNS, L.OP_JOIN, L.OP_CHILD, L.OP_HELD):
        return plain
    if operation in (L.OP_QUEUE, L.OP_IO_READ, L.OP_SEMAPHORE) and _in_new_process(chain):
        return _IDLE
    rule = of_call(chain, awaited=False)
    if rule is None or (rule.reason is Reason.IO and plain is not _LOCK):
        return plain
    return rule


def of_await(reference_kind: int, chain: Sequence[Call]) -> Rule:
    """Why a task is suspended.

    Args:
        reference_kind: REF_… of what it awaits (not REF_READY and not an end). chain: as for ``of_call``.
    """
    if reference_kind == L.REF_WORK:
        return _RESULT
    if reference_kind in (L.REF_TASK, L.REF_GATHER):
        return _OTHERS
    rule = of_call(chain)
    if rule is not None:
        return rule
    return {L.REF_TIMER: _SLEEP, L.REF_IO: _IO}.get(reference_kind, _AWAIT)


def _in_new_process(chain: Sequence[Call]) -> bool:
    return any(
        call.library and call.function in _STARTS and any(f in call.file for f in _START_FILES)
        for call in chain
    )
