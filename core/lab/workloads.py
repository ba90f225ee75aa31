"""What can be compared: workloads and mistakes; what each does, and what to look at while it runs."""

from __future__ import annotations

from dataclasses import dataclass

from concviz.core.lab.models import NAMES as ALL
from concviz.core.language import N_


@dataclass(frozen=True, slots=True)
class Workload:
    """Something to be done under several models. Its program is ``work_NAME.py`` or ``mistake_NAME.py``."""

    name: str
    title: str
    explanation: str
    """Two sentences: what is done, and what that shows."""
    look_for: str
    """What to look at in the lanes."""
    models: tuple[str, ...] = ALL
    """The models under which it says something."""
    why_others_not: str = ""
    mistake: bool = False


_COROUTINES = N_("coroutines are what it is about, and only asyncio runs them")
_OTHER = N_("it would not show this mistake")

WORKLOADS = (
    Workload(
        "fetch", N_("Pages from a slow server"),
        N_(
            "Forty pages are fetched from a server that takes its time over each of them. "
            "A thread or a task that waits for the network needs no core, so the waits can overlap."
        ),
        N_(
            "How many lanes wait side by side: that many times faster it is, while "
            "parallelism stays below one."
        ),
    ),
    Workload(
        "files", N_("Files, written and read back"),
        N_(
            "Some hundred files are written, read back and removed. "
            "The kernel keeps them in memory, so there is little to wait for, and handing over costs much."
        ),
        N_(
            "How short the waits are: a model that hands each operation to somebody else "
            "pays for it every time."
        ),
    ),
    Workload(
        "compute", N_("Prime numbers in plain Python"),
        N_(
            "Primes are counted by trial division, which never waits for anything. "
            "Threads of one process take turns under the GIL; workers with a GIL each compute together."
        ),
        N_("Threads that stand ready, waiting for the GIL, while processes run side by side on a core each."),
    ),
    Workload(
        "mixed", N_("Fetch, then compute"),
        N_(
            "Each page is fetched and then computed with. "
            "The waits overlap under threads and tasks, and what is left is one core's worth of arithmetic."
        ),
        N_("One worker that computes while the others wait, and the moment when all want to compute."),
    ),
    Workload(
        "pipeline", N_("Producers, a bounded queue, consumers"),
        N_(
            "Producers fetch pages and put them into a queue with little room, consumers compute with them. "
            "Whoever is faster waits for the other side, and the slower stage sets the pace."
        ),
        N_("Producers waiting for room in the queue, or consumers waiting for something to come."),
        ("sequential", "threading", "multiprocessing", "asyncio", "free-threaded"),
        N_("a pool has no stages: threads, processes or tasks of one's own make a pipeline"),
    ),
    Workload(
        "count", N_("One, await, two"),
        N_(
            "Three coroutines say one, await a pause, and say two. "
            "Awaited one by one they take three pauses; as tasks they say all their ones first, and take one."
        ),
        N_("Three tasks that are all waiting at the same time, though only one of them ever runs."),
        ("sequential", "asyncio"), _COROUTINES,
    ),
    Workload(
        "chain", N_("Coroutines that await coroutines"),
        N_(
            "Each chain is a coroutine that awaits a second one, which awaits a third. "
            "The chain is one task: its parts happen in order, while other chains go on beside it."
        ),
        N_("One lane for each chain, not for each coroutine: it waits where the innermost coroutine awaits."),
        ("sequential", "asyncio"), _COROUTINES,
    ),
    Workload(
        "blocking-call", N_("A blocking call in a coroutine"),
        N_(
            "The coroutine fetches a page with a library that blocks, and there is no await to give way at. "
            "The loop and all other tasks stand still until the page is there; a thread can "
            "wait in its stead."
        ),
        N_("A task that runs while its thread waits, and all other tasks ready, waiting for the loop."),
        ("sequential", "threading", "asyncio", "asyncio-threads"), _OTHER, True,
    ),
    Workload(
        "one-by-one", N_("Awaiting one by one what could be gathered"),
        N_(
            "A loop awaits one page after another, in a program that calls itself asynchronous. "
            "Nothing overlaps unless several tasks are under way: gather or a task group "
            "begins them together."
        ),
        N_("One task that waits all the time, where there could be twenty."),
        ("sequential", "asyncio"), _OTHER, True,
    ),
    Workload(
        "computing-in-a-coroutine", N_("Computing in a coroutine"),
        N_(
            "The coroutines compute, and have nothing to await. "
            "Each runs to its end before the next one begins, and threads under one GIL do not change that."
        ),
        N_("Tasks that are ready from the beginning and run one after another."),
        ("sequential", "asyncio", "asyncio-threads", "process-pool"), _OTHER, True,
    ),
    Workload(
        "threads-for-arithmetic", N_("Threads for arithmetic"),
        N_(
            "Threads share the counting of primes, and one GIL. "
            "They take turns instead of helping each other, and the turns cost something."
        ),
        N_("Two threads, of which one runs and the other is ready, changing places every few milliseconds."),
        ("sequential", "threading", "thread-pool", "process-pool", "interpreters", "free-threaded"),
        _OTHER, True,
    ),
    Workload(
        "tiny-jobs", N_("Processes for tiny jobs"),
        N_(
            "Thousands of jobs of a few microseconds are sent to other processes one by one. "
            "Starting the processes and pickling the jobs takes far longer than doing them."
        ),
        N_("Processes that wait for their next job nearly all of the time."),
        ("sequential", "thread-pool", "multiprocessing", "process-pool"), _OTHER, True,
    ),
    Workload(
        "lock-convoy", N_("A lock held while waiting"),
        N_(
            "Every thread takes the same lock before it fetches its page, and keeps it "
            "until the page is there. "
            "One thread gets on at a time, the others wait for the lock: ten threads are as slow as one."
        ),
        N_("One thread that waits for the network and nine that wait for the lock."),
        ("sequential", "threading", "thread-pool"), _OTHER, True,
    ),
    Workload(
        "unbalanced-pool", N_("Equal chunks of unequal work"),
        N_(
            "The items are cut into chunks of equal number before anybody knows how long each one takes. "
            "All the long ones lie in one chunk, and the other process is soon done and waits."
        ),
        N_("One process that runs to the end while the other waits for it."),
        ("sequential", "multiprocessing", "process-pool"), _OTHER, True,
    ),
    Workload(
        "starved-executor", N_("Long waits in the default executor"),
        N_(
            "Forty blocking calls go to the loop's default executor: four threads more than there are cores. "
            "The others queue up for a thread, although all they would do with it is wait."
        ),
        N_("Tasks that await the executor, and a handful of threads that wait for the network."),
        ("thread-pool", "asyncio", "asyncio-threads"), _OTHER, True,
    ),
)
NAMES = tuple(workload.name for workload in WORKLOADS)
BY_NAME = {workload.name: workload for workload in WORKLOADS}
