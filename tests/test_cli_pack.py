"""``concviz pack``, ``unpack`` and ``sessions``, and recordings that become one file, as typed by a user."""

from __future__ import annotations

import io
import json
import os
import re
import signal
import sys
import time
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console

from concviz.cli_sessions import table
from concviz.core.launch import folder, kept, sessions
from concviz.core.session.pack import pack
from concviz.core.session.packed import Pack, is_pack
from tests.core.launch.commands import CONCVIZ, OnTerminal, bare, concviz, facts, recorded
from tests.core.launch.left import session

TASKS = """
import asyncio
async def work():
    for _ in range(50): await asyncio.sleep(0)
async def main(): await asyncio.gather(*(work() for _ in range(4)))
asyncio.run(main())
"""


def stats(path: Path) -> bytes:
    done = concviz("stats", "--json", path)
    assert (done.returncode, done.stderr) == (0, b"")
    return done.stdout


@pytest.mark.parametrize("code", [TASKS, TASKS + "import os; os.kill(os.getpid(), 9)"])
def test_a_session_its_pack_and_what_is_unpacked_have_the_same_figures(tmp_path: Path, code: str) -> None:
    recorded(tmp_path / "s", "-c", code)
    packed = concviz("pack", tmp_path / "s")
    assert packed.returncode == 0
    assert packed.stderr.startswith(f"concviz: packed into {tmp_path / 's.cviz'}: ".encode())
    assert (tmp_path / "s.cviz").stat().st_mode & 0o777 == 0o600
    unpacked = concviz("unpack", tmp_path / "s.cviz", "-o", tmp_path / "again")
    assert (unpacked.returncode, unpacked.stdout) == (0, b"")
    assert stats(tmp_path / "s") == stats(tmp_path / "s.cviz") == stats(tmp_path / "again")


def test_record_writes_one_file_and_ends_as_the_program(tmp_path: Path) -> None:
    done = concviz("record", "--hz", "0", "-o", tmp_path / "x.cviz", "-c", TASKS + "raise SystemExit(7)")
    assert (done.returncode, done.stdout, done.stderr) == (7, b"", b"")
    assert os.listdir(tmp_path) == ["x.cviz"]
    assert sessions.recent(9) == []
    figures = json.loads(stats(tmp_path / "x.cviz"))
    assert (figures["session"]["exit_code"], figures["session"]["complete"]) == (7, True)
    assert figures["session"]["events"] > 200


def test_who_sits_at_a_terminal_is_told_where_the_file_is_and_its_size(tmp_path: Path) -> None:
    shown = OnTerminal([*CONCVIZ, "record", "--hz", "0", "-o", tmp_path / "x.cviz", "-c", "print('done')"])
    assert shown.end() == 0
    text = re.sub(rb"\s+", b" ", shown.shown).decode()
    assert re.search(rf"^done concviz: packed into {tmp_path / 'x.cviz'}, [\d.]+ kB $", text)


def test_a_held_program_is_one_file_too(tmp_path: Path) -> None:
    done = concviz("step", "--headless", "--hz", "0", "-o", tmp_path / "x.cviz", "-c", "print('done')")
    assert (done.returncode, done.stdout, done.stderr) == (0, b"done\n", b"")
    assert "schedule.jsonl" in Pack(tmp_path / "x.cviz").names
    assert os.listdir(tmp_path) == ["x.cviz"]


def test_what_was_killed_is_one_file_too(tmp_path: Path) -> None:
    code = TASKS + "import os; os.kill(os.getpid(), 9)"
    done = concviz("record", "--hz", "0", "-o", tmp_path / "x.cviz", "-c", code)
    assert (done.returncode, done.stderr) == (-signal.SIGKILL, b"")
    assert json.loads(stats(tmp_path / "x.cviz"))["session"]["signal"] == 9


def test_where_the_file_cannot_be_written_at_the_end_the_session_stays(tmp_path: Path) -> None:
    code = f"open({str(tmp_path / 'x.cviz')!r}, 'w').write('mine')"
    done = concviz("record", "--hz", "0", "-o", tmp_path / "x.cviz", "-c", code)
    assert done.returncode == 0
    (kept,) = sessions.recent(9)
    assert b"is there already" in done.stderr
    assert done.stderr.endswith(f"; the session is in {kept.path}\n".encode())
    assert (tmp_path / "x.cviz").read_text() == "mine"


@pytest.mark.parametrize(("words", "says", "code"), [
    (["pack", "nowhere"], "there is no session nowhere", 3),
    (["pack", "/"], "/ holds no session", 3),
    (["pack", "loop"], "there is no session loop", 3),
    (["unpack", "/"], "'/' is no packed session", 3),
    (["pack", "x" * 300], "there is no session xxx", 3),
    (["unpack", "x" * 300], "there is no 'xxx", 3),
    (["stats", "x" * 300], "there is no session xxx", 3),
    (["export", "x" * 300, "--to", "svg"], "there is no session xxx", 3),
    (["step", "--replay", "x" * 300, "--headless"], "there is no 'xxx", 3),
    (["sessions", "x" * 300], "there is no folder 'xxx", 3),
    (["pack", "file"], "file is no session", 3),
    (["pack", "empty"], "empty holds no session", 3),
    (["pack", "s", "-o", "file"], "'file' is there already", 3),
    (["pack", "s", "-o", "no/such/x.cviz"], "cannot be written: No such file or directory", 3),
    (["pack", "s", "-o", "file/x.cviz"], "'file/x.cviz' cannot be written: Not a directory", 3),
    (["pack", "x.cviz"], "'x.cviz' is packed already", 3),
    (["pack"], "the following arguments are required: SESSION", 2),
    (["unpack", "s"], "'s' is no packed session", 3),
    (["unpack", "file"], "'file' is no packed session", 3),
    (["unpack", "x.cviz", "-o", "s"], "'s' is there already", 3),
    (["unpack", "x.cviz", "-o", "file/s"], "'file/s' cannot be written: Not a directory", 3),
    (["record", "-o", "x.cviz", "-c", "1"], "'x.cviz' is there already", 3),
    (["record", "-o", "no/such/x.cviz", "-c", "1"], "cannot be written: there is no such folder", 3),
    (["step", "--replay", "x.cviz", "--headless"], "'x.cviz' has no schedule: the program was never", 3),
    (["stats", "file"], "file is no session: a session is a folder, or a file that concviz has packed", 3),
    (["sessions", "nowhere"], "there is no folder 'nowhere'", 3),
    (["sessions", "--prune"], "say which to delete", 2),
    (["sessions", "--older-than", "3d"], "nothing is deleted without --prune", 2),
    (["sessions", "--dry-run"], "nothing is deleted without --prune", 2),
    (["sessions", "--prune", "--older-than", "soon"], "'soon' is not an age: say 90m, 12h, 30d or 4w", 2),
    (["sessions", "--prune", "--keep", "-1G"], "expected one argument", 2),
    (["sessions", "--prune", "--larger-than", "1.2.3G"], "'1.2.3G' is not a size: say 500k, 200M or 1G", 2),
])
def test_what_cannot_be_done_is_said_in_one_line(
    tmp_path: Path, words: list[str], says: str, code: int
) -> None:
    session(tmp_path, "s", 1, {"ended_ns": 9, "exit_code": 0, "signal": None})
    pack(tmp_path / "s", tmp_path / "x.cviz")
    (tmp_path / "file").write_text("mine")
    (tmp_path / "empty").mkdir()
    (tmp_path / "loop").symlink_to("loop")
    done = concviz(*words, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (code, b"")
    assert says in done.stderr.decode()
    assert done.stderr.count(b"\n") == 1
    assert (tmp_path / "file").read_text() == "mine"


INTERRUPTED = """
import os, signal, sys
from concviz.__main__ import main
from concviz.core.session import columns
number, ignored = int(sys.argv[1]), sys.argv[2] == "ignored"
if ignored:
    signal.signal(number, signal.SIG_IGN)
def interrupted(real):
    def called(*args, **more):
        os.kill(os.getpid(), number)
        return real(*args, **more)
    return called
columns.unpacked, os.fsync = interrupted(columns.unpacked), interrupted(os.fsync)
sys.exit(main(sys.argv[3:]))
"""
"""Sends itself a signal while it writes."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
@pytest.mark.parametrize("words", [
    ["pack", "s"], ["unpack", "x.cviz"], ["export", "s", "--to", "json", "-o", "out"],
])
def test_who_is_ended_while_it_writes_leaves_nothing_and_dies_of_that(
    tmp_path: Path, number: signal.Signals, words: list[str]
) -> None:
    recorded(tmp_path / "s", "-c", TASKS)
    pack(tmp_path / "s", tmp_path / "x.cviz")
    before = sorted(tmp_path.rglob("*"))
    done = bare(sys.executable, "-c", INTERRUPTED, str(number.value), "", *words, cwd=tmp_path)
    assert (done.returncode, done.stdout, done.stderr) == (-number, b"", b"")
    assert sorted(tmp_path.rglob("*")) == before


def test_what_is_to_survive_its_terminal_does(tmp_path: Path) -> None:
    recorded(tmp_path / "s", "-c", TASKS)
    number = str(signal.SIGHUP.value)
    done = bare(sys.executable, "-c", INTERRUPTED, number, "ignored", "pack", "s", cwd=tmp_path)
    assert done.returncode == 0
    assert is_pack(tmp_path / "s.cviz")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_who_is_ended_while_a_recording_is_packed_keeps_it(tmp_path: Path, number: signal.Signals) -> None:
    words = ["record", "--hz", "0", "-o", "x.cviz", "-c", TASKS + "raise SystemExit(7)"]
    done = bare(sys.executable, "-c", INTERRUPTED, str(number.value), "", *words, cwd=tmp_path)
    (kept,) = sessions.recent(9)
    said = f"concviz: packing was interrupted; the session is in {kept.path}\n"
    assert (done.returncode, done.stderr.decode()) == (7, said)
    assert os.listdir(tmp_path) == []


def damaged(folder: Path) -> Path:
    """A packed session of which one part cannot be read any more."""
    recorded(folder / "s", "-c", TASKS)
    pack(folder / "s", folder / "x.cviz")
    whole = bytearray((folder / "x.cviz").read_bytes())
    log = next(name for name in Pack(folder / "x.cviz").names if name.endswith(".events"))
    whole[whole.rindex(log.encode()) + 200] ^= 1
    (folder / "x.cviz").write_bytes(whole)
    return folder / "x.cviz"


def test_figures_and_exports_of_what_is_damaged_are_made_and_say_so(tmp_path: Path) -> None:
    packed = damaged(tmp_path)
    log = next(name for name in Pack(packed).names if name.endswith(".events"))
    events = json.loads(stats(tmp_path / "s"))["session"]["events"]
    lost = f"x.cviz: 1 part is damaged and left out, of {log}; {events} of {events} events are lost"
    done = concviz("stats", packed, "--json")
    assert (done.returncode, json.loads(done.stdout)["session"]["complete"]) == (3, False)
    assert done.stderr.decode().splitlines() == [
        f"concviz: what is lost is not in these figures: {lost}"]
    done = concviz("export", packed, "--to", "csv-workers", "-o", "-")
    assert (done.returncode, done.stdout[:7]) == (3, b"id,kind")
    assert done.stderr.decode().splitlines() == [
        f"concviz: what is lost is not in this export: {lost}"]


def test_a_folder_that_was_cut_later_is_damaged_one_that_was_killed_is_not(tmp_path: Path) -> None:
    recorded(tmp_path / "s", "-c", "import os; os.kill(os.getpid(), 9)")
    (tmp_path / "cut").mkdir()
    for name in ("session.json", "events"):  # as a recorder leaves it that is killed: without an end
        os.symlink(tmp_path / "s" / name, tmp_path / "cut" / name)
    for whole in (tmp_path / "s", tmp_path / "cut"):
        done = concviz("stats", whole)
        assert (done.returncode, done.stderr) == (0, b"")
    log = next((tmp_path / "s" / "events").glob("*.events"))
    os.truncate(log, 1000)
    done = concviz("stats", tmp_path / "s")
    assert done.returncode == 3
    assert f"{log.name} is cut short: 1,000 of " in done.stderr.decode()


def test_unpacking_what_is_damaged_says_so(tmp_path: Path) -> None:
    log = next(name for name in Pack(damaged(tmp_path)).names if name.endswith(".events"))
    done = concviz("unpack", tmp_path / "x.cviz", "-o", tmp_path / "out")
    assert done.returncode == 3
    assert done.stderr.decode().splitlines() == [
        f"concviz: x.cviz: 1 part is damaged and left out, of {log}",
        f"concviz: unpacked into {tmp_path / 'out'}",
    ]
    assert facts(tmp_path / "out") == facts(tmp_path / "s")


# -- the list ------------------------------------------------------------------------------------------------


@pytest.fixture
def root() -> Path:
    """Five sessions where they are kept, of 1 to 4 days ago; one that runs; something else."""
    root = sessions.default_root()
    ended = {"ended_ns": 2_000_000_005, "exit_code": 3, "signal": None}
    for day in range(1, 5):
        path = session(root, f"day{day}", day, ended, started=f"2026-01-0{5 - day}T00:00:00+00:00")
        (path / "output.log").write_bytes(b"x" * 100_000 * day)
    pack(root / "day4", root / "day4.cviz")
    session(root, "runs", 0, pid=os.getpid(), started="2025-01-01T00:00:00+00:00",
            start_ns=time.perf_counter_ns())
    (root / "thesis").mkdir()
    (root / "thesis" / "session.json").write_text("{}")
    return root


def listed(*words: str | Path) -> list[str]:
    done = concviz("sessions", "--json", *words)
    assert (done.returncode, done.stderr) == (0, b"")
    told = json.loads(done.stdout)
    assert told["schema"] == 1
    return [Path(one["path"]).name for one in told["deleted" if "--prune" in words else "sessions"]]


def test_sessions_are_listed_newest_first(root: Path) -> None:
    assert listed() == ["day1", "day2", "day3", "day4.cviz", "day4", "runs"] == listed(root)
    told = json.loads(concviz("sessions", "--json").stdout)["sessions"]
    assert told[0] == {
        "path": str(root / "day1"), "name": "day1", "command": ["python", "app.py"],
        "started": "2026-01-04T00:00:00+00:00", "packed": False, "of_comparison": False,
        "size_bytes": told[0]["size_bytes"],
        "running": False, "duration_s": 2.0, "exit_code": 3, "signal": None, "damage": None,
    }
    assert told[0]["size_bytes"] >= 100_000
    assert (told[3]["packed"], told[3]["exit_code"], told[3]["duration_s"]) == (True, 3, 2.0)
    table = concviz("sessions").stdout.decode()
    assert "2026-01-04 00:00" in table
    assert "running" in table


@pytest.mark.parametrize("name", ["program-with-a-long-name-indeed-20260104-123456", "漢" * 24 + "-123456"])
@pytest.mark.parametrize("width", [60, 80, 200])
def test_each_session_has_one_line_that_fits(root: Path, name: str, width: int) -> None:
    session(root, name, 5)
    assert f"{name} " in concviz("sessions").stdout.decode()  # in a pipe nothing is left out
    console = Console(width=width, file=io.StringIO())
    found = kept.kept(root)
    console.print(table(found, width))
    lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
    assert len(lines) == len(found) + 2
    assert max(map(cell_len, lines)) <= width
    (line,) = (line for line in lines if line.startswith(name[:2]))
    shown = line.partition("   ")[0].rstrip()
    assert shown == name if width == 200 else shown.endswith("23456") and "…" in shown


def test_runs_of_comparisons_are_counted_and_listed_when_asked_for(root: Path) -> None:
    command = ["python", "/opt/concviz/core/lab/run.py", "fetch", "any", "--report", "x"]
    session(root, "fetch-threading-1", 5, command=command)
    assert "fetch-threading-1" in listed()
    short = " ".join(concviz("sessions").stdout.decode().split())
    assert "fetch-threading-1" not in short
    assert "; 1 of them runs of comparisons" in short
    assert "fetch-threading-1" in concviz("sessions", "--all").stdout.decode()


def test_in_another_language_the_list_and_closing_lines_are_told_in_it(root: Path, tmp_path: Path) -> None:
    (root / "day3" / "end.json").unlink()
    (root / "cut.cviz").write_bytes((root / "day4.cviz").read_bytes()[:-1])
    run = ["python", "/opt/concviz/core/lab/run.py", "fetch", "any", "--report", "x"]
    session(root, "fetch-1", 5, command=run)
    table, _, caption = concviz("--lang", "ru", "sessions").stdout.decode().partition("\n\n")
    names = r"day\d|cut|cviz|runs"
    assert re.findall(r"[A-Za-z]{2,}", re.sub(names, "", table)) == []
    assert re.findall(r"[A-Za-z]{2,}", re.sub(r"/\S+|--all", "", caption)) == []
    pruned = concviz("sessions", "--lang", "ru", "--prune", "--larger-than", "350k").stdout.decode()
    assert pruned.splitlines()[-1].startswith("удалено: 1 сеанс, 4")
    packed = concviz("pack", "--lang=ru", root / "day1", "-o", tmp_path / "x.cviz").stderr.decode()
    assert re.sub(r"[\d.]+ (к?Б)", r"\1", packed) == f"concviz: упаковано в {tmp_path / 'x.cviz'}: Б из кБ\n"


def test_packed_sessions_that_are_damaged_have_their_row(root: Path) -> None:
    whole = (root / "day4.cviz").read_bytes()
    (root / "half.cviz").write_bytes(whole[: len(whole) // 2])
    (root / "short.cviz").write_bytes(whole[:30])
    (root / "empty.cviz").touch()
    done = concviz("sessions")
    assert (done.returncode, done.stderr) == (0, b"")
    rows = {line.split()[0]: " ".join(line.split()) for line in done.stdout.decode().splitlines() if line}
    assert rows["half.cviz"].endswith("B exit 3, damaged")
    assert rows["short.cviz"].endswith("B damaged")
    assert rows["empty.cviz"] == "empty.cviz 0 B unreadable"
    told = json.loads(concviz("sessions", "--json").stdout)["sessions"]
    damage = {Path(one["path"]).name: one["damage"] for one in told if one["damage"]}
    assert damage == {"half.cviz": "damaged", "short.cviz": "damaged", "empty.cviz": "unreadable"}


def test_no_sessions_is_no_error(tmp_path: Path) -> None:
    done = concviz("sessions", tmp_path)
    assert (done.returncode, done.stdout) == (0, b"")
    assert done.stderr == f"concviz: no sessions in {tmp_path}\n".encode()


def test_a_session_of_the_list_is_known_by_its_name(root: Path, tmp_path: Path) -> None:
    figures = json.loads(concviz("stats", "day2", "--json", cwd=tmp_path).stdout)
    assert figures["session"]["exit_code"] == 3
    done = concviz("pack", "day2", cwd=tmp_path)
    assert f"packed into {root / 'day2.cviz'}: " in done.stderr.decode()
    session(tmp_path, "day2", 0, {"ended_ns": 9, "exit_code": 5, "signal": None})
    figures = json.loads(concviz("stats", "day2", "--json", cwd=tmp_path).stdout)  # what is here comes first
    assert figures["session"]["exit_code"] == 5
    assert concviz("stats", "../day2", cwd=tmp_path).returncode == 3


def test_a_dry_run_deletes_nothing(root: Path) -> None:
    before = sorted(root.rglob("*"))
    old = ["day4.cviz", "day4", "day3", "day2", "day1"]
    assert listed("--prune", "--older-than", "1d", "--dry-run") == old
    done = concviz("sessions", "--prune", "--larger-than", "350k", "--dry-run")
    assert done.stdout.decode().splitlines()[-1].startswith("would delete 1 session, ")
    assert sorted(root.rglob("*")) == before


def test_what_is_large_or_old_is_deleted_and_nothing_else(root: Path) -> None:
    (root / "day1" / "thesis.tex").write_text("precious")
    (root / "linked").symlink_to(root / "day2")
    assert listed("--prune", "--larger-than", "150k") == ["day4", "day3", "day2"]
    assert {p.name for p in root.iterdir()} == {"day1", "day4.cviz", "runs", "thesis", "linked"}
    assert listed("--prune", "--older-than", "1d") == ["day4.cviz"]
    assert {p.name for p in root.iterdir()} == {"day1", "runs", "thesis", "linked"}
    assert (root / "day1" / "thesis.tex").read_text() == "precious"


def test_the_oldest_go_until_the_rest_is_small_enough(root: Path) -> None:
    assert listed("--prune", "--keep", "450k") == ["day4.cviz", "day4", "day3"]
    assert folder.read_status(root / "day2") == 3


def test_a_packed_session_is_found_again(root: Path) -> None:
    assert is_pack(root / "day4.cviz")
    assert json.loads(stats(root / "day4.cviz"))["session"]["exit_code"] == 3
