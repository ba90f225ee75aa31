"""Why a thread waits follows from the calls above the one that blocks."""

from __future__ import annotations

import pytest

from concviz.core.agent import layout as L
from concviz.core.model import Reason
from concviz.core.timeline import reasons
from concviz.core.timeline.reasons import Call

THREAD = Call("/lib/concurrent/futures/thread.py", "_worker", True)
PROCESS = Call("/lib/concurrent/futures/process.py", "_process_worker", True)
POOL = Call("/lib/multiprocessing/pool.py", "worker", True)
GET = Call("/lib/multiprocessing/queues.py", "Queue.get", True)
ANYIO = Call("/site-packages/anyio/_backends/_asyncio.py", "WorkerThread.run", True)
TRIO = Call("/site-packages/trio/_core/_thread_cache.py", "WorkerThread._work", True)

MINE = Call("/home/me/app.py", "main", False)
HTTP = Call("/site-packages/httpx/_client.py", "AsyncClient.get", True)
SERVE = Call("/site-packages/uvicorn/server.py", "Server._serve", True)
NEXT = Call("/site-packages/anyio/abc/_streams.py", "UnreliableObjectReceiveStream.__anext__", True)
SLEEP = Call("/lib/asyncio/tasks.py", "sleep", True)
WAIT_FOR = Call("/lib/asyncio/tasks.py", "wait_for", True)
EVENT = Call("/lib/asyncio/locks.py", "Event.wait", True)
TO_THREAD = Call("/site-packages/anyio/to_thread.py", "run_sync", True)


@pytest.mark.parametrize("chain", [
    (THREAD,), (PROCESS, GET), (POOL, GET), (ANYIO, Call("/lib/queue.py", "Queue.get", True)), (TRIO,),
])
def test_a_pools_worker_without_work_waits_for_its_queue(chain: tuple[Call, ...]) -> None:
    rule = reasons.of_block(L.OP_LOCK, chain)
    assert (rule.reason, rule.passive) == (Reason.QUEUE, True)


@pytest.mark.parametrize("chain", [
    (THREAD, Call("/lib/concurrent/futures/thread.py", "_WorkItem.run", True)),
    (PROCESS, Call("/lib/urllib/request.py", "urlopen", True)),
    (POOL, Call("/lib/urllib/request.py", "urlopen", True)),
    (ANYIO, Call("/lib/urllib/request.py", "urlopen", True)),
    (TRIO, Call("/site-packages/trio/_core/_thread_cache.py", "WorkerThread._handle_job", True)),
])
def test_a_librarys_function_given_to_a_pool_is_its_work(chain: tuple[Call, ...]) -> None:
    rule = reasons.of_block(L.OP_IO_READ, chain)
    assert (rule.reason, rule.passive) == (Reason.IO, False)


@pytest.mark.parametrize(("reason", "chain"), [
    (Reason.SLEEP, (SERVE, SLEEP)),
    (Reason.SLEEP, (Call("/site-packages/anyio/_core/_eventloop.py", "sleep", True), SLEEP)),
    (Reason.QUEUE, (SERVE, Call("/lib/asyncio/queues.py", "Queue.get", True))),
    (Reason.QUEUE, (NEXT, Call("/site-packages/anyio/streams/memory.py", "M.receive", True), EVENT)),
    (Reason.LOCK, (HTTP, Call("/lib/asyncio/locks.py", "Lock.acquire", True))),
    (Reason.EXECUTOR, (SERVE, TO_THREAD)),
    (Reason.EXECUTOR, (Call("/site-packages/sqlalchemy/util/concurrency.py", "greenlet_spawn", True),
                       Call("/site-packages/aiosqlite/core.py", "Connection._execute", True))),
    (Reason.IO, (HTTP,)),
    (Reason.IO, (HTTP, EVENT)),
    (Reason.IO, (NEXT, Call("/site-packages/anyio/_backends/_asyncio.py", "S.receive", True), EVENT)),
    (Reason.LOCK, (Call("/site-packages/anyio/_backends/_asyncio.py", "Event.wait", True), EVENT)),
])
def test_a_package_of_io_waits_for_io_where_nothing_below_it_tells(
    reason: Reason, chain: tuple[Call, ...],
) -> None:
    assert reasons.of_await(L.REF_FUTURE, (MINE, *chain)).reason is reason


@pytest.mark.parametrize(("reason", "passive", "below"), [
    (Reason.IO, False, (Call("/lib/asyncio/streams.py", "StreamReader.readline", True),)),
    (Reason.LOCK, False, (EVENT,)),
    (Reason.AWAIT, True, ()),
])
def test_wait_for_waits_for_what_is_awaited_inside_of_it(
    reason: Reason, passive: bool, below: tuple[Call, ...],
) -> None:
    rule = reasons.of_await(L.REF_FUTURE, (MINE, WAIT_FOR, *below))
    assert (rule.reason, rule.passive) == (reason, passive)


@pytest.mark.parametrize("call", [TO_THREAD, Call("/lib/asyncio/threads.py", "to_thread", True)])
def test_a_thread_that_blocks_in_a_coroutine_does_not_wait_for_what_its_task_would(call: Call) -> None:
    """It starts a pool's thread, and waits for that to have begun."""
    assert reasons.of_block(L.OP_LOCK, (MINE, call)).reason is Reason.LOCK
