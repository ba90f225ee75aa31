"""Pools of processes by one start method; prints what must come out in any order of theirs."""

import concurrent.futures
import multiprocessing
import sys


def square(n):
    return n * n


def put(queue, lock, n):
    with lock:
        queue.put(n)


def main():
    multiprocessing.set_start_method(sys.argv[1])
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        print(list(pool.map(square, range(5))))
    with multiprocessing.Pool(2) as pool:
        print(pool.map(square, range(5)), pool.apply(square, (7,)))
    queue, lock = multiprocessing.Queue(), multiprocessing.Lock()
    children = [multiprocessing.Process(target=put, args=(queue, lock, n)) for n in range(2)]
    for child in children:
        child.start()
    print(sorted(queue.get() for _ in children))
    for child in children:
        child.join()
    print([child.exitcode for child in children])


if __name__ == "__main__":
    main()
