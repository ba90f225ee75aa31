"""The sampler as a whole: who is found, who ends, what it may not see, and that it leaves nothing behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from concviz.core.agent import layout as agent
from concviz.core.system import layout as L
from concviz.core.system.layout import ThreadState
from concviz.core.system.portable import NO_PROC, PortableSource
from concviz.core.system.procfs import Proc
from concviz.core.system.sampler import Sampler
from concviz.core.system.writer import Writer
from tests import interpreters

from .watch import Seen, Watch, kinds, last_states, program, radar, records, shares, texts, watching

PYTHON = interpreters.found()[-1].path


def gone(seen: list[Seen]) -> dict[int, int]:
    """Value of the GONE record of each process that has one."""
    return {record.pid: record.value for record in seen if record.kind == L.Record.GONE}


def born(seen: list[Seen]) -> dict[int, Seen]:
    """The last BORN record of each process."""
    return {record.pid: record for record in seen if record.kind == L.Record.BORN}


def test_sixteen_processes_and_how_they_end(tmp_path: Path) -> None:
    source = """
code = "import sys; sys.exit(int(sys.stdin.readline()))"
command = [sys.executable, "-I", "-S", "-c", code]
children = [subprocess.Popen(command, stdin=subprocess.PIPE) for _ in range(16)]
print(json.dumps({str(child.pid): child.pid for child in children} | {"main": os.getpid()}), flush=True)
sys.stdin.buffer.readline()
for child in children:
    child.stdin.write(b"3\\n"); child.stdin.flush()
sys.stdin.buffer.readline()
for child in children:
    child.wait()
sys.stdin.read()
"""
    command = [PYTHON, "-I", "-c", "import json, os, subprocess, sys\n" + source]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        process.stdout.readline()
        with watching(tmp_path, process.pid) as watch:
            watch.until(lambda seen: len({r.pid for r in seen if r.kind == L.Record.SWITCHES}) == 17)
            process.stdin.write(b"\n")
            process.stdin.flush()
            seen = watch.until(lambda seen: len(gone(seen)) == 16)
            assert set(gone(seen).values()) == {L.EXIT_CODE_BIAS + 3}  # zombies tell how they ended
            assert {born(seen)[pid].tid for pid in gone(seen)} == {process.pid}
            process.kill()
            process.wait()
            seen = watch.until(lambda seen: process.pid in gone(seen))
    assert texts(tmp_path)[born(seen)[process.pid].value].startswith("python")


def test_grandchildren_outlive_their_parents(tmp_path: Path) -> None:
    source = """
import os, signal, sys
if os.fork() == 0:
    if os.fork() == 0:
        sys.stdin.read()
        os._exit(0)
    signal.pause()
os.wait()
sys.stdin.read()
"""
    with (
        subprocess.Popen([PYTHON, "-I", "-c", source], stdin=subprocess.PIPE) as process,
        watching(tmp_path, process.pid) as watch,
    ):
        seen = watch.until(lambda seen: len(born(seen)) == 3)
        parents = {pid: record.tid for pid, record in born(seen).items()}
        (child,) = (pid for pid, parent in parents.items() if parent == process.pid)
        (grandchild,) = (pid for pid, parent in parents.items() if parent == child)
        os.kill(child, signal.SIGTERM)
        seen = watch.until(lambda seen: child in gone(seen))
        known = len(kinds(seen, L.Record.PROCESS, grandchild))
        seen = watch.until(lambda seen: len(kinds(seen, L.Record.PROCESS, grandchild)) > known + 2)
        assert grandchild not in gone(seen)
        process.communicate()
        watch.until(lambda seen: {process.pid, grandchild} <= gone(seen).keys())


def start_ticks(pid: int) -> int:
    return Proc().stat(pid).start_ticks


def write_log(session: Path, pid: int, ticks: int) -> None:
    """An event log as the agent of ``pid`` begins it."""
    (session / "events").mkdir(exist_ok=True)
    header = agent.HEADER.pack(agent.MAGIC, 1, 40, 0, 0, 0, 0, pid, 1, 0, 0, 0, ticks, 0x030D0000)
    (session / "events" / f"{pid}-0-1f.events").write_bytes(header)


def test_whoever_writes_an_event_log_is_a_member(tmp_path: Path) -> None:
    with program(PYTHON, "ready()") as root, program(PYTHON, "ready()") as other, program(
        PYTHON, "ready()"
    ) as stranger, watching(tmp_path, root["main"]) as watch:
        watch.until(lambda seen: root["main"] in born(seen))
        write_log(tmp_path, stranger["main"], start_ticks(stranger["main"]) - 1)  # of an earlier process
        write_log(tmp_path, other["main"], start_ticks(other["main"]))
        seen = watch.until(lambda seen: other["main"] in born(seen) and radar(seen, other["main"]))
        assert stranger["main"] not in born(seen)
        assert born(seen)[other["main"]].b == 1


def test_a_program_that_becomes_another(tmp_path: Path) -> None:
    source = "import os, sys; sys.stdin.buffer.raw.read(1); os.execvp('cat', ['cat'])"
    with subprocess.Popen([PYTHON, "-I", "-c", source], stdin=subprocess.PIPE) as process:
        assert process.stdin
        with watching(tmp_path, process.pid) as watch:
            watch.until(lambda seen: radar(seen, process.pid))
            process.stdin.write(b"x")
            process.stdin.flush()
            seen = watch.until(lambda seen: process.pid in born(seen) and born(seen)[process.pid].b == 0)
            assert texts(tmp_path)[born(seen)[process.pid].value] == "cat"
            assert process.pid not in gone(seen)
            process.stdin.close()


def test_a_python_that_becomes_a_python_is_attached_to_again(tmp_path: Path) -> None:
    again = "os.execv(sys.executable, [sys.executable, '-I', '-'])"
    source = f"import os, sys; sys.stdin.buffer.raw.read(1); {again}"
    with subprocess.Popen([PYTHON, "-I", "-c", source], stdin=subprocess.PIPE) as process:
        assert process.stdin
        with watching(tmp_path, process.pid) as watch:
            watch.until(lambda seen: radar(seen, process.pid))
            process.stdin.write(b"x")
            process.stdin.flush()
            seen = watch.until(lambda seen: len(kinds(seen, L.Record.RADAR, process.pid)) == 2)
            assert {texts(tmp_path)[r.value] for r in kinds(seen, L.Record.RADAR, process.pid)} == {""}
            process.kill()


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user can enter."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can become somebody else")
def test_without_rights_everything_else_goes_on(open_folder: Path) -> None:
    source = """
import os, sys, time
from pathlib import Path
from concviz.core.system.sampler import Sampler
sampler = Sampler(Path(sys.argv[1]), int(sys.argv[2]))
os.setuid(65534)
for _ in range(300):
    sampler.step(time.perf_counter_ns())
    time.sleep(0.002)
sampler.close()
print(sampler.failure)
"""
    with program(PYTHON, 'begin("one", hog)\nbegin("sleep", time.sleep, 3600)\nready()') as tids:
        command = [sys.executable, "-c", source, str(open_folder), str(tids["main"])]
        answer = subprocess.run(command, capture_output=True, text=True, check=True)
        assert answer.stdout == "None\n"
        seen = records(open_folder)
        (said,) = kinds(seen, L.Record.RADAR, tids["main"])
        assert "no right" in texts(open_folder)[said.value]
        alive = [r for r in seen if r.t_ns < seen[-1].t_ns]
        assert last_states(alive, tids["main"])[tids["sleep"]][0] == ThreadState.BLOCKED
        assert ThreadState.BLOCKED not in shares(seen, tids["main"], tids["one"])
        assert kinds(seen, L.Record.PROCESS, tids["main"])[-1].a > 0


def test_it_runs_in_a_thread_and_leaves_no_descriptor(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    with program(PYTHON, 'begin("one", hog)\nready()') as tids:
        stop = threading.Event()
        sampler = Sampler(tmp_path, tids["main"])
        thread = threading.Thread(target=sampler.run, args=(stop,))
        thread.start()
        while not any(record.kind == L.Record.SWEEP for record in records(tmp_path, growing=True)):
            stop.wait(0.01)
        stop.set()
        thread.join()
        assert sampler.failure is None
        assert sampler.dropped == 0
        seen = records(tmp_path)
        assert [r.t_ns for r in seen] == sorted(r.t_ns for r in seen)
        assert {r.kind for r in seen} >= {L.Record.CORE, L.Record.PROCESS, L.Record.THREAD, L.Record.BORN}
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_root_that_is_not_there(tmp_path: Path) -> None:
    with subprocess.Popen([PYTHON, "-S", "-c", ""]) as process:
        process.wait()
    watch = Watch(tmp_path, process.pid)
    watch.step()
    watch.close()
    assert {record.kind for record in records(tmp_path)} <= {L.Record.CORE}
    assert watch.sampler.failure is None


def test_a_proc_full_of_nonsense(tmp_path: Path) -> None:
    root = tmp_path / "proc"
    for name in ("stat", "7/stat", "7/task/7/children", "7/task/7/stat", "7/task/7/schedstat"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(b"\xff nonsense ) (")
    sampler = Sampler(tmp_path, 7, proc=Proc(str(root)))
    sampler.step(1)
    (root / "7/stat").write_bytes(b"7 (python3) R 1 " + b"0 " * 60)
    for now_ns in range(2, 2_000_000_000, 100_000_000):
        sampler.step(now_ns)
    sampler.close()
    assert sampler.failure is None
    assert born(records(tmp_path))[7].b == 0


def test_without_proc_psutil_says_what_it_can(tmp_path: Path) -> None:
    source = 'cat = subprocess.Popen(["cat"], stdin=subprocess.PIPE)\nready(cat=cat.pid)'
    with program(PYTHON, source) as tids:
        writer = Writer(tmp_path)
        portable = PortableSource(tids["main"], writer)
        portable.step(1)
        portable.step(1_000_000_000)
        writer.flush()
        seen = records(tmp_path)
        assert {tids["main"], tids["cat"]} == set(born(seen))
        assert [texts(tmp_path)[r.value] for r in kinds(seen, L.Record.RADAR, tids["main"])] == [NO_PROC]
        assert kinds(seen, L.Record.PROCESS, tids["cat"])[-1].b > 0
        assert kinds(seen, L.Record.SWITCHES, tids["main"])[-1].value >= 1
    portable.close(2_000_000_000)
    writer.close()
    assert tids["main"] in gone(records(tmp_path))


def test_a_process_that_has_not_run_is_not_read_again(tmp_path: Path) -> None:
    with program(PYTHON, "ready()") as root, watching(tmp_path, root["main"]) as watch:
        pid = root["main"]
        watch.until(lambda seen: radar(seen, pid))
        now_ns = records(tmp_path)[-1].t_ns

        def looks(count: int) -> tuple[int, int]:
            nonlocal now_ns
            for _ in range(count):
                now_ns += 100_000_000
                watch.sampler.step(now_ns)
            seen = records(tmp_path)
            return len(kinds(seen, L.Record.PROCESS, pid)), len(kinds(seen, L.Record.SWITCHES, pid))

        before = looks(1)
        while (after := looks(1))[1] != before[1]:  # until it has gone to sleep
            before = after
        before, after = after, looks(10)
        assert (after[0] - before[0], after[1] - before[1]) == (10, 0)


def test_a_sleeping_program_is_looked_at_less_often(tmp_path: Path) -> None:
    """The pause between two steps grows once every thread has slept for half a second."""
    with subprocess.Popen([PYTHON, "-I", "-c", "input()"], stdin=subprocess.PIPE) as process:
        sampler = Sampler(tmp_path, process.pid, hz=250)
        try:
            now_ns = 1_000_000_000
            sampler.step(now_ns)
            busy_ns = sampler.pause_ns(now_ns)
            while sampler.pause_ns(now_ns) == busy_ns:  # until the interpreter has started and waits
                now_ns += 100_000_000
                sampler.step(now_ns)
            assert busy_ns == 4_000_000
            assert sampler.pause_ns(now_ns) == 20_000_000
        finally:
            sampler.close()
            process.kill()
