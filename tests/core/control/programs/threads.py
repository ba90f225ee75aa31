"""Every kind of thing that threads wait at; prints what must come out in any order of theirs."""

import queue
import threading
from concurrent.futures import ThreadPoolExecutor

lock, relock, condition = threading.Lock(), threading.RLock(), threading.Condition()
event, semaphore, barrier = threading.Event(), threading.Semaphore(2), threading.Barrier(3)
items: "queue.Queue[int | None]" = queue.Queue(2)
simple: "queue.SimpleQueue[int]" = queue.SimpleQueue()
found: list[int] = []
total = waiting = met = 0


def add(n: int) -> None:
    global total
    with relock, relock, lock:
        total += n


def worker(number: int) -> None:
    global waiting, met
    with semaphore:
        add(number)
    barrier.wait()
    with condition:
        waiting += 1
        condition.notify_all()
        condition.wait_for(lambda: waiting == 3)
    event.wait()
    while (item := items.get()) is not None:
        add(item)
    with lock:
        met += 1
    simple.put(number)


threads = [threading.Thread(target=worker, args=(n,)) for n in (1, 2, 3)]
for thread in threads:
    thread.start()
timer = threading.Timer(0.01, event.set)
timer.start()
for item in (10, 20, 30, 40, None, None, None):
    items.put(item)
for thread in (*threads, timer):
    thread.join()
with ThreadPoolExecutor(2) as pool:
    found = sorted(pool.map(lambda n: n * n, range(4)))
print(total, met, sorted(simple.get() for _ in range(3)), found)
