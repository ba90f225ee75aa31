"""multiprocessing.Pool squaring numbers: prints {"results", "exit_codes"}. Argument: start method."""

import json
import multiprocessing
import sys


def square(n):
    return n * n


def main():
    context = multiprocessing.get_context(sys.argv[1] if len(sys.argv) > 1 else "fork")
    pool = context.Pool(3)
    results = pool.map(square, range(50), chunksize=5)
    pool.close()
    pool.join()
    print(json.dumps({"results": results, "exit_codes": [p.exitcode for p in pool._pool]}))


if __name__ == "__main__":
    main()
