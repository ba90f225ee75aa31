"""What /proc says is understood, and what it does not say does no harm."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from concviz.core.system import layout as L
from concviz.core.system.layout import Wait
from concviz.core.system.procfs import KeptFile, Proc, parse_schedstat, parse_stat, parse_switches
from concviz.core.system.syscalls import understand
from concviz.core.system.writer import Writer

from .watch import records, texts

STAT = (
    b"77 (a) (b\n) c) S 5 77 77 0 -1 4194304 10 0 0 0 7 3 0 0 20 0 4 0 123456 1000 50 18446744073709551615"
    b" 1 1 0 0 0 0 0 0 0 0 0 0 17 3 0 0 0 0 0 0 0 0 0 0 0 0 2304\n"
)


def test_a_stat_line_with_parentheses_in_its_name() -> None:
    stat = parse_stat(STAT)
    assert (stat.name, stat.status, stat.ppid, stat.threads) == ("a) (b\n) c", "S", 5, 4)
    assert (stat.cpu_ns, stat.start_ticks, stat.core, stat.wait_status) == (100_000_000, 123456, 3, 2304)
    assert not stat.over


def test_a_zombie_is_over_unless_it_has_threads() -> None:
    assert parse_stat(STAT.replace(b") S ", b") Z ").replace(b" 0 4 0 123456", b" 0 1 0 123456")).over
    assert not parse_stat(STAT.replace(b") S ", b") Z ")).over


@given(st.binary(max_size=300))
def test_garbage_is_refused_in_one_way(data: bytes) -> None:
    for parse in (parse_stat, parse_schedstat, parse_switches, understand):
        try:
            parse(data)
        except ValueError:
            pass


@pytest.mark.parametrize(
    ("text", "wait", "futex"),
    [
        (b"202 0x7f00 0x80 0x0 0x0 0x0 0x0 0x7ffc 0x7f01", Wait.LOCK, 0x7F00),
        (b"230 0x1 0x1 0x7f 0x0 0x0 0x0 0x7ffc 0x7f01", Wait.SLEEP, 0),
        (b"23 0x0 0x0 0x0 0x0 0x7ff 0x0 0x7ffc 0x7f01", Wait.SLEEP, 0),
        (b"23 0x4 0x7ff 0x0 0x0 0x0 0x0 0x7ffc 0x7f01", Wait.SELECT, 0),
        (b"7 0x7ff 0x0 0x3e8 0x0 0x0 0x0 0x7ffc 0x7f01", Wait.SLEEP, 0),
        (b"7 0x7ff 0x1 0x3e8 0x0 0x0 0x0 0x7ffc 0x7f01", Wait.SELECT, 0),
        (b"232 0x3 0x7ff 0x1 0xffff 0x0 0x0 0x7ffc 0x7f01", Wait.SELECT, 0),
        (b"45 0x3 0x7ff 0x1 0x0 0x0 0x0 0x7ffc 0x7f01", Wait.IO, 0),
        (b"61 0x3 0x7ff 0x0 0x0 0x0 0x0 0x7ffc 0x7f01", Wait.CHILD, 0),
        (b"-1 0x7ffc 0x7f01", Wait.UNKNOWN, 0),
        (b"9999 0x3 0x7ff 0x0 0x0 0x0 0x0 0x7ffc 0x7f01", Wait.UNKNOWN, 0),
        (b"219 0x3 0x7ff 0x0 0x0 0x0 0x0 0x7ffc 0x7f01", Wait.SLEEP, 0),
    ],
)
def test_what_a_system_call_waits_for(text: bytes, wait: Wait, futex: int) -> None:
    assert understand(text, before=Wait.SLEEP) == (wait, futex)


def test_values_are_unpacked_as_they_were_packed() -> None:
    assert L.unpack_thread(L.thread_value(4, 5, 0)) == (4, 5, 0)
    assert L.unpack_thread(L.thread_value(1)) == (1, 0, -1)
    assert L.unpack_process(L.process_value(63, "D")) == (63, "D")
    assert L.unpack_process(L.process_value(-1, "")) == (-1, "")


def test_the_writer_keeps_texts_and_records(tmp_path: Path) -> None:
    writer = Writer(tmp_path)
    number = writer.text("a\tb\nc\\d\udc80")
    writer.add(1, L.Record.RADAR, 7, value=number)
    writer.add(2, L.Record.CORE, -1, a=1 << 70, b=-1 << 70)
    assert writer.text("a\tb\nc\\d\udc80") == number
    writer.close()
    first, second = records(tmp_path)
    assert (first.t_ns, first.value, second.pid) == (1, number, 0xFFFFFFFF)
    assert (second.a, second.b) == ((1 << 63) - 1, -1 << 63)
    assert (tmp_path / L.NAMES_NAME).read_text() == f"T\t{number}\ta\\tb\\nc\\\\d\\udc80\n"
    assert texts(tmp_path)[0] == ""


def test_what_the_disk_does_not_take_is_counted_and_the_log_stays_whole(tmp_path: Path) -> None:
    source = """
import resource, signal, sys
from pathlib import Path
from concviz.core.system.writer import Writer
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
writer = Writer(Path(sys.argv[1]))
for t_ns in range(5):
    writer.add(t_ns, 1, 1)
writer.close()
print(writer.dropped)
"""
    answer = subprocess.run([sys.executable, "-c", source, tmp_path], capture_output=True, check=True)
    assert answer.stdout == b"3\n"
    assert [record.t_ns for record in records(tmp_path)] == [0, 1]


def test_kept_files_do_without_descriptors(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"one")
    monkeypatch.setattr(KeptFile, "_kept", 1 << 30)
    kept = KeptFile(str(path))
    assert kept.read() == b"one"
    path.write_bytes(b"two")
    assert kept.read() == b"two"
    kept.close()


def test_an_empty_proc_has_nothing(tmp_path: Path) -> None:
    proc = Proc(str(tmp_path))
    assert not proc.present
    with pytest.raises(OSError, match="No such file"):
        proc.stat(1)
