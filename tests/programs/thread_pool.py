"""concurrent.futures threads: results, an exception, and a job that was cancelled.

Prints {"results", "error", "cancelled"}.
"""

import json
import threading
from concurrent.futures import ThreadPoolExecutor

go_on = threading.Event()


def wait_and_square(n):
    go_on.wait()
    return n * n


def fail():
    raise LookupError("nothing here")


with ThreadPoolExecutor(2, thread_name_prefix="square") as pool:
    futures = [pool.submit(wait_and_square, n) for n in range(6)]
    last = pool.submit(wait_and_square, 99)
    cancelled = last.cancel()
    failing = pool.submit(fail)
    go_on.set()
print(json.dumps({
    "results": [future.result() for future in futures],
    "error": repr(failing.exception()),
    "cancelled": cancelled,
}))
