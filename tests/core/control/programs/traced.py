"""Starts threads and processes while it notes every function that is called, under a lock (as coverage)."""

from __future__ import annotations

import multiprocessing.popen_fork
import multiprocessing.popen_spawn_posix
import os
import sys
import threading
from types import CodeType, FrameType
from typing import Any

noting, working = threading.Lock(), threading.Lock()
seen: set[tuple[str, str, str]] = set()


def note(code: CodeType, event: str) -> None:
    key = code.co_filename, code.co_name, event
    if key not in seen:
        with noting:
            seen.add(key)


def trace(frame: FrameType, event: str, argument: Any) -> Any:
    note(frame.f_code, event)
    return trace


def called(code: CodeType, at: int) -> None:
    note(code, "call")


def returned(code: CodeType, at: int, value: Any) -> None:
    note(code, "return")


def begin(how: str) -> None:
    if how == "trace":
        threading.settrace(trace)
        sys.settrace(trace)
    elif how == "profile":
        threading.setprofile(trace)
        sys.setprofile(trace)
    else:
        events = sys.monitoring.events
        sys.monitoring.use_tool_id(sys.monitoring.PROFILER_ID, "noter")
        sys.monitoring.register_callback(sys.monitoring.PROFILER_ID, events.PY_START, called)
        sys.monitoring.register_callback(sys.monitoring.PROFILER_ID, events.PY_RETURN, returned)
        sys.monitoring.set_events(sys.monitoring.PROFILER_ID, events.PY_START | events.PY_RETURN)


def work() -> None:
    with working:
        pass


def main() -> None:
    begin(sys.argv[1])
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for method in ("fork", "spawn"):
        process = multiprocessing.get_context(method).Process(target=work)
        process.start()
        process.join()
        print(method, process.exitcode)
    pid = os.fork()
    if not pid:
        os._exit(3)
    print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), (__file__, "work", "call") in seen)


if __name__ == "__main__":
    main()
