"""``concviz record`` on a real terminal: Ctrl-C, Ctrl-\\ and Ctrl-Z do what they do without."""

from __future__ import annotations

import signal
from pathlib import Path

from tests.core.launch.commands import CONCVIZ, IDLE, OnTerminal, facts

COUNT_INTERRUPTS = """
import signal, sys
seen = []
signal.signal(signal.SIGINT, lambda *_: seen.append(1))
print("ready", sys.stdin.isatty(), sys.stdout.isatty(), flush=True)
line = sys.stdin.readline()
print("interrupts:", len(seen), "line:", line.strip())
sys.exit(5)
"""

# A shell in small: gives the command a group of its own and the terminal, and resumes it when it stops.
SHELL = """
import os, signal, sys
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
def foreground(group):
    os.tcsetpgrp(0, group)
pid = os.fork()
if pid == 0:
    os.setpgid(0, 0)
    foreground(os.getpid())
    signal.signal(signal.SIGTTOU, signal.SIG_DFL)
    os.execv(sys.argv[1], sys.argv[1:])
while True:
    _, status = os.waitpid(pid, os.WUNTRACED)
    foreground(os.getpgrp())
    if not os.WIFSTOPPED(status):
        break
    print("stopped by", signal.Signals(os.WSTOPSIG(status)).name, flush=True)
    foreground(pid)
    os.killpg(pid, signal.SIGCONT)
print("ended with", os.waitstatus_to_exitcode(status), flush=True)
"""


def record(session: Path, *target: str) -> list[str | Path]:
    return [*CONCVIZ, "record", "--hz", "0", "-o", session, *target]


def test_ctrl_c_reaches_the_program_once_and_leaves_the_recorder_alone(tmp_path: Path) -> None:
    terminal = OnTerminal(record(tmp_path / "s", "-c", COUNT_INTERRUPTS))
    terminal.read_until(b"ready True True")
    terminal.type(b"\x03")
    terminal.read_until(b"^C")
    terminal.type(b"typed\n")
    assert terminal.end() == 5
    assert b"interrupts: 1 line: typed" in terminal.shown


def test_a_program_that_dies_of_ctrl_c_takes_the_recorder_with_it(tmp_path: Path) -> None:
    program = f"print('ready', flush=True)\n{IDLE}"
    terminal = OnTerminal(record(tmp_path / "s", "-c", program))
    terminal.read_until(b"ready")
    terminal.type(b"\x03")
    assert terminal.end() == -signal.SIGINT
    assert b"KeyboardInterrupt" in terminal.shown
    assert b"concviz" not in terminal.shown
    assert facts(tmp_path / "s", "end.json")["signal"] == signal.SIGINT


def test_ctrl_backslash_kills_the_program(tmp_path: Path) -> None:
    program = "import sys; print('ready', flush=True); sys.stdin.read()"
    terminal = OnTerminal(record(tmp_path / "s", "-c", program))
    terminal.read_until(b"ready")
    terminal.type(b"\x1c")
    assert terminal.end() == -signal.SIGQUIT


def test_ctrl_z_stops_the_job_and_the_shell_resumes_it(tmp_path: Path) -> None:
    program = "import sys; print('ready', flush=True); print('got', sys.stdin.readline()); sys.exit(6)"
    python = CONCVIZ[0]
    terminal = OnTerminal([python, "-c", SHELL, *record(tmp_path / "s", "-c", program)])
    terminal.read_until(b"ready")
    terminal.type(b"\x1a")
    terminal.read_until(b"stopped by SIGTSTP")
    terminal.type(b"typed\n")
    terminal.read_until(b"got typed")
    assert terminal.end() == 0
    assert terminal.shown.count(b"stopped by") == 1
    assert b"ended with 6" in terminal.shown


def test_a_program_that_stops_itself_stops_the_job(tmp_path: Path) -> None:
    program = "import os, signal; os.kill(os.getpid(), signal.SIGTSTP); print('resumed')"
    terminal = OnTerminal([CONCVIZ[0], "-c", SHELL, *record(tmp_path / "s", "-c", program)])
    terminal.read_until(b"stopped by SIGTSTP")
    terminal.read_until(b"resumed")
    assert terminal.end() == 0
    assert b"ended with 0" in terminal.shown
