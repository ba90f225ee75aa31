"""A process pool that computes: prints {"cpu_s": {pid: seconds of CPU time}, "results"}.

Arguments: start method, seconds of CPU time of one job, processes (two; two jobs for each). A worker's figure
is what the kernel had counted for the whole process when its last job ended.
"""

import json
import multiprocessing
import os
import sys
import time
from concurrent.futures import ProcessPoolExecutor


def job(seconds):
    end = time.process_time() + seconds
    total = 0
    while time.process_time() < end:
        for i in range(2000):
            total += i * i
    return os.getpid(), time.process_time(), total > 0


def main():
    context = multiprocessing.get_context(sys.argv[1] if len(sys.argv) > 1 else "fork")
    seconds = float(sys.argv[2]) if len(sys.argv) > 2 else 0.5
    processes = int(sys.argv[3]) if len(sys.argv) > 3 else 2
    cpu_s = {}
    with ProcessPoolExecutor(processes, mp_context=context) as pool:
        answers = list(pool.map(job, [seconds] * 2 * processes))
    for pid, used, _ in answers:
        cpu_s[pid] = max(used, cpu_s.get(pid, 0.0))
    print(json.dumps({"cpu_s": cpu_s, "results": [good for _, _, good in answers]}))


if __name__ == "__main__":
    main()
