"""A session that was closed in good order and damaged later says so; one that only grew does not."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from concviz.core.agent import layout as L
from concviz.core.launch import folder
from concviz.core.launch.trim import sizes
from tests.core.launch.commands import facts, recorded
from tests.core.session.small import events, story
from tests.core.timeline.stories import read


@pytest.fixture
def session(tmp_path: Path) -> Path:
    """A session as its recorder leaves it."""
    made = story(tmp_path / "session")
    made.sample_site("app.py", 5, "fetch")
    path = made.write()
    folder.write_sizes(path, sizes(path))
    return path


def cut(path: Path, size: int) -> None:
    path.write_bytes(path.read_bytes()[:size])


def test_as_it_was_left_it_is_complete(session: Path) -> None:
    opened = read(session)
    assert (opened.info.complete, opened.notes) == (True, ())
    stem = events(session).stem
    assert set(facts(session, "sizes.json")) == {
        f"events/{stem}.events", f"events/{stem}.names", "system.log", "system.names",
    }


@pytest.mark.parametrize("pattern", ["*.events", "1*.names", "system.log", "system.names"])
def test_a_file_that_was_cut_is_named(session: Path, pattern: str) -> None:
    path = next(session.rglob(pattern))
    size = facts(session, "sizes.json")[path.relative_to(session).as_posix()]
    cut(path, size - 9)
    opened = read(session)
    assert not opened.info.complete
    name = path.relative_to(session)
    assert f"{name} is cut short: {size - 9:,} of {size:,} bytes" in opened.notes


def test_a_deleted_log_is_missed(session: Path) -> None:
    (session / "system.log").unlink()
    opened = read(session)
    assert (opened.info.complete, opened.notes) == (False, ("system.log is missing",))


def test_a_deleted_folder_of_logs_is_missed(session: Path) -> None:
    stem = events(session).stem
    shutil.rmtree(session / "events")
    opened = read(session)
    assert not opened.info.complete
    assert set(opened.notes) == {
        f"events/{stem}.events is missing", f"events/{stem}.names is missing", "24 of 24 events are lost",
    }


def test_of_many_missing_files_a_few_are_named(session: Path) -> None:
    folder.write_sizes(session, {f"events/{pid}-0-1.events": 1 for pid in range(1, 21)})
    opened = read(session)
    assert not opened.info.complete
    assert (len(opened.notes), opened.notes[-1]) == (5, "16 more files are missing or cut short")


def test_who_outlives_the_recorder_may_write_on(session: Path) -> None:
    with open(events(session), "ab") as file:
        file.write(bytes(1 << 16))
    with open(events(session).with_suffix(".names"), "ab") as file:
        file.write(b"T\t99\tlater\n")
    opened = read(session)
    assert (opened.info.complete, opened.notes) == (True, ())


@pytest.mark.parametrize("used", [0, 100, L.RECORDS_AT, L.RECORDS_AT + L.RECORD_SIZE])
def test_reserved_space_is_not_promised(tmp_path: Path, used: int) -> None:
    """It may be given back after the recorder's end."""
    (tmp_path / "events").mkdir()
    path = tmp_path / "events" / "1-0-1.events"
    path.write_bytes(b"\1" * used + (bytes(1 << 20) if used >= L.RECORDS_AT else b""))
    assert sizes(tmp_path) == {"events/1-0-1.events": used}


@pytest.mark.parametrize("garbage", [
    b"", b"{", b"[1]", b"\xff" * 100, b"[" * 100_000, b'{"system.log": "long"}', b'{"system.log": -1}',
    b'{"system.log": true}', b'{"system.log": NaN}',
])
def test_sizes_of_nonsense_are_only_noted(session: Path, garbage: bytes) -> None:
    (session / "sizes.json").write_bytes(garbage)
    opened = read(session)
    assert opened.info.complete
    assert len(opened.notes) == 1
    assert opened.notes[0].startswith("sizes.json cannot be read")


def test_files_elsewhere_are_nobodys_business(session: Path) -> None:
    odd = ("../secret", "/etc/hostname", "events/../../x", "events/\x1b[31m.events", "output.log", "")
    (session / "sizes.json").write_text(json.dumps(dict.fromkeys(odd, 1 << 40)))
    opened = read(session)
    assert (opened.info.complete, opened.notes) == (True, ())


def test_without_its_end_nothing_is_compared(session: Path) -> None:
    (session / "end.json").unlink()
    (session / "system.log").unlink()
    assert not any("missing" in note for note in read(session).notes)


def test_a_recorder_leaves_the_sizes_of_what_it_recorded(tmp_path: Path) -> None:
    path = tmp_path / "s"
    recorded(path, "-c", "import threading; t = threading.Thread(target=print); t.start(); t.join()")
    assert (path / "sizes.json").stat().st_mode & 0o777 == 0o600
    assert read(path).info.complete
    log = events(path)
    assert facts(path, "sizes.json")[f"events/{log.name}"] == log.stat().st_size
    cut(log, log.stat().st_size - L.RECORD_SIZE)
    opened = read(path)
    assert not opened.info.complete
    assert any(f"events/{log.name} is cut short" in note for note in opened.notes)
