"""Every way to start a child: the parent tells of it, the child has a log, the program sees no difference."""

from __future__ import annotations

import os
import textwrap

import pytest

from concviz.core.agent import layout as L
from concviz.core.agent import unobserved
from tests.core.agent.run import both, observe, read_logs
from tests.interpreters import everywhere

SPAWNS = {
    "run": "subprocess.run([sys.executable, '-c', 'pass'])",
    "empty environment": "subprocess.run([sys.executable, '-c', 'pass'], env={})",
    "bytes environment": "subprocess.run([sys.executable, '-c', 'pass'], env={b'A': b'1'})",
    "own PYTHONPATH": "subprocess.run([sys.executable, '-c', 'pass'], env={'PYTHONPATH': '/nowhere'})",
    "posix_spawn by subprocess": "subprocess.run([sys.executable, '-c', 'pass'], close_fds=False, env={})",
    "preexec_fn": "subprocess.run([sys.executable, '-c', 'pass'], preexec_fn=os.getpid)",
}


@everywhere()
@pytest.mark.parametrize("call", SPAWNS.values(), ids=SPAWNS)
def test_subprocess_is_told_and_reached(python, call):
    seen = observe(f"import os, subprocess, sys\nassert {call}.returncode == 0", python).ok()
    (child,) = seen.log.of("Child")
    (end,) = seen.log.of("ChildEnd")
    assert (child.method, child.name) == ("subprocess", f"{python} -c pass")
    assert (end.pid, end.code) == (child.pid, 0)
    (log,) = seen.children
    assert (log.pid, log.ppid) == (child.pid, seen.pid)
    assert log.threads()["MainThread"].flags == L.THREAD_MAIN


@everywhere()
@pytest.mark.parametrize(
    "call",
    [
        "os.system(f'{sys.executable} -c pass')",
        "os.popen(f'{sys.executable} -c pass').read()",
        "os.environ.update(PYTHONPATH='/nowhere') or os.system(f'{sys.executable} -c pass')",
        "os.environ.clear() or os.system(f'{sys.executable} -c pass')",
        "os.spawnve(os.P_WAIT, sys.executable, [sys.executable, '-c', 'pass'], {})",
        "os.waitpid(os.posix_spawn(sys.executable, [sys.executable, '-c', 'pass'], {}), 0)",
    ],
)
def test_children_of_other_calls_are_reached(python, call):
    seen = observe(f"import os, sys\n{call}", python).ok()
    orig_argv = seen.log.hexversion >= 0x030A0000
    assert seen.logs[-1].pid != seen.pid
    assert seen.logs[-1].facts["argv"][-1] == ("pass" if orig_argv else "-c")


@everywhere()
def test_os_fork_gives_the_child_a_log_with_numbers_of_its_own(python):
    seen = observe(
        """
        import os, threading, time
        lock = threading.Lock()
        threading.Thread(target=time.sleep, args=(.001,), name="before").start()
        pid = os.fork()
        if not pid:
            threading.Thread(target=time.sleep, args=(.01,), name="after").start()
            time.sleep(.02)
            os._exit(3)
        assert os.waitpid(pid, 0) == (pid, 3 << 8)
        """,
        python,
    ).ok()
    (child,) = seen.log.of("Child")
    (log,) = seen.children
    assert (child.method, child.pid, log.ppid) == ("os.fork", log.pid, seen.pid)
    assert log.flags & L.FLAG_FORKED
    assert [(t.name, t.thread) for t in log.of("ThreadBorn")] == [("MainThread", 1), ("after", 2)]
    assert {b.thread for b in log.blocks("sleep")} == {1, 2}
    assert log.closed_ns == 0  # os._exit
    assert [e.code for e in seen.log.of("ChildEnd")] == [3]


@everywhere()
def test_a_handler_that_comes_before_ours_in_a_forked_child_writes_nothing(python, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(
        "import os, time\n"
        "def handler():\n"
        "    [time.sleep(.001) for _ in 'ab']  # in the child\n"
        "os.register_at_fork(after_in_child=handler)\n"
    )
    program = """
        import _thread, os, time
        def forks():
            pid = os.fork()
            if not pid:
                os._exit(0)
            os.waitpid(pid, 0)
            time.sleep(.001)
            ended.release()
        for _ in range(2):  # one thread is met at the fork, one before
            ended = _thread.allocate_lock()
            ended.acquire()
            _thread.start_new_thread(forks, ())
            ended.acquire()
        forks()
    """
    seen = observe(program, python, env={"PYTHONPATH": str(tmp_path)}).ok()
    lines = {b.site.function for b in seen.log.blocks("sleep")}
    assert (lines, len(seen.log.blocks("sleep"))) == ({"forks"}, 3)
    assert not any("sitecustomize" in text for log in seen.logs for text in log.texts.values())


@everywhere()
def test_a_child_killed_by_a_signal(python):
    seen = observe(
        """
        import os, signal, subprocess, sys
        p = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
        p.terminate()
        assert p.wait() == -signal.SIGTERM == p.poll()
        """,
        python,
    ).ok()
    assert [e.code for e in seen.log.of("ChildEnd")] == [-15]


_MULTIPROCESSING = """
    import multiprocessing, sys
    def work(): pass
    if __name__ == "__main__":
        context = multiprocessing.get_context(sys.argv[1])
        p = context.Process(target=work, name="the worker")
        p.start()
        p.join()
        assert p.exitcode == 0
    """


@everywhere()
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_multiprocessing(python, method):
    seen = observe(_MULTIPROCESSING, python, method).ok()
    (worker,) = [c for c in seen.log.of("Child") if c.name == "the worker"]
    assert worker.method == method
    assert seen.of(worker.pid).threads()["MainThread"].thread == 1
    assert [e.code for e in seen.log.of("ChildEnd") if e.pid == worker.pid] == [0]
    helpers = {c.name for c in seen.log.of("Child")} - {"the worker"}
    assert helpers == {"fork": set(), "spawn": {"resource_tracker"}}.get(
        method, {"resource_tracker", "forkserver"}
    )


@everywhere()
@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_pools_of_processes(python, method):
    seen = observe(
        """
        import concurrent.futures as cf, multiprocessing, os, sys
        if __name__ == "__main__":
            context = multiprocessing.get_context(sys.argv[1])
            with cf.ProcessPoolExecutor(2, mp_context=context) as pool:
                assert list(pool.map(abs, [-1, -2, -3, -4])) == [1, 2, 3, 4]
            with context.Pool(2) as pool:
                assert pool.map(abs, [-1, -2]) == [1, 2]
                pool.close()
                pool.join()  # (terminated, a worker may be gone before it has begun)
        """,
        python, method,
    ).ok()
    workers = {c.pid for c in seen.log.of("Child") if c.method == method and c.name != "resource_tracker"}
    assert len(workers) >= 3
    assert workers <= {log.pid for log in seen.children}


@everywhere()
def test_a_daemon_that_closes_every_descriptor_goes_on_recording(python, tmp_path):
    """Two forks, a new session, all descriptors closed, their numbers used for files of the daemon's own."""
    over = tmp_path / "owndone"
    os.mkfifo(over)
    seen = observe(
        """
        import os, sys, time
        if os.fork(): os._exit(0)
        os.setsid()
        if os.fork(): os._exit(0)
        os.closerange(0, 300)
        files = [os.open(sys.argv[1] + str(i), os.O_RDWR | os.O_CREAT) for i in range(300)]
        for _ in range(4000):
            time.sleep(.00001)
        os.close(os.open(sys.argv[1] + "done", os.O_WRONLY))
        """,
        python, str(tmp_path / "own"), session=tmp_path / "session",
    )
    over.read_bytes()  # ends when the daemon has had it open
    _, between, daemon = read_logs(tmp_path / "session")
    assert [(e.pid, e.code) for e in between.of("ChildEnd")] == [(between.pid, 0)]  # nobody waits for it
    assert seen.code == 0
    assert len(daemon.blocks("sleep")) == 4000
    assert daemon.dropped == 0
    assert [p.name for p in tmp_path.glob("own[0-9]*") if p.stat().st_size] == []


@everywhere()
def test_exec_starts_another_log_of_the_same_process(python):
    program = "import os, sys\nos.execve(sys.executable, [sys.executable, '-c', 'pass'], {})"
    seen = observe(program, python).ok()
    first, second = [log for log in seen.logs if log.pid == seen.pid]
    assert [e.program for e in first.of("Exec")] == [f"{python} -c pass"]
    assert (first.interpreter, second.interpreter) == (0, 0)
    assert second.closed_ns


@everywhere()
@pytest.mark.parametrize("option", ["-I", "-E", "-S", "-IS", "-bE"])
def test_a_python_that_cannot_be_observed_is_named(python, option):
    program = f"import subprocess, sys\nsubprocess.run([sys.executable, {option!r}, '-c', 'pass'])"
    seen = observe(program, python)
    (child,) = seen.ok().log.of("Child")
    ((topic, message),) = seen.notes()
    assert topic == "unobserved"
    assert message.startswith(f"pid {child.pid} started with -")
    assert not seen.children


@pytest.mark.parametrize(
    ("command", "option"),
    [
        ("python -I x.py", "-I"), ("/usr/bin/python3.12 -uS -c pass", "-S"),
        ("python3 -W error -E -m x", "-E"),
        ("python -Xdev -I x", "-I"), ("python -W ignore x.py -I", None), ("python -c pass -I", None),
        ("python -mE", None), ("python - -I", None), ("python -WE x", None), ("grep -E x", None),
        ("python", None),
    ],
)
def test_options_are_read_as_python_reads_them(command, option):
    assert unobserved.why(command.split()) == option


FAILURES = """
    import os, subprocess, sys, traceback
    def attempt(function, *args, **kwargs):
        try:
            print(function(*args, **kwargs))
        except BaseException as error:
            timed_out = isinstance(error, subprocess.TimeoutExpired)
            print(type(error), "" if timed_out else error, getattr(error, "filename", None))
    environment = {"A": "1"}
    attempt(subprocess.run, ["/no/such/program"], env=environment)
    attempt(subprocess.run, ["/no/such/program"], env={"A=": "1"})
    attempt(subprocess.run, ["/bin/true"], env={"A": 1})
    attempt(subprocess.run, ["/bin/true"], env=[1])
    attempt(subprocess.run, ["/bin/true"], cwd="/no/such/folder")
    attempt(subprocess.run, ["/bin/sleep", "60"], timeout=.05)
    attempt(subprocess.run, ["/bin/true"], preexec_fn=lambda: 1 / 0)
    attempt(subprocess.run, ["/bin/true"], check=True, env=environment)
    attempt(os.posix_spawn, "/no/such/program", ["x"], environment)
    attempt(os.posix_spawn, "/bin/true", ["x"], 5)
    attempt(os.posix_spawn, "/bin/true", [], environment)
    attempt(os.execv, "/no/such/program", ["x"])
    attempt(os.execv, "/bin/true", [])
    attempt(os.execve, "/no/such/program", ["x"], environment)
    attempt(os.execve, "/bin/true", ["x"], None)
    attempt(os.execvp, "no-such-program", ["x"])
    attempt(os.waitpid, 1, 0)
    attempt(os.putenv, 5, "x")
    attempt(os.unsetenv, "")
    print(environment, sorted(os.environ.items()))
    r, w = os.pipe()
    code = "import os, sys; os.write(int(sys.argv[1]), b'passed')"
    subprocess.run([sys.executable, "-c", code, str(w)], pass_fds=[w])
    print(os.read(r, 9), r, w)
    """


@everywhere()
def test_failing_spawns_fail_as_ever(python, tmp_path):
    script = tmp_path / "failures.py"
    script.write_text(textwrap.dedent(FAILURES))
    seen, (out, err, code) = both(script, python)
    seen.ok()
    assert (seen.stdout, seen.stderr, seen.code) == (out, err, code)


@everywhere((3, 12))
def test_every_interpreter_of_a_process_has_its_log(python):
    seen = observe(
        """
        import sys
        if sys.version_info >= (3, 13):
            import _interpreters as interpreters
            run = interpreters.run_string
        else:
            import _xxsubinterpreters as interpreters
            run = interpreters.run_string
        one = interpreters.create()
        run(one, "import time; time.sleep(.001)")
        interpreters.destroy(one)
        print(open("/dev/null").fileno())
        """,
        python,
    ).ok()
    main, other = seen.logs
    assert (main.interpreter, main.pid) == (0, other.pid)
    assert other.interpreter > 0
    assert len(other.blocks("sleep")) == 1
    assert seen.stdout == "3\n"


@everywhere()
def test_an_interpreter_that_is_still_there_at_exit_leaves_the_exit_code_alone(python):
    seen = observe(
        """
        import sys
        if sys.version_info >= (3, 13):
            import _interpreters as interpreters
        else:
            import _xxsubinterpreters as interpreters
        one = interpreters.create()
        interpreters.run_string(one, "import time; time.sleep(.001)")
        sys.exit(5)
        """,
        python,
    )
    assert (seen.code, seen.stdout, seen.stderr) == (5, "", "")
    assert seen.logs[0].interpreter == 0
