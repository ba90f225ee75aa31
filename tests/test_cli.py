"""The command line: its help, its one-line refusals, and where its options end and the program's begin."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from concviz import __version__, cli
from concviz.core.lab.catalog import EXPERIMENTS
from tests.core.launch.commands import CONCVIZ, OnTerminal, concviz


def test_help_tells_everything_and_loads_nothing_heavy() -> None:
    code = (
        "import sys; from concviz.__main__ import main\n"
        "try: main(['--help'])\n"
        "finally: print([m for m in ('textual', 'rich', 'numpy', 'psutil', 'asyncio') if m in sys.modules])")
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60)
    text = done.stdout.decode()
    for part in ("run", "record", "replay", "stats", "lab", "step", "-m module", "-- command", "examples",
                 "exit codes", "126", "127", "keys", "concviz run app.py"):
        assert part in text
    assert all(len(line) <= 110 for line in text.splitlines())
    assert text.endswith("[]\n")
    assert done.returncode == 0


def test_help_survives_a_terminal_without_unicode() -> None:
    done = concviz("--help", env={**os.environ, "PYTHONIOENCODING": "ascii"})
    assert (done.returncode, done.stderr) == (0, b"")


@pytest.mark.parametrize("command", ["run", "record", "replay", "stats", "lab", "step"])
def test_every_command_has_help(command: str) -> None:
    done = concviz(command, "--help")
    assert done.returncode == 0
    assert f"usage: concviz {command}".encode() in done.stdout


def test_version() -> None:
    assert concviz("--version").stdout.decode() == f"concviz {__version__}\n"


@pytest.mark.parametrize(("words", "head", "target"), [
    (["run", "a.py", "--help"], [], ["a.py", "--help"]),
    (["run", "-o", "s", "a.py", "-o", "t"], ["s"], ["a.py", "-o", "t"]),
    (["run", "--output=s", "-m", "x", "--hz", "3"], ["s"], ["-m", "x", "--hz", "3"]),
    (["record", "-os", "--hz", "0", "-c", "code", "-m"], ["s"], ["-c", "code", "-m"]),
    (["record", "-o", "s", "--", "ls", "--", "-l"], ["s"], ["--", "ls", "--", "-l"]),
    (["record", "-mtimeit"], [], ["-mtimeit"]),
    (["record", "-"], [], ["-"]),
    (["record"], [], []),
])
def test_options_after_the_target_are_the_targets(
    words: list[str], head: list[str], target: list[str],
) -> None:
    options = cli.parse(words)
    assert options.target == target
    assert options.output == (Path(head[0]) if head else None)


@pytest.mark.parametrize(("words", "says", "code"), [
    (["frob"], "invalid choice: 'frob'", 2),
    (["app.py"], "say run before it: concviz run app.py", 2),
    (["record"], "say what to run", 2),
    (["record", "--frob", "app.py"], "unrecognized arguments: --frob", 2),
    (["record", "--hz", "fast", "app.py"], "'fast' is no number from 0 to 1000", 2),
    (["record", "--hz", "1001", "app.py"], "'1001' is no number from 0 to 1000", 2),
    (["record", "missing.py"], "there is no file 'missing.py'", 2),
    (["record", "."], "'.' is a folder without a __main__.py", 2),
    (["record", "\x1b[31mred\n.py"], "there is no file '␛[31mred␊.py'", 2),
    (["record", "--python", "/nowhere", "app.py"], "there is no Python at '/nowhere'", 2),
    (["record", "--", "no-such-command"], "no command 'no-such-command' on PATH", 127),
    (["record", "--", "./app.py"], "not executable", 126),
    (["record", "-o", "app.py", "app.py"], "a file is in the way", 3),
    (["record", "-o", ".", "app.py"], "is not empty", 3),
    (["run", "app.py"], "this needs a terminal; concviz record works without one", 2),
    ([], "this needs a terminal", 2),
    (["replay", "session"], "this needs a terminal", 2),
    (["replay", "missing"], "there is no session missing", 3),
    (["replay", "app.py"], "app.py", 3),
    (["run", "missing.py"], "there is no file 'missing.py'", 2),
    (["run", "--", "no-such-command"], "no command 'no-such-command' on PATH", 127),
    (["step", "missing.py"], "there is no file 'missing.py'", 2),
    (["step", "app.py"], "this needs a terminal; concviz step --headless works without one", 2),
    (["step", "--replay", "missing"], "there is no 'missing'", 3),
    (["compare", "--screen", "frob"], "frob", 2),
    (["export", "session", "--to", "svg", "--wakes", "some"], "choose from", 2),
    (["export", "session", "--to", "svg", "--wakes"], "expected one argument: few, all, none (see", 2),
    (["export", "session", "--to"], "argument --to: expected one argument (see", 2),
    (["lab", "frob"], "there is no experiment 'frob'", 2),
    (["lab", "fetchh"], "did you mean fetch?", 2),
    (["lab", "fetch", "--items", "0"], "items: '0' is no number from 1 to 100,000", 2),
    (["lab", "fetch", "--latency", "soon"], "latency: 'soon' is no number of seconds", 2),
    (["lab", "compute", "--latency", "1"], "compute has no latency to set", 2),
    (["lab", "fetch", "--model", "thread"], "fetch cannot be done by 'thread': there are threading", 2),
    (["lab", "--items", "3"], "say which experiment", 2),
    (["lab", "--lang", "tlh"], "argument --lang: invalid choice: 'tlh'", 2),
    (["lab", EXPERIMENTS[0].key], "this needs a terminal", 2),
    (["stats"], "the following arguments are required: SESSION", 2),
])
def test_wrong_usage_is_refused_in_one_line(tmp_path: Path, words: list[str], says: str, code: int) -> None:
    (tmp_path / "app.py").write_text("raise SystemExit('it ran')")
    (tmp_path / "session").mkdir()
    (tmp_path / "session" / "session.json").write_text('{"format": 1, "command": []}')
    done = concviz(*words, cwd=tmp_path)
    text = done.stderr.decode()
    assert text.startswith("concviz: ")
    assert text.count("\n") == 1
    assert says in text
    assert (done.returncode, done.stdout) == (code, b"")


def test_stderr_may_be_closed() -> None:
    done = subprocess.run(["sh", "-c", f"{' '.join(CONCVIZ)} record missing.py 2>&-"], capture_output=True)
    assert (done.returncode, done.stdout) == (2, b"")


@pytest.mark.parametrize("damage", ["missing", "empty", "file", "newer", "garbage"])
def test_a_session_that_cannot_be_opened_is_refused_in_one_line(tmp_path: Path, damage: str) -> None:
    session = tmp_path / "s"
    if damage == "file":
        session.write_text("no session")
    elif damage != "missing":
        session.mkdir()
    if damage in ("newer", "garbage"):
        text = '{"format": 999, "command": []}' if damage == "newer" else "\0\0\0"
        (session / "session.json").write_text(text)
    done = concviz("stats", session)
    assert done.returncode == 3
    assert done.stderr.startswith(b"concviz: ")
    assert done.stderr.count(b"\n") == 1
    assert done.stdout == b""


def test_stats_of_a_recorded_session(tmp_path: Path) -> None:
    """The bytes of an argument that is no UTF-8 come out as valid UTF-8 and valid JSON."""
    code = "import asyncio\nasync def main(): await asyncio.sleep(0)\nasyncio.run(main())"
    odd = os.fsdecode(b"\xff[red]\x1b")
    recorded = concviz("record", "--hz", "0", "-o", tmp_path / "s", "-c", code, odd)
    assert (recorded.returncode, recorded.stderr) == (0, b"")
    figures = json.loads(concviz("stats", "--json", tmp_path / "s").stdout.decode("utf-8"))
    assert figures["schema"] == 1
    assert {worker["kind"] for worker in figures["workers"]} == {"process", "thread", "task"}
    table = concviz("stats", tmp_path / "s")
    assert (table.returncode, table.stderr) == (0, b"")
    assert b"[red]" in table.stdout
    assert b"\x1b" not in table.stdout


def test_a_reader_that_leaves_ends_stats_quietly(tmp_path: Path) -> None:
    concviz("record", "--hz", "0", "-o", tmp_path / "s", "-c", "0")
    reader, writer = os.pipe()
    os.close(reader)
    done = concviz("stats", "--json", tmp_path / "s", stdout=writer)
    os.close(writer)
    assert (done.returncode, done.stderr) == (-signal.SIGPIPE, b"")


def test_the_lab_lists_its_experiments() -> None:
    done = concviz("lab")
    lines = [line for line in done.stdout.decode().splitlines() if line.startswith("  ")]
    assert [line.split()[0] for line in lines] == [experiment.key for experiment in EXPERIMENTS]


@pytest.mark.parametrize("words", [["--lang", "ru", "lab"], ["lab", "--lang=ru"], ["--lang=ru", "lab"]])
def test_the_language_may_be_said_anywhere_before_a_target(words: list[str]) -> None:
    assert "Сорок страниц одна за другой" in concviz(*words).stdout.decode()


def test_the_language_is_that_of_the_locale(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "ru_RU.UTF-8")
    assert "Сорок страниц" in concviz("lab").stdout.decode()
    assert "Forty pages" in concviz("lab", "--lang", "en").stdout.decode()


def test_a_language_before_the_command_leaves_the_target_alone(tmp_path: Path) -> None:
    program = "import sys; print(sys.argv[1:])"
    done = concviz("--lang", "ru", "record", "-o", tmp_path / "s", "--hz", "0", "-c", program, "--lang", "x")
    assert (done.stdout, done.returncode) == (b"['--lang', 'x']\n", 0)


def test_on_a_terminal_record_says_where_the_session_lies() -> None:
    terminal = OnTerminal([*CONCVIZ, "record", "--hz", "0", "-c", "print('out')"])
    assert terminal.end() == 0
    (session,) = (Path(os.environ["XDG_STATE_HOME"]) / "concviz" / "sessions").iterdir()
    assert terminal.shown.decode() == f"out\r\nconcviz: recorded in {session}\r\n"


def test_stats_of_a_running_session_are_those_of_now(tmp_path: Path) -> None:
    program = tmp_path / "waits.py"
    program.write_text("print('ready', flush=True); input()\n")
    session = tmp_path / "session"
    with subprocess.Popen([*CONCVIZ, "record", "-o", session, program],
                          stdin=subprocess.PIPE, stdout=subprocess.PIPE) as recorder:
        assert recorder.stdin
        assert recorder.stdout
        assert recorder.stdout.readline() == b"ready\n"
        done = concviz("stats", str(session), "--json")
        recorder.stdin.close()
        recorder.stdout.read()
    assert done.returncode == 0
    figures = json.loads(done.stdout)
    assert (figures["session"]["complete"], figures["session"]["running"]) == (False, True)
    assert {worker["outcome"] for worker in figures["workers"]} == {"running"}
