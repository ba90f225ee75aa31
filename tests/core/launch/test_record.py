"""``concviz record``: the program's files, arguments, code and death are what they are without it."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.core.launch.commands import CONCVIZ, bare, concviz, facts, recorded
from tests.interpreters import refused

SHOW_SELF = """
import json, os, sys
print(json.dumps([sys.argv, sys.orig_argv, repr(sys.flags), __name__, sys.path[0], sys.executable,
                  os.getcwd(), sorted(k for k in os.environ if not k.startswith(("CONCVIZ_", "PYTHONPATH"))),
                  sys.stdin.isatty(), __spec__ and __spec__.name, globals().get("__file__")]))
"""


@pytest.mark.parametrize("words", [
    ["show.py", "--help", "-o", "x", "--", "-c", "ü"],
    ["-m", "show", "-x"],
    ["-c", SHOW_SELF, "--hz", "7"],
    ["folder"],
])
def test_a_program_finds_itself_as_without(tmp_path: Path, words: list[str]) -> None:
    (tmp_path / "show.py").write_text(SHOW_SELF)
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "__main__.py").write_text(SHOW_SELF)
    alone = bare(sys.executable, *words, cwd=tmp_path)
    watched = recorded(tmp_path / "session", *words, cwd=tmp_path)
    assert alone.returncode == 0
    assert (watched.stdout, watched.stderr, watched.returncode) == (alone.stdout, alone.stderr, 0)


@pytest.mark.parametrize("code", [
    "raise SystemExit(0)",
    "raise SystemExit(7)",
    "raise SystemExit('words')",
    "1/0",
    "def broken(:",
    "import os; os._exit(255)",
    "import os; os.kill(os.getpid(), 15)",
    "import os; os.kill(os.getpid(), 9)",
    "import os; os.kill(os.getpid(), 2)",
    "import os; os.abort()",
    "import atexit; atexit.register(print, 'bye')",
])
def test_a_program_ends_as_without(tmp_path: Path, code: str) -> None:
    script = tmp_path / "program.py"
    script.write_text(code)
    alone = bare(sys.executable, script, cwd=tmp_path)
    watched = recorded(tmp_path / "session", script, cwd=tmp_path)
    assert (watched.returncode, watched.stdout, watched.stderr) == (
        alone.returncode, alone.stdout, alone.stderr)
    end = facts(tmp_path / "session", "end.json")
    status = alone.returncode
    assert (end["exit_code"], end["signal"]) == ((status, None) if status >= 0 else (None, -status))


def test_a_megabyte_passes_through_untouched(tmp_path: Path) -> None:
    data = random.Random(4).randbytes(1 << 20)
    copy = (
        "import sys; d = sys.stdin.buffer.read(); sys.stdout.buffer.write(d);"
        "sys.stderr.buffer.write(d[::-1])")
    done = recorded(tmp_path / "s", "-c", copy, input=data)
    assert done.returncode == 0
    assert done.stdout == data
    assert done.stderr == data[::-1]


def test_closed_standard_files_stay_closed(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    program = f"import os, sys; os.write({writer}, repr([sys.stdin, sys.stdout, sys.stderr]).encode())"
    command = f"exec {' '.join(CONCVIZ)} record --hz 0 -o {tmp_path}/s -c '{program}' <&- >&- 2>&-"
    done = subprocess.run(["sh", "-c", command], pass_fds=[writer], timeout=60)
    os.close(writer)
    with open(reader, "rb") as pipe:
        assert pipe.read() == b"[None, None, None]"
    assert done.returncode == 0


def test_files_that_the_caller_left_open_reach_the_program(tmp_path: Path) -> None:
    reader, writer = os.pipe()
    done = recorded(tmp_path / "s", "-c", f"import os; os.write({writer}, b'here')", pass_fds=[writer])
    os.close(writer)
    with open(reader, "rb") as pipe:
        assert pipe.read() == b"here"
    assert done.returncode == 0


def test_a_reader_sees_the_end_when_the_program_closes_its_output(tmp_path: Path) -> None:
    """The recorder must not hold the pipe open: the program waits until the reader has seen its end."""
    program = "import os, sys; os.write(1, b'all'); os.close(1); sys.stdin.read()"
    process = subprocess.Popen(
        [*CONCVIZ, "record", "--hz", "0", "-o", tmp_path / "s", "-c", program],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.read() == b"all"
    process.stdin.close()
    assert process.wait(60) == 0
    process.stdout.close()


def test_a_writer_is_told_when_the_program_reads_no_more(tmp_path: Path) -> None:
    gate_reader, gate_writer = os.pipe()
    program = f"import os; os.close(0); os.write(1, b'closed'); os.read({gate_reader}, 1)"
    process = subprocess.Popen(
        [*CONCVIZ, "record", "--hz", "0", "-o", tmp_path / "s", "-c", program],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[gate_reader], bufsize=0,
    )
    os.close(gate_reader)
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.read(6) == b"closed"
    with pytest.raises(BrokenPipeError):
        process.stdin.write(b"x" * (1 << 20))
    os.close(gate_writer)
    assert process.wait(60) == 0
    process.stdin.close()
    process.stdout.close()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGUSR1, signal.SIGINT])
def test_a_signal_for_the_recorder_reaches_the_program(tmp_path: Path, number: signal.Signals) -> None:
    """Without a terminal even SIGINT comes for us alone: it is passed on, once."""
    program = f"""
import signal, sys, time
seen = []
signal.signal({int(number)}, lambda *_: seen.append(1))
print("ready", flush=True)
while not seen:
    time.sleep(0.01)
print(len(seen))
sys.exit(40)
"""
    process = subprocess.Popen(
        [*CONCVIZ, "record", "--hz", "0", "-o", tmp_path / "s", "-c", program],
        stdout=subprocess.PIPE, start_new_session=True,
        preexec_fn=lambda: signal.signal(number, signal.SIG_DFL),  # whatever the tests themselves ignore
    )
    assert process.stdout is not None
    assert process.stdout.readline() == b"ready\n"
    process.send_signal(number)
    assert process.stdout.read() == b"1\n"
    assert process.wait(60) == 40
    process.stdout.close()


def test_an_ignored_hangup_stays_ignored(tmp_path: Path) -> None:
    """As under nohup."""
    program = "import signal; print(signal.getsignal(signal.SIGHUP) == signal.SIG_IGN)"
    done = recorded(
        tmp_path / "s", "-c", program, preexec_fn=lambda: signal.signal(signal.SIGHUP, signal.SIG_IGN))
    assert done.stdout == b"True\n"


def test_the_program_outlives_a_killed_recorder(tmp_path: Path) -> None:
    program = "import sys; print('ready', flush=True); sys.stdin.read(); print('done', flush=True)"
    process = subprocess.Popen(
        [*CONCVIZ, "record", "--hz", "0", "-o", tmp_path / "s", "-c", program],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == b"ready\n"
    process.kill()
    assert process.wait(60) == -signal.SIGKILL
    process.stdin.close()
    assert process.stdout.read() == b"done\n"
    process.stdout.close()
    assert not (tmp_path / "s" / "end.json").exists()


def test_children_left_behind_go_on(tmp_path: Path) -> None:
    """The recorder returns with the program; a child of it still writes into the caller's pipe."""
    child = "import sys; sys.stdin.read(); print('child done')"
    program = (
        f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}]);"
        "print('parent done')")
    process = subprocess.Popen(
        [*CONCVIZ, "record", "--hz", "0", "-o", tmp_path / "s", "-c", program],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )
    assert process.wait(60) == 0
    assert process.stdout is not None
    assert process.stdin is not None
    process.stdin.close()
    assert process.stdout.read() == b"parent done\nchild done\n"
    process.stdout.close()


def test_the_session_describes_the_run_and_is_for_its_owner_alone(tmp_path: Path) -> None:
    session = tmp_path / "deep" / "session"
    recorded(session, "-c", "import os; print(os.getpid())", cwd=tmp_path)
    start = facts(session)
    assert start["format"] == 1
    assert start["command"][1:] == ["-c", "import os; print(os.getpid())"]
    assert (start["cwd"], start["captured"]) == (str(tmp_path), False)
    assert facts(session, "end.json")["ended_ns"] > start["start_ns"]
    assert session.stat().st_mode & 0o777 == 0o700
    assert all(path.stat().st_mode & 0o077 == 0 for path in session.rglob("*"))


def test_the_pid_in_the_session_is_the_programs(tmp_path: Path) -> None:
    done = recorded(tmp_path / "s", "-c", "import os; print(os.getpid())")
    assert facts(tmp_path / "s")["pid"] == int(done.stdout)


def test_sessions_nobody_named_lie_in_the_state_folder() -> None:
    done = concviz("record", "--hz", "0", "-c", "0")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
    (session,) = (Path(os.environ["XDG_STATE_HOME"]) / "concviz" / "sessions").iterdir()
    assert session.name.startswith("python-c-2")
    assert facts(session, "end.json")["exit_code"] == 0


@pytest.mark.parametrize("flag", ["-I", "-E", "-S"])
def test_a_python_that_leaves_the_agent_out_is_reported(tmp_path: Path, flag: str) -> None:
    done = recorded(tmp_path / "s", "--", sys.executable, flag, "-c", "print('ran')")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"ran\n", b"")
    assert "started with -I, -E or -S?" in (tmp_path / "s" / "log.txt").read_text()


@pytest.mark.parametrize("python", [pytest.param(i.path, id=i.label) for i in refused()])
def test_an_older_python_says_so_itself_and_nothing_is_guessed(tmp_path: Path, python: str) -> None:
    recorded(tmp_path / "s", "--", python, "-c", "print('ran')")
    (line,) = (tmp_path / "s" / "log.txt").read_text().splitlines()
    assert line.endswith("is too old to be observed: 3.9 or newer")


def test_an_observed_program_needs_no_note(tmp_path: Path) -> None:
    recorded(tmp_path / "s", "--", sys.executable, "-c", "print('ran')")
    assert not (tmp_path / "s" / "log.txt").exists()


def test_a_program_that_cannot_be_executed(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x7fELF and no more")
    broken.chmod(0o755)
    done = recorded(tmp_path / "s", "--", broken)
    assert done.returncode == 126
    assert done.stderr.decode() == f"concviz: '{broken}' cannot be executed: Exec format error\n"
