"""Session folders: where they lie, how they are called, what may become one, and which came last."""

from __future__ import annotations

import os
import struct
import subprocess
import sys
import time
import zlib
from pathlib import Path

import pytest

from concviz.core.launch import folder, kept, sessions
from concviz.core.launch.errors import LaunchError
from concviz.core.launch.kept import Choice
from concviz.core.session import chunks
from concviz.core.session.damage import Damage
from concviz.core.session.pack import pack
from tests.core.launch.left import session


@pytest.mark.parametrize(("env", "root"), [
    ({"XDG_STATE_HOME": "/state"}, "/state/concviz/sessions"),
    ({"XDG_STATE_HOME": "relative"}, "~/.local/state/concviz/sessions"),
    ({"XDG_STATE_HOME": ""}, "~/.local/state/concviz/sessions"),
    ({}, "~/.local/state/concviz/sessions"),
])
def test_the_default_place_follows_xdg(env: dict[str, str], root: str) -> None:
    assert sessions.default_root(env) == Path(root).expanduser()


@pytest.mark.parametrize(("name", "safe"), [
    ("app", "app"),
    ("http.server", "http.server"),
    ("../../etc", "etc"),
    ("a b\n\x1b[31mc", "a_b_31mc"),
    ("über", "ber"),
    ("-rf", "rf"),
    ("...", "program"),
    ("", "program"),
    ("x" * 200, "x" * 40),
])
def test_names_hold_plain_characters_only(name: str, safe: str) -> None:
    assert sessions.safe(name) == safe


def test_two_sessions_of_one_second_get_folders_of_their_own(tmp_path: Path) -> None:
    made = [sessions.create("app", tmp_path / "root", at_s=0.0) for _ in range(3)]
    stem = "app-" + time.strftime("%Y%m%d-%H%M%S", time.localtime(0))
    assert [path.name for path in made] == [stem, stem + "-2", stem + "-3"]
    assert all(path.stat().st_mode & 0o777 == 0o700 for path in made)


def test_an_empty_folder_may_become_a_session_and_is_closed_to_others(tmp_path: Path) -> None:
    (tmp_path / "s").mkdir(mode=0o777)
    assert folder.create(tmp_path / "s") == tmp_path / "s"
    assert (tmp_path / "s").stat().st_mode & 0o777 == 0o700


@pytest.mark.parametrize(("path", "says"), [
    ("full", "is not empty"),
    ("file", "a file is in the way"),
    ("file/below", "a file is in the way"),
    ("file/below/that", "cannot be created: Not a directory"),
    ("x" * 300, "cannot be created: File name too long"),
])
def test_what_cannot_become_a_session_is_refused(tmp_path: Path, path: str, says: str) -> None:
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.tex").touch()
    (tmp_path / "file").write_text("precious")
    with pytest.raises(LaunchError, match=says) as refused:
        folder.create(tmp_path / path)
    assert refused.value.exit_code == 3
    assert (tmp_path / "file").read_text() == "precious"


def test_recent_sessions_come_newest_first_and_as_many_as_asked_for(tmp_path: Path) -> None:
    ended = {"ended_ns": 1_000_000_005, "exit_code": 3, "signal": None}
    for age in (5, 1, 3, 2, 4):
        session(tmp_path, f"age{age}", age, ended)
    (tmp_path / "no session").mkdir()
    (tmp_path / "file").touch()
    found = sessions.recent(3, tmp_path)
    assert [s.name for s in found] == ["age1", "age2", "age3"]
    assert (found[0].duration_ns, found[0].status, found[0].running) == (1_000_000_000, 3, False)


def test_a_damaged_session_costs_no_place_in_the_list(tmp_path: Path) -> None:
    session(tmp_path, "good", 9)
    (session(tmp_path, "cut", 1) / "session.json").write_text('{"command": [')
    (session(tmp_path, "list", 2) / "session.json").write_text("[1, 2]")
    (session(tmp_path, "endless", 4) / "session.json").write_text("[" * 200_000)
    session(tmp_path, "odd", 3, start_ns="soon")
    session(tmp_path, "infinite", 5, start_ns=float("inf"))
    (session(tmp_path, "pipe", 6) / "session.json").unlink()
    os.mkfifo(tmp_path / "pipe" / "session.json")
    assert [s.name for s in sessions.recent(1, tmp_path)] == ["good"]


def packs(root: Path) -> dict[str, Damage | None]:
    """Packed sessions that something has happened to, newest first, and what is to be found of each."""
    whole = pack_of(session(root / "elsewhere", "app", 1, {"ended_ns": 6, "exit_code": 0, "signal": None}))
    newer = struct.pack("<8sI", chunks.MAGIC, chunks.VERSION + 1)
    made = {
        "whole": (whole, None), "empty": (b"", Damage.WHOLE), "text": (b"thesis", Damage.WHOLE),
        "head": (whole[:12], Damage.PART), "begun": (whole[:60], Damage.PART),
        "cut": (whole[:-1], Damage.PART), "told wrongly": (whole[:70] + b"x" + whole[71:], Damage.PART),
        "turned": (whole[:12] + b"x" + whole[13:], Damage.PART),
        "newer": (newer + struct.pack("<I", zlib.crc32(newer)) + whole[16:], Damage.NEWER),
    }
    for age, (name, (data, _)) in enumerate(made.items()):
        (root / f"{name}.cviz").write_bytes(data)
        os.utime(root / f"{name}.cviz", (1e9 - age, 1e9 - age))
    return {name: damage for name, (_, damage) in made.items()}


def pack_of(folder: Path) -> bytes:
    path = folder.with_name("packed.cviz")
    pack(folder, path)
    return path.read_bytes()


def test_packed_sessions_that_are_damaged_are_listed_as_such(tmp_path: Path) -> None:
    made = packs(tmp_path)
    found = sessions.recent(99, tmp_path)
    assert {one.path.stem: one.damage for one in found} == made
    assert [one.path.stem for one in found] == list(made)
    told = {one.path.stem for one in found if one.command}
    assert told == {"whole", "cut", "turned"}
    assert [one.name for one in found if not one.command][:2] == ["empty.cviz", "text.cviz"]


def test_a_folder_with_logs_that_does_not_say_what_was_run_is_listed_as_damaged(tmp_path: Path) -> None:
    path = session(tmp_path, "s", 1)
    (path / "session.json").write_text("[")
    (path / "events").mkdir()
    assert sessions.recent(9, tmp_path) == []
    (path / "events" / "7-0-ff.events").touch()
    (found,) = sessions.recent(9, tmp_path)
    assert (found.path, found.command, found.damage) == (path, (), Damage.PART)


def test_what_is_damaged_is_pruned_by_its_files_date_where_it_surely_is_a_session(tmp_path: Path) -> None:
    packs(tmp_path)
    path = session(tmp_path, "s", 1)
    (path / "session.json").write_text("[")
    (path / "events").mkdir()
    (path / "events" / "7-0-ff.events").touch()
    going = kept.chosen(kept.kept(tmp_path), Choice(older_than_s=3.5), 1e9)
    assert [one.session.path.stem for one in going] == ["told wrongly", "begun"]
    every = {one.session.path.stem for one in kept.chosen(kept.kept(tmp_path), Choice(keep=0), 1e9)}
    assert every == {"whole", "head", "begun", "cut", "told wrongly", "turned"}


@pytest.mark.parametrize("end", [
    "[" * 200_000, '{"ended_ns": Infinity, "exit_code": 0}', f'{{"ended_ns": {"9" * 4000}, "exit_code": 0}}',
    '{"ended_ns": [], "signal": {}}',
])
def test_a_damaged_end_is_none(tmp_path: Path, end: str) -> None:
    (session(tmp_path, "s", 1) / "end.json").write_text(end)
    (found,) = sessions.recent(1, tmp_path)
    assert (found.duration_ns, found.status) == (None, None)
    assert folder.read_status(tmp_path / "s") is None


def test_a_session_says_whether_it_runs_or_was_broken_off(tmp_path: Path) -> None:
    ask = [sys.executable, "-c", "import os; print(os.getpid())"]
    gone = subprocess.run(ask, capture_output=True, check=True)
    session(tmp_path, "running", 1, pid=os.getpid(), start_ns=time.perf_counter_ns())
    session(tmp_path, "broken off", 2, pid=int(gone.stdout), recorder_pid=int(gone.stdout))
    session(tmp_path, "killed", 3, {"ended_ns": 6, "exit_code": None, "signal": 9})
    found = sessions.recent(9, tmp_path)
    assert [(s.running, s.status) for s in found] == [(True, None), (False, None), (False, -9)]


def test_who_has_a_pid_of_a_session_by_now_is_none_of_it(tmp_path: Path) -> None:
    """In a container every program has the pid of one before, and a recorder that of one before."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
        before = 1  # when the machine was started: an hour ago it may not have been there yet
        after_a_restart = time.perf_counter_ns() + 3_600_000_000_000
        for age, start_ns in enumerate((before, after_a_restart, time.perf_counter_ns()), 1):
            path = session(tmp_path, f"s{age}", age, pid=other.pid, recorder_pid=other.pid, start_ns=start_ns)
            assert folder.recorder_lives(path) == (age == 3)
        found = sessions.recent(9, tmp_path)
        assert [one.running for one in found] == [False, False, True]
        other.communicate()


def test_text_from_a_session_is_made_harmless(tmp_path: Path) -> None:
    session(tmp_path, "s", 1, name="\x1b[2J", command=["a\nb", "\u202e"], started="\x07")
    (found,) = sessions.recent(1, tmp_path)
    shown = found.name + "".join(found.command) + found.started
    assert shown.isprintable()


def test_runs_of_comparisons_can_be_left_out(tmp_path: Path) -> None:
    run = ["/usr/bin/python3", "/opt/concviz/core/lab/run.py", "fetch", "threading"]
    session(tmp_path, "compared", 1, command=[*run, "--report", "/tmp/report"])
    session(tmp_path, "experiment", 2, command=run)
    session(tmp_path, "mine", 3, command=["python", "run.py", "--report", "x"])
    assert [s.name for s in sessions.recent(2, tmp_path)] == ["compared", "experiment"]
    assert [s.name for s in sessions.recent(2, tmp_path, compared=False)] == ["experiment", "mine"]


def test_no_sessions_yet(tmp_path: Path) -> None:
    assert sessions.recent(5, tmp_path / "missing") == []
