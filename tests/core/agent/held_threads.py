"""A program that waits for all that threads can wait for; their order does not change what it prints."""

import queue
import threading
import time
from concurrent.futures import ThreadPoolExecutor

lock, recursive, semaphore = threading.Lock(), threading.RLock(), threading.Semaphore(2)
barrier, event, condition = threading.Barrier(4), threading.Event(), threading.Condition()
items: queue.Queue[int] = queue.Queue(2)
simple: queue.SimpleQueue[int] = queue.SimpleQueue()
count = 0
passed: list[int] = []


def work(number: int) -> None:
    global count
    for _ in range(2):
        with lock:
            before = count
            time.sleep(0)
            count = before + 1
    with semaphore, recursive, recursive, condition:
        passed.append(number)
        condition.notify_all()
    barrier.wait()
    event.wait()
    items.put(number)
    simple.put(number)


threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
for thread in threads:
    thread.start()
with condition:
    all_passed = condition.wait_for(lambda: len(passed) == 4, timeout=60)
threading.Timer(0.001, event.set).start()
received = sorted(items.get() for _ in threads)
for thread in threads:
    thread.join()
print(sorted(passed), received, count, all_passed)
assert sorted(simple.get() for _ in threads) == received

lock.acquire()
tried = lock.acquire(timeout=0.01), lock.acquire(False)
lock.release()
nothing = []
for empty in (items, simple):
    try:
        empty.get(timeout=0.01)
    except queue.Empty:
        nothing.append("empty")
with ThreadPoolExecutor(3) as pool:
    squares = list(pool.map(lambda number: number * number, range(5)))
    failure = pool.submit(int, "x").exception()
print(*tried, squares, *nothing)

fired = threading.Event()
timer = threading.Timer(0.001, fired.set)
timer.start()
timer.join()
print("fired" if fired.is_set() else "not fired", type(failure).__name__)
