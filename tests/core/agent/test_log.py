"""What the log survives: a killed writer, a full disk, closed descriptors, signals, the interpreter's end."""

from __future__ import annotations

import os
import signal
import subprocess

import pytest

from concviz.core.agent import layout as L
from concviz.core.launch import environment
from tests.core.agent.run import clean_environment, observe, read_logs
from tests.interpreters import everywhere

# Records with known contents, numbered by their first word.
WRITE = """
    import os, sys
    from _concviz_agent import log, layout as L
    KIND = L.LOOP_RUN | 1 << 8
    def write(count, first=0):
        for i in range(first, first + count):
            log.emit(i, 0, KIND, i, 0, 0, 0, 0)
    """


def written(log):
    """Numbers of the records that ``write`` wrote."""
    return [r.loop for r in log.of("LoopRun")]


@everywhere()
def test_everything_committed_survives_kill_9(python, tmp_path):
    """The program says over a pipe how far it is; what it has said is in the log after SIGKILL."""
    (tmp_path / "events").mkdir()
    script = tmp_path / "program.py"
    body = "i = 0\nwhile True:\n    write(1000, i)\n    i += 1000\n    os.write(1, b'%d\\n' % i)\n"
    script.write_text("\n".join(line[4:] for line in WRITE.splitlines()) + "\n" + body)
    env = environment.observed(clean_environment(), tmp_path)
    with subprocess.Popen([python, script], stdout=subprocess.PIPE, env=env) as process:
        assert process.stdout is not None
        said = [int(process.stdout.readline()) for _ in range(40)]
        process.kill()
        said += [int(line) for line in process.stdout if line.endswith(b"\n")]
    (log,) = read_logs(tmp_path)
    found = written(log)
    assert process.returncode == -signal.SIGKILL
    assert found[: said[-1]] == list(range(said[-1]))
    assert (log.dropped, log.closed_ns) == (0, 0)


@everywhere()
def test_the_limit_is_kept_and_every_drop_counted(python):
    seen = observe(WRITE + "write(20000)", python, env={"CONCVIZ_LIMIT": "300000"}).ok()
    found = written(seen.log)
    assert found == list(range(len(found)))
    assert 1000 < len(found) < 300000 // L.RECORD_SIZE
    # the agent's own records come first and are the only others
    assert seen.log.dropped == 20000 - len(found)


@everywhere()
def test_a_limit_on_file_size_is_a_full_disk(python):
    seen = observe(
        WRITE + """
    import resource
    resource.setrlimit(resource.RLIMIT_FSIZE, (200000, 200000))
    write(20000)
    print("ran on")
    """,
        python,
    ).ok()
    assert seen.stdout == "ran on\n"
    assert len(written(seen.log)) + seen.log.dropped == 20000


@pytest.fixture
def small_disk(tmp_path):
    """A file system of 300 kB, where the tests may mount one."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=300k", "none", str(disk)]
    try:
        done = subprocess.run(mount, capture_output=True)
    except FileNotFoundError:
        pytest.skip("no mount command")
    if done.returncode:
        pytest.skip("mounting is not permitted here")
    yield disk
    subprocess.run(["umount", str(disk)], check=True)


@everywhere()
def test_a_full_disk(python, small_disk):
    seen = observe(
        WRITE + """
    write(20000)
    for i in range(3000):
        log.new_text("a name that will not fit %d" % i)
    write(1, 20000)
    print("ran on")
    """,
        python, session=small_disk / "session",
    )
    assert (seen.code, seen.stdout) == (0, "ran on\n")
    assert len(written(seen.log)) + seen.log.dropped == 20001


@everywhere()
def test_files_of_the_program_are_never_written_to(python, tmp_path):
    """All descriptors are closed and their numbers taken by files of the program; the log still grows."""
    seen = observe(
        WRITE + """
    os.closerange(3, 300)
    files = [os.open(sys.argv[1] + "/%d" % i, os.O_RDWR | os.O_CREAT) for i in range(250)]
    write(20000)
    log.text("a name")
    for fd in files: os.write(fd, b"mine")
    """,
        python, str(tmp_path),
    ).ok()
    assert written(seen.log) == list(range(20000))
    assert "a name" in seen.log.texts.values()
    assert {p.read_bytes() for p in tmp_path.iterdir() if p.name.isdigit()} == {b"mine"}


@everywhere()
def test_a_log_that_cannot_grow_any_more_leaves_the_program_alone(python):
    """Closed descriptors and a session folder that is out of reach: the rest is counted as dropped."""
    seen = observe(
        WRITE + """
    folder = os.path.dirname(log._file.path)
    os.closerange(3, 300)
    os.rename(folder, folder + "-away")
    write(20000)
    os.rename(folder + "-away", folder)
    """,
        python,
    ).ok()
    found = written(seen.log)
    assert found == list(range(len(found)))
    assert len(found) + seen.log.dropped == 20000


@everywhere()
def test_a_signal_handler_may_write_while_the_log_grows(python):
    seen = observe(
        WRITE + """
    import signal
    def handler(number, frame):
        write(50, 1_000_000)
    signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, .0005, .0005)
    for i in range(0, 200_000, 1000):
        write(1000, i)
    signal.setitimer(signal.ITIMER_REAL, 0)
    """,
        python,
    )
    assert (seen.code, seen.stderr) == (0, "")
    plain = [n for n in written(seen.log) if n < 1_000_000]
    assert plain == list(range(200_000))


@everywhere()
def test_records_of_many_threads_are_all_there(python):
    seen = observe(
        WRITE + """
    import threading
    threads = [threading.Thread(target=write, args=(20000, i * 20000)) for i in range(8)]
    for thread in threads: thread.start()
    for thread in threads: thread.join()
    """,
        python,
    ).ok()
    assert sorted(written(seen.log)) == list(range(160_000))


@everywhere()
def test_hooks_work_until_the_very_end(python):
    """Destructors that run while the interpreter takes itself apart may sleep and lock."""
    seen = observe(
        """
        import atexit, sys, threading, time
        class Late:
            def __del__(self, sleep=time.sleep, lock=threading.Lock()):
                with lock:
                    sleep(.001)
        late = [Late()]
        late.append(late)
        sys.late = Late()
        atexit.register(lambda: time.sleep(.001))
        """,
        python,
    ).ok()
    assert seen.stderr == ""
    assert len(seen.log.blocks("sleep")) >= 2
    assert seen.log.closed_ns


@everywhere()
def test_long_durations_keep_their_magnitude(python):
    seen = observe(
        WRITE + """
    for dur in (0xFFFFFFFF, 0x100000000, 10**13, -5):
        log.emit(1, dur, KIND, 7, 0, 0, 0, 0)
    """,
        python,
    ).ok()
    assert [r.dur for r in seen.log.of("LoopRun")] == [0xFFFFFFFF, 1 << 32, 10**13 >> 20 << 20, 0]


@everywhere()
def test_files_are_private_whatever_the_umask(python, tmp_path):
    script = """
        import os, subprocess, sys
        os.umask(int(sys.argv[1]))
        subprocess.run([sys.executable, '-c', 'pass'])
        """
    observe(script, python, "0", session=tmp_path)
    observe(script, python, "511", session=tmp_path)
    modes = {os.stat(p).st_mode & 0o777 for p in (tmp_path / "events").iterdir()}
    assert modes == {0o600}
    assert len(read_logs(tmp_path)) == 4


def test_the_reader_of_these_tests_can_fail(tmp_path):
    """A hole, a wrong mark: the strict decoder notices."""
    seen = observe(WRITE + "write(10)", session=tmp_path).ok()
    assert (written(seen.log), seen.log.holes) == (list(range(10)), 0)
    (path,) = (tmp_path / "events").glob("*.events")
    data = path.read_bytes()
    at, size = L.RECORDS_AT + 3 * L.RECORD_SIZE, L.RECORD_SIZE

    def put(record):
        path.write_bytes(data[:at] + record + data[at + size :])

    put(bytes(size))
    assert [log.holes for log in read_logs(tmp_path)] == [1]
    put(data[at - size : at])
    with pytest.raises(AssertionError, match="carries the mark"):
        read_logs(tmp_path)


def test_no_thread_of_ours_runs_in_the_program():
    program = "import os, threading\nprint(threading.active_count(), len(os.listdir('/proc/self/task')))"
    seen = observe(program)
    assert seen.ok().stdout == "1 1\n"
