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


@pytest.mark.parametrize("chain", [(THREAD,), (PROCESS, GET), (POOL, GET)])
def test_a_pools_worker_without_work_waits_for_its_queue(chain: tuple[Call, ...]) -> None:
    rule = reasons.of_block(L.OP_LOCK, chain)
    assert (rule.reason, rule.passive) == (Reason.QUEUE, True)


@pytest.mark.parametrize("chain", [
    (THREAD, Call("/lib/concurrent/futures/thread.py", "_WorkItem.run", True)),
    (PROCESS, Call("/lib/urllib/request.py", "urlopen", True)),
    (POOL, Call("/lib/urllib/request.py", "urlopen", True)),
])
def test_a_librarys_function_given_to_a_pool_is_its_work(chain: tuple[Call, ...]) -> None:
    rule = reasons.of_block(L.OP_IO_READ, chain)
    assert (rule.reason, rule.passive) == (Reason.IO, False)
