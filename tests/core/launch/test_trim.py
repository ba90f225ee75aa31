"""What event logs reserved and never used is given back, unless somebody still has the log."""

from __future__ import annotations

import fcntl
import mmap
import signal
from pathlib import Path

import pytest

from concviz.core.agent import layout as L
from concviz.core.launch.trim import trim
from tests.core.launch.commands import recorded

pytestmark = pytest.mark.skipif(not hasattr(fcntl, "F_SETLEASE"), reason="needs the kernel's leases")


def log_of(tmp_path: Path, records: int, last_byte: bytes, reserved: int = 1 << 20) -> Path:
    """An event log with so many records whose last one ends in ``last_byte``, and reserved space behind."""
    (tmp_path / "events").mkdir(exist_ok=True)
    path = tmp_path / "events" / "1-0-1.events"
    body = b"\1" * (records * L.RECORD_SIZE - 1) + last_byte if records else b""
    path.write_bytes(bytes(L.RECORDS_AT) + body + bytes(reserved))
    return path


@pytest.mark.parametrize("records", [0, 1, 2, 5000])
@pytest.mark.parametrize("last_byte", [b"\1", b"\0"])
def test_the_log_ends_behind_its_last_record(tmp_path: Path, records: int, last_byte: bytes) -> None:
    path = log_of(tmp_path, records, last_byte)
    before = path.read_bytes()
    assert trim(tmp_path) == 1 << 20
    assert path.read_bytes() == before[: L.RECORDS_AT + records * L.RECORD_SIZE]
    assert trim(tmp_path) == 0


def test_a_log_that_is_mapped_is_left_alone(tmp_path: Path) -> None:
    path = log_of(tmp_path, 1, b"\1")
    with open(path, "r+b") as file:
        mapped = mmap.mmap(file.fileno(), 0)
    assert trim(tmp_path) == 0
    mapped[-1:] = b"x"  # would be a SIGBUS in a file that was cut
    mapped.close()


def test_a_log_that_is_being_read_is_left_alone(tmp_path: Path) -> None:
    path = log_of(tmp_path, 1, b"\1")
    with open(path, "rb"):
        assert trim(tmp_path) == 0
    assert trim(tmp_path) > 0


def test_links_and_other_things_are_left_alone(tmp_path: Path) -> None:
    precious = tmp_path / "precious"
    precious.write_bytes(bytes(1 << 20))
    (tmp_path / "events").mkdir()
    (tmp_path / "events" / "2-0-1.events").symlink_to(precious)
    (tmp_path / "events" / "3-0-1.events").mkdir()
    assert trim(tmp_path) == 0
    assert precious.stat().st_size == 1 << 20


def test_handlers_are_as_before(tmp_path: Path) -> None:
    log_of(tmp_path, 1, b"\1")
    before = signal.getsignal(signal.SIGIO)
    trim(tmp_path)
    assert signal.getsignal(signal.SIGIO) is before


def test_a_recorded_log_is_as_long_as_its_records(tmp_path: Path) -> None:
    recorded(tmp_path / "s", "-c", "import os; os._exit(0)")
    (log,) = (tmp_path / "s" / "events").glob("*.events")
    data = log.read_bytes()
    records, rest = divmod(len(data) - L.RECORDS_AT, L.RECORD_SIZE)
    assert rest == 0
    mark = L.RECORD.unpack_from(data, len(data) - L.RECORD_SIZE)[-1]
    assert mark == L.mark(records - 1)
