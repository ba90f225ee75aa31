"""Which worker gets which job, and whose item is first in a queue: tells it as it happened."""

import concurrent.futures
import multiprocessing
import sys
import time


def who(n):
    return n, multiprocessing.current_process()._identity[-1]


def put(queue, lock, name):
    queue.put(name + "1")
    with lock:
        queue.put(name + "2")


def wait(ready):
    ready.set()
    time.sleep(600)


def main():
    context = multiprocessing.get_context(sys.argv[1])
    with concurrent.futures.ProcessPoolExecutor(2, mp_context=context) as pool:
        print(list(pool.map(who, range(5))))
    with context.Pool(2) as pool:
        print(pool.map(who, range(6), chunksize=1), pool.apply(who, (7,)))
    queue, lock = context.Queue(), context.Lock()
    children = [context.Process(target=put, args=(queue, lock, name)) for name in "abc"]
    for child in children:
        child.start()
    print([queue.get() for _ in range(6)])
    for child in children:
        child.join()
    ready = context.Event()
    child = context.Process(target=wait, args=(ready,))
    child.start()
    ready.wait()
    child.terminate()
    print(child.is_alive(), child.exitcode)


if __name__ == "__main__":
    main()
