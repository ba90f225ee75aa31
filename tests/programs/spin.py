"""Pure Python that only computes: prints {"seconds", "cpu_seconds", "result"}. Argument: rounds."""

import json
import sys
import time


def primes(limit):
    found = []
    for n in range(2, limit):
        for p in found:
            if p * p > n:
                found.append(n)
                break
            if n % p == 0:
                break
        else:
            found.append(n)
    return len(found)


rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 4
began, cpu = time.perf_counter(), time.process_time()
result = sum(primes(40_000) for _ in range(rounds))
print(json.dumps({
    "seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu, "result": result,
}))
