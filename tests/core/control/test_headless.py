"""``concviz step --headless``: exit codes, what is said, and what is refused."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

import pytest

from concviz.core.control.decisions import Schedule
from tests.core.control.real import PROGRAMS, free
from tests.core.launch.commands import concviz, facts

LOCKS = """
import threading
one, two = threading.Lock(), threading.Lock()
def work(first, second):
    with first:
        with second:
            pass
threads = [threading.Thread(target=work, args=pair, name=f"worker {n}")
           for n, pair in enumerate(((one, two), (two, one)))]
for thread in threads: thread.start()
for thread in threads: thread.join()
print("both got both")
"""


def step(folder: Path, *words: str | Path):
    return concviz("step", "--headless", "--hz", "0", "-o", folder / "session", *words)


def decisions(session: Path) -> list[dict[str, object]]:
    lines = (session / "schedule.jsonl").read_text().splitlines()
    return [fields for fields in map(json.loads, lines) if "n" in fields]


@pytest.fixture
def locks(tmp_path: Path) -> Path:
    path = tmp_path / "locks.py"
    path.write_text(LOCKS)
    return path


def test_the_program_is_stepped_to_its_end_and_nothing_is_added_to_its_output(tmp_path: Path) -> None:
    done = step(tmp_path, PROGRAMS / "tasks.py")
    assert (done.stdout.decode(), done.stderr, done.returncode) == (free("tasks.py"), b"", 0)
    made = decisions(tmp_path / "session")
    assert len(made) > 50
    assert all(decision["fifo"] for decision in made)


def test_the_programs_exit_code_and_its_death_are_ours(tmp_path: Path) -> None:
    assert step(tmp_path / "1", "-c", "raise SystemExit(7)").returncode == 7
    dies = "import os, signal; os.kill(os.getpid(), signal.SIGTERM)"
    assert step(tmp_path / "2", "-c", dies).returncode == -signal.SIGTERM
    assert facts(tmp_path / "2" / "session", "end.json")["signal"] == signal.SIGTERM


def test_some_order_ends_in_a_deadlock_which_is_said_in_one_line(tmp_path: Path, locks: Path) -> None:
    """And by its schedule it is come to again."""
    seen = {}
    for seed in range(40):
        done = step(tmp_path / str(seed), "--schedule", f"random:{seed}", locks)
        seen[done.returncode] = tmp_path / str(seed) / "session"
        if done.returncode == 4:
            break
        assert (done.stdout, done.stderr, done.returncode) == (b"both got both\n", b"", 0)
    assert done.stderr.startswith(b"concviz: deadlock after ")
    assert done.stderr.count(b"\n") == 1
    for part in ("worker 0 waits at", "worker 1 waits at", "locks.py:6 for", "locks.py:5"):
        assert part.encode() in done.stderr
    again = step(tmp_path / "again", "--replay", seen[4])
    assert (again.stderr, again.returncode) == (done.stderr, 4)


def test_a_session_is_repeated_from_the_folder_it_was_made_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
) -> None:
    shutil.copy(PROGRAMS / "threads.py", tmp_path / "app.py")
    monkeypatch.chdir(tmp_path)
    first = concviz("step", "--headless", "-o", "first", "--schedule", "random:1", "app.py")
    monkeypatch.chdir("/")
    again = step(tmp_path, "--replay", tmp_path / "first")
    assert (first.returncode, again.returncode, again.stdout, again.stderr) == (0, 0, first.stdout, b"")
    made, repeated = decisions(tmp_path / "first"), decisions(tmp_path / "session")
    assert [d["worker"] for d in made] == [d["worker"] for d in repeated]


def test_a_packed_session_is_repeated_where_it_lies(tmp_path: Path) -> None:
    packed = tmp_path / "first.cviz"
    first = concviz("step", "--headless", "-o", packed, "--schedule", "random:1", PROGRAMS / "threads.py")
    again = step(tmp_path, "--replay", packed)
    assert (first.returncode, again.returncode, again.stdout, again.stderr) == (0, 0, first.stdout, b"")
    assert set(tmp_path.iterdir()) == {packed, tmp_path / "session"}
    made = Schedule.load(packed).decisions
    assert [decision.what for decision in Schedule.load(tmp_path / "session").decisions] == [
        decision.what for decision in made]


@pytest.mark.parametrize("ignores", ["", "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN);"])
def test_a_program_that_does_otherwise_is_ended_and_it_is_said_where(tmp_path: Path, ignores: str) -> None:
    """It would never end by itself."""
    program = tmp_path / "program.py"
    program.write_text(f"{ignores}import sys, threading, time\nlock = threading.Lock()\n"
                       "with lock: pass\nif sys.argv[1:]: time.sleep(0)\nwith lock: pass\n"
                       "while sys.argv[1:]: pass\n")
    assert step(tmp_path / "1", program).returncode == 0
    done = step(tmp_path / "2", "--schedule", tmp_path / "1" / "session", program, "otherwise")
    assert (done.stdout, done.returncode) == (b"", 4)
    assert done.stderr.startswith(b"concviz: replay stopped at decision 2: ")
    for part in ("expected 0/t1 before acquire", "program.py:5; found 0/t1 before sleep", "program.py:4"):
        assert part.encode() in done.stderr


def test_a_changed_source_is_refused(tmp_path: Path) -> None:
    app = tmp_path / "app.py"
    shutil.copy(PROGRAMS / "threads.py", app)
    assert step(tmp_path / "1", app).returncode == 0
    app.write_text(app.read_text() + "# more\n")
    done = step(tmp_path / "2", "--replay", tmp_path / "1" / "session")
    assert (done.stdout, done.returncode) == (b"", 3)
    assert b"cannot be repeated: '" + str(app).encode() + b"' has changed since then" in done.stderr
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(("words", "says", "code"), [
    (["--schedule", "lifo"], "there is no 'lifo': say fifo, random:SEED, or a file or session", 2),
    (["--schedule", "random:"], "--schedule random:: the seed is a whole number, as in random:7", 2),
    (["--schedule", "random:x"], "--schedule random:x: the seed is a whole number, as in random:7", 2),
    (["--schedule", "random:1.5"], "the seed is a whole number", 2),
    (["--replay", "no.cviz"], "'no.cviz' has no schedule", 3),
    (["--schedule", "fifo", "--replay", "1"], "leave out --schedule", 2),
    (["--granularity", "line", "--replay", "1"], "leave out --granularity", 2),
    (["--granularity", "fine"], "invalid choice: 'fine'", 2),
    (["--replay", "nowhere"], "there is no 'nowhere'", 3),
    (["--replay", "."], "has no schedule: the program was never stepped", 3),
    (["--replay", "empty"], "is no schedule", 3),
    (["--replay", "moved"], "does not say what was run", 3),
    ([], "say what to run", 2),
])
def test_what_cannot_be_done_is_refused_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: list[str], says: str, code: int,
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("1", "moved"):
        concviz("step", "--headless", "--hz", "0", "-o", name, "-c", "0")
    (tmp_path / "moved" / "session.json").unlink()
    (tmp_path / "empty").mkdir()
    (tmp_path / "no.cviz").write_text("x")
    (tmp_path / "empty" / "schedule.jsonl").touch()
    done = concviz("step", "--headless", "-o", "session", *words)
    assert done.stderr.startswith(b"concviz: ")
    assert says.encode() in done.stderr
    assert (done.stderr.count(b"\n"), done.stdout, done.returncode) == (1, b"", code)
    assert not (tmp_path / "session").exists()


def test_a_program_that_is_gone_is_not_repeated(tmp_path: Path) -> None:
    python = tmp_path / "python"
    shutil.copy(shutil.which("true") or "/bin/true", python)
    assert step(tmp_path / "1", "--", python).returncode == 0
    python.unlink()
    done = step(tmp_path / "2", "--replay", tmp_path / "1" / "session")
    assert (done.returncode, done.stderr.count(b"\n")) == (127, 1)
    assert b"is not there any more" in done.stderr


def test_without_a_terminal_the_screen_is_not_opened(tmp_path: Path) -> None:
    done = concviz("step", "-o", tmp_path / "session", "-c", "0")
    assert done.returncode == 2
    assert b"concviz step --headless works without one" in done.stderr
