"""A program that the screen runs: a terminal of its own, output kept, requests carried out, nobody needed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from concviz.core.launch import output
from concviz.core.launch.errors import LaunchError
from concviz.core.launch.recording import Recording
from concviz.core.launch.target import parse
from concviz.core.session.alive import is_alive
from tests.core.launch.commands import IDLE, facts, until

Start = Callable[..., Recording]


@pytest.fixture
def start(tmp_path: Path) -> Start:
    """Start code under a recorder that doesn't sample."""
    def begin(code: str, rows: int = 24, columns: int = 80) -> Recording:
        return Recording.start(parse(["-c", code]), tmp_path / "s", rows=rows, columns=columns, hz=0)
    return begin


def printed(recording: Recording) -> bytes:
    """What the program has printed until now."""
    try:
        return (recording.session / "output.log").read_bytes()
    except FileNotFoundError:
        return b""


def wait_for(recording: Recording, text: bytes) -> None:
    until(lambda: text in printed(recording), recording.session)


def status_of(recording: Recording) -> int:
    """Wait for the end of the program."""
    until(lambda: recording.exit_status is not None, recording.session)
    status = recording.exit_status
    assert status is not None
    return status


def test_the_program_has_a_terminal_of_the_size_asked_for(start: Start) -> None:
    recording = start(
        "import os, sys; print(sys.stdin.isatty(), sys.stdout.isatty(), *os.get_terminal_size())", 31, 97)
    assert status_of(recording) == 0
    assert printed(recording) == b"True True 97 31\r\n"


def test_a_recording_can_be_opened_at_once(start: Start) -> None:
    recording = start("pass")
    assert facts(recording.session)["captured"] is True
    assert (recording.session / "events").is_dir()
    assert status_of(recording) == 0
    assert facts(recording.session)["pid"] > 0


def test_input_and_its_end_reach_the_program(start: Start) -> None:
    recording = start("import sys; print(sys.stdin.read().upper())")
    recording.send_input("grüße\n".encode())
    recording.send_input(b"\x04")
    assert status_of(recording) == 0
    assert "GRÜSSE".encode() in printed(recording)


def test_more_input_than_a_frame_holds_arrives_in_order(start: Start) -> None:
    recording = start(
        "import sys; n = 0\nfor i, line in zip(range(3000), sys.stdin): assert line == f'line {i}\\n', line\n"
        "print('all of them')")
    recording.send_input(b"".join(b"line %d\n" % i for i in range(3000)))
    assert status_of(recording) == 0
    assert b"all of them" in printed(recording)


def test_a_new_size_is_told_by_sigwinch(start: Start) -> None:
    recording = start(
        "import os, signal\n"
        "signal.signal(signal.SIGWINCH, lambda *_: None)\nprint('ready')\n"
        "while os.get_terminal_size().columns == 80: signal.sigtimedwait([signal.SIGWINCH], 0.01)\n"
        "print(*os.get_terminal_size())")
    wait_for(recording, b"ready")
    recording.resize(50, 132)
    assert status_of(recording) == 0
    assert b"132 50" in printed(recording)


def test_interrupt_reaches_the_program_though_ctrl_c_is_off(start: Start) -> None:
    recording = start(
        f"import sys, tty\ntty.setraw(0)\n"
        f"try:\n print('ready', flush=True)\n {IDLE}\nexcept KeyboardInterrupt: sys.exit(9)")
    wait_for(recording, b"ready")
    recording.interrupt()
    assert status_of(recording) == 9


def test_ctrl_c_typed_is_an_interrupt(start: Start) -> None:
    recording = start(f"print('ready', flush=True)\n{IDLE}")
    wait_for(recording, b"ready")
    recording.send_input(b"\x03")
    assert status_of(recording) == -signal.SIGINT
    assert b"^C" in printed(recording)


def test_ctrl_z_does_not_freeze_a_program_that_nobody_could_resume(start: Start) -> None:
    recording = start("import sys; print('ready', flush=True); sys.exit(len(sys.stdin.readline()))")
    wait_for(recording, b"ready")
    recording.send_input(b"\x1a")
    wait_for(recording, b"^Z")
    recording.send_input(b"abc\n")
    assert status_of(recording) == 4


def test_end_asks_first(start: Start) -> None:
    recording = start(
        "import signal, sys\nsignal.signal(signal.SIGTERM, lambda *_: sys.exit(3))\n"
        f"print('ready', flush=True)\n{IDLE}")
    wait_for(recording, b"ready")
    recording.end(grace_ms=60_000)
    assert status_of(recording) == 3


def test_end_kills_after_the_grace_what_does_not_listen(start: Start) -> None:
    recording = start(
        "import signal\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\nprint('ready', flush=True)\n"
        "while True: signal.pause()")
    wait_for(recording, b"ready")
    recording.end(grace_ms=1)
    assert status_of(recording) == -signal.SIGKILL
    assert facts(recording.session, "end.json")["signal"] == signal.SIGKILL


def test_end_takes_the_children_along(start: Start) -> None:
    recording = start(
        "import subprocess, sys\n"
        "subprocess.Popen([sys.executable, '-c', 'import os, sys; print(os.getpid(), \"child\", flush=True);"
        "sys.stdin.read()']).wait()")
    wait_for(recording, b"child")
    child = int(printed(recording).split()[0])
    recording.end(grace_ms=60_000)
    assert status_of(recording) == -signal.SIGTERM
    until(lambda: not running(child), recording.session)


def running(pid: int) -> bool:
    """True while the process exists and is no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def test_output_is_all_there_when_the_status_is(start: Start) -> None:
    recording = start("import sys; sys.stdout.write('x' * 1_000_000 + 'end'); sys.exit(11)")
    assert status_of(recording) == 11
    assert printed(recording) == b"x" * 1_000_000 + b"end"


def test_the_index_says_when_each_part_came(start: Start) -> None:
    recording = start("import sys\nfor _ in range(3): print('part', flush=True); sys.stdin.readline()")
    for count in (1, 2, 3):
        until(lambda count=count: printed(recording).count(b"part") == count, recording.session)  # type: ignore[misc]
        recording.send_input(b"\n")
    assert status_of(recording) == 0
    lines = (recording.session / "output.index").read_text().splitlines()
    rows = [tuple(map(int, line.split())) for line in lines]
    begun, ended = facts(recording.session)["start_ns"], facts(recording.session, "end.json")["ended_ns"]
    assert rows == sorted(rows)
    assert rows[0][1] == 0
    assert all(begun < instant < ended for instant, _ in rows)
    assert all(offset < len(printed(recording)) for _, offset in rows)


def test_a_program_that_closes_its_terminal_for_good_is_waited_for(start: Start, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    recording = start(
        f"import os, sys\nprint('ready', flush=True)\nfor fd in (0, 1, 2): os.close(fd)\n"
        f"open({str(tmp_path / 'gate')!r}).read(); os._exit(12)")
    wait_for(recording, b"ready")
    with open(tmp_path / "gate", "w"):
        assert recording.exit_status is None
    assert status_of(recording) == 12


def test_a_child_left_behind_is_not_hung_up_and_its_output_is_kept(start: Start, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    child = f"open({str(tmp_path / 'gate')!r}).read(); print('child done')"
    recording = start(
        f"import subprocess, sys; subprocess.Popen([sys.executable, '-c', {child!r}]); print('parent')")
    assert status_of(recording) == 0
    assert b"parent" in printed(recording)
    with open(tmp_path / "gate", "w"):
        pass
    wait_for(recording, b"child done")


def test_the_program_goes_on_when_the_screen_dies(tmp_path: Path) -> None:
    """The screen is a process of its own here, and is killed while the program waits."""
    os.mkfifo(tmp_path / "gate")
    session = tmp_path / "s"
    code = f"print('ready', flush=True); open({str(tmp_path / 'gate')!r}).read(); print('went on')"
    screen = (
        "import sys\nfrom pathlib import Path\nfrom concviz.core.launch.recording import Recording\n"
        "from concviz.core.launch.target import parse\n"
        f"Recording.start(parse(['-c', {code!r}]), Path({str(session)!r}), hz=0)\n"
        "print('started', flush=True); sys.stdin.read()")
    process = subprocess.Popen(
        [sys.executable, "-c", screen], stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
    assert process.stdout is not None
    assert process.stdin is not None
    assert process.stdout.readline() == b"started\n"
    output_log = session / "output.log"
    until(lambda: output_log.exists() and b"ready" in output_log.read_bytes(), session)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait(60)
    process.stdin.close()
    process.stdout.close()
    with open(tmp_path / "gate", "w"):
        pass
    until((session / "end.json").exists, session)
    assert b"went on" in (session / "output.log").read_bytes()


def test_detaching_leaves_the_program_running(start: Start, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "gate")
    recording = start(f"open({str(tmp_path / 'gate')!r}).read()")
    recording.detach()
    recording.send_input(b"nobody types any more")
    assert recording.exit_status is None
    with open(tmp_path / "gate", "w"):
        pass
    assert status_of(recording) == 0


def kill_recorder(recording: Recording) -> None:
    """Kill the process that does the recording, once it has begun the program."""
    until(lambda: facts(recording.session)["pid"] != 0, recording.session)
    os.kill(facts(recording.session)["recorder_pid"], signal.SIGKILL)


def test_a_program_whose_recorder_was_killed_goes_on_and_is_still_reached(start: Start) -> None:
    """Its terminal stays, with all that it prints and is told; only how it ends is not known."""
    recording = start("print('ready', flush=True)\nprint('got', input())\nprint('got', input())\n"
                      "import os; print(os.get_terminal_size().lines, os.tcgetpgrp(0) == os.getpgrp())")
    wait_for(recording, b"ready")
    kill_recorder(recording)
    recording.send_input(b"one\n")
    wait_for(recording, b"got one")
    assert recording.exit_status is None
    assert Recording.join(recording.session) is not None
    recording.resize(31, 97)
    recording.send_input(b"two\n")
    assert status_of(recording) == -signal.SIGKILL
    assert printed(recording) == b"ready\r\none\r\ngot one\r\ntwo\r\ngot two\r\n31 True\r\n"
    assert not (recording.session / "end.json").exists()
    assert "the recorder was killed" in (recording.session / "log.txt").read_text()


def test_output_is_indexed_on_where_a_killed_recorder_left_it(start: Start) -> None:
    recording = start("print('first', flush=True); input(); print('second')")
    wait_for(recording, b"first\r\n")  # all of it: the recorder may be killed between two parts
    kill_recorder(recording)
    recording.send_input(b"\n")
    assert status_of(recording) == -signal.SIGKILL
    index = (recording.session / "output.index").read_text().splitlines()
    begins = [int(line.split()[1]) for line in index]
    assert begins[0] == 0
    assert len(b"first\r\n") in begins[1:]  # before it, perhaps, where a terminal gave it in two parts


def test_a_program_whose_recorder_was_killed_can_be_ended(start: Start) -> None:
    recording = start(IDLE)
    kill_recorder(recording)
    recording.end()
    assert status_of(recording) == -signal.SIGKILL
    until(lambda: not is_alive(facts(recording.session)["pid"]), recording.session)


def fifo_is_gone(recording: Recording) -> bool:
    return not os.path.lexists(recording.session / "control")


def test_when_all_is_over_nothing_is_left_for_which_a_copy_of_the_folder_would_wait(start: Start) -> None:
    recording = start("print('ready', flush=True); input()")
    wait_for(recording, b"ready")
    os.kill(facts(recording.session)["recorder_pid"], signal.SIGTERM)  # passed on: the program dies of it
    assert status_of(recording) == -signal.SIGTERM
    until(lambda: fifo_is_gone(recording), recording.session)
    assert not [file for file in recording.session.rglob("*") if not (file.is_file() or file.is_dir())]


def test_nor_is_it_when_the_recorder_was_killed(start: Start) -> None:
    recording = start("print('ready', flush=True); input()")
    wait_for(recording, b"ready")
    kill_recorder(recording)
    recording.send_input(b"\n")
    assert status_of(recording) == -signal.SIGKILL
    until(lambda: fifo_is_gone(recording), recording.session)


def test_what_is_left_where_all_were_killed_goes_when_it_is_opened_next(start: Start) -> None:
    recording = start("print('ready', flush=True); input()")
    wait_for(recording, b"ready")
    recording.detach()
    told = facts(recording.session)
    for pid in (told["recorder_pid"], recording.keeper_pid, told["pid"]):  # nobody is left who could tidy up
        with suppress(ProcessLookupError):  # the keeper's end hangs the others up
            os.kill(pid, signal.SIGKILL)
        until(lambda pid=pid: not running(pid), recording.session)  # type: ignore[misc]
    assert status_of(recording) == -signal.SIGKILL
    until(lambda: not is_alive(facts(recording.session)["pid"]), recording.session)
    until(lambda: not is_alive(facts(recording.session)["recorder_pid"]), recording.session)
    assert not fifo_is_gone(recording)
    assert Recording.join(recording.session) is None
    assert fifo_is_gone(recording)


def test_a_program_in_the_background_survives_its_keeper(start: Start, tmp_path: Path) -> None:
    """It holds no terminal, so nobody waits for it; the end of the session must not hang it up."""
    os.mkfifo(tmp_path / "gate")
    recording = start(
        "import os\nprint('ready', flush=True)\ninput()\nfor fd in (0, 1, 2): os.close(fd)\n"
        f"open({str(tmp_path / 'gate')!r}).read(); open({str(tmp_path / 'went on')!r}, 'w')")
    wait_for(recording, b"ready")
    kill_recorder(recording)
    recording.send_input(b"\n")
    assert status_of(recording) == -signal.SIGKILL
    with open(tmp_path / "gate", "w"):
        pass
    until((tmp_path / "went on").exists, recording.session)


def test_what_cannot_be_executed_says_so_in_the_output(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_bytes(b"\x7fELF and no more")
    broken.chmod(0o755)
    recording = Recording.start(parse(["--", str(broken)]), tmp_path / "s", hz=0)
    assert status_of(recording) == 126
    assert b"cannot be executed: Exec format error" in printed(recording)


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir()
    (tmp_path / "s" / "file").touch()
    with pytest.raises(LaunchError, match="is not empty"):
        Recording.start(parse(["-c", "0"]), tmp_path / "s")


def test_parts_that_come_together_share_a_line_of_the_index(tmp_path: Path) -> None:
    log = output.OutputLog(tmp_path)
    for now_ns in (5_000_000, 5_999_999, 6_000_000, 7_500_000):
        log.append(b"ab", now_ns)
    assert (tmp_path / "output.index").read_text() == "5000000 0\n6000000 4\n7500000 6\n"


def test_output_beyond_the_limit_is_read_but_not_kept(tmp_path: Path) -> None:
    log = output.OutputLog(tmp_path, limit=10)
    for at, data in enumerate((b"123456", b"789abc", b"def")):
        log.append(data, now_ns=at * 2_000_000)
    assert (tmp_path / "output.log").read_bytes() == b"123456789a"
    assert (tmp_path / "output.index").read_text() == "0 0\n2000000 6\n"
    assert (tmp_path / "log.txt").read_text() == "the output is kept up to 10 bytes; the rest is not\n"


def test_a_second_screen_can_join_a_recording_and_end_the_program(start: Start) -> None:
    first = start("print('ready', flush=True)\nwhile True: print('got', input(), flush=True)")
    wait_for(first, b"ready")
    second = Recording.join(first.session)
    assert second is not None
    assert second.exit_status is None
    second.send_input(b"hello\n")
    wait_for(first, b"got hello")
    first.detach()
    second.end()
    assert status_of(second) == -signal.SIGTERM


def test_what_is_over_cannot_be_joined(start: Start) -> None:
    recording = start("pass")
    assert status_of(recording) == 0
    assert Recording.join(recording.session) is None


def test_what_is_left_of_a_recording_cannot_be_joined(start: Start) -> None:
    """Neither the recorder nor the keeper of its terminal is there any more; the program was hung up."""
    recording = start(IDLE)
    joined = Recording.join(recording.session)
    assert joined is not None
    kill_recorder(recording)
    until(lambda: facts(recording.session)["recorder_pid"] == recording.keeper_pid, recording.session)
    os.kill(recording.keeper_pid, signal.SIGKILL)
    assert status_of(recording) == -signal.SIGKILL
    assert status_of(joined) == -signal.SIGKILL
    assert Recording.join(recording.session) is None


def test_a_program_recorded_without_a_screen_is_not_to_be_reached(tmp_path: Path) -> None:
    (tmp_path / "session.json").write_text(f'{{"recorder_pid": {os.getpid()}}}')
    assert Recording.join(tmp_path) is None
    os.mkfifo(tmp_path / "control")
    assert Recording.join(tmp_path) is None, "nobody reads from it"
    reader = os.open(tmp_path / "control", os.O_RDONLY | os.O_NONBLOCK)
    assert Recording.join(tmp_path) is not None
    os.close(reader)
