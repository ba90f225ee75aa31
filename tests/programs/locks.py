"""A lock nobody else wants, taken again and again: prints {"seconds", "takes"}. Argument: takes."""

import json
import sys
import threading
import time


def take(lock, times):
    for _ in range(times):
        with lock:
            pass


takes = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
lock = threading.Lock()
take(lock, 1000)
began = time.perf_counter()
take(lock, takes)
print(json.dumps({"seconds": time.perf_counter() - began, "takes": takes}))
