"""What the gates say, and that the program never depends on anybody who listens."""

from __future__ import annotations

import signal
import sys
import tempfile
from pathlib import Path

import pytest

from concviz.core.agent import layout as L
from concviz.core.launch import environment
from tests.core.agent.held import STEPPED, Held, stepped
from tests.core.agent.run import bare, clean_environment, observe, run
from tests.interpreters import found

OLDER = [pytest.param(i.path, id=i.label) for i in found() if i.version < (3, 11)]

TWO_THREADS = """
    import threading, time
    lock = threading.Lock()
    def work():
        for _ in range(20):
            with lock:
                time.sleep(0.001)
    threads = [threading.Thread(target=work) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print("done", threading.active_count())
    raise SystemExit(3)
"""


@stepped
def test_a_process_greets_and_each_thread_has_a_line_of_its_own(python: str) -> None:
    with Held(TWO_THREADS, python) as program:
        done = program.run()
    assert (done.stdout, done.stderr, done.code) == ("done 1\n", "", 3)
    (hello,) = program.said("hello", thread=0)
    version, pid, interpreter, stem, _, flags, nth_fork = hello
    assert (version, int(pid), interpreter, flags, nth_fork) == ("1", done.pid, "0", "", "0")
    assert stem.startswith(f"{done.pid}-0-")
    for thread in (1, 2, 3):
        ((_, pid, _, log, number, tid),) = program.said("thread", thread)
        assert (int(pid), log, int(number)) == (done.pid, stem, thread)
        assert done.log.of("ThreadBorn")[thread - 1].tid == int(tid)


@stepped
@pytest.mark.parametrize("when", [1, 5, 30])
def test_a_controller_that_is_killed_lets_everybody_go(python: str, when: int) -> None:
    with Held(TWO_THREADS, python) as program:
        program.run(until=lambda: len(program.said("at", 2)) >= when)
        program.vanish()
        assert program.process.wait(30) == 3
        done = program.result()
    assert (done.stdout, done.stderr) == ("done 1\n", "")
    assert done.notes() == [("control", "runs free: the controller is gone")]


@stepped
def test_without_a_controller_nothing_is_installed(python: str) -> None:
    program = "import threading; print(threading.Lock.__init__.__module__, threading.Thread.start.__module__)"
    assert observe(program, python).ok().stdout == "_concviz_agent.locks threading\n"


@pytest.mark.parametrize("python", [*STEPPED, *OLDER])
def test_where_nobody_listens_the_program_runs_as_ever(python: str) -> None:
    with tempfile.TemporaryDirectory() as made:
        session, script = Path(made) / "session", Path(made) / "program.py"
        (session / "events").mkdir(parents=True)
        script.write_text("import threading; print(threading.Lock())")
        variables = {**environment.observed(clean_environment(), session), L.ENV_CONTROL: made + "/nobody"}
        out, err, code, _ = run([python, str(script)], variables, "", None, 60)
    assert (out[:20], err, code) == ("<unlocked _thread.lo", "", 0)


@pytest.mark.parametrize("python", OLDER)
def test_an_older_python_says_that_it_cannot_be_held(python: str) -> None:
    with Held(TWO_THREADS, python) as program:
        done = program.run()
    assert (done.stdout, done.code, program.lines) == ("done 1\n", 3, [])
    assert done.notes() == [("control", "runs free: holding needs Python 3.11 or newer")]


@stepped
def test_the_program_does_not_see_how_it_is_held(python: str) -> None:
    program = """
        import os, stat, threading
        threading.Event().wait(0.001)
        def is_socket(fd):
            try:
                return stat.S_ISSOCK(os.fstat(fd).st_mode)
            except OSError:
                return False
        ours = list(filter(is_socket, range(3, 1024)))
        print(min(ours) >= 100, len(ours), any(os.get_inheritable(fd) for fd in ours))
        print([name for name in os.environ if name.startswith("CONCVIZ_CONTROL")])
    """
    with Held(program, python) as held:
        assert held.run().ok().stdout == "True 2 False\n[]\n"


@stepped
def test_who_closes_all_descriptors_runs_free(python: str) -> None:
    program = """
        import os, threading
        with threading.Lock():
            os.closerange(3, 4096)
        files = [open(__file__, "rb") for _ in range(200)]
        for _ in range(3):
            with threading.Lock():
                print(len(files[0].read()) > 0, flush=True)
    """
    with Held(program, python) as held:
        done = held.run()
    assert (done.stdout, done.stderr, done.code) == ("True\nFalse\nFalse\n", "", 0)


@stepped
def test_an_interrupt_comes_out_where_the_program_waits(python: str) -> None:
    program = """
        import threading, time
        lock = threading.Lock()
        try:
            with lock:  # the gate
                print("not interrupted")
        except KeyboardInterrupt as error:
            frames = []
            trace = error.__traceback__
            while trace is not None:
                frames.append(trace.tb_frame.f_code.co_filename == __file__)
                trace = trace.tb_next
            print("interrupted", frames, lock.locked())
        with lock:
            print("again")
    """
    with Held(program, python) as held:
        held.run(until=lambda: held.kinds())  # nobody answers: the interrupt is first
        held.process.send_signal(signal.SIGINT)
        while len(held.said("thread")) < 2:
            held.hear()
        done = held.run()
    assert (done.stdout, done.code) == ("interrupted [True] False\nagain\n", 0), done.stderr
    assert len(held.said("thread")) == 2  # so that an answer on its way is not taken for the next one's


@stepped
def test_a_signal_handler_in_a_gate_passes_the_gates_it_meets(python: str) -> None:
    program = """
        import signal, threading
        lock, other = threading.Lock(), threading.Lock()
        def handler(number, frame):
            with other:
                print("handled", flush=True)
        signal.signal(signal.SIGUSR1, handler)
        with lock:
            print("locked")
    """
    with Held(program, python) as held:
        held.run(until=lambda: held.kinds())
        held.process.send_signal(signal.SIGUSR1)
        while not held.printed():
            held.hear()
        done = held.run()
    assert (done.stdout, held.kinds()) == ("handled\nlocked\n", ["acquire"])


@stepped
def test_what_can_be_held_looks_as_ever(python: str) -> None:
    program = """
        import builtins, copy, inspect, os, pickle, queue, select, socket, threading, time
        for function in time.sleep, os.read, os.waitpid, select.select, socket.gethostbyname, builtins.input:
            print(function, function.__module__, function.__doc__, inspect.isbuiltin(function))
            print(pickle.loads(pickle.dumps(function)) is function, copy.copy(function) is function)
        for method in socket.socket.recv, queue.SimpleQueue.get, threading.Lock().acquire:
            print(method.__name__, method.__qualname__, method.__doc__)
        print(type(queue.SimpleQueue()), repr(threading.RLock()).partition(" at ")[0])
    """
    with Held(program, python, mode=L.CONTROL_FREE) as held:
        done = held.run()
    assert (done.stdout, done.stderr, done.code) == bare(program, python)


@stepped
def test_a_forked_child_is_a_process_of_its_own(python: str) -> None:
    program = """
        import os, threading
        lock = threading.Lock()
        with lock:
            pid = os.fork()
        with lock:
            if not pid:
                os._exit(7)
        print(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
    """
    with Held(program, python) as held:
        done = held.run()
    assert (done.stdout, done.stderr, done.code) == ("7\n", "", 0)
    (child,) = {pid for pid, _, _ in held.lines} - {done.pid}
    assert (held.kinds(pid=child), len(held.said("hello", 0, child))) == (["begin", "acquire"], 1)
    assert held.kinds() == ["acquire", "acquire", "child", "back"]
    assert held.said("spawning", 0) == [[]]


def test_held_and_free_alternate_while_the_program_runs() -> None:
    expected = bare(TWO_THREADS, sys.executable)
    for seed in range(20):
        with Held(TWO_THREADS, sys.executable, seed=seed, mode=seed % 2) as held:
            left = 1
            while held.process.poll() is None:
                held.hear()
                held.advance()
                left -= 1
                if left <= 0:
                    held.hold(L.CONTROL_FREE if held.mode else L.CONTROL_SYNC)
                    left = held.random.randrange(1, 8)
            done = held.result()
        assert (done.stdout, done.stderr, done.code) == expected
        assert done.notes() == []


@stepped
def test_what_cannot_be_stepped_is_said_once_it_is_imported(python: str, tmp_path: Path) -> None:
    (tmp_path / "gevent.py").write_text("")
    program = """
        import os, sys
        sys.path.insert(0, sys.argv[1])
        import gevent
        pid = os.fork()
        if pid:
            os.waitpid(pid, 0)
        os._exit(0)
    """
    with Held(program, python, str(tmp_path)) as held:
        held.run()
        assert held.said("flag", thread=0) == [["gevent"]]
        hellos = [fields for _, _, fields in held.lines if fields[0] == "hello"]
        assert [fields[-2:] for fields in hellos] == [["", "0"], ["gevent", "1"]]
