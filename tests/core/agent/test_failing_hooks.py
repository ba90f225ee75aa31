"""A hook that fails is switched off and reported, and the program goes on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.agent.run import bare, observe
from tests.core.agent.same import plain
from tests.interpreters import everywhere
from tests.recorded import record

# Each waits in one way; the sites, which all of them ask for, are broken by then.
CALLS = {
    "lock": "held.acquire(timeout=0.01)",
    "with": "threading.Timer(0.01, held.release).start() or held.__enter__()",
    "condition": "threading.Event().wait(0.01)",
    "queue": "attempt(queue.SimpleQueue().get, timeout=0.01)",
    "sleep": "time.sleep(0.001)",
    "recv": "attempt(here.recv, 1)",
    "two arguments": "attempt(here.recv, 1, 0)",
    "selector": "selectors.DefaultSelector().select(0.01)",
    "select": "select.select([here], [], [], 0.01)[0]",
    "semaphore": "multiprocessing.Semaphore(0).acquire(timeout=0.01)",
}
# What else is recorded, by family: what breaks its hook, and what is done twice then.
FAMILIES = {
    "births of threads": ("threads._natives = None", "threaded()"),
    "ends of threads": ("threads._names = None", "threaded()"),
    "starts of threads": ("threads.L = None", "threaded()"),
    "threads that fail": ("threads._failed = None", "threaded()"),
    "work of a pool": ("executors._next = None", "pool.submit(abs, -3).result()"),
    "work given to a pool": ("executors._submitter = None", "pool.submit(abs, -3).result()"),
    "work of processes": ("executors._name = None", "in_process(abs, -3)"),
    "work that fails in a process": ("executors._name = None", "in_process(int, 'x')"),
    "items of processes": ("executors._observed_call = None", "in_process(abs, -3)"),
    "work of a multiprocessing.Pool": ("executors._observed_call = None", "in_pool(abs, -3)"),
    "a subprocess": ("spawns._multiprocessing = spawns.unobserved = None", "subprocess.call(['false'])"),
    "a spawn": ("spawns.unobserved = None", "os.waitpid(os.posix_spawn('/bin/false', ['x'], {}), 0)[1]"),
    "an exec": ("spawns.L = None", "os.spawnv(os.P_WAIT, '/bin/false', ['x'])"),
    "a fork": ("spawns.L = None", "forked()"),
    "the end of a child": ("processes._ended = None", "forked()"),
    "a fork in a worker": ("processes._ended = None", "in_process(subprocess.call, ['false'])"),
    "a process": ("processes._note_status = None", "in_process(abs, -3)"),
    "sockets that leave": ("sockets.now = None", "attempt(here.recv, 1)"),
}
DOES = """
    import concurrent.futures, multiprocessing, os, signal, socket, subprocess, sys, threading
    from concurrent.futures.process import ProcessPoolExecutor

    def attempt(call, *args, **kwargs):
        try:
            return call(*args, **kwargs)
        except Exception as error:
            return type(error).__name__, str(error), error.__context__

    def threaded():
        def fails():
            names.append(threading.current_thread().name)
            raise ValueError(names)
        names = []
        thread = threading.Thread(target=fails)
        thread.start()
        thread.join()
        return names, threading.active_count()

    def forked():
        pid = os.fork()
        if not pid:
            os._exit(5)
        return os.waitpid(pid, 0)[1]

    def in_process(function, *args):
        with ProcessPoolExecutor(1, multiprocessing.get_context("fork")) as processes:
            return attempt(processes.submit(function, *args).result)

    def in_pool(function, *args):
        with multiprocessing.get_context("fork").Pool(1) as processes:
            result = processes.apply(function, args)
            processes.close()
            processes.join()
            return result

    here, there = socket.socketpair()
    here.settimeout(0.01)
    pool = concurrent.futures.ThreadPoolExecutor(1)
    pool.submit(abs, -3).result()
    threading.excepthook = lambda args: print(args.exc_type, args.exc_value)
    if "_concviz_agent.log" in sys.modules:
        import _concviz_agent
        for name in "executors", "log", "processes", "sockets", "spawns", "threads", "waits":
            globals()["hook_" + name] = sys.modules["_concviz_agent." + name]
        {breaks}
    print({call}, flush=True)
    print({call}, flush=True)
    raise SystemExit(3)
"""
PROGRAM = """
    import multiprocessing, queue, select, selectors, socket, sys, threading, time
    import multiprocessing.synchronize

    def attempt(call, *args, **kwargs):
        try:
            return call(*args, **kwargs)
        except Exception as error:
            return type(error).__name__, str(error), error.__context__

    held = threading.Lock()
    held.acquire()
    here, there = socket.socketpair()
    here.settimeout(0.01)
    if "_concviz_agent.sites" in sys.modules:
        sys.modules["_concviz_agent.sites"]._whose = None
    print({call})
    print({call})
    raise SystemExit(3)
"""


def _check(name: str, python: str) -> None:
    program = PROGRAM.format(call=CALLS[name])
    seen = observe(program, python)
    assert (seen.stdout, seen.stderr, seen.code) == bare(program, python)
    off = [topic for topic, message in seen.notes() if message.startswith("switched off: AttributeError")]
    assert len(off) == len(set(off)) >= 1, seen.notes()


@everywhere()
def test_a_failing_receive(python: str) -> None:
    _check("recv", python)


@pytest.mark.parametrize("name", CALLS)
def test_each_kind_of_wait(name: str) -> None:
    _check(name, sys.executable)


@everywhere()
@pytest.mark.parametrize("name", FAMILIES)
def test_each_family_is_switched_off_and_says_so(name: str, python: str) -> None:
    broken, call = FAMILIES[name]
    breaks = " = ".join(f"hook_{part}" if "." in part else part for part in broken.split(" = "))
    program = DOES.format(breaks=breaks, call=call)
    seen = observe(program, python)
    out, err, code = bare(program, python)
    assert (plain(seen.stdout), plain(seen.stderr), seen.code) == (plain(out), plain(err), code)
    for log in seen.logs:
        off = [note.topic for note in log.of("Note") if note.message.startswith("switched off: ")]
        assert len(off) == len(set(off)), "it has gone on to fail"
    assert any("switched off: " in message for _, message in seen.notes())


def test_whoever_asks_for_the_figures_is_told(tmp_path: Path) -> None:
    program = "import sys\nsys.modules['_concviz_agent.threads']._natives = None\nimport threading\n"
    program += "thread = threading.Thread(target=print, args=(5,))\n"
    program += "thread.start()\nthread.join()\nsys.exit(3)"
    script = tmp_path / "program.py"
    script.write_text(program)
    run = record(tmp_path, str(script))
    assert (run.code, run.stdout) == (3, "5\n")
    told = subprocess.check_output([sys.executable, "-m", "concviz", "stats", run.session], text=True)
    assert "hook threads: switched off: AttributeError" in " ".join(told.split())
