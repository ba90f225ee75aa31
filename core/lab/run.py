"""One workload under one model:  python run.py fetch thread-pool --size 40 --latency 0.05 --workers 10

A workload (``work_*.py``, ``mistake_*.py``) says what there is to do: ``items``, and what is done with each,
as a plain function ``work``, a coroutine function ``work_async``, or both. A model (``spread_*.py``) says how
that is spread over workers. A function of your own is spread in the same way:

    python run.py --call module:function --items 0:100 threading
"""

from __future__ import annotations

import argparse
import sys
from typing import Any

import lab_call
import lab_jobs
import lab_measure


def main() -> int:
    """Do the work once and say how long it took; the result is the exit code."""
    options = parse()
    name = options.workload or options.call[0]
    try:
        figures = lab_jobs.describe(options) if options.describe else measure(options)
    except (Exception, SystemExit) as error:
        figures = {"error": lab_call.told(error)}
    if options.report:
        return lab_measure.report(figures, options.report)
    return lab_measure.say(figures, f"{name} by {options.model}")


def measure(options: argparse.Namespace) -> dict[str, Any]:
    """Do the work under the model; the result is what it took."""
    with lab_jobs.job(options) as job:
        spread, work = lab_jobs.how(options.model, job)
        workers = lab_jobs.workers_for(options.model, job, options.workers)
        return lab_measure.run(spread, work, job.items, workers, check=not options.call)


def parse() -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description="Run one workload under one model of concurrency.")
    parser.add_argument("workload", nargs="?", help="what is to be done: fetch, compute, mixed …")
    parser.add_argument("model", help="how: sequential, threading, thread-pool, asyncio …")
    parser.add_argument("--size", type=int, help="how many items")
    parser.add_argument("--latency", type=float, help="seconds a wait takes, on average")
    parser.add_argument("--workers", type=int, help="how many workers")
    parser.add_argument("--port", type=int, help="where server.py listens (default: it is started)")
    parser.add_argument("--folder", help="where files may be written (default: a temporary folder)")
    parser.add_argument("--call", action="append", default=[], metavar="MODULE:FUNCTION",
                        help="a function of your own; twice: a plain one and a coroutine function")
    parser.add_argument("--items", default="", help="its items: a file with one on each line, or 0:100")
    parser.add_argument("--describe", action="store_true", help="do nothing, only report what there is to do")
    parser.add_argument("--report", metavar="FILE", help="write the figures to a file, as JSON")
    options = parser.parse_intermixed_args()  # so that options may stand between the two words
    if bool(options.workload) == bool(options.call):
        parser.error("say either a workload or --call")
    return options


if __name__ == "__main__":
    sys.exit(main())
