"""Part of a tiny test suite that is run under concviz (not collected with concviz's own tests)."""

import queue
import threading


def test_a_thread_hands_over():
    box = queue.Queue()
    thread = threading.Thread(target=lambda: box.put(42), name="giver")
    thread.start()
    assert box.get() == 42
    thread.join()


def test_that_fails():
    assert [1, 2] == [1, 3]
