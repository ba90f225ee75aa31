"""gevent's greenlets, some of which look like threads: prints {"sum", "threads"}."""

from gevent import monkey

monkey.patch_all()

import json  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402

import gevent  # noqa: E402


def work(number):
    time.sleep(0.02)
    return number


jobs = [gevent.spawn(work, number) for number in range(10)]
gevent.joinall(jobs)
threads = [threading.Thread(target=work, args=(number,), name=f"green {number}") for number in range(3)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps({"sum": sum(job.value for job in jobs), "threads": len(threads)}))
