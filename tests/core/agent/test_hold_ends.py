"""What ends while held has ended for whoever asks: processes that were killed, and threads."""

from __future__ import annotations

import pytest

from tests.core.agent.held import Held, stepped


@stepped
@pytest.mark.parametrize("name", ["SIGTERM", "SIGKILL"])
def test_who_is_killed_is_dead(python: str, name: str) -> None:
    program = f"""
        import os, signal, subprocess, sys
        children = [subprocess.Popen([sys.executable, "-S", "-c", "while True: pass"]) for _ in range(8)]
        codes = []
        for child in children:
            os.kill(child.pid, signal.{name})
            codes.append(child.poll())
        print(set(codes) == {{-signal.{name}}}, len(os.listdir("/proc/self/fd")) < 12)
        for child in children:
            child.wait()
    """
    with Held(program, python) as held:
        assert held.run().ok().stdout == "True True\n"


@stepped
def test_who_lives_on_is_not_waited_for(python: str) -> None:
    """Who handles, ignores or blocks a signal, or is not harmed by it, is asked for something afterwards."""
    program = """
        import os, signal, subprocess, sys
        lives = '''if True:
            import signal, sys
            signal.signal(signal.SIGTERM, lambda *_: None)
            signal.signal(signal.SIGUSR1, signal.SIG_IGN)
            signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR2])
            print("there", flush=True)
            print(sys.stdin.readline(), end="")
        '''
        pipes = dict(stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        with subprocess.Popen([sys.executable, "-S", "-c", lives], **pipes) as child:
            print(child.stdout.readline(), end="")
            for number in (0, signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGWINCH):
                os.kill(child.pid, number)
            print(child.poll())
            print(*child.communicate("still there\\n")[:1], end="")
        for wrong in ((child.pid, 0), (0.5, 9), ("1", 9), (1,), (2**40, 9), (os.getpid(), 0)):
            try:
                print(os.kill(*wrong))
            except (TypeError, OverflowError, ProcessLookupError) as error:
                print(type(error).__name__)
    """
    with Held(program, python) as held:
        assert held.run().ok().stdout.split("\n") == [
            "there", "None", "still there",
            "ProcessLookupError", "TypeError", "TypeError", "TypeError", "OverflowError", "None", ""]


@stepped
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_a_process_that_is_terminated_is_not_alive(python: str, method: str) -> None:
    program = """
        import multiprocessing, sys, time
        if __name__ == "__main__":
            context = multiprocessing.get_context(sys.argv[1])
            children = [context.Process(target=time.sleep, args=(600,)) for _ in range(4)]
            for child in children:
                child.start()
            alive = []
            for child in children:
                child.terminate()
                alive.append((child.is_alive(), child.exitcode))
            print(set(alive))
    """
    with Held(program, python, method) as held:
        assert held.run().ok().stdout == "{(False, -15)}\n"


@stepped
@pytest.mark.parametrize("method", ["fork", "forkserver"])
def test_children_are_listed_in_the_order_in_which_they_were_made(python: str, method: str) -> None:
    """Also in a child that has children: ``multiprocessing`` begins with a new set there."""
    program = """
        import multiprocessing, sys, time
        def parent(context, depth):
            made = [context.Process(target=time.sleep, args=(600,)) for _ in range(6)]
            for process in made:
                process.start()
            there = multiprocessing.active_children()
            print(there == made, flush=True)
            if depth:
                process = context.Process(target=parent, args=(context, depth - 1))
                process.start()
                process.join()
                print(multiprocessing.active_children() == made)
            for process in made:
                process.kill()
        if __name__ == "__main__":
            parent(multiprocessing.get_context(sys.argv[1]), 1)
    """
    with Held(program, python, method) as held:
        assert held.run().ok().stdout == "True\n" * 3


@stepped
def test_a_thread_that_has_gone_is_not_alive(python: str) -> None:
    program = """
        import threading, time
        class Slow:
            def __del__(self):  # after the last thing that the thread does in Python
                until = time.monotonic() + 0.05
                while time.monotonic() < until:
                    pass
        kept = threading.local()
        def work():
            kept.slow = Slow()
        thread = threading.Thread(target=work)
        thread.start()
        while thread in threading.enumerate():
            time.sleep(0)
        print(thread.is_alive())
        thread.join()
    """
    with Held(program, python) as held:
        assert held.run().ok().stdout == "False\n"
        assert "join" not in held.kinds()
