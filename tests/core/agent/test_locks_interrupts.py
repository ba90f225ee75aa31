"""A signal handler that raises leaves no lock held: not between its acquisition and the ``with`` body."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from concviz.core.launch import environment
from tests.core.agent.run import clean_environment, run
from tests.interpreters import everywhere

# The handler raises once, wherever the main thread stands then.
STORM = """
    import queue, signal, sys, threading

    class Interrupt(Exception):
        pass

    def handler(number, frame):
        raise Interrupt

    def storm(lock, times, held, interval):
        hits = 0
        for _ in range(times):
            try:
                signal.setitimer(signal.ITIMER_REAL, interval)
                while True:
                    with lock:
                        pass
            except Interrupt:
                hits += 1
                if held(lock):
                    print("held for ever after", hits)
                    return
        print("free")

    def is_held(lock):
        free = lock.acquire(False)
        if free:
            lock.release()
        return not free

    def is_owned(lock):
        return lock._is_owned()

    signal.signal(signal.SIGALRM, handler)
"""

FREE = (
    STORM
    + """
    storm(threading.Lock(), 1500, is_held, 0.00005)
    storm(threading.RLock(), 1500, is_owned, 0.00005)
"""
)

# Another thread holds the lock most of the time, so that the main thread waits for it, and is often woken.
CONTENDED = (
    STORM
    + """
    def held_by_main(lock):
        # the other thread gives it back soon; the main thread, interrupted, would not
        free = lock.acquire(timeout=20)
        if free:
            lock.release()
        return not free

    for make, held in (threading.Lock, held_by_main), (threading.RLock, is_owned):
        lock, stop = make(), []
        def hog():
            while not stop:
                with lock:
                    for _ in range(200):
                        pass
        thread = threading.Thread(target=hog)
        thread.start()
        sys.setswitchinterval(0.0001)
        storm(lock, 300, held, 0.0003)
        stop.append(True)
        thread.join()
"""
)


@everywhere((3, 10))  # (3.9 itself may be interrupted between the body and ``__exit__``)
@pytest.mark.parametrize("program", [FREE, CONTENDED], ids=["free", "contended"])
def test_an_interrupt_leaves_no_lock_held(program: str, python: str, tmp_path: Path) -> None:
    # (not by ``observe``, which reads the log strictly: an interrupted record may be lost, the lock may not)
    (tmp_path / "events").mkdir()
    script = tmp_path / "program.py"
    script.write_text(textwrap.dedent(program))
    variables = environment.observed(clean_environment(), tmp_path)
    out, err, code, _ = run([python, str(script)], variables, "", None, 60)
    assert (out, err, code) == ("free\nfree\n", "", 0)
