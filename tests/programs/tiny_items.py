"""Processes that are fed thousands of tiny items a second: prints {"seconds", "items"}.

Arguments: pool, executor or queue; items; worker processes; start method.
"""

import json
import multiprocessing
import sys
import time
from concurrent.futures import ProcessPoolExecutor


def tiny(n):
    return n + 1


def pool(context, items, processes):
    """``imap_unordered``, an item at a time."""
    with context.Pool(processes) as workers:
        workers.map(tiny, range(processes))  # they have begun
        began = time.perf_counter()
        total = sum(workers.imap_unordered(tiny, range(items), chunksize=1))
        return time.perf_counter() - began, total


def executor(context, items, processes):
    """``ProcessPoolExecutor.map``."""
    with ProcessPoolExecutor(processes, mp_context=context) as workers:
        list(workers.map(tiny, range(processes)))
        began = time.perf_counter()
        total = sum(workers.map(tiny, range(items)))
        return time.perf_counter() - began, total


def answer(asked, answers):
    answers.put(None)
    while (n := asked.get()) is not None:
        answers.put(tiny(n))


def queue(context, items, processes):
    """Two queues of the program's own."""
    asked, answers = context.Queue(), context.Queue()
    workers = [context.Process(target=answer, args=(asked, answers)) for _ in range(processes)]
    for worker in workers:
        worker.start()
    for _ in workers:
        answers.get()
    began = time.perf_counter()
    for n in range(items):
        asked.put(n)
    total = sum(answers.get() for _ in range(items))
    took = time.perf_counter() - began
    for _ in workers:
        asked.put(None)
    for worker in workers:
        worker.join()
    return took, total


def main():
    kind = sys.argv[1] if len(sys.argv) > 1 else "pool"
    items = int(sys.argv[2]) if len(sys.argv) > 2 else 20000
    processes = int(sys.argv[3]) if len(sys.argv) > 3 else 2
    context = multiprocessing.get_context(sys.argv[4] if len(sys.argv) > 4 else "fork")
    seconds, total = {"pool": pool, "executor": executor, "queue": queue}[kind](context, items, processes)
    if total != items * (items + 1) // 2:
        sys.exit(f"an item was lost: {total}")
    print(json.dumps({"seconds": seconds, "items": items}))


if __name__ == "__main__":
    main()
