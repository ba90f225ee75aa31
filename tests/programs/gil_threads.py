"""Two threads that compute under one GIL: prints {"wall_s", "cpu_s", "core_s": {thread name: seconds}}.

core_s is how long it waited for a core, as the kernel counts it. Argument: seconds.
"""

import json
import sys
import threading
import time

seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 1.0
cpu_s, core_s = {}, {}


def compute(until):
    total = 0
    while time.perf_counter() < until:
        for i in range(2000):
            total += i * i
    name = threading.current_thread().name
    cpu_s[name] = time.thread_time()
    with open("/proc/thread-self/schedstat") as file:
        core_s[name] = int(file.read().split()[1]) / 1e9


began = time.perf_counter()
threads = [threading.Thread(target=compute, args=(began + seconds,), name=f"compute-{i}") for i in range(2)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps({"wall_s": time.perf_counter() - began, "cpu_s": cpu_s, "core_s": core_s}))
